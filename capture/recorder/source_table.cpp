#include "source_table.h"

#include <cstdio>
#include <string>

namespace hindcast::recorder {

std::string cadenceText(const SourceEntry& source)
{
    char every[48];
    switch (source.cadence) {
    case Cadence::Tick:
        if (source.period == 1)
            return "every tick";
        std::snprintf(every, sizeof every, "every %u ticks", source.period);
        return every;
    case Cadence::Process:
        if (source.period == 1)
            return "every tick when changed";
        std::snprintf(every, sizeof every, "every %u ticks", source.period);
        return every;
    case Cadence::ProcessOnce:
        return "once per process";
    case Cadence::Thread:
        return "threads of hot processes";
    case Cadence::Trigger:
        return "at a trigger";
    case Cadence::Slow:
        std::snprintf(every, sizeof every, "every %u ticks, apart", source.period);
        return every;
    case Cadence::Once:
        return "once, apart";
    case Cadence::Start:
        return "start";
    case Cadence::StartAndEnd:
        return "start and end";
    }
    return "";
}

const std::vector<SourceEntry>& sourceTable()
{
#define SOURCE(id, path, cadence, period, purpose) {id, path, Cadence::cadence, period, purpose},
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
    {"files of control groups (mounts in /proc/self/mountinfo)", "every tick, leaves every 5th",
        "use, limits, pressure"},
    {"/proc/<pid>/net/{dev,snmp,netstat,sockstat}", "every 5th tick",
        "other network namespaces, by one process of each"},
    {"rtnetlink: queueing disciplines", "every 5th tick, apart", "drops and backlog"},
    {"SIOCETHTOOL: counters of network cards", "every 5th tick, apart", "what the driver counts"},
    {"all files below /proc/sys", "once", "settings"},
    {"rtnetlink: links, addresses, routes, rules, neighbours", "once, and at the end", "how the network is set up"},
    {"SIOCETHTOOL: driver, rings, channels, offloads", "once", "how the network cards are set up"},
    {"files of sysstat, atop, below, pcp in /var/log", "once", "their names; with --history also copies, at the end"},
    {"chronyc, last, nft or iptables-save, docker, crictl, nvidia-smi", "once and at a trigger",
        "where installed and not --no-commands"},
    {"/proc/*/fd, the links", "before listings", "which process holds which socket"},
    {"jcmd <pid> Thread.print -l, or jstack", "at a trigger and at the end", "threads of Java processes (--no-jvm)"},
    {"files of --log", "at a trigger and at the end", "what was written to them meanwhile"},
    {"packets of an interface, by libpcap", "continuously", "only with --packets"},
};

} // namespace

void printSources()
{
    for (const SourceEntry& source : sourceTable())
        std::printf("%-66s %-24s %s\n", source.path, cadenceText(source).c_str(), source.purpose);
    for (const auto& other : otherSources)
        std::printf("%-66s %-24s %s\n", other.name, other.when, other.purpose);
}

} // namespace hindcast::recorder
