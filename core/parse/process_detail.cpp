#include "parse/process_detail.h"

#include "base/text_scanner.h"

#include <string>

namespace hindcast::parse {
namespace {

constexpr double kibibyte = 1024;
constexpr double nanosecond = 1e9; // divided by, so that values stay decimal fractions

struct DetailLine {
    std::string_view name; ///< with its colon
    ProcessColumn column;
    double factor;
};
constexpr std::array statusLines{
    DetailLine{"VmSwap:", ProcessColumn::SwapBytes, kibibyte},
    DetailLine{"RssAnon:", ProcessColumn::AnonymousBytes, kibibyte},
    DetailLine{"RssFile:", ProcessColumn::FileBytes, kibibyte},
    DetailLine{"RssShmem:", ProcessColumn::SharedBytes, kibibyte},
    DetailLine{"voluntary_ctxt_switches:", ProcessColumn::VoluntarySwitches, 1},
    DetailLine{"nonvoluntary_ctxt_switches:", ProcessColumn::InvoluntarySwitches, 1},
};
constexpr std::array ioLines{
    DetailLine{"rchar:", ProcessColumn::ReadCharacters, 1},
    DetailLine{"wchar:", ProcessColumn::WrittenCharacters, 1},
    DetailLine{"read_bytes:", ProcessColumn::ReadBytes, 1},
    DetailLine{"write_bytes:", ProcessColumn::WrittenBytes, 1},
};

template <typename Lines> bool readLines(std::string_view text, const Lines& wanted, ProcessValues& values)
{
    bool isAnyFound = false;
    for (std::string_view line; nextLine(text, line);)
        for (const DetailLine& detail : wanted) {
            if (!line.starts_with(detail.name))
                continue;
            line.remove_prefix(detail.name.size());
            if (const auto value = parseInteger(nextField(line))) {
                values[static_cast<std::size_t>(detail.column)] = static_cast<double>(*value) * detail.factor;
                isAnyFound = true;
            }
            break;
        }
    return isAnyFound;
}

/// "12 34 5": nanoseconds on a CPU, nanoseconds ready to run, turns.
bool readSchedstat(std::string_view text, ProcessValues& values)
{
    nextField(text);
    const auto wait = parseInteger(nextField(text));
    if (!wait || nextField(text).empty())
        return false;
    values[static_cast<std::size_t>(ProcessColumn::RunQueueWait)] = static_cast<double>(*wait) / nanosecond;
    return true;
}

/// "0::/system.slice/web.service" of version 2; of version 1, where there is a line a hierarchy, the one of memory,
/// else the first that is not the root.
bool readCgroup(std::string_view text, Builder& out, EntityRef entity)
{
    std::string_view best;
    bool isMemory = false;
    for (std::string_view line; nextLine(text, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos)
            continue;
        const auto controllers = line.substr(first + 1, second - first - 1);
        const auto path = line.substr(second + 1);
        const bool isMemoryLine = controllers.find("memory") != std::string_view::npos;
        if (isMemoryLine || (!isMemory && (best.empty() || best == "/")))
            best = path;
        isMemory = isMemory || isMemoryLine;
    }
    if (!best.empty())
        out.setAttribute(entity, "cgroup", best);
    return !best.empty();
}

/// "Max open files            1024                 524288               files"
bool readLimits(std::string_view text, Builder& out, EntityRef entity)
{
    constexpr std::string_view openFiles = "Max open files";
    for (std::string_view line; nextLine(text, line);)
        if (line.starts_with(openFiles)) {
            line.remove_prefix(openFiles.size());
            out.setAttribute(entity, "open_files_limit", nextField(line));
            return true;
        }
    return false;
}

/// The targets of the links in /proc/[pid]/ns, one per line: "net:[4026531840]".
bool readNamespaces(std::string_view text, Builder& out, EntityRef entity)
{
    constexpr std::string_view network = "net:[";
    bool isRead = false; // of a process that may not be looked at, some of the links are missing
    for (std::string_view line; nextLine(text, line);) {
        if (line.starts_with(network) && line.ends_with(']'))
            out.setAttribute(entity, "net_namespace", line.substr(network.size(), line.size() - network.size() - 1));
        isRead = isRead || (line.find(":[") != std::string_view::npos && line.ends_with(']'));
    }
    return isRead;
}

} // namespace

bool isProcessDetail(std::string_view file)
{
    for (const std::string_view known : {"status", "io", "schedstat", "limits", "cgroup", "exe", "cwd", "ns"})
        if (file == known)
            return true;
    return false;
}

bool readProcessDetail(
    std::string_view file, std::string_view text, ProcessValues& values, Builder& out, EntityRef entity)
{
    if (trimmed(text).empty())
        return true; // a link that points nowhere, a list without entries
    if (file == "status")
        return readLines(text, statusLines, values) || text.starts_with("Name:"); // kernel threads have no memory
    if (file == "io")
        return readLines(text, ioLines, values);
    if (file == "schedstat")
        return readSchedstat(trimmed(text), values);
    if (file == "cgroup")
        return readCgroup(text, out, entity);
    if (file == "limits")
        return readLimits(text, out, entity);
    if (file == "ns")
        return readNamespaces(text, out, entity);
    out.setAttribute(entity, file, trimmed(text)); // exe, cwd
    return true;
}

} // namespace hindcast::parse
