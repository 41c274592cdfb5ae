// The list of what is recorded, made from capture/sources.txt at configure time.
#pragma once

#include <string>
#include <vector>

namespace hindcast::recorder {

enum class Cadence { Tick, Process, ProcessOnce, Thread, Slow, Trigger, Start, Once, StartAndEnd };

struct SourceEntry {
    const char* id;
    const char* path; ///< absolute; '*' stands for any name, "<pid>" for every process
    Cadence cadence;
    unsigned period; ///< of Tick, Slow and Process: every so many ticks
    const char* purpose;
};

/// In the order of sources.txt.
const std::vector<SourceEntry>& sourceTable();

/// "every 5 ticks"
std::string cadenceText(const SourceEntry& source);
/// What --list-sources prints: one line per source.
void printSources();

} // namespace hindcast::recorder
