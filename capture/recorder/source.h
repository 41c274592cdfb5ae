// Source: a part of what a tick records, and what it is told about the tick. Recording and Sampler know sources only by
// this, so that each can be measured, left out when the budget is short, and named in --dry-run.
#pragma once

#include "clocks.h"
#include "denial.h"
#include "read_buffer.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// A keyframe holds everything; between keyframes only what changed, and what failed is not tried again.
enum class Pass { Keyframe, Changes };

/// Why the tick is taken. Burst: one of the quick ticks after a trigger, of what is cheap and changes quickly only
/// (capture goal: section 1.2). Triggered: the first one after a trigger: everything, whatever its turn. Last: the last
/// of a given duration.
enum class Turn { Scheduled, Burst, Triggered, Last };

/// What is left out to keep the recorder within its budget of CPU time; each step includes all before. In this order,
/// because what costs most per insight goes first.
enum class Degradation {
    None,
    Sockets, ///< no listings of single sockets, counts only
    Threads, ///< no threads
    ProcessDetails, ///< io, status, schedstat of processes rarely
    CgroupLeaves, ///< top-level cgroups only
    Processes, ///< stat of the hot processes, of the others in turn
    Slow, ///< ticks as often as the budget allows, but every 5 seconds
    GlobalsOnly, ///< system-wide files only
};
constexpr int degradations = 8;

struct TickContext {
    std::uint64_t tick = 0; ///< its slot in the schedule
    Pass pass = Pass::Keyframe;
    Turn turn = Turn::Scheduled;
    Degradation degradation = Degradation::None;
    std::int64_t intervalNanoseconds = 1'000'000'000; ///< of the schedule now
    ReadBuffer& buffer;
    std::int64_t cpuLimit = std::numeric_limits<std::int64_t>::max(); ///< of ownCpuNow()

    /// The tick has cost what it may: whoever can leaves the rest out. Not asked for free (0.3 µs).
    bool isSpent() const { return ownCpuNow() > cpuLimit; }
    bool isLeftOut(Degradation step) const { return degradation >= step; }
    /// Whether something done every `ticks` is due now, when `offset` spreads such things over the ticks: at its turn,
    /// and whenever everything is wanted.
    bool isTurnOf(std::uint64_t ticks, std::uint64_t offset = 0) const
    {
        if (turn == Turn::Burst)
            return ticks <= 1;
        return ticks <= 1 || turn != Turn::Scheduled || (tick + offset) % ticks == 0;
    }
};

class Source {
public:
    virtual ~Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// One word: it stands in hindcast/cost and in --dry-run.
    virtual const char* name() const = 0;
    /// Appends the blocks of this tick.
    virtual void sample(const TickContext& context, std::string& blocks) = 0;
    /// What could not be read so far, each once.
    virtual void addDenials(std::vector<Denial>&) const { }
    /// The paths, requests and commands it would use, one per line, for people (--dry-run).
    virtual void addIntentions(std::vector<std::string>&) const { }

protected:
    Source() = default;
};

} // namespace hindcast::recorder
