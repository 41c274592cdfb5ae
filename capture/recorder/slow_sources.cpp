#include "slow_sources.h"

#include "events.h"
#include "framing/block.h"
#include "limited_matches.h"
#include "network_card.h"
#include "source_table.h"

#include <algorithm>
#include <cerrno>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t everyTicks = 5;
constexpr std::int64_t leastPause = 4'000'000'000; // nanoseconds: a process is started for it, however short the ticks
constexpr std::int64_t patience = 3'000'000'000;
constexpr std::size_t mostMatches = 128; // files of one pattern: a temperature per core tells no more

/// Of the mounts only those of NFS have counters (nfs_show_stats); a table without them says nothing new.
bool isWorthless(std::string_view path, std::string_view text)
{
    return path == "/proc/self/mountstats" && text.find(" fstype nfs") == std::string_view::npos;
}

} // namespace

SlowSources::SlowSources(const Root& root, StuckHelpers& stuck, Events& events)
    : m_root(root)
    , m_events(events)
    , m_isLive(root.hasLiveProc())
    , m_inquiry(root, stuck)
{
}

void SlowSources::start()
{
    ask(Round::Everything, 0);
}

void SlowSources::sample(const TickContext& context, std::string& blocks)
{
    if (context.pass == Pass::Keyframe) {
        ++m_segment;
        forgetWhatIsGone();
    }
    if (context.turn == Turn::Burst)
        return;
    collect(context.tick, blocks);
    if (m_inquiry.state() == Helper::State::Running || context.isLeftOut(Degradation::GlobalsOnly))
        return;
    const bool isDue = context.tick >= m_nextTick && (m_round == 0 || monotonicNow() - m_begin >= leastPause);
    if (isDue || context.turn == Turn::Triggered)
        ask(context.turn == Turn::Triggered ? Round::Everything : Round::Due, context.tick);
}

void SlowSources::ask(Round round, std::uint64_t tick)
{
    m_nextTick = tick + everyTicks;
    m_begin = monotonicNow();
    const int failure = m_inquiry.start(questions(round), patience);
    ++m_round;
    if (failure == 0)
        m_helperDenial = {};
    else if (m_helperDenial.errorNumber == 0)
        m_helperDenial = {"hindcast/slow", failure, tick};
}

std::vector<Question> SlowSources::questions(Round round)
{
    std::vector<Question> questions;
    if (m_isLive) {
        addQuestion(questions, {Subject::QueueingDisciplines, "hindcast/qdisc", {}});
        for (const std::string& interface : cardInterfaces(m_root))
            if (isRunning(interface))
                addQuestion(questions, {Subject::CardStatistics, "hindcast/ethtool/" + interface, interface});
    }
    for (const SourceEntry& source : sourceTable()) {
        if (source.cadence != Cadence::Slow)
            continue;
        const std::uint64_t rounds = std::max<std::uint64_t>(source.period / everyTicks, 1);
        if (m_round % rounds != 0 && round == Round::Due)
            continue;
        const LimitedMatches matches = limitedMatches(m_root, source.path, mostMatches);
        m_leftOut[source.path] = matches.leftOut;
        for (const std::string& path : matches.paths)
            addQuestion(questions, {Subject::File, path, path});
    }
    return questions;
}

/// What failed is asked again in the next segment.
void SlowSources::addQuestion(std::vector<Question>& questions, Question question) const
{
    const auto known = m_answered.find(question.path);
    const bool isTried =
        known != m_answered.end() && known->second.errorNumber != 0 && !known->second.written.isOld(m_segment);
    if (!isTried)
        questions.push_back(std::move(question));
}

/// Interfaces of containers come and go by the thousand.
void SlowSources::forgetWhatIsGone()
{
    std::erase_if(m_answered, [this](const auto& entry) { return entry.second.segment + 2 < m_segment; });
}

/// The first question without an answer is the one that hangs.
void SlowSources::collect(std::uint64_t tick, std::string& blocks)
{
    const Helper::State state = m_inquiry.poll();
    if (state == Helper::State::Idle || state == Helper::State::Running)
        return;
    std::string_view rest = m_inquiry.blocks();
    std::size_t answered = 0;
    const char* begin = rest.data();
    for (framing::Block block; framing::nextBlock(rest, block) == framing::NextBlock::Found; ++answered) {
        bool isNews = false;
        takeAnswer(m_inquiry.questions()[answered].path, block.errorNumber, block.body, tick, isNews);
        if (isNews)
            blocks.append(begin, rest.data());
        begin = rest.data();
    }
    if (state == Helper::State::TimedOut && answered < m_inquiry.questions().size()) {
        const std::string& path = m_inquiry.questions()[answered].path;
        bool isNews = false;
        takeAnswer(path, ETIMEDOUT, {}, tick, isNews);
        framing::appendBlock(blocks, path, m_begin, (monotonicNow() - m_begin) / 1000, ETIMEDOUT, {});
        m_events.add("helper-stuck", {{"source", "slow"}, {"path", path}});
    }
    m_inquiry.clear();
}

/// An interface without a card's driver has no counters, which is no failure; nor is a device that is gone.
void SlowSources::takeAnswer(
    std::string_view path, int errorNumber, std::string_view body, std::uint64_t tick, bool& isNews)
{
    Answered& known = m_answered[std::string(path)];
    known.segment = m_segment;
    if (errorNumber == 0) {
        known.errorNumber = 0;
        isNews = !isWorthless(path, body) && known.written.isNews(m_segment, body);
        return;
    }
    if (known.errorNumber == 0)
        known.failedTick = tick;
    known.errorNumber = errorNumber;
    known.written.isNews(m_segment, {}); // it was tried in this segment
    isNews = errorNumber != EOPNOTSUPP && errorNumber != ENODEV;
}

void SlowSources::addDenials(std::vector<Denial>& denials) const
{
    if (m_helperDenial.errorNumber != 0)
        denials.push_back(m_helperDenial);
    for (const auto& [path, known] : m_answered)
        if (known.errorNumber != 0 && known.errorNumber != EOPNOTSUPP && known.errorNumber != ENODEV)
            denials.push_back({path, known.errorNumber, known.failedTick});
    for (const auto& [pattern, count] : m_leftOut)
        if (count > 0)
            denials.push_back({pattern, E2BIG, std::nullopt, count});
}

void SlowSources::addIntentions(std::vector<std::string>& lines) const
{
    if (!m_isLive)
        return;
    lines.emplace_back("rtnetlink RTM_GETQDISC, every 5 ticks");
    for (const std::string& interface : cardInterfaces(m_root))
        lines.push_back(
            "ioctl SIOCETHTOOL of " + interface + ": its driver's counters, every 5 ticks while it is running");
}

} // namespace hindcast::recorder
