// hindcast-report: what the app knows, for terminals, scripts and tests. No display, no Qt.
#include "archive/verify.h"
#include "base/text_scanner.h"
#include "base/time_zone.h"
#include "diagnose/diagnose.h"
#include "diagnose/rule.h"
#include "model/metrics.h"
#include "parse/clock_map.h"
#include "parse/load.h"
#include "parse/packet_loading.h"
#include "parse/parser.h"
#include "report/dump.h"
#include "report/findings_report.h"
#include "report/flows_report.h"
#include "report/members_report.h"
#include "report/packets_report.h"
#include "report/redacted_capture.h"
#include "report/summary.h"
#include "report/threads_report.h"
#include "report/time_option.h"
#include "report/value_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace {

using namespace hindcast;

/// The contract of the command line: see README.
enum ExitStatus { Fine = 0, Found = 1, Usage = 2, Unreadable = 3, Damaged = 4 };

struct Options {
    std::vector<std::string> inputs;
    std::string from, to, timezone = "utc", assumedZone;
    std::vector<std::string> sources; ///< "vmstat", "logs/a.txt=vmstat"
    std::vector<std::string> metrics;
    std::vector<std::string> parameters; ///< "disk-saturation.queue=8"
    std::string failOn; ///< a level, or ""
    bool json = false, tsv = false, quiet = false;
    std::string output, pseudonymList; ///< of redact
    bool isStrict = false;
    unsigned jobs = 0;
};

/// Paths and names come from outside: nothing a terminal would obey gets through.
void complain(const std::string& text)
{
    fmt::print(stderr, "hindcast-report: {}\n", report::safeText(text));
}

/// At the beginning: a zone with daylight saving time has one distance from UTC there.
std::optional<std::chrono::seconds> hostOffset(const Snapshot& snapshot)
{
    if (const auto zone = TimeZone::named(snapshot.host.timezone))
        return zone->offsetAt(snapshot.range.begin);
    return snapshot.host.utcOffset;
}

std::chrono::seconds offsetOf(const std::string& timezone, const Snapshot& snapshot)
{
    if (timezone == "host")
        return hostOffset(snapshot).value_or(std::chrono::seconds{0});
    if (timezone == "local") {
        const std::time_t at = static_cast<std::time_t>(toSeconds(snapshot.range.begin));
        std::tm local{};
        return ::localtime_r(&at, &local) ? std::chrono::seconds{local.tm_gmtoff} : std::chrono::seconds{0};
    }
    return std::chrono::seconds{0};
}

std::string zoneName(const std::string& timezone, const Snapshot& snapshot)
{
    if (timezone == "host")
        return hostOffset(snapshot) ? (snapshot.host.timezone.empty() ? "host's zone" : snapshot.host.timezone)
                                    : "UTC; the host's zone was not recorded";
    return timezone == "local" ? "local time" : "UTC";
}

/// --from and --to on the axis of this snapshot; nothing when neither was given.
Result<std::optional<TimeRange>> wantedRange(const Options& options, const Snapshot& snapshot)
{
    if (options.from.empty() && options.to.empty())
        return std::optional<TimeRange>();
    if (snapshot.clock != Clock::Wall)
        return Error{"--from and --to need a clock, and this input has none", snapshot.path};
    TimeRange range = snapshot.range;
    const auto offset = offsetOf(options.timezone, snapshot);
    for (auto [text, edge] : {std::pair(&options.from, &range.begin), std::pair(&options.to, &range.end)}) {
        if (text->empty())
            continue;
        const auto time = report::parseTimeOption(*text, snapshot.range, offset);
        if (!time)
            return time.error();
        *edge = *time;
    }
    if (range.isEmpty())
        return Error{"--from is not before --to", {}};
    return std::optional(range);
}

/// "capture.tar.zst: samples/proc/stat:3"; a bare file is its own only member and named once: "vmstat.txt:3".
std::string placeOf(const ImportNote& note, const std::string& input)
{
    const bool isNamed = note.member.empty() || std::filesystem::path(input).filename() == note.member;
    return input + (isNamed ? "" : ": " + note.member) + (note.line ? ":" + std::to_string(note.line) : "");
}

using SnapshotPointer = std::shared_ptr<const Snapshot>;

/// What the command line says about the reading; nothing when it cannot be meant, which has been complained of.
std::optional<parse::LoadOptions> loadOptionsOf(const Options& options)
{
    parse::LoadOptions result;
    result.jobs = options.jobs;
    result.assumedZone = options.assumedZone;
    if (!options.assumedZone.empty() && !parse::isKnownTimeZone(options.assumedZone)) {
        complain("--assume-timezone " + options.assumedZone + ": no such time zone");
        return std::nullopt;
    }
    for (const std::string& text : options.sources) {
        const auto equals = text.rfind('=');
        const std::string id = equals == std::string::npos ? text : text.substr(equals + 1);
        if (!parse::isKnownSource(id)) {
            complain("--source " + text + ": no such source; `hindcast-report sources` lists them");
            return std::nullopt;
        }
        if (equals == std::string::npos)
            result.source = id;
        else
            result.memberSources[text.substr(0, equals)] = id;
    }
    return result;
}

/// Loads one input; complains and sets `status` when it cannot. `hosts`: the inputs to load instead of one that holds
/// several hosts.
SnapshotPointer loadInput(const std::string& input, const Options& options, const parse::LoadOptions& loadOptions,
    int& status, std::vector<std::string>& hosts)
{
    auto snapshot = parse::loadPath(input, loadOptions, {}, {}, &hosts);
    if (!hosts.empty())
        return nullptr;
    if (!snapshot) {
        complain(snapshot.error().text());
        status = Unreadable;
        return nullptr;
    }
    if ((*snapshot)->isPartial || !(*snapshot)->isFinished) {
        if (status == Fine)
            status = Damaged;
        if (!options.quiet)
            for (const ImportNote& note : (*snapshot)->notes)
                if (note.severity != NoteSeverity::Info)
                    complain(placeOf(note, input) + ": " + note.message);
    }
    return *snapshot;
}

int finish(report::Output& out, int status)
{
    if (out.flush() || errno == EPIPE) // a reader that has seen enough closed the pipe: nothing is wrong
        return status;
    complain("the output could not be written to its end");
    return Unreadable;
}

/// `areSeveral`: the output is about more than one host, so each is named. Known before the first is printed.
template <typename Print> int forEachInput(const Options& options, const Print& print, bool& areSeveral)
{
    areSeveral = options.inputs.size() > 1;
    const auto loadOptions = loadOptionsOf(options);
    if (!loadOptions)
        return Usage;
    auto unmet = loadOptions->memberSources;
    int status = Fine;
    report::Output out(stdout);
    std::deque<std::string> inputs(options.inputs.begin(), options.inputs.end());
    while (!inputs.empty()) {
        const std::string input = std::move(inputs.front());
        inputs.pop_front();
        std::vector<std::string> hosts;
        if (const SnapshotPointer snapshot = loadInput(input, options, *loadOptions, status, hosts)) {
            std::erase_if(unmet, [&](const auto& one) { return snapshot->member(one.first) != nullptr; });
            const auto range = wantedRange(options, *snapshot);
            if (!range) {
                complain(range.error().text());
                return Usage;
            }
            print(*snapshot, *range, out);
        }
        areSeveral = areSeveral || hosts.size() > 1;
        inputs.insert(inputs.begin(), hosts.begin(), hosts.end());
    }
    for (const auto& [member, id] : unmet)
        complain("--source " + member + "=" + id + ": no such member; `members` lists them");
    if (!unmet.empty() && status == Fine)
        status = Usage;
    return finish(out, status);
}

template <typename Print> int forEachInput(const Options& options, const Print& print)
{
    bool ignored = false;
    return forEachInput(options, print, ignored);
}

int runSummary(const Options& options)
{
    bool areSeveral = false;
    bool isFirst = true;
    return forEachInput(
        options,
        [&](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            if (!std::exchange(isFirst, false))
                out.write("\n");
            if (areSeveral)
                out.write(snapshot.path + "\n");
            out.write(report::summaryText(
                snapshot, {range, offsetOf(options.timezone, snapshot), zoneName(options.timezone, snapshot)}));
        },
        areSeveral);
}

/// --set NAME=VALUE, each; complains of what is not one.
std::optional<std::map<std::string, double>> chosenParameters(const Options& options)
{
    std::map<std::string, double> chosen;
    for (const std::string& text : options.parameters) {
        const auto equals = text.find('=');
        const std::string name = text.substr(0, equals);
        if (!diagnose::parameterByName(name)) {
            complain("--set " + name + ": no such parameter");
            return std::nullopt;
        }
        const auto value = equals == std::string::npos ? std::nullopt : parseDouble(text.substr(equals + 1));
        if (!value) {
            complain("--set " + text + ": expected NAME=NUMBER");
            return std::nullopt;
        }
        chosen[name] = *value;
    }
    return chosen;
}

bool reaches(const diagnose::Diagnosis& diagnosis, diagnose::Level level)
{
    return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(),
        [level](const diagnose::Finding& finding) { return finding.level >= level; });
}

int runFindings(const Options& options)
{
    bool areSeveral = false;
    const auto parameters = chosenParameters(options);
    if (!parameters)
        return Usage;
    const auto failLevel = diagnose::levelFromName(options.failOn);
    bool isFirst = true, isReached = false;
    const int status = forEachInput(
        options,
        [&](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            const diagnose::Diagnosis diagnosis = diagnose::diagnose(snapshot, {range, *parameters});
            isReached = isReached || (failLevel && reaches(diagnosis, *failLevel));
            const bool isNotFirst = !std::exchange(isFirst, false);
            if (options.json) {
                out.write((isNotFirst ? "," : "[") + report::findingsJsonItems(snapshot, diagnosis));
                return;
            }
            if (isNotFirst)
                out.write("\n");
            if (areSeveral)
                out.write(snapshot.path + "\n");
            out.write(report::findingsText(
                snapshot, diagnosis, {offsetOf(options.timezone, snapshot), zoneName(options.timezone, snapshot)}));
        },
        areSeveral);
    if (options.json && !isFirst) {
        report::Output out(stdout);
        out.write("]\n");
        if (finish(out, Fine) != Fine)
            return Unreadable;
    }
    return isReached && (status == Fine || status == Damaged) ? static_cast<int>(Found) : status;
}

int runDump(const Options& options)
{
    return forEachInput(
        options, [&](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            report::writeDump(snapshot, {range, options.metrics}, out);
        });
}

int runFlows(const Options& options)
{
    bool areSeveral = false;
    bool isFirst = true, isAny = false;
    const int status = forEachInput(
        options,
        [&](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            const bool isHead = std::exchange(isFirst, false);
            const report::FlowsOptions flows{range, offsetOf(options.timezone, snapshot), isHead};
            if (!options.json && !options.tsv && areSeveral)
                out.write((isHead ? "" : "\n") + report::safeText(snapshot.path) + "\n");
            if (options.json) {
                if (isHead)
                    out.write("[");
                isAny = report::writeFlowsJsonItems(snapshot, flows, !isAny, out);
            } else if (options.tsv)
                report::writeFlowsTsv(snapshot, flows, out);
            else
                report::writeFlowsTable(snapshot, flows, out);
        },
        areSeveral);
    if (!options.json || isFirst)
        return status;
    report::Output out(stdout);
    out.write("\n]\n");
    return finish(out, status);
}

int runPackets(const Options& options)
{
    if (options.inputs.size() > 1) {
        complain("packets takes one input: frames are numbered within it");
        return Usage;
    }
    return forEachInput(
        options, [](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            report::writePackets(snapshot, range, out);
        });
}

int runThreads(const Options& options)
{
    bool isFirst = true, isAny = false;
    const int status = forEachInput(
        options, [&](const Snapshot& snapshot, const std::optional<TimeRange>& range, report::Output& out) {
            const report::ThreadsOptions threads{
                range, offsetOf(options.timezone, snapshot), zoneName(options.timezone, snapshot)};
            const bool isHead = std::exchange(isFirst, false);
            if (options.json) {
                const std::string items = report::threadsJsonItems(snapshot, threads);
                out.write((isHead ? "[" : isAny && !items.empty() ? "," : "") + items);
                isAny = isAny || !items.empty();
                return;
            }
            if (options.inputs.size() > 1)
                out.write((isHead ? "" : "\n") + report::safeText(snapshot.path) + "\n");
            out.write(report::threadsText(snapshot, threads));
        });
    if (!options.json || isFirst)
        return status;
    report::Output out(stdout);
    out.write("\n]\n");
    return finish(out, status);
}

int runMembers(const Options& options)
{
    bool areSeveral = false;
    return forEachInput(
        options,
        [&](const Snapshot& snapshot, const std::optional<TimeRange>&, report::Output& out) {
            if (areSeveral && !options.json)
                out.write(snapshot.path + "\n");
            out.write(options.json ? report::membersJson(snapshot) : report::membersText(snapshot));
        },
        areSeveral);
}

int runVerify(const Options& options)
{
    int status = Fine;
    report::Output out(stdout);
    for (const std::string& input : options.inputs) {
        const auto verdict = archive::verify(input);
        if (!verdict) {
            complain(verdict.error().text());
            status = Unreadable;
            continue;
        }
        if (!verdict->isSound && status == Fine)
            status = Damaged;
        out.write(options.json ? report::verifyJson(input, *verdict) : report::verifyText(input, *verdict));
    }
    return finish(out, status);
}

int runRedact(const Options& options)
{
    if (options.inputs.size() > 1) {
        complain("redact takes one capture: several become one with cat");
        return Usage;
    }
    if (!options.pseudonymList.empty() && !options.isStrict) {
        complain("--map needs --strict: there are no pseudonyms without it");
        return Usage;
    }
    std::error_code ignored;
    for (const std::string& name : {options.output, options.pseudonymList})
        if (!name.empty() && std::filesystem::exists(std::filesystem::symlink_status(name, ignored))) {
            complain(name + ": already there, and nothing is replaced");
            return Usage;
        }
    const auto result =
        report::redactCapture(options.inputs.front(), options.output, {options.isStrict, options.pseudonymList});
    if (!result) {
        complain(result.error().text());
        return Unreadable;
    }
    report::Output out(stdout);
    out.write(report::redactionText(options.output, *result));
    if (!options.quiet)
        for (const std::string& what : result->leftOut)
            complain("left out: " + what);
    return finish(out, result->leftOut.empty() ? Fine : Damaged);
}

int runMetrics()
{
    using Align = report::TextTable::Align;
    report::TextTable table({Align::Left, Align::Left, Align::Left, Align::Left});
    table.add({"METRIC", "UNIT", "SOURCES, PREFERRED FIRST", "MEANING"});
    for (const MetricInfo& metric : knownMetrics())
        table.add({std::string(metric.metric), unitName(metric.unit), std::string(metric.sources),
            std::string(metric.meaning)});
    for (const MetricFamily& family : metricFamilies())
        table.add({std::string(family.prefix) + "*", {}, std::string(family.sources), std::string(family.meaning)});
    report::Output out(stdout);
    out.write(table.text(""));
    return finish(out, Fine);
}

int runSources()
{
    report::TextTable table({report::TextTable::Align::Left, report::TextTable::Align::Left});
    for (const parse::Parser& parser : parse::allParsers())
        if (parser.recognise) // the others are of the recorder and never come alone
            table.add({std::string(parser.id), std::string(parser.title)});
    table.add({std::string(parse::packetSourceId), "Captured packets"});
    report::Output out(stdout);
    out.write(table.text(""));
    return finish(out, Fine);
}

struct Command {
    const char* name;
    const char* help;
    int (*run)(const Options&);
};
constexpr Command commands[] = {
    {"summary", "For people: host, span, how busy each resource was, what was not captured (the default command)",
        runSummary},
    {"findings", "Suspected bottlenecks with their evidence, what was clear, and what could not be judged",
        runFindings},
    {"dump", "Everything read, as JSON Lines", runDump},
    {"flows", "TCP conversations: handshake, bytes, retransmissions by cause, round trips, how each closed", runFlows},
    {"packets", "One row per TCP segment with the numbers and marks that tshark gives it, tab-separated", runPackets},
    {"threads", "Thread dumps of Java processes: deadlocks, locks and who holds them, threads that did not move, pools",
        runThreads},
    {"members", "Every member of the input: who read it, samples, skipped lines, first problem", runMembers},
    {"verify", "Integrity of a capture: frames, checksums, gaps, last good tick", runVerify},
    {"redact", "A copy of a capture without passwords, keys and tokens; with --strict also without names and addresses",
        runRedact},
};

void addOptions(CLI::App& app, Options& options, std::string_view command)
{
    app.add_option("INPUT", options.inputs, "Captures, folders, bare files, or - for standard input")->required();
    if (command == "redact") {
        app.add_option("-o,--output", options.output, "The copy; what is there already is never replaced")->required();
        app.add_flag("--strict", options.isStrict,
            "Also pseudonyms for hosts, users and addresses; packets end behind their headers");
        app.add_option(
            "--map", options.pseudonymList, "Where to write what the pseudonyms stand for; default: OUTPUT.pseudonyms");
    } else if (command != "verify") {
        app.add_option("--from", options.from,
            "Only from this time on: 11:30, +90s from the start, -5m from the end, or RFC 3339");
        app.add_option("--to", options.to, "Only up to this time");
        app.add_option("--source", options.sources,
               "Treat a bare file as this source, or with MEMBER=ID a member of a folder or bundle; `sources` lists "
               "the names; may be repeated")
            ->allow_extra_args(false);
        app.add_option("--assume-timezone", options.assumedZone,
            "Zone of texts that name none, where the input does not tell it: Europe/Berlin, +02:00; default: UTC");
        app.add_option("--jobs", options.jobs, "Threads; default: one per CPU");
    }
    if (command == "summary" || command == "flows" || command == "dump" || command == "findings"
        || command == "threads")
        app.add_option("--timezone", options.timezone, "Of times typed and shown: utc (default), host or local")
            ->check(CLI::IsMember({"host", "utc", "local"}));
    if (command == "dump")
        app.add_option("--metric", options.metrics, "Only series whose metric matches, e.g. 'disk.*'; may be repeated");
    if (command == "findings") {
        app.add_option("--set", options.parameters,
            "Another value of a parameter, e.g. disk-saturation.queue=8; may be repeated. Evidence names them");
        app.add_option("--fail-on", options.failOn, "Exit with 1 when a finding is at or above this level")
            ->check(CLI::IsMember({"info", "warning", "serious", "critical"}));
    }
    if (command == "members" || command == "verify" || command == "findings" || command == "threads")
        app.add_flag("--json", options.json, "JSON instead of text");
    if (command == "flows") {
        CLI::Option* tsv = app.add_flag("--tsv", options.tsv, "One header line, every figure as it is, for scripts");
        app.add_flag("--json", options.json, "One JSON array; also states and every retransmission")->excludes(tsv);
    }
    app.add_flag("--quiet", options.quiet, "Do not print the problems of a damaged input on standard error");
}

/// `hindcast-report FILE` means `hindcast-report summary FILE`.
std::vector<std::string> withDefaultCommand(int argc, char** argv)
{
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto isKnown = [](const std::string& word) {
        return word == "metrics" || word == "sources" || word == "--help" || word == "-h" || word == "--version"
            || std::any_of(
                std::begin(commands), std::end(commands), [&](const Command& command) { return word == command.name; });
    };
    if (!arguments.empty() && std::none_of(arguments.begin(), arguments.end(), isKnown))
        arguments.insert(arguments.begin(), "summary");
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them last first
    return arguments;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is reported by Output, not by dying
    CLI::App app(
        "Reads what hindcast-record wrote, and text of the tools it knows, without a display.", "hindcast-report");
    app.set_version_flag("--version", "hindcast-report " HINDCAST_VERSION);
    app.require_subcommand(1);
    app.footer("Exit status: 0 fine; 1 a finding at or above --fail-on; 2 usage; 3 input unreadable or not recognised; "
               "4 input damaged, the readable part "
               "was processed.");
    Options options;
    int status = Fine;
    for (const Command& command : commands) {
        CLI::App* sub = app.add_subcommand(command.name, command.help);
        addOptions(*sub, options, command.name);
        sub->callback([&options, &status, &command] { status = command.run(options); });
    }
    app.add_subcommand("metrics", "Every metric: name, unit, sources in order of preference, meaning")
        ->callback([&status] { status = runMetrics(); });
    app.add_subcommand("sources", "Every source that is read: the names for --source")->callback([&status] {
        status = runSources();
    });
    if (argc < 2) {
        fmt::print(stderr, "{}", app.help());
        return Usage;
    }
    try {
        app.parse(withDefaultCommand(argc, argv));
    } catch (const CLI::ParseError& error) {
        const bool isAsked = error.get_exit_code() == 0; // --help, --version
        app.exit(error, std::cout, std::cerr);
        return isAsked ? Fine : Usage;
    }
    return status;
}
