// Files of one process that stand alone, as people send them and as a sosreport has them: status, io, limits, cgroup,
// statm, fdinfo, oom_score, wchan, stack. (What the recorder reads of all processes at each tick becomes the columns of
// the process, see proc_pid_stat.) Source: man 5 proc_pid_status and its neighbours; kernel fs/proc/{array,base,fd}.c.
#include "parse/kernel_units.h"
#include "parse/listing.h"
#include "parse/record_lines.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

/// The number in "/proc/4121/status"; "" when the path has none.
std::string_view pidOf(std::string_view path)
{
    constexpr std::string_view folder = "proc/";
    const auto place = path.find(folder);
    if (place == std::string_view::npos)
        return {};
    path.remove_prefix(place + folder.size());
    const auto pid = path.substr(0, path.find('/'));
    return parseInteger(pid) ? pid : std::string_view{};
}

void setPid(TableMaker& table, const Sample& sample)
{
    if (const auto pid = pidOf(sample.path); !pid.empty())
        setPlain(table, "process", pid);
}

// status and io: one row

void readRecord(std::string_view name, const Sample& sample, std::optional<Time> time, Builder& out)
{
    TableMaker table{std::string(name), time};
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty())
            continue;
        const auto record = readRecordLine(line);
        if (!record) {
            out.skipped(line, "expected a name, a colon and a value");
            continue;
        }
        if (table.rows() == 0) {
            table.beginRow(number);
            setPid(table, sample);
        }
        setRecordCell(table, snakeCase(record->name), record->value);
    }
    table.finish(out);
}

// limits: columns of fixed width, because names and units hold blanks

/// "Max open files            1024                 1048576              files     "
bool readLimit(std::string_view line, TableMaker& table)
{
    constexpr std::size_t nameWidth = 26, limitWidth = 21;
    if (!line.starts_with("Max ") || line.size() <= nameWidth + limitWidth)
        return false;
    table.set("limit", trimmed(line.substr(0, nameWidth)));
    auto rest = line.substr(nameWidth);
    setPlain(table, "soft", nextField(rest));
    setPlain(table, "hard", nextField(rest));
    table.set("units", trimmed(rest));
    return true;
}

/// "4:memory:/system.slice/web.service"
bool readCgroup(std::string_view line, TableMaker& table)
{
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos
        || !line.substr(second + 1).starts_with('/'))
        return false;
    // Strict redaction takes the beginning of "0::/" for the address "::".
    if (first > 0 && !parseInteger(line.substr(0, first)))
        return false;
    setPlain(table, "hierarchy", first > 0 ? line.substr(0, first) : "0");
    table.set("controllers", line.substr(first + 1, second - first - 1));
    table.set("cgroup", line.substr(second + 1));
    return true;
}

constexpr std::array lists{
    Listing{"*/limits", "process_limits", "Limit Soft Limit Hard Limit", {}, 4, nullptr, readLimit},
    Listing{"*/cgroup", "process_cgroups", "", {}, 1, nullptr, readCgroup},
};

// statm: pages

/// "42496 3313 2169 202 0 5180 0"
bool isStatm(std::string_view text)
{
    const auto numbers = fields(trimmed(text));
    return numbers.size() == 7 && text.find('\t') == std::string_view::npos && text.find('\n') >= trimmed(text).size()
        && std::all_of(
            numbers.begin(), numbers.end(), [](std::string_view one) { return parseInteger(one).has_value(); });
}

void readStatm(const Input& input, const Sample& sample, std::optional<Time> time, Builder& out)
{
    constexpr std::array<std::string_view, 7> names{"size", "resident", "shared", "text", "library", "data", "dirty"};
    if (!isStatm(sample.text)) {
        out.skipped(sample.text.substr(0, sample.text.find('\n')), "expected seven numbers of pages");
        return;
    }
    const double pageSize = pageSizeBytes(input.host, out);
    TableMaker table("process_memory", time);
    table.beginRow(1);
    setPid(table, sample);
    auto rest = trimmed(sample.text);
    for (const auto name : names)
        setPlain(table, name, nextField(rest), Unit::Bytes, pageSize);
    table.finish(out);
}

/// "411605849 93680043 79": nanoseconds on a CPU and waiting for one, and turns. Source: kernel
/// Documentation/scheduler/sched-stats.rst.
bool isSchedstat(std::string_view text)
{
    const auto numbers = fields(trimmed(text));
    constexpr std::size_t columns = 3;
    return numbers.size() == columns && text.find('\t') == std::string_view::npos
        && text.find('\n') >= trimmed(text).size()
        && std::all_of(
            numbers.begin(), numbers.end(), [](std::string_view one) { return parseInteger(one).has_value(); });
}

void readSchedstat(const Sample& sample, std::optional<Time> time, Builder& out)
{
    if (!isSchedstat(sample.text)) {
        out.skipped(sample.text.substr(0, sample.text.find('\n')), "expected nanoseconds run and waited, and turns");
        return;
    }
    constexpr double nanosecond = 1e-9;
    TableMaker table("process_scheduling", time);
    table.beginRow(1);
    setPid(table, sample);
    auto rest = trimmed(sample.text);
    setPlain(table, "run_time", nextField(rest), Unit::Seconds, nanosecond);
    setPlain(table, "run_queue_wait", nextField(rest), Unit::Seconds, nanosecond);
    setPlain(table, "turns", nextField(rest), Unit::Count);
    table.finish(out);
}

// fdinfo

/// "inotify wd:3 ino:9e7e sdev:800013": words with values behind the kind of thing; also "tfd: 5 events: 1d data: …".
void setWatch(TableMaker& table, std::string_view line)
{
    std::string prefix;
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        const auto colon = word.find(':');
        if (colon == std::string_view::npos) {
            prefix = snakeCase(word) + '_'; // "inotify", "fanotify"
            continue;
        }
        const auto name = word.substr(0, colon);
        if (prefix.empty())
            prefix = snakeCase(name) == "tfd" ? "watch_" : "";
        const auto value = colon + 1 < word.size() ? word.substr(colon + 1) : nextField(line);
        table.set(prefix + snakeCase(name), value); // codes in one base or another
    }
}

bool isWatch(std::string_view line)
{
    return line.starts_with("inotify ") || line.starts_with("fanotify ") || line.starts_with("tfd:");
}

/// The first line is "pos:"; a row for the file, and one for each further thing it watches.
void readFdinfo(const Sample& sample, std::optional<Time> time, Builder& out)
{
    TableMaker table("file_descriptor", time);
    auto rest = sample.text;
    std::uint64_t number = 0;
    bool hasWatch = false;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty())
            continue;
        const auto record = readRecordLine(line);
        if (!record) {
            out.skipped(line, "expected a name, a colon and a value");
            continue;
        }
        const bool isFurther = isWatch(line) && hasWatch && !line.starts_with("fanotify ");
        if (table.rows() == 0 || isFurther) {
            table.beginRow(number);
            setPid(table, sample);
        }
        hasWatch = hasWatch || isWatch(line);
        if (isWatch(line))
            setWatch(table, line);
        else
            table.set(snakeCase(record->name), record->value); // "flags" are octal
    }
    table.finish(out);
}

// Values alone

void readValue(const Sample& sample, std::optional<Time> time, Builder& out)
{
    const auto name = sample.path.substr(sample.path.rfind('/') + 1);
    TableMaker table("process_" + snakeCase(name), time);
    table.beginRow(1);
    setPid(table, sample);
    std::string text;
    auto rest = trimmed(sample.text);
    for (std::string_view line; nextLine(rest, line);)
        text.append(text.empty() ? "" : " < ").append(line); // a stack, the innermost function first
    setPlain(table, snakeCase(name), text);
    table.finish(out);
}

/// "Max open files" alone would be too little: the heading must stand first.
bool isLimits(std::string_view text)
{
    return text.starts_with("Limit  ") && text.find("Soft Limit") != std::string_view::npos;
}
bool isStatus(std::string_view text)
{
    return trimmed(text.substr(0, 64)).starts_with("Name:\t") && text.find("\nState:") != std::string_view::npos;
}
bool isIo(std::string_view text)
{
    return text.starts_with("rchar: ");
}
bool isFdinfo(std::string_view text)
{
    return text.starts_with("pos:\t") && text.find("\nflags:\t") != std::string_view::npos;
}

void readSample(const Input& input, const Sample& sample, Builder& out)
{
    out.setText(sample.text);
    const auto time = listedAt(input, sample);
    if (trimmed(sample.text).empty())
        return;
    if (isStatus(sample.text) || endsInPath(sample.path, "*/status"))
        readRecord("process_status", sample, time, out);
    else if (isIo(sample.text) || endsInPath(sample.path, "*/io"))
        readRecord("process_io", sample, time, out);
    else if (isFdinfo(sample.text) || endsInPath(sample.path, "fdinfo/*"))
        readFdinfo(sample, time, out);
    else if (isStatm(sample.text) || endsInPath(sample.path, "*/statm"))
        readStatm(input, sample, time, out);
    else if (isSchedstat(sample.text) || endsInPath(sample.path, "*/schedstat"))
        readSchedstat(sample, time, out);
    else if (listingOf(lists, sample.path, sample.text))
        readListing(*listingOf(lists, sample.path, sample.text), sample, time, out);
    else if (!pidOf(sample.path).empty())
        readValue(sample, time, out);
    else
        out.skipped(sample.text.substr(0, sample.text.find('\n')), "no known file of a process");
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readSample(input, sample, out);
}

int recognise(std::string_view beginning)
{
    if (isStatus(beginning) || isIo(beginning) || isFdinfo(beginning) || isLimits(beginning))
        return 90;
    if (isSchedstat(beginning))
        return 40;
    return isStatm(beginning) ? 60 : recogniseListing(lists, beginning);
}

} // namespace

Parser proc_pid_files()
{
    return {.id = "proc_pid_files",
        .title = "Files of a process",
        .members = "proc/*/status proc/*/io proc/*/limits proc/*/cgroup proc/*/statm proc/*/fdinfo/* proc/*/wchan "
                   "proc/*/stack proc/*/oom_score proc/*/oom_score_adj proc/*/schedstat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
