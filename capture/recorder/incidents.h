// Incidents: what triggers lead to. One that fires is followed by a tick of everything, quick ticks, ordinary ticks,
// the bundle of all of them and of the time before, and a pause in which no expression counts.
#pragma once

#include "bundle.h"
#include "events.h"
#include "options.h"
#include "ring_output.h"
#include "source.h"
#include "trigger_command.h"
#include "trigger_watch.h"

#include <cstdint>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::recorder {

class Incidents {
public:
    Incidents(const Options& options, RingOutput& ring, Events& events);
    /// For the members of bundles; their samples have passed it already.
    void setFilter(framing::MemberFilter* filter) { m_bundle.setFilter(filter); }

    /// Reads the expressions, before anything is created. An exit status; what is wrong has been said.
    int open();

    /// How the next tick is to be taken, and the ticks from now on.
    Turn turn() const;
    std::int64_t interval() const;
    /// Quick ticks that are due from now on.
    std::uint64_t quickTicksLeft() const;
    /// The ring keeps what was recorded since then, on CLOCK_MONOTONIC.
    std::optional<std::int64_t> keptFrom() const;

    /// A tick was written.
    void noteTick(std::string_view blocks, std::int64_t monotonic);
    /// For poll(), while the next tick is waited for; milliseconds until something changes by itself, -1 = nothing.
    void addDescriptors(std::vector<pollfd>& descriptors) const;
    int pause() const;
    /// Takes notice of the signal, of the time, and of the bundle's progress.
    void tend();

    /// Once after each firing: what is fetched at a trigger is to be fetched now.
    bool takeFiring() { return std::exchange(m_isNew, false); }
    /// The bundle is due: the ring's open file must be sealed, then beginBundle() called.
    bool isBundleDue() const { return m_phase == Phase::Bundling && !m_bundle.isStarted(); }
    void beginBundle();
    /// The bundle is there, and waits for what was fetched, or to be closed.
    bool isBundleOpen() const { return m_phase == Phase::Bundling && m_bundle.isStarted() && !m_bundle.isBusy(); }
    bool isBundling() const { return m_phase == Phase::Bundling && m_bundle.isStarted(); }
    std::int64_t bundleBegin() const { return m_bundle.span().first; }
    void addToBundle(std::string path, std::string bytes) { m_bundle.addMember(std::move(path), std::move(bytes)); }
    void closeBundle();
    /// Waits until the bundle is open, at the end of the recording.
    void waitForBundle();
    /// The recording ends before the bundle is due: its own file has all of it.
    void sayWhereItIs() const;

    /// As many bundles as were asked for.
    bool isOver() const { return m_options.flight.mostBundles && m_bundles >= *m_options.flight.mostBundles; }
    /// CPU nanoseconds of other processes that have ended.
    std::int64_t cpuOfCommands() const { return m_stuck.cpuOfEnded(); }
    std::int64_t cpuOfBundles() const { return m_bundle.cpuOfHelpers(); }
    bool hasFailed() const { return m_hasFailed; }
    /// Once after a bundle that could not be made: what was fetched for it is for no other.
    bool takeFailure() { return std::exchange(m_isNewFailure, false); }
    /// A bundle lacks what --max-size had no room for.
    bool isCapped() const { return m_isCapped; }

private:
    enum class Phase { Quiet, Triggered, Burst, Aftermath, Bundling, Cooldown };

    void noteAnother();
    void notice(const TriggerWatch::Firing& firing);
    void fire(const std::string& expression, const std::string& reason);
    void endBurst();
    void failBundle(int failure);
    void noteLeftOut(const std::string& path);
    std::int64_t burstLength() const;
    std::optional<std::int64_t> nextChange() const;

    const Options& m_options;
    RingOutput& m_ring;
    Events& m_events;
    StuckHelpers m_stuck;
    HelperCommands m_commands;
    TriggerWatch m_watch;
    Bundle m_bundle;
    Phase m_phase = Phase::Quiet;
    std::string m_held; ///< the expression that held at the last tick, "" = none
    bool m_isNew = false;
    std::int64_t m_fired = 0, m_firedReal = 0; ///< CLOCK_MONOTONIC and CLOCK_REALTIME
    std::int64_t m_cooldownEnd = 0;
    std::uint64_t m_quickTicks = 0;
    std::uint64_t m_bundles = 0;
    bool m_hasFailed = false, m_isNewFailure = false, m_isCapped = false;
};

} // namespace hindcast::recorder
