// Megabytes per second of processor time of each parser, and how much memory the result takes beside the text.
//   build/release/tests/bench_parse [--size MB] [--stop-after generate|recognise|parse|load] [SOURCE...]
// The texts are made up here: long runs of vmstat, iostat, sar, ps, ss and netstat, and for each /proc and /sys source
// its own plain test case, tick after tick, with counters that grow. Each source is measured in a process of its own.
#include "base/text_scanner.h"
#include "parse/load.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace hindcast;

namespace {

enum class Stage { Generate, Recognise, Parse, Load };
constexpr std::array stageNames{"generate", "recognise", "parse", "load"};

struct Options {
    std::size_t bytes = 100'000'000;
    Stage last = Stage::Load;
    std::vector<std::string> sources;
};

/// Numbers that look measured, always the same ones.
class Figures {
public:
    std::uint64_t upTo(std::uint64_t most) { return m_chance() % (most + 1); }
    template <typename... Arguments> void print(std::string& out, const char* format, Arguments... arguments)
    {
        char line[1024];
        const int length = std::snprintf(line, sizeof line, format, arguments...);
        out.append(line, static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(sizeof line) - 1)));
    }

private:
    std::mt19937_64 m_chance{5};
};

using ull = unsigned long long;

/// What is written beyond the size asked for: a text that had to move would be held twice, and its peak be the bench's.
constexpr std::size_t slack = 1 << 20;

/// "HH:MM:SS" of the n-th second.
std::string clockText(std::uint64_t second)
{
    char text[16];
    std::snprintf(
        text, sizeof text, "%02llu:%02llu:%02llu", ull(second / 3600 % 24), ull(second / 60 % 60), ull(second % 60));
    return text;
}

std::string makeVmstat(std::size_t bytes)
{
    std::string out;
    out.reserve(bytes + slack);
    Figures figures;
    for (std::uint64_t row = 0; out.size() < bytes; ++row) {
        if (row % 20 == 0)
            out += "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
                   " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n";
        const auto busy = figures.upTo(100);
        figures.print(out,
            "%2llu %2llu %6llu %6llu %6llu %6llu %4llu %4llu %5llu %5llu %4llu %4llu %2llu %2llu %2llu %2llu %2llu\n",
            ull(figures.upTo(20)), ull(figures.upTo(3)), ull(figures.upTo(99999)), ull(100000 + figures.upTo(99999)),
            ull(figures.upTo(99999)), ull(500000 + figures.upTo(99999)), ull(figures.upTo(50)), ull(figures.upTo(50)),
            ull(figures.upTo(9999)), ull(figures.upTo(9999)), ull(figures.upTo(9999)), ull(figures.upTo(9999)),
            ull(busy / 2), ull(busy - busy / 2), ull(100 - busy), 0ULL, 0ULL);
    }
    return out;
}

std::string makeIostat(std::size_t bytes)
{
    std::string out = "Linux 6.1.0-18-amd64 (bench1) \t03/02/2026 \t_x86_64_\t(8 CPU)\n\n";
    out.reserve(bytes + slack);
    Figures figures;
    for (std::uint64_t report = 0; out.size() < bytes; ++report) {
        const std::uint64_t day = 1 + report / 86400 % 28, month = 1 + report / 86400 / 28 % 12;
        figures.print(out, "%02llu/%02llu/2026 %s\navg-cpu:  %%user   %%nice %%system %%iowait  %%steal   %%idle\n",
            ull(month), ull(day), clockText(report).c_str());
        figures.print(out, "          %6.2f    0.00  %6.2f  %6.2f    0.00  %6.2f\n\n", double(figures.upTo(3000)) / 100,
            double(figures.upTo(3000)) / 100, double(figures.upTo(1000)) / 100, double(figures.upTo(3000)) / 100);
        out += "Device            r/s     rkB/s   rrqm/s  %rrqm r_await rareq-sz     w/s     wkB/s   wrqm/s  %wrqm "
               "w_await "
               "wareq-sz     d/s     dkB/s   drqm/s  %drqm d_await dareq-sz     f/s f_await  aqu-sz  %util\n";
        for (int disk = 0; disk < 8; ++disk) {
            figures.print(out, "nvme%dn1     ", disk);
            for (int column = 0; column < 22; ++column)
                figures.print(out, " %8.2f", double(figures.upTo(999999)) / 100);
            out += '\n';
        }
        out += '\n';
    }
    return out;
}

std::string makeSar(std::size_t bytes)
{
    std::string out;
    out.reserve(bytes + slack);
    Figures figures;
    constexpr std::uint64_t rowsADay = 1440, cpus = 16;
    for (std::uint64_t day = 0; out.size() < bytes; ++day) {
        figures.print(out, "Linux 6.1.0-18-amd64 (bench1) \t2026-%02llu-%02llu \t_x86_64_\t(16 CPU)\n\n",
            ull(1 + day / 28 % 12), ull(1 + day % 28));
        for (std::uint64_t row = 0; row < rowsADay && out.size() < bytes; ++row) {
            const std::string clock = clockText(row * 60);
            if (row % 20 == 0) {
                if (row > 0)
                    out += '\n';
                out += clock
                    + "        CPU      %usr     %nice      %sys   %iowait    %steal      %irq     %soft    %guest    "
                      "%gnice     %idle\n";
            }
            const std::string stamp = clockText(row * 60 + 60);
            for (std::uint64_t cpu = 0; cpu <= cpus; ++cpu) {
                if (cpu == 0)
                    figures.print(out, "%s        all", stamp.c_str());
                else
                    figures.print(out, "%s     %6llu", stamp.c_str(), ull(cpu - 1));
                for (int column = 0; column < 10; ++column)
                    figures.print(out, "    %6.2f", double(figures.upTo(10000)) / 100);
                out += '\n';
            }
        }
        out += "Average:        all      1.00      0.00      1.00      1.00      0.00      0.00      0.00      0.00    "
               "  0.00     97.00\n\n";
    }
    return out;
}

std::string makePs(std::size_t bytes)
{
    std::string out = "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n";
    out.reserve(bytes + slack);
    Figures figures;
    for (std::uint64_t row = 1; out.size() < bytes; ++row)
        figures.print(out,
            "worker%llu %8llu %4.1f %4.1f %6llu %5llu ?        Ssl  %s  %llu:%02llu /usr/bin/made-up --number %llu "
            "--listen 127.0.0.1\n",
            ull(figures.upTo(20)), ull(row), double(figures.upTo(1000)) / 10, double(figures.upTo(1000)) / 10,
            ull(figures.upTo(9999999)), ull(figures.upTo(999999)), clockText(figures.upTo(86399)).substr(0, 5).c_str(),
            ull(figures.upTo(999)), ull(figures.upTo(59)), ull(row));
    return out;
}

std::string makeSs(std::size_t bytes)
{
    std::string out = "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n";
    out.reserve(bytes + slack);
    Figures figures;
    for (std::uint64_t row = 1; out.size() < bytes; ++row) {
        figures.print(out,
            "tcp   ESTAB  %-6llu %-6llu 10.%llu.%llu.%llu:443  10.9.%llu.%llu:%llu "
            "users:((\"made-up\",pid=%llu,fd=%llu)) timer:(keepalive,1min54sec,0) uid:33 ino:%llu sk:%llx "
            "cgroup:/system.slice/made-up.service <->\n",
            ull(figures.upTo(999)), ull(figures.upTo(9999)), ull(row / 65536 % 256), ull(row / 256 % 256),
            ull(row % 256), ull(figures.upTo(255)), ull(figures.upTo(255)), ull(1024 + figures.upTo(60000)),
            ull(1 + figures.upTo(30000)), ull(figures.upTo(999)), ull(row + 100000), ull(row + 4096));
        figures.print(out,
            "\t skmem:(r0,rb131072,t0,tb87040,f0,w0,o0,bl0,d0) ts sack cubic wscale:7,7 rto:204 rtt:%.3f/%.3f ato:40 "
            "mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:%llu bytes_sent:%llu bytes_acked:%llu bytes_received:%llu "
            "segs_out:%llu segs_in:%llu send %.1fMbps lastsnd:%llu lastrcv:%llu pacing_rate %.1fMbps delivered:%llu "
            "app_limited rcv_space:14480 minrtt:0.05\n",
            double(figures.upTo(99999)) / 1000, double(figures.upTo(9999)) / 1000, ull(figures.upTo(100)),
            ull(figures.upTo(99999999)), ull(figures.upTo(99999999)), ull(figures.upTo(99999999)),
            ull(figures.upTo(99999)), ull(figures.upTo(99999)), double(figures.upTo(99999)) / 10,
            ull(figures.upTo(99999)), ull(figures.upTo(99999)), double(figures.upTo(99999)) / 10,
            ull(figures.upTo(99999)));
    }
    return out;
}

std::string makeNetstat(std::size_t bytes)
{
    std::string out = "Active Internet connections (servers and established)\n"
                      "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       "
                      "Inode      PID/Program name     Timer\n";
    out.reserve(bytes + slack);
    Figures figures;
    constexpr std::array states{"ESTABLISHED", "TIME_WAIT  ", "CLOSE_WAIT ", "FIN_WAIT2  "};
    for (std::uint64_t row = 1; out.size() < bytes; ++row)
        figures.print(out,
            "tcp   %6llu %6llu 10.%llu.%llu.%llu:8080        192.0.2.%llu:%llu      %s %-10llu %-10llu %llu/made-up: "
            "worker  keepalive (%.2f/0/0)\n",
            ull(figures.upTo(999)), ull(figures.upTo(9999)), ull(row / 65536 % 256), ull(row / 256 % 256),
            ull(row % 256), ull(figures.upTo(255)), ull(1024 + figures.upTo(60000)), states[figures.upTo(3)],
            ull(figures.upTo(1000)), ull(row + 1000), ull(1 + figures.upTo(30000)), double(figures.upTo(7200)) / 100);
    return out;
}

struct LongText {
    const char* source;
    std::string (*make)(std::size_t bytes);
};
constexpr std::array longTexts{LongText{"vmstat", makeVmstat}, LongText{"iostat", makeIostat}, LongText{"sar", makeSar},
    LongText{"ps", makePs}, LongText{"ss", makeSs}, LongText{"netstat", makeNetstat}};

/// The first sample of a source's plain case.
std::string plainCase(const std::string& source)
{
    namespace fs = std::filesystem;
    const fs::path input = fs::path(HINDCAST_TEST_DATA) / "parse" / source / "plain" / "input";
    std::vector<fs::path> paths;
    std::error_code failure;
    for (const auto& entry : fs::recursive_directory_iterator(input, failure))
        if (entry.is_regular_file() && entry.path().filename() != "manifest.json")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    if (paths.empty())
        return {};
    std::ifstream file(paths.front(), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    std::string text = bytes.str();
    if (!text.starts_with("== "))
        return text;
    text.erase(0, text.find('\n') + 1);
    return text.substr(0, text.find("\n== ") + 1);
}

/// As it is a while later: what looks like a counter has grown.
void appendLater(std::string& out, std::string_view text, std::uint64_t tick)
{
    constexpr std::size_t fewestDigits = 4, mostDigits = 15;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9')
            ++end;
        const bool isWithin = i > 0 && text[i - 1] != ' ' && text[i - 1] != '\t' && text[i - 1] != ':';
        const bool isHexadecimal = end < text.size() && ((text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'f');
        const bool isWord = isWithin || isHexadecimal || (i < text.size() && text[i] == '0');
        const auto number = end - i >= fewestDigits && end - i <= mostDigits && !isWord
            ? parseInteger<std::uint64_t>(text.substr(i, end - i))
            : std::nullopt;
        if (number) {
            char digits[24];
            const auto [last, error] = std::to_chars(digits, digits + sizeof digits, *number + tick * (i % 17));
            out.append(digits, last);
        } else {
            out.append(text.substr(i, std::max<std::size_t>(end - i, 1)));
        }
        i = std::max(end, i + 1);
    }
}

struct Input {
    std::string text;
    std::vector<std::size_t> ends; ///< of the samples
};

Input makeInput(const std::string& source, std::size_t bytes)
{
    Input input;
    for (const LongText& known : longTexts)
        if (known.source == source) {
            input.text = known.make(bytes);
            input.ends = {input.text.size()};
            return input;
        }
    const std::string once = plainCase(source);
    constexpr std::size_t mostSamples = 200'000; // of a short file: the samples themselves would be what is measured
    input.text.reserve(std::min(bytes + once.size() * 2, mostSamples * (once.size() + 64)));
    while (!once.empty() && input.text.size() < bytes && input.ends.size() < mostSamples) {
        appendLater(input.text, once, input.ends.size());
        input.ends.push_back(input.text.size());
    }
    return input;
}

bool isBulk(const parse::Parser& parser)
{
    return parser.members.find("proc/") != std::string_view::npos
        || parser.members.find("sys/") != std::string_view::npos;
}

double megabytes(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / 1e6;
}

std::uint64_t peakBytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// Of processor time, so that what else the machine does counts little.
template <typename Work> double secondsOf(const Work& work)
{
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    };
    const double begin = now();
    work();
    return now() - begin;
}

/// The file given by itself, from disk to Snapshot.
void measureLoad(const std::string& source, const Input& input)
{
    const std::string path =
        (std::filesystem::temp_directory_path() / ("bench_parse-" + std::to_string(::getpid()))).string();
    std::ofstream(path, std::ios::binary).write(input.text.data(), static_cast<std::streamsize>(input.text.size()));
    parse::LoadOptions options;
    options.jobs = 1;
    options.source = source;
    std::string problem;
    const double seconds = secondsOf([&] {
        const auto loaded = parse::loadPath(path, options);
        problem = loaded ? "" : loaded.error().what;
    });
    std::filesystem::remove(path);
    if (problem.empty())
        std::printf(" %10.1f", megabytes(input.text.size()) / seconds);
    else
        std::printf("  %s", problem.c_str());
}

void measure(const parse::Parser& parser, const Options& options)
{
    const std::string source(parser.id);
    Input input;
    const double making = secondsOf([&] { input = makeInput(source, options.bytes); });
    std::printf("%-26s %8.1f", source.c_str(), megabytes(input.text.size()));
    if (input.text.empty())
        return;
    if (options.last == Stage::Generate) {
        std::printf(" %10.1f", megabytes(input.text.size()) / making);
        return;
    }
    const auto beginning = std::string_view(input.text).substr(0, 16 << 10);
    if (parser.recognise && options.last == Stage::Recognise) {
        const double seconds = secondsOf([&] { parser.recognise(beginning); });
        std::printf(" %7.1f us, surety %d", seconds * 1e6, parser.recognise(beginning));
        return;
    }
    std::vector<parse::Sample> samples;
    std::size_t begin = 0;
    for (const std::size_t end : input.ends) {
        samples.push_back({Time{std::chrono::seconds{1'770'000'000 + samples.size()}}, "/proc/4121/stat",
            std::string_view(input.text).substr(begin, end - begin), 0, {}});
        begin = end;
    }
    const Clock clock = input.ends.size() > 1 ? Clock::Wall : Clock::None;
    const Host host;
    const std::uint64_t before = peakBytes();
    std::uint64_t values = 0, skipped = 0;
    const double seconds = secondsOf([&] {
        parse::Builder builder(clock);
        parser.parse({"samples/bench", samples, clock, host, {}}, builder);
        for (const auto& series : builder.builtSeries())
            values += series.values.size();
        for (const auto& table : builder.tables())
            values += table.rows.size() * table.columns.size();
        for (const auto& entity : builder.builtEntities())
            values += entity.values.size();
        values += builder.events().size();
        skipped = builder.skippedLines();
    });
    std::printf(
        " %10.1f %10.1f %12llu", megabytes(input.text.size()) / seconds, megabytes(peakBytes() - before), ull(values));
    if (skipped > 0)
        std::printf("  %llu lines skipped", ull(skipped));
    if (options.last == Stage::Load && input.ends.size() == 1)
        measureLoad(source, input);
}

std::optional<Options> readOptions(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool hasNext = i + 1 < argc;
        if (word == "--size" && hasNext) {
            const auto size = parseInteger<std::size_t>(argv[++i]);
            if (!size || *size == 0)
                return std::nullopt;
            options.bytes = *size * 1'000'000;
        } else if (word == "--stop-after" && hasNext) {
            const auto known = std::find(stageNames.begin(), stageNames.end(), std::string_view(argv[++i]));
            if (known == stageNames.end())
                return std::nullopt;
            options.last = static_cast<Stage>(known - stageNames.begin());
        } else if (word.starts_with("-")) {
            return std::nullopt;
        } else {
            options.sources.push_back(word);
        }
    }
    return options;
}

} // namespace

int main(int argc, char** argv)
{
    const auto options = readOptions(argc, argv);
    if (!options) {
        std::fprintf(
            stderr, "usage: bench_parse [--size MB] [--stop-after generate|recognise|parse|load] [SOURCE...]\n");
        return 2;
    }
    std::printf("%-26s %8s %10s %10s %12s %10s\n", "source", "MB", "MB/s", "MB beside", "values", "load MB/s");
    for (const parse::Parser& parser : parse::allParsers()) {
        const auto isNamed = [&parser](const auto& name) { return parser.id == name; };
        const bool isLong = std::any_of(
            longTexts.begin(), longTexts.end(), [&parser](const LongText& known) { return parser.id == known.source; });
        const bool isWanted = options->sources.empty()
            ? isLong || isBulk(parser)
            : std::any_of(options->sources.begin(), options->sources.end(), isNamed);
        if (!isWanted)
            continue;
        std::fflush(stdout);
        const pid_t child = ::fork(); // so that each has a peak of its own
        if (child == 0) {
            const rlimit patience{60, 60}; // seconds of processor time; who needs more is named with its status
            ::setrlimit(RLIMIT_CPU, &patience);
            measure(parser, *options);
            std::printf("\n");
            std::fflush(stdout);
            std::_Exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (status != 0)
            std::printf("%.*s: ended with status %d\n", static_cast<int>(parser.id.size()), parser.id.data(), status);
    }
    return 0;
}
