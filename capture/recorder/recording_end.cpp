// The part of Recording that ends one: what follows the last tick, what the file becomes, and what is said of it.
#include "recording.h"

#include "history.h"
#include "message.h"
#include "start_members.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace hindcast::recorder {
namespace {

void put(std::string& text, std::string_view key, std::int64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += key;
    text += ' ';
    text.append(digits, end);
    text += '\n';
}

const char* plural(std::uint64_t count)
{
    return count == 1 ? "" : "s";
}

} // namespace

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

/// The end of a capture that went well so far. Each step leaves a valid file, so each is marked.
int Recording::closeCapture()
{
    finishIncidents();
    rememberRefusals();
    m_syncer.finish();
    noteLostWrites();
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
        if (const int failure = noteCap(copyHistory(m_root, m_options.redaction, m_sampler.stuckHelpers(), m_writer)))
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
    const std::uint64_t written = m_ring != nullptr ? m_ring->ticks() : m_writer.ticks();
    const auto ticks = static_cast<unsigned long long>(written - std::min(written, m_heldTicks));
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
    return endStatus();
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
    return endStatus();
}

/// When what was to be made is there.
int Recording::endStatus() const
{
    const bool hasRingLeftOut = m_ring != nullptr && m_ring->leftOut() > 0;
    if (m_guard.missed() > 0 || m_hasLostWrites || hasRingLeftOut || (m_incidents && m_incidents->hasFailed()))
        return exit_status::outputFailed;
    if (m_isCapped || m_isReduced || (m_incidents && m_incidents->isCapped()))
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
    const std::uint64_t tooLarge = m_ring != nullptr ? m_ring->leftOut() : 0;
    if (tooLarge > 0)
        say("%llu sample%s larger than the ring (--ring); the capture shows where",
            static_cast<unsigned long long>(tooLarge), tooLarge == 1 ? " was" : "s were");
    if (const std::uint64_t late = m_timer.missed() - m_guard.missed() - m_budget.leftOut() - tooLarge; late > 0)
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

/// Those of packets were said at the start, when the user could still do something about it. Of the others the logs
/// first, which the user asked for.
void Recording::sayRefusals() const
{
    constexpr std::size_t mostNamed = 8;
    std::vector<std::string> refused = m_refused;
    const auto isSetting = [](const std::string& path) { return path.starts_with("/proc/sys/"); };
    const auto isMissed = [&](const std::string& path) { // what was asked for, and what every diagnosis wants
        return path == "/dev/kmsg" || path == "sock_diag" || path.starts_with("/proc/<pid>/")
            || std::find(m_options.logs.begin(), m_options.logs.end(), path) != m_options.logs.end();
    };
    std::stable_partition(refused.begin(), refused.end(), [&](const std::string& path) { return !isSetting(path); });
    std::stable_partition(refused.begin(), refused.end(), isMissed);
    std::string names;
    std::size_t named = 0;
    for (const std::string& path : refused) {
        if (path.starts_with("packets/"))
            continue;
        if (named++ < mostNamed)
            names += (names.empty() ? "" : ", ") + path;
    }
    if (named > mostNamed)
        names += " and " + std::to_string(named - mostNamed) + " more (the capture names them all)";
    if (named > 0)
        say("no permission to read %s", names.c_str());
}

} // namespace hindcast::recorder
