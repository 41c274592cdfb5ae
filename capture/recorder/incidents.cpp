#include "incidents.h"

#include "clocks.h"
#include "message.h"
#include "trigger_list.h"
#include "trigger_signal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t quickInterval = 100'000'000, longestBurst = 10'000'000'000;
constexpr char byHand[] = "SIGUSR1";

} // namespace

Incidents::Incidents(const Options& options, RingOutput& ring, Events& events)
    : m_options(options)
    , m_ring(ring)
    , m_events(events)
    , m_commands(m_stuck)
    , m_watch(options.hasCommands ? &m_commands : nullptr)
    , m_bundle(options)
{
}

int Incidents::open()
{
    return addTriggers(m_options, m_watch);
}

Turn Incidents::turn() const
{
    if (m_phase == Phase::Triggered)
        return Turn::Triggered;
    return m_phase == Phase::Burst ? Turn::Burst : Turn::Scheduled;
}

std::int64_t Incidents::interval() const
{
    const bool isQuick = m_phase == Phase::Burst || (m_phase == Phase::Triggered && burstLength() > 0);
    return isQuick ? std::min(quickInterval, m_options.intervalNanoseconds) : m_options.intervalNanoseconds;
}

std::int64_t Incidents::burstLength() const
{
    return std::min(longestBurst, m_options.flight.afterNanoseconds);
}

std::uint64_t Incidents::quickTicksLeft() const
{
    const bool isTriggered = m_phase == Phase::Triggered;
    if (!isTriggered && m_phase != Phase::Burst)
        return 0;
    const std::int64_t left = isTriggered ? burstLength() : m_fired + burstLength() - monotonicNow();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0) / interval());
}

std::optional<std::int64_t> Incidents::keptFrom() const
{
    if (m_phase == Phase::Quiet || m_phase == Phase::Cooldown || isBundling()) // who copies has the files open
        return std::nullopt;
    return m_fired - m_options.flight.beforeNanoseconds;
}

void Incidents::noteTick(std::string_view blocks, std::int64_t monotonic)
{
    if (m_phase == Phase::Triggered)
        m_phase = burstLength() > 0 ? Phase::Burst : Phase::Aftermath;
    else if (m_phase == Phase::Burst)
        ++m_quickTicks;
    const auto firing = m_watch.evaluate(blocks, monotonic, m_options.intervalNanoseconds);
    for (const std::string& remark : m_watch.takeRemarks())
        say("%s", remark.c_str());
    if (firing)
        notice(*firing);
    m_held = firing ? firing->expression : std::string();
}

/// While one is being handled, others are worth a note when they begin, not at every tick.
void Incidents::notice(const TriggerWatch::Firing& firing)
{
    if (m_phase == Phase::Quiet)
        fire(firing.expression, firing.reason);
    else if (firing.expression != m_held)
        m_events.add("trigger", {{"expression", firing.expression}, {"reason", firing.reason}, {"counted", "no"}});
}

/// Whoever sent the signal waits for a file: it is the one being made.
void Incidents::noteAnother()
{
    m_events.add("trigger", {{"expression", byHand}, {"reason", "by hand"}, {"counted", "no"}});
    say("a trigger is being handled already: SIGUSR1 counts with it, and its file has both");
}

void Incidents::fire(const std::string& expression, const std::string& reason)
{
    const Clocks now = readClocks();
    m_fired = now.monotonic;
    m_firedReal = now.real;
    m_quickTicks = 0;
    m_isNew = true;
    m_phase = Phase::Triggered;
    m_events.add("trigger", {{"expression", expression}, {"reason", reason}});
    if (burstLength() > 0)
        m_events.add("burst-begin", {{"interval_ns", std::to_string(interval())}});
    say("triggered by %s (%s); a file of it follows", expression.c_str(), reason.c_str());
}

void Incidents::addDescriptors(std::vector<pollfd>& descriptors) const
{
    if (triggerDescriptor() >= 0)
        descriptors.push_back({triggerDescriptor(), POLLIN, 0});
    m_bundle.addDescriptors(descriptors);
}

/// Not of the state that waits for a tick.
std::optional<std::int64_t> Incidents::nextChange() const
{
    switch (m_phase) {
    case Phase::Burst:
        return m_fired + burstLength();
    case Phase::Aftermath:
        return m_fired + m_options.flight.afterNanoseconds;
    case Phase::Cooldown:
        return m_cooldownEnd;
    default:
        return std::nullopt;
    }
}

int Incidents::pause() const
{
    const auto change = nextChange();
    if (!change)
        return -1;
    const std::int64_t left = *change - monotonicNow();
    return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 1'000'000));
}

void Incidents::tend()
{
    if (takeTriggerSignal()) { // somebody wants it now, whatever was a moment ago
        if (m_phase == Phase::Quiet || m_phase == Phase::Cooldown)
            fire(byHand, "by hand");
        else
            noteAnother();
    }
    if (isBundling()) {
        m_bundle.tend();
        if (const std::string path = m_bundle.takeLeftOut(); !path.empty())
            noteLeftOut(path);
        if (!m_bundle.isBusy() && m_bundle.failure() != 0)
            failBundle(m_bundle.failure());
    }
    for (auto change = nextChange(); change && monotonicNow() >= *change; change = nextChange()) {
        if (m_phase == Phase::Burst)
            endBurst();
        else
            m_phase = m_phase == Phase::Aftermath ? Phase::Bundling : Phase::Quiet;
    }
}

void Incidents::endBurst()
{
    m_events.add("burst-end", {{"ticks", std::to_string(m_quickTicks)}});
    m_phase = Phase::Aftermath;
}

void Incidents::beginBundle()
{
    const std::string name = bundleName(m_options, m_ring.name(), m_firedReal);
    if (const int failure = m_bundle.start(name, m_ring.ring(), m_fired - m_options.flight.beforeNanoseconds))
        failBundle(failure);
}

void Incidents::closeBundle()
{
    if (const int failure = m_bundle.finish()) {
        failBundle(failure);
        return;
    }
    const Ring::Span& span = m_bundle.span();
    const double before = static_cast<double>(m_fired - span.first) / 1e9;
    m_events.add("bundle",
        {{"file", m_bundle.name()}, {"bytes", std::to_string(m_bundle.bytes())}, {"ticks", std::to_string(span.ticks)},
            {"before_ns", std::to_string(m_fired - span.first)}});
    say("wrote %s: %llu samples, %.1f s of them before the trigger, %llu KiB", m_bundle.name().c_str(),
        static_cast<unsigned long long>(span.ticks), before,
        static_cast<unsigned long long>((m_bundle.bytes() + 1023) / 1024));
    m_bundle.release();
    ++m_bundles;
    m_watch.reset();
    m_cooldownEnd = monotonicNow() + m_options.flight.cooldownNanoseconds;
    m_phase = Phase::Cooldown;
}

void Incidents::noteLeftOut(const std::string& path)
{
    m_isCapped = true;
    m_events.add("bundle-cap",
        {{"file", m_bundle.name()}, {"left_out", path}, {"limit_bytes", std::to_string(*m_options.mostBytes)}});
    say("%s: %s is left out, as --max-size has no room for it", m_bundle.name().c_str(), path.c_str());
}

void Incidents::failBundle(int failure)
{
    m_events.add("bundle-failed", {{"reason", std::strerror(failure)}});
    say("no file of the trigger could be made: %s; the ring goes on", std::strerror(failure));
    m_bundle.abandon();
    m_hasFailed = m_isNewFailure = true;
    m_watch.reset();
    m_cooldownEnd = monotonicNow() + m_options.flight.cooldownNanoseconds;
    m_phase = Phase::Cooldown;
}

void Incidents::waitForBundle()
{
    while (isBundling() && m_bundle.isBusy()) {
        std::vector<pollfd> descriptors;
        m_bundle.addDescriptors(descriptors);
        ::poll(descriptors.data(), descriptors.size(), 1000);
        tend();
    }
}

void Incidents::sayWhereItIs() const
{
    if (m_phase == Phase::Triggered || m_phase == Phase::Burst || m_phase == Phase::Aftermath || isBundleDue())
        say("the recording ends before the file of the trigger was due: %s has it", m_ring.name().c_str());
}

} // namespace hindcast::recorder
