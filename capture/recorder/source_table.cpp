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

namespace {

/// What is asked in other ways than by reading a file over and over: see the end of sources.txt.
constexpr struct {
    const char* name;
    const char* when;
    const char* purpose;
} otherSources[] = {
    {"sock_diag, else /proc/net/tcp, /proc/net/tcp6", "every 10th tick", "TCP and UDP sockets (--socket-ticks)"},
    {"/dev/kmsg", "every tick when new", "the kernel's log"},
    {"statfs of local file systems in /proc/self/mountinfo", "every 10th tick", "how full they are"},
    {"packets of an interface, by libpcap", "continuously", "only with --packets"},
};

} // namespace

void printSources()
{
    for (const SourceEntry& source : sourceTable())
        std::printf("%-66s %-24s %s\n", source.path, cadenceName(source.cadence), source.purpose);
    for (const auto& other : otherSources)
        std::printf("%-66s %-24s %s\n", other.name, other.when, other.purpose);
}

} // namespace hindcast::recorder
