#include "recording.h"

#include "message.h"
#include "priority.h"
#include "start_members.h"
#include "stop_signal.h"
#include "trigger_signal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <malloc.h>
#include <utility>

namespace hindcast::recorder {
namespace {

/// 4 MiB: with 8 captures are 1 % smaller, and the recorder needs more than the 16 MiB of memory that are promised.
constexpr int usualWindowLog = 22, smallWindowLog = 21;
/// Allocations of that size go back to the system when they are freed; glibc on its own soon keeps those of keyframes.
constexpr int largeBytes = 256 << 10, largeBytesWhenSmall = 64 << 10;
constexpr std::uint64_t ticksUntilSettled = 8; ///< after which the recorder hardly needs more memory

framing::WriterSettings writerSettings(const Options& options)
{
    framing::WriterSettings settings;
    settings.ticksPerSegment = options.ticksPerSegment;
    settings.windowLog = options.isSmall ? smallWindowLog : usualWindowLog;
    if (options.isSmall)
        settings.level = 1; // smaller tables, too
    settings.mostBytes = options.flight.hasRing() ? 0 : options.mostBytes.value_or(0); // a ring keeps it itself
    settings.reservedBytes = std::clamp<std::uint64_t>(settings.mostBytes / 16, 4096, 256 << 10);
    return settings;
}

/// Of two pauses in milliseconds; -1 = none.
int shorter(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : std::min(a, b);
}

} // namespace

Recording::Recording(const Options& options, const Root& root)
    : m_options(options)
    , m_root(root)
    , m_sampler(options, root, m_events)
    , m_redactor(options, m_sampler.hostname())
    , m_ring(options.flight.hasRing() ? new RingOutput(options, m_redactor.hostname()) : nullptr)
    , m_output(m_ring != nullptr ? std::unique_ptr<Output>(m_ring) : makeOutput(options, m_redactor.hostname()))
    , m_guard(*m_output, options.freeFloor, m_events)
    , m_writer(m_guard, writerSettings(options))
    , m_syncer(options.sync)
    , m_budget(options, m_events)
    , m_timer(options.intervalNanoseconds, options.lastSlot)
    , m_packets(options)
    , m_atTrigger(options, root, m_sampler.stuckHelpers())
    , m_incidents(m_ring != nullptr ? std::make_unique<Incidents>(options, *m_ring, m_events) : nullptr)
{
    m_writer.setFilter(m_redactor.filter());
    m_packets.setPseudonyms(m_redactor.pseudonyms());
    if (m_incidents)
        m_incidents->setFilter(m_redactor.filter());
}

int Recording::run()
{
    takePriority();
    mallopt(M_MMAP_THRESHOLD, m_options.isSmall ? largeBytesWhenSmall : largeBytes);
    if (m_options.isSmall)
        mallopt(M_TRIM_THRESHOLD, largeBytesWhenSmall);
    if (const int status = m_incidents ? m_incidents->open() : 0)
        return status;
    if (const int failure = installTriggerSignal(m_incidents ? TriggerSignal::Taken : TriggerSignal::Ignored)) {
        say("cannot wait for SIGUSR1: %s", std::strerror(failure));
        return exit_status::nothingRecorded;
    }
    m_sampler.startHelpers();
    if (const int status = openFetches())
        return status;
    if (const int status = m_packets.open()) // first, because what is wrong with the wish leaves no file behind
        return status;
    if (const int status = m_redactor.open(m_output->name(), m_output->isKept()))
        return status;
    if (const int status = m_output->open()) {
        m_redactor.removeList();
        return status;
    }
    m_guard.start();
    m_syncer.start();
    if (const int failure =
            noteCap(writeMembers(Moment::Start, m_root, m_sampler.timeZone(), m_writer, m_startDenials)))
        return keepWhatThereIs(failure);
    m_isCapped = false; // without them, but with what fits
    m_output->markValid();
    m_sampler.start();
    if (const int failure = m_timer.start())
        return discard(std::strerror(failure));
    if (const int failure = takeTicks())
        return keepWhatThereIs(failure);
    if (m_writer.ticks() == 0)
        return m_guard.missed() > 0 ? keepWhatThereIs(ENOSPC)
                                    : discard(m_isCapped           ? "--max-size has no room for a single sample"
                                            : m_timer.missed() > 0 ? "every sample was too late to be taken"
                                                                   : "stopped before the first sample");
    if (m_incidents && m_incidents->isOver())
        return leaveBundles();
    if (const int failure = closeCapture())
        return keepWhatThereIs(failure);
    return conclude();
}

int Recording::takeTicks()
{
    Slot slot;
    std::vector<pollfd> descriptors;
    while (!m_isCapped && !(m_incidents && m_incidents->isOver())) {
        descriptors.clear();
        m_packets.addDescriptors(descriptors);
        m_atTrigger.addDescriptors(descriptors);
        const auto frames = m_guard.isPaused() ? Packets::Frames::Held : Packets::Frames::Taken;
        int pause = shorter(m_packets.pause(frames), m_atTrigger.pause());
        if (m_incidents) {
            m_incidents->addDescriptors(descriptors);
            pause = shorter(pause, m_incidents->pause());
        }
        switch (m_timer.wait(stopDescriptor(), descriptors, pause, slot)) {
        case TickTimer::Wake::Finished:
            return 0;
        case TickTimer::Wake::Stopped:
            m_isStopped = true;
            m_timer.stopAt(stopInstant());
            m_isInterrupted = m_options.lastSlot.has_value();
            return 0;
        case TickTimer::Wake::Slot:
            if (const int failure = takeTick(slot))
                return failure;
            break;
        case TickTimer::Wake::Between:
            if (const int failure = tendPackets())
                return failure;
        }
        m_atTrigger.tend();
        if (const unsigned skipped = m_atTrigger.takeSkippedDumps())
            m_events.add("thread-dumps-skipped", {{"reason", "budget"}, {"processes", std::to_string(skipped)}});
        if (const int failure = tendIncidents())
            return failure;
    }
    return 0;
}

/// What would have exceeded --max-size was left out by the writer, which ends the recording but is no failure.
int Recording::noteCap(int result)
{
    if (result != framing::noRoom)
        return result;
    if (!m_isCapped)
        m_events.add("size-cap",
            {{"limit_bytes", std::to_string(*m_options.mostBytes)},
                {"written_bytes", std::to_string(m_writer.bytesWritten())}});
    m_isCapped = true;
    return 0;
}

int Recording::tendPackets()
{
    const std::int64_t begin = ownCpuNow();
    m_packets.tend();
    const int failure = m_packets.hasFrames() && !m_guard.isPaused() ? writePackets() : 0;
    const std::int64_t cost = ownCpuNow() - begin;
    if (!m_options.packets.empty()) {
        m_packetTime += cost;
        m_budget.addPacketTime(cost);
    }
    return failure;
}

/// Frames stand between segments, so an open one ends here, however short it is.
int Recording::writePackets()
{
    if (const int failure = endSegment())
        return failure;
    for (const framing::EncodedFrame& frame : m_packets.takeFrames()) {
        if (m_ring != nullptr && !m_ring->hasRoomFor(frame, m_events))
            continue;
        if (const int failure = noteCap(m_writer.addFrame(frame)))
            return failure;
        m_output->markValid();
    }
    return 0;
}

/// Within the budget of CPU time.
bool Recording::mayTakeTick(Turn turn)
{
    const auto kind = turn == Turn::Burst ? Governor::Kind::Burst
        : turn != Turn::Scheduled         ? Governor::Kind::Whole
        : m_writer.isSegmentOpen()        ? Governor::Kind::Ordinary
                                          : Governor::Kind::Keyframe;
    return m_budget.mayTake(kind, helpers(), m_incidents ? m_incidents->quickTicksLeft() : 0);
}

Budget::Helpers Recording::helpers() const
{
    Budget::Helpers helpers{m_sampler.cpuOfHelpers() + m_atTrigger.cpuOfFollower(), m_atTrigger.cpuOfDumps()};
    if (m_incidents)
        helpers.apart += m_incidents->cpuOfBundles() + m_incidents->cpuOfCommands();
    return helpers;
}

/// Of what is not counted, and so stands nowhere else.
void Recording::addCostsApart()
{
    if (m_packetTime > 0)
        m_otherCosts.push_back({"packets", std::exchange(m_packetTime, 0)});
    const Cost totals[] = {{"log_follower", m_atTrigger.cpuOfFollower()}, {"thread_dumps", m_atTrigger.cpuOfDumps()},
        {"bundles", m_incidents ? m_incidents->cpuOfBundles() : 0},
        {"trigger_commands", m_incidents ? m_incidents->cpuOfCommands() : 0}};
    static_assert(std::size(totals) == std::tuple_size_v<decltype(m_toldCosts)>);
    for (std::size_t i = 0; i < m_toldCosts.size(); ++i) {
        const std::int64_t told = std::exchange(m_toldCosts[i], totals[i].nanoseconds);
        if (totals[i].nanoseconds > told)
            m_otherCosts.push_back({totals[i].name, totals[i].nanoseconds - told});
    }
}

int Recording::takeTick(const Slot& slot)
{
    TickPlan plan;
    if (m_incidents)
        plan.turn = m_incidents->turn();
    if (slot.isLast)
        plan.turn = Turn::Last;
    if (!m_guard.mayTakeTick() || !mayTakeTick(plan.turn)) {
        m_timer.giveBack(slot);
        return 0;
    }
    m_heldTicks = 0;
    plan.slot = slot;
    plan.clocks = readClocks();
    plan.pass = m_writer.isSegmentOpen() ? Pass::Changes : Pass::Keyframe;
    plan.degradation = m_isReduced ? Degradation::GlobalsOnly : m_budget.tickDegradation();
    plan.cpuLimit = m_budget.cpuLimit();
    addCostsApart();
    plan.intervalNanoseconds = m_timer.interval();
    plan.bytesWritten = m_writer.bytesWritten();
    sample(plan);
    const std::int64_t begin = ownCpuNow();
    const Clocks& clocks = plan.clocks;
    int result = writeTick(plan);
    if (result == framing::noRoom && m_writer.ticks() == 0 && plan.degradation != Degradation::GlobalsOnly)
        result = writeFirstInPart(plan);
    if (result == framing::noRoom && m_ring != nullptr)
        return leaveTickOut(slot);
    if (const int failure = noteCap(result))
        return failure;
    m_redactor.keepList();
    if (m_isCapped)
        return 0;
    m_heldTicks = m_guard.isHolding() ? 1 : 0;
    m_output->markValid();
    m_syncer.noteTick(m_output->descriptor(), clocks.monotonic);
    m_otherCosts.push_back({"write", ownCpuNow() - begin});
    if (m_writer.ticks() == 1)
        m_firstMonotonic = clocks.monotonic;
    m_lastMonotonic = clocks.monotonic;
    beginDumpsInTime(plan);
    bool isFull = m_writer.isSegmentFull() || noteLostWrites();
    if (m_ring != nullptr) {
        m_ring->noteTick(clocks.monotonic);
        m_incidents->noteTick(m_blocks, clocks.monotonic);
        isFull = isFull || m_ring->isFileLarge();
    }
    if (plan.pass == Pass::Keyframe || (m_options.isSmall && m_blocks.capacity() > largeBytesWhenSmall))
        std::string().swap(m_blocks); // the ticks up to the next one need a fraction of it
    const int failure = isFull ? endSegment() : 0; // now, so that the next tick need not wait for it
    m_budget.taken(m_sampler.costs(), helpers());
    if (m_writer.ticks() == ticksUntilSettled) {
        malloc_trim(0); // what the first ticks needed besides
        stayInMemory();
    }
    return failure;
}

/// It is larger than the ring, which keeps what it has. With nothing in it there is nothing to go on for.
int Recording::leaveTickOut(const Slot& slot)
{
    m_redactor.keepList();
    m_budget.taken(m_sampler.costs(), helpers());
    m_timer.giveBack(slot);
    m_events.giveBack();
    m_ring->noteLeftOut(m_events);
    return m_writer.ticks() == 0 ? EFBIG : 0;
}

/// What is lost may be in the middle of a segment, whose later ticks cannot be read then: true, for another to begin.
bool Recording::noteLostWrites()
{
    const int own = m_syncer.takeFailure(), ofRing = m_ring != nullptr ? m_ring->ring().takeFailure() : 0;
    const int failure = own != 0 ? own : ofRing;
    if (failure == 0)
        return false;
    m_events.add("write-failed", {{"reason", std::strerror(failure)}});
    if (!std::exchange(m_hasLostWrites, true))
        say("%s: %s: the disk did not take what was written, and samples will be missing; recording goes on",
            m_output->name().c_str(), std::strerror(failure));
    return true;
}

void Recording::sample(const TickPlan& plan)
{
    m_blocks.clear();
    m_sampler.take(plan, m_otherCosts, m_blocks);
    m_otherCosts.clear();
}

int Recording::writeTick(const TickPlan& plan)
{
    if (plan.pass == Pass::Keyframe)
        if (const int failure = beginSegment(plan))
            return failure;
    return m_writer.addTick({plan.slot.number, plan.clocks.real, plan.clocks.monotonic}, m_blocks);
}

/// With all its processes not even one tick has room within --max-size: without them there are some.
int Recording::writeFirstInPart(TickPlan& plan)
{
    m_isReduced = true;
    m_events.giveBack();
    m_sampler.forgetProcesses();
    plan.degradation = Degradation::GlobalsOnly;
    m_events.add("size-cap", {{"limit_bytes", std::to_string(*m_options.mostBytes)}, {"left_out", "processes"}});
    say("a sample with all processes has no room within --max-size: system-wide figures only are recorded");
    sample(plan);
    return writeTick(plan);
}

int Recording::endSegment()
{
    if (const int failure = m_writer.endSegment())
        return failure;
    m_output->markValid();
    return 0;
}

/// What triggers ask for: another interval, whose ticks are a segment of their own, and bundles.
int Recording::tendIncidents()
{
    if (!m_incidents)
        return 0;
    m_incidents->tend();
    if (m_incidents->takeFiring())
        m_atTrigger.beginDumps(std::nullopt, m_budget.degradation());
    m_ring->keepFrom(m_incidents->keptFrom());
    if (m_incidents->interval() != m_timer.interval() && m_timer.passed() > 0) {
        if (const int failure = endSegment())
            return failure;
        if (const int failure = m_timer.changeInterval(m_incidents->interval()))
            return failure;
    }
    if (m_incidents->isBundleDue()) {
        if (const int failure = endSegment()) // first: what has no room now belongs into the same file later
            return failure;
        if (!m_guard.isHolding())
            if (const int failure = m_ring->turnFile(m_writer, monotonicNow()))
                return failure;
        if (!m_guard.isHolding() && m_ring->isFileFresh())
            m_incidents->beginBundle();
    }
    if (m_incidents->takeFailure())
        m_isDropping = true;
    if (m_isDropping)
        dropFetched();
    else if (m_incidents->isBundleOpen())
        tendBundle();
    return 0;
}

int Recording::beginSegment(const TickPlan& plan)
{
    rememberRefusals();
    if (m_ring != nullptr && !m_ring->isFileFresh())
        if (const int failure = m_ring->turnFile(m_writer, plan.clocks.monotonic))
            return failure;
    Manifest manifest = m_sampler.manifest(plan);
    manifest.segment = m_writer.segment();
    manifest.redaction = m_redactor.mode();
    manifest.denials = denials();
    return m_writer.beginSegment(
        manifestJson(manifest), m_sampler.processDictionary(), plan.clocks.real / 1'000'000'000);
}

/// All that could not be read so far.
std::vector<Denial> Recording::denials() const
{
    std::vector<Denial> all = m_startDenials;
    for (const auto& some : {m_sampler.denials(), m_packets.denials()})
        all.insert(all.end(), some.begin(), some.end());
    m_atTrigger.addDenials(all);
    return foldedDenials(all);
}

} // namespace hindcast::recorder
