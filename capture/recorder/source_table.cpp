#include "source_table.h"

#include <cstdio>

namespace hindcast::recorder {
namespace {

const char* cadenceName(Cadence cadence)
{
    switch (cadence) {
    case Cadence::Tick:
        return "every tick";
    case Cadence::Process:
        return "every tick when changed";
    case Cadence::ProcessOnce:
        return "once per process";
    case Cadence::Start:
        return "start";
    case Cadence::StartAndEnd:
        return "start and end";
    }
    return "";
}

} // namespace

const std::vector<SourceEntry>& sourceTable()
{
#define SOURCE(id, path, cadence, purpose) {id, path, Cadence::cadence, purpose},
    static const std::vector<SourceEntry> table = {
#include "source_table.inc"
    };
#undef SOURCE
    return table;
}

void printSources()
{
    for (const SourceEntry& source : sourceTable())
        std::printf("%-66s %-24s %s\n", source.path, cadenceName(source.cadence), source.purpose);
}

} // namespace hindcast::recorder
