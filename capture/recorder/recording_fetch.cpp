// The part of Recording that takes what other processes fetch at a trigger and at the end.
#include "recording.h"

#include "clocks.h"

#include <algorithm>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t patience = 1'000'000'000; // nanoseconds that the end of a recording may take longer

} // namespace

/// What cannot be followed at all is refused before anything is recorded: an exit status.
int Recording::openFetches()
{
    const std::vector<Denial> denied = m_sampler.denials();
    return m_atTrigger.open(
        std::any_of(denied.begin(), denied.end(), [](const Denial& denial) { return denial.path == "/dev/kmsg"; }));
}

/// So that thread dumps are done by a planned end.
void Recording::beginDumpsInTime(const TickPlan& plan)
{
    if (!m_options.lastSlot || m_atTrigger.hasBegunDumps())
        return;
    const auto duration = [this](std::uint64_t slots) {
        return static_cast<std::int64_t>(slots) * m_options.intervalNanoseconds;
    };
    const std::int64_t left = duration(*m_options.lastSlot - std::min(*m_options.lastSlot, plan.slot.number));
    const std::int64_t lead = AtTrigger::lead(duration(*m_options.lastSlot));
    if (lead > 0 && left <= lead)
        m_atTrigger.beginDumps(left, plan.degradation);
}

/// The ring's part of the bundle is there: what was fetched follows, member by member, and closes it.
void Recording::tendBundle()
{
    if (!std::exchange(m_isFetching, true))
        m_atTrigger.collect(m_incidents->bundleBegin());
    if (auto member = m_atTrigger.takeMember()) {
        addToBundle(std::move(*member));
    } else if (!m_atTrigger.isBusy()) {
        m_isFetching = false;
        m_incidents->closeBundle();
    }
}

void Recording::dropFetched()
{
    m_isFetching = false;
    while (m_atTrigger.takeMember()) { }
    m_isDropping = m_atTrigger.isBusy();
}

/// The same at the end of the recording, when there is no later.
void Recording::finishBundle()
{
    if (!std::exchange(m_isFetching, false))
        m_atTrigger.collect(m_incidents->bundleBegin());
    const std::int64_t deadline = monotonicNow() + patience;
    while (auto member = m_atTrigger.waitForMember(deadline)) {
        addToBundle(std::move(*member));
        m_incidents->waitForBundle();
    }
    m_incidents->closeBundle();
}

/// The bundle is written by another process, which takes out what is secret; but new pseudonyms must be known here.
void Recording::addToBundle(FetchedMember member)
{
    framing::MemberFilter* const filter = m_redactor.pseudonyms() != nullptr ? m_redactor.filter() : nullptr;
    if (filter && filter->wants(member.path)) {
        filter->changeMember(member.path, member.bytes);
        m_redactor.keepList();
    }
    m_incidents->addToBundle(std::move(member.path), std::move(member.bytes));
}

/// Into the recording's own file: what there is by now, or within a moment.
int Recording::writeFetched()
{
    if (m_isStopped && !m_atTrigger.hasBegunDumps())
        m_atTrigger.beginDumps(0, m_budget.degradation());
    m_atTrigger.collect(m_firstMonotonic);
    const std::int64_t deadline = monotonicNow() + patience, now = readClocks().real / 1'000'000'000;
    while (const auto member = m_atTrigger.waitForMember(deadline))
        if (const int failure = noteCap(m_writer.addMember(member->path, member->bytes, now)))
            return failure;
    if (const int failure = noteCap(m_writer.endMembers()))
        return failure;
    m_redactor.keepList();
    m_output->markValid();
    return 0;
}

} // namespace hindcast::recorder
