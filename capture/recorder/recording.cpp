#include "recording.h"

#include "history.h"
#include "message.h"
#include "priority.h"
#include "start_members.h"
#include "stop_signal.h"
#include "trigger_signal.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <malloc.h>
#include <utility>

namespace hindcast::recorder {
namespace {

/// 4 MiB: with 8 captures are 1 % smaller, and the recorder needs more than the 16 MiB of memory that are promised.
constexpr int usualWindowLog = 22, smallWindowLog = 21;
/// Allocations of that size go back to the system when they are freed; glibc on its own soon keeps those of keyframes.
constexpr int largeBytes = 256 << 10;
constexpr std::uint64_t ticksUntilSettled = 3; ///< after which the recorder hardly needs more memory

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

void put(std::string& text, std::string_view key, std::int64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += key;
    text += ' ';
    text.append(digits, end);
    text += '\n';
}

/// Of two pauses in milliseconds; -1 = none.
int shorter(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : std::min(a, b);
}

const char* plural(std::uint64_t count)
{
    return count == 1 ? "" : "s";
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
    mallopt(M_MMAP_THRESHOLD, largeBytes);
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
                                    : discard(m_timer.missed() > 0 ? "every sample was too late to be taken"
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
        int pause = shorter(m_packets.pause(), m_atTrigger.pause());
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
    const bool isIncident = m_incidents && (m_incidents->isBundling() || turn == Turn::Triggered);
    const auto kind = turn == Turn::Burst ? Governor::Kind::Burst
        : turn != Turn::Scheduled         ? Governor::Kind::Whole
        : m_writer.isSegmentOpen()        ? Governor::Kind::Ordinary
                                          : Governor::Kind::Keyframe;
    return m_budget.mayTake(kind, isIncident ? Budget::Helpers::Apart : Budget::Helpers::Counted,
        m_incidents ? m_incidents->quickTicksLeft() : 0);
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
    plan.degradation = m_budget.tickDegradation();
    plan.cpuLimit = m_budget.cpuLimit();
    if (m_packetTime > 0)
        m_otherCosts.push_back({"packets", std::exchange(m_packetTime, 0)});
    plan.intervalNanoseconds = m_timer.interval();
    plan.bytesWritten = m_writer.bytesWritten();
    m_blocks.clear();
    m_sampler.take(plan, m_otherCosts, m_blocks);
    m_otherCosts.clear();
    const std::int64_t begin = ownCpuNow();
    if (plan.pass == Pass::Keyframe)
        if (const int failure = beginSegment(plan))
            return failure;
    const Clocks& clocks = plan.clocks;
    if (const int failure = noteCap(m_writer.addTick({slot.number, clocks.real, clocks.monotonic}, m_blocks)))
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
    bool isFull = m_writer.isSegmentFull();
    if (m_ring != nullptr) {
        m_ring->noteTick(clocks.monotonic);
        m_incidents->noteTick(m_blocks, clocks.monotonic);
        isFull = isFull || m_ring->ring().isFileLarge();
    }
    if (plan.pass == Pass::Keyframe)
        std::string().swap(m_blocks); // the ticks up to the next one need a fraction of it
    const int failure = isFull ? endSegment() : 0; // now, so that the next tick need not wait for it
    m_budget.taken(m_sampler.costs());
    if (m_writer.ticks() == ticksUntilSettled)
        stayInMemory();
    return failure;
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
    if (m_incidents->isBundleDue() && !m_guard.isHolding()) {
        if (const int failure = m_ring->turnFile(m_writer, monotonicNow()))
            return failure;
        m_incidents->beginBundle();
    }
    if (m_incidents->isBundleOpen())
        tendBundle();
    return 0;
}

/// The recording ends: a bundle that is being made is made to its end.
void Recording::finishIncidents()
{
    if (!m_incidents)
        return;
    m_incidents->waitForBundle();
    if (m_incidents->isBundleOpen())
        finishBundle();
    m_incidents->sayWhereItIs();
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
    return all;
}

/// The end of a capture that went well so far. Each step leaves a valid file, so each is marked.
int Recording::closeCapture()
{
    finishIncidents();
    rememberRefusals();
    m_packets.finish();
    if (const int failure = writePackets())
        return failure;
    if (m_ring != nullptr)
        if (const int failure = moveRing())
            return failure;
    m_writer.beginEnd();
    const std::int64_t now = readClocks().real / 1'000'000'000;
    if (const int failure = m_writer.addMember("end/hindcast/summary", summaryText(), now))
        return failure;
    if (const std::string events = m_events.take(); !events.empty())
        if (const int failure = m_writer.addMember("end/hindcast/events", events, now))
            return failure;
    if (m_isCapped) // apart from the larger ones, which may have no room
        if (const int failure = noteCap(m_writer.endMembers()))
            return failure;
    std::vector<Denial> sameAsAtStart;
    if (const int failure = noteCap(writeMembers(Moment::End, m_root, m_sampler.timeZone(), m_writer, sameAsAtStart)))
        return failure;
    m_output->markValid();
    if (m_options.history == History::Copy) {
        if (const int failure = noteCap(copyHistory(m_root, m_sampler.stuckHelpers(), m_writer)))
            return failure;
        m_output->markValid();
    }
    if (const int failure = writeFetched())
        return failure;
    if (const int failure = m_writer.close())
        return failure;
    m_output->markValid();
    return m_guard.settle();
}

/// What the ring holds becomes the beginning of the file.
int Recording::moveRing()
{
    if (const int failure = m_guard.settle())
        return failure;
    if (const int failure = m_ring->sealFile(m_writer))
        return failure;
    if (const int failure = m_ring->moveIntoFile())
        return failure;
    m_writer.adopt(m_ring->movedIndex());
    if (m_options.mostBytes)
        m_writer.limit(*m_options.mostBytes - std::min(*m_options.mostBytes, m_output->length()));
    return 0;
}

/// The output took no more: what it took up to the last whole tick is a capture without its closing frame.
int Recording::keepWhatThereIs(int failure)
{
    finishIncidents();
    const auto ticks = static_cast<unsigned long long>(m_writer.ticks() - m_heldTicks);
    const char* const name = m_output->name().c_str();
    m_output->cutToValid();
    if (ticks == 0) {
        m_output->remove();
        m_redactor.removeList();
        say("%s: %s before the first sample; nothing was kept", name, std::strerror(failure));
    } else if (!m_output->isKept()) {
        m_output->finish();
        say("%s: %s; %llu sample%s had been written to it", name, std::strerror(failure), ticks, plural(ticks));
    } else if (m_output->finish() == 0) {
        say("%s: %s; the %llu sample%s taken before are kept there", name, std::strerror(failure), ticks,
            plural(ticks));
    } else {
        say("%s: %s after %llu sample%s", name, std::strerror(failure), ticks, plural(ticks));
    }
    return exit_status::outputFailed;
}

/// Those that were asked for are made: what the ring still holds was not.
int Recording::leaveBundles()
{
    rememberRefusals();
    m_output->remove();
    sayMissed();
    sayRefusals();
    return m_incidents->hasFailed() ? exit_status::outputFailed
        : m_refused.empty()         ? exit_status::complete
                                    : exit_status::denied;
}

int Recording::discard(const char* why)
{
    m_output->remove();
    m_redactor.removeList();
    say("%s; nothing was recorded", why);
    return exit_status::nothingRecorded;
}

int Recording::conclude()
{
    m_redactor.keepList();
    if (const int failure = m_output->finish())
        return failure == EEXIST ? exit_status::nothingRecorded : exit_status::outputFailed;
    sayMissed();
    if (m_isCapped)
        say("%s: ended at --max-size", m_output->name().c_str());
    sayRefusals();
    if (!m_options.isQuiet)
        sayWhatThereIs();
    if (m_guard.missed() > 0 || (m_incidents && m_incidents->hasFailed()))
        return exit_status::outputFailed;
    if (m_isCapped)
        return exit_status::cappedBySize;
    if (m_isInterrupted)
        return exit_status::interrupted;
    return m_refused.empty() ? exit_status::complete : exit_status::denied;
}

void Recording::sayWhatThereIs() const
{
    Ring::Span span{m_firstMonotonic, m_lastMonotonic, m_writer.ticks()};
    if (m_ring != nullptr)
        span = m_ring->movedSpan();
    say("wrote %s: %llu sample%s, %.1f s, %llu process%s, %llu KiB", m_output->name().c_str(),
        static_cast<unsigned long long>(span.ticks), plural(span.ticks),
        static_cast<double>(span.last - span.first) / 1e9, static_cast<unsigned long long>(m_sampler.processesSeen()),
        m_sampler.processesSeen() == 1 ? "" : "es",
        static_cast<unsigned long long>((m_output->length() + 1023) / 1024));
}

/// What no tick can say: slots left out after the last one taken have no next tick that would count them.
std::string Recording::summaryText() const
{
    std::string text;
    put(text, "missed_total", static_cast<std::int64_t>(m_timer.missed()));
    put(text, "last_slot", static_cast<std::int64_t>(m_timer.passed()) - 1);
    if (m_guard.missed() > 0)
        put(text, "missed_room", static_cast<std::int64_t>(m_guard.missed()));
    if (m_budget.leftOut() > 0)
        put(text, "missed_cpu", static_cast<std::int64_t>(m_budget.leftOut()));
    return text;
}

void Recording::sayMissed() const
{
    if (m_guard.missed() > 0)
        say("%llu sample%s could not be taken for want of room; the capture shows where",
            static_cast<unsigned long long>(m_guard.missed()), plural(m_guard.missed()));
    if (m_budget.leftOut() > 0)
        say("%llu sample%s left out to keep the budget of CPU time (--cpu)",
            static_cast<unsigned long long>(m_budget.leftOut()), m_budget.leftOut() == 1 ? " was" : "s were");
    if (const std::uint64_t late = m_timer.missed() - m_guard.missed() - m_budget.leftOut(); late > 0)
        say("%llu sample%s could not be taken in time: the machine was too busy or suspended, or the output was "
            "waited for; the capture shows where",
            static_cast<unsigned long long>(late), plural(late));
}

void Recording::rememberRefusals()
{
    for (const Denial& denial : denials())
        if (isRefusal(denial.errorNumber)
            && std::find(m_refused.begin(), m_refused.end(), denial.path) == m_refused.end())
            m_refused.push_back(denial.path);
}

/// Those of packets were said at the start, when the user could still do something about it.
void Recording::sayRefusals() const
{
    constexpr std::size_t mostNamed = 40;
    std::string names;
    std::size_t named = 0;
    for (const std::string& path : m_refused) {
        if (path.starts_with("packets/"))
            continue;
        if (named++ < mostNamed)
            names += (names.empty() ? "" : ", ") + path;
    }
    if (named > mostNamed)
        names += ", … (all are named in the capture)";
    if (named > 0)
        say("no permission to read %s", names.c_str());
}

} // namespace hindcast::recorder
