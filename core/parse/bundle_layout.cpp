#include "parse/bundle_layout.h"

#include "archive/bundle_roots.h"
#include "base/text_scanner.h"
#include "parse/log_stamp.h"
#include "parse/manifest.h"
#include "parse/stamped_blocks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace hindcast::parse {
namespace {

std::string_view fileName(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// The path on the host of a file in a copy of its tree: from the first of its folders on that has one of the names at
/// the root of every system. "" when there is none, or when it lies very deep.
std::string_view systemPath(std::string_view path)
{
    static constexpr std::array names{
        "proc", "sys", "etc", "usr", "boot", "lib", "lib64", "run", "var", "sos_commands"};
    constexpr int mostAbove = 6; // archives in archives, folders of dates and hosts
    if (const auto root = archive::sosRootOf(path))
        path.remove_prefix(root->size());
    for (int above = 0; above <= mostAbove && !path.empty(); ++above) {
        const auto slash = path.find('/');
        if (slash == std::string_view::npos)
            break;
        const auto part = path.substr(0, slash);
        if (std::find(names.begin(), names.end(), part) != names.end())
            return path;
        path.remove_prefix(slash + 1);
    }
    return {};
}

bool knows(const Parser& parser, std::string_view text)
{
    constexpr std::size_t looked = 16 << 10;
    return !trimmed(text.substr(0, looked)).empty()
        && (parser.recognise == nullptr || parser.recognise(text.substr(0, looked)) > 0);
}

/// The files of a process's own network namespace are those of the host when they lie where /proc/net leads to.
const Parser* parserOfSystemFile(std::string_view path)
{
    if (const Parser* parser = parserForSource(path))
        return parser->isPerProcess ? nullptr : parser;
    constexpr std::string_view processes = "proc/", network = "/net/";
    const auto net = path.find(network);
    const bool isOfProcess = path.starts_with(processes) && net != std::string_view::npos
        && std::all_of(path.begin() + processes.size(), path.begin() + static_cast<std::ptrdiff_t>(net),
            [](char c) { return c >= '0' && c <= '9'; });
    return isOfProcess ? parserForSource("proc" + std::string(path.substr(net))) : nullptr;
}

struct Suffix {
    std::string_view name, systemFile;
};
/// What pt-stalk copies of /proc, and what OSWatcher calls the same. Source: Percona Toolkit, pt-stalk, collect().
constexpr std::array suffixes{
    Suffix{"-diskstats", "proc/diskstats"},
    Suffix{"-procstat", "proc/stat"},
    Suffix{"-procvmstat", "proc/vmstat"},
    Suffix{"-meminfo", "proc/meminfo"},
    Suffix{"-interrupts", "proc/interrupts"},
    Suffix{"-slabinfo", "proc/slabinfo"},
    Suffix{"-buddyinfo", "proc/buddyinfo"},
};
constexpr std::array watcherNames{
    Suffix{"_meminfo_", "proc/meminfo"},
    Suffix{"_slabinfo_", "proc/slabinfo"},
    Suffix{"_procstat_", "proc/stat"},
};

/// Letters, digits, dots and hyphens: RFC 952, RFC 1123. Underscores occur.
bool isHostName(std::string_view text)
{
    constexpr std::size_t longest = 253;
    return !text.empty() && text.size() <= longest && text.front() != '-'
        && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'
                   || c == '_';
           });
}

bool isOneLine(std::string_view text)
{
    return !text.empty() && text.find('\n') == std::string_view::npos;
}

/// "Linux web1 5.14.0-427.el9.x86_64 #1 SMP … x86_64 x86_64 x86_64 GNU/Linux": man 1 uname.
bool readUname(std::string_view line, Host& host)
{
    if (nextField(line) != "Linux")
        return false;
    const auto name = nextField(line), kernel = nextField(line);
    if (!isHostName(name) || kernel.empty())
        return false;
    host.hostname = name;
    host.kernel = kernel;
    static constexpr std::array machines{"x86_64", "aarch64", "ppc64le", "s390x", "i686", "ppc64", "armv7l", "riscv64"};
    for (auto word = nextField(line); !word.empty(); word = nextField(line))
        if (std::find(machines.begin(), machines.end(), word) != machines.end())
            host.machine = word;
    return true;
}

bool isZoneName(std::string_view text)
{
    return isOneLine(text) && text.size() < 64 && (text.find('/') != std::string_view::npos || text == "UTC")
        && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_'
                   || c == '-' || c == '+';
           });
}

/// "+0900" and "+09:00", as timedatectl and date print them.
std::optional<std::chrono::seconds> readOffset(std::string_view text)
{
    const auto line = readDateLine("2000-01-01T00:00:00" + std::string(text));
    return line ? line->utcOffset : std::nullopt;
}

/// Lines "Time zone: Asia/Seoul (KST, +0900)" and "Universal time: Sat 2026-11-21 03:00:00 UTC". Source: man 1
/// timedatectl.
bool readTimedatectl(std::string_view text, BundleFacts& facts)
{
    for (std::string_view line; nextLine(text, line);) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        const auto key = trimmed(line.substr(0, colon));
        auto value = trimmed(line.substr(colon + 1));
        if (key == "Time zone" || key == "Timezone") {
            facts.host.timezone = nextField(value);
            if (const auto sign = value.find_first_of("+-"); sign != std::string_view::npos)
                facts.host.utcOffset = readOffset(value.substr(sign, value.find_first_of(",)", sign) - sign));
        } else if (key == "Universal time") {
            nextField(value); // the day of the week
            if (const auto at = readDateLine(value); at && at->hasZone)
                facts.collectedAt = at->time;
        }
    }
    return !facts.host.timezone.empty();
}

/// The distance of a civil time from the instant at which it was written down, when that is a whole quarter of an hour
/// as all zones' are, within what a collector takes to close a file.
std::optional<std::chrono::seconds> distanceFrom(Time civil, Time writtenAt)
{
    using std::chrono::seconds;
    constexpr seconds quarter{15 * 60}, slack{60}, most{15 * 3600};
    const auto distance = std::chrono::floor<seconds>(civil) - std::chrono::floor<seconds>(writtenAt);
    const seconds rounded = quarter
        * static_cast<int>(std::lround(static_cast<double>(distance.count()) / static_cast<double>(quarter.count())));
    const bool isZone = std::chrono::abs(distance - rounded) <= slack && std::chrono::abs(rounded) < most;
    return isZone ? std::optional(rounded) : std::nullopt;
}

bool readDate(std::string_view line, std::optional<Time> writtenAt, BundleFacts& facts)
{
    const auto date = readDateLine(line);
    if (!date)
        return false;
    facts.collectedAt = date->time;
    facts.isCollectedLocal = !date->hasZone;
    if (date->hasZone) {
        if (!date->zone.empty() || date->utcOffset)
            facts.host.utcOffset = date->utcOffset;
    } else if (writtenAt) {
        facts.host.utcOffset = distanceFrom(date->time, *writtenAt);
    }
    if (facts.host.utcOffset && !date->hasZone) {
        facts.collectedAt = date->time - *facts.host.utcOffset;
        facts.isCollectedLocal = false;
    }
    return true;
}

/// "sos report: 4.5.1", "sosreport: 3.2": version.txt at the top of every sosreport.
bool readSosVersion(std::string_view line, Host& host)
{
    const auto colon = line.find(':');
    const auto version = colon == std::string_view::npos ? std::string_view{} : trimmed(line.substr(colon + 1));
    if (!line.starts_with("sos") || version.empty() || version.size() > 32 || version.front() < '0'
        || version.front() > '9')
        return false;
    host.tool = "sos " + std::string(version);
    return true;
}

bool isNamed(std::string_view name, std::string_view command)
{
    return name == command || (name.starts_with(command) && name[command.size()] == '_')
        || (name.size() > command.size() && name.ends_with(command) && name[name.size() - command.size() - 1] == '-');
}

} // namespace

const Parser* parserByPlace(std::string_view path, std::string_view text)
{
    const auto onHost = systemPath(path);
    if (onHost.starts_with("proc/") || onHost.starts_with("sys/")) {
        const Parser* parser = parserOfSystemFile(onHost);
        return parser && knows(*parser, text) ? parser : nullptr;
    }
    const auto name = fileName(path);
    for (const Suffix& suffix : suffixes)
        if (name.ends_with(suffix.name) && !archive::stalkPrefixOf(path).empty())
            if (const Parser* parser = parserForSource(suffix.systemFile); parser && knows(*parser, text))
                return parser;
    for (const Suffix& watcher : watcherNames)
        if (name.find(watcher.name) != std::string_view::npos && path.find("osw") != std::string_view::npos)
            if (const Parser* parser = parserForSource(watcher.systemFile); parser && knows(*parser, text))
                return parser;
    return nullptr;
}

bool isNeverByContent(std::string_view path)
{
    const auto onHost = systemPath(path);
    const bool isCopyOfSystem = onHost.size() == path.size() || archive::sosRootOf(path);
    if (!isCopyOfSystem)
        return false;
    for (const std::string_view folder : {"etc/", "usr/", "boot/", "lib/", "lib64/"})
        if (onHost.starts_with(folder))
            return true;
    return false;
}

std::optional<StalkFile> stalkFileOf(std::string_view path)
{
    const auto prefix = archive::stalkPrefixOf(path);
    if (prefix.empty())
        return std::nullopt;
    std::string iso(prefix); // 2026_11_21_03_00_00
    constexpr std::size_t timeAt = 10;
    iso[4] = iso[7] = '-';
    iso[timeAt] = 'T';
    iso[timeAt + 3] = iso[timeAt + 6] = ':';
    std::string_view rest = iso;
    const auto stamp = takeIsoStamp(rest);
    if (!stamp)
        return std::nullopt;
    return StalkFile{stamp->time, path.ends_with("-overall")};
}

std::optional<BundleFacts> bundleFactsOf(std::string_view path, std::string_view text, std::optional<Time> writtenAt)
{
    constexpr std::size_t longest = 4 << 10;
    const auto name = fileName(path);
    const auto content = trimmed(text.substr(0, longest));
    if (text.size() > longest || content.empty())
        return std::nullopt;
    BundleFacts facts;
    const auto found = [&facts](std::string_view source) {
        facts.source = source;
        return facts;
    };
    const auto firstLine = content.substr(0, content.find('\n'));
    if (isNamed(name, "hostname") && isOneLine(content) && isHostName(content)) {
        facts.host.hostname = content;
        return found("hostname");
    }
    if (isNamed(name, "uname") && readUname(firstLine, facts.host))
        return found("uname");
    if (name == "os-release") {
        facts.host.distribution = distributionName(content);
        return facts.host.distribution.empty() ? std::nullopt : std::optional(found("os_release"));
    }
    if (name == "timezone" && isZoneName(content)) {
        facts.host.timezone = content;
        return found("timezone");
    }
    if (isNamed(name, "timedatectl") && readTimedatectl(content, facts))
        return found("timedatectl");
    if (name == "date" && readDate(firstLine, writtenAt, facts))
        return found("date");
    if (name == "version.txt" && readSosVersion(firstLine, facts.host))
        return found("sos_version");
    return std::nullopt;
}

std::string zoneOfLink(std::string_view target)
{
    constexpr std::string_view folder = "zoneinfo/";
    const auto place = target.find(folder);
    if (place == std::string_view::npos)
        return {};
    auto name = target.substr(place + folder.size());
    for (const std::string_view kind : {"posix/", "right/"})
        if (name.starts_with(kind))
            name.remove_prefix(kind.size());
    return isZoneName(name) || name.find('/') == std::string_view::npos ? std::string(name) : std::string();
}

} // namespace hindcast::parse
