// Recording: one run of the recorder, from the first look at the host to the finished file.
#pragma once

#include "at_trigger.h"
#include "budget.h"
#include "denial.h"
#include "events.h"
#include "guarded_output.h"
#include "incidents.h"
#include "options.h"
#include "output.h"
#include "packets.h"
#include "redactor.h"
#include "ring_output.h"
#include "root.h"
#include "sampler.h"
#include "syncer.h"
#include "tick_timer.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Recording {
public:
    /// `root` is open.
    Recording(const Options& options, const Root& root);
    /// An exit status; everything worth saying has been said.
    int run();

private:
    int takeTicks();
    int takeTick(const Slot& slot);
    int leaveTickOut(const Slot& slot);
    bool noteLostWrites();
    void sample(const TickPlan& plan);
    int writeTick(const TickPlan& plan);
    int writeFirstInPart(TickPlan& plan);
    int noteCap(int result);
    bool mayTakeTick(Turn turn);
    Budget::Helpers helpers() const;
    void addCostsApart();
    int endSegment();
    int tendPackets();
    int tendIncidents();
    int openFetches();
    void beginDumpsInTime(const TickPlan& plan);
    void tendBundle();
    void dropFetched();
    void finishBundle();
    void addToBundle(FetchedMember member);
    int writeFetched();
    void finishIncidents();
    int writePackets();
    int closeCapture();
    int moveRing();
    int keepWhatThereIs(int failure);
    int leaveBundles();
    int discard(const char* why);
    int conclude();
    int endStatus() const;
    int beginSegment(const TickPlan& plan);
    std::string summaryText() const;
    void sayMissed() const;
    void sayWhatThereIs() const;
    void sayRefusals() const;
    void rememberRefusals();
    std::vector<Denial> denials() const;

    const Options& m_options;
    const Root& m_root;
    Events m_events;
    Sampler m_sampler;
    Redactor m_redactor;
    RingOutput* m_ring; ///< m_output, or null without a ring
    std::unique_ptr<Output> m_output;
    GuardedOutput m_guard;
    framing::CaptureWriter m_writer;
    Syncer m_syncer;
    Budget m_budget;
    TickTimer m_timer;
    Packets m_packets;
    AtTrigger m_atTrigger;
    std::unique_ptr<Incidents> m_incidents; ///< null without a ring
    std::string m_blocks; ///< of the tick being taken
    std::vector<Cost> m_otherCosts; ///< since the last tick: writing, packets, what was asked for besides
    std::array<std::int64_t, 4> m_toldCosts{}; ///< of other processes, up to the last tick
    std::vector<Denial> m_startDenials;
    std::vector<std::string> m_refused; ///< paths, each once
    bool m_isInterrupted = false;
    bool m_isStopped = false; ///< by a signal
    bool m_isFetching = false; ///< for the bundle that is open
    bool m_isDropping = false; ///< what was fetched for one that could not be made
    std::int64_t m_packetTime = 0; ///< CPU nanoseconds since the last tick
    bool m_hasLostWrites = false; ///< the disk did not take what the system had taken
    bool m_isCapped = false; ///< by --max-size: nothing more is recorded
    bool m_isReduced = false; ///< by --max-size: to system-wide files
    std::uint64_t m_heldTicks = 0; ///< taken, and held for want of room
    std::int64_t m_firstMonotonic = 0, m_lastMonotonic = 0;
};

} // namespace hindcast::recorder
