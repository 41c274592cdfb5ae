#include "parse/thread_dump_times.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <unordered_map>

namespace hindcast::parse {

bool isDumpFactsPath(std::string_view path)
{
    return path.starts_with("jvm/") && path.ends_with(".meta");
}

AskedDump readDumpFacts(std::string_view path, std::string_view text)
{
    AskedDump asked;
    constexpr std::string_view ending = ".meta";
    asked.member = std::string(path.substr(0, path.size() - ending.size())) + ".txt";
    for (std::string_view line; nextLine(text, line);) {
        const auto key = nextField(line);
        const auto value = trimmed(line);
        constexpr std::int64_t most = std::int64_t{1} << 62;
        if (key == "begin_real_ns") {
            if (const auto time = parseInteger<std::int64_t>(value); time && *time > 0 && *time < most)
                asked.time = timeFromNanoseconds(*time);
        } else if (key == "result" && value != "exit 0") {
            asked.problem = value;
        }
    }
    return asked;
}

void placeThreadDumps(Snapshot& snapshot, const std::vector<AskedDump>& asked)
{
    std::unordered_map<std::string_view, Time> times;
    for (const AskedDump& dump : asked) {
        if (dump.time)
            times.emplace(dump.member, *dump.time);
        if (!dump.problem.empty())
            snapshot.notes.push_back({dump.member, 0, NoteSeverity::Info, "the thread dump: " + dump.problem, 1});
    }
    if (times.empty())
        return;
    for (Table& table : snapshot.tables)
        if (const auto known = times.find(table.member); known != times.end() && table.name == "threads")
            table.time = known->second;
    for (Event& event : snapshot.events)
        if (const auto known = times.find(event.member); known != times.end()) {
            event.time = known->second;
            event.clock = Clock::Wall;
        }
    std::stable_sort(
        snapshot.events.begin(), snapshot.events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
}

} // namespace hindcast::parse
