// demux: one Part of an archive to what parsers want: the samples of each source, in time order, with wall-clock times.
#pragma once

#include "archive/member.h"
#include "parse/manifest.h"
#include "parse/packet_loading.h"
#include "parse/parser.h"
#include "parse/thread_dump_times.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::parse {

/// All samples of one source within a part.
struct SourceSamples {
    std::string member; ///< "samples/proc/stat"; all processes together are "samples/proc/[pid]/stat"
    const Parser* parser = nullptr; ///< null: nothing reads it yet
    std::vector<Sample> samples; ///< views into the part
    std::uint64_t bytes = 0;
    std::uint64_t readings = 0; ///< ticks it was read at
    int errorNumber = 0; ///< what the recorder got instead of data
    Clock clock = Clock::Wall;
    std::optional<Time> writtenAt; ///< of a loose file, as its tar, zip or folder says
};

/// A process as seg/N/pids.txt or a cmdline block knows it.
struct ProcessIdentity {
    std::int64_t pid = 0;
    std::optional<std::uint64_t> startTicks; ///< nothing in a cmdline block: whoever had the pid at `time`
    Time time{};
    std::optional<std::string> uid, comm, commandLine;
};

/// The clocks of a tick, read together. Source: clock_gettime(2).
struct TickClocks {
    std::int64_t real = 0, monotonic = 0, boot = 0;
};

/// A jump of the wall clock against the boot clock.
struct ClockStep {
    Time at{}; ///< on the continuous axis
    Nanoseconds size{};
};

/// The machine slept between two ticks.
struct Suspension {
    TimeRange between{}; ///< those ticks, on the continuous axis
    Nanoseconds length{};
};

struct Demuxed {
    std::vector<SourceSamples> sources;
    std::vector<ProcessIdentity> identities;
    std::vector<PacketMember> packets; ///< packet captures and the texts beside them; views into the part
    std::vector<AskedDump> askedDumps; ///< of Java processes
    std::vector<MemberReport> others; ///< members that hold no samples, listed
    std::vector<ImportNote> notes;
    std::optional<std::uint64_t> segment;
    std::vector<Denial> denials; ///< by that manifest
    std::string manifest; ///< seg/N/manifest.json as text; "" when there is none
    std::optional<std::uint64_t> firstTick, lastTick;
    std::vector<Time> tickTimes; ///< increasing
    std::uint64_t missedBeforeFirst = 0; ///< said by the first tick: taken by nobody, so not lost
    std::optional<std::uint64_t> keyframeTick; ///< the tick that lists all processes, by the manifest
    std::optional<Nanoseconds> firstBoot; ///< boot clock of the first tick: orders the parts of one boot
    std::optional<Time> firstTime, lastTime;
    std::optional<Nanoseconds> firstOffset, lastOffset; ///< wall minus boot clock of the first and last tick
    Nanoseconds correction{}; ///< wall-clock steps within the part, already taken out of its later times
    std::vector<ClockStep> steps;
    std::optional<Nanoseconds> firstAsleep, lastAsleep; ///< suspended since boot, at the first and last tick
    std::vector<Suspension> suspensions;
    std::vector<Gap> gaps;
    std::map<std::string, std::string> namespaces; ///< pid -> inode of the network namespace it stands for
};

/// What the user says loose files are.
struct SourceChoice {
    std::string bare; ///< of a file given by itself; "" = to be recognised
    std::map<std::string, std::string, std::less<>> members; ///< by path

    /// "" = recognised by its content.
    std::string_view of(std::string_view member) const
    {
        const auto found = members.find(member);
        return found == members.end() ? std::string_view(bare) : std::string_view(found->second);
    }
};

Demuxed demux(const archive::Part& part, const SourceChoice& choice = {});

/// Below start/ or end/: read once, before the first tick or after the last.
bool isIdentityPath(std::string_view path);

/// "1 tick lost", "3 ticks missed"
std::string ticksText(std::uint64_t count, std::string_view what);

/// A wall clock that moves this far between two ticks was set; less is NTP slewing.
constexpr Nanoseconds clockStepThreshold = std::chrono::milliseconds{250};

} // namespace hindcast::parse
