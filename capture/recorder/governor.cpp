#include "governor.h"

#include <algorithm>
#include <limits>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t window = 60 * second;
constexpr std::int64_t slowInterval = 5 * second;
constexpr std::int64_t calmTime = 30 * second; ///< that a better level looks affordable before it is taken
constexpr double slowShare = 0.8; ///< of what is sustainable: slow ticks are not to need all of it
constexpr double calmShare = 0.7; ///< of the budget: what a better level may cost then
constexpr std::int64_t shortestTrialDelay = 60 * second, longestTrialDelay = 600 * second;
constexpr std::int64_t reservedPart = 20; ///< of the budget, 1/20: for what is done between ticks and at the end
constexpr std::int64_t keptPart = 20; ///< of the budget, 1/20: for slow ticks
constexpr std::int64_t keptOfSlowPart = 60; ///< of the budget, 1/60: for those without processes
constexpr std::int64_t largestPart = 10; ///< of the budget, 1/10: for one tick
constexpr double tolerance = 1.2; ///< of what is sustainable: what a level may cost by the figures of another
constexpr unsigned settledTicks = 8; ///< at a level, before it is judged by their mean
constexpr unsigned fewestTicks = 3; ///< before a mean is believed, unless it is far too much

/// What a tick costs at each level, in relation to the first: a guess for levels that were not met yet.
constexpr double usualCost[degradations] = {1, 0.9, 0.75, 0.4, 0.38, 0.15, 0.15, 0.02};

} // namespace

void SpentMinute::moveTo(std::int64_t now)
{
    const std::int64_t bucket = now / bucketNanoseconds;
    if (m_newest < 0 || bucket - m_newest >= buckets) {
        m_buckets.fill(0);
        m_spent = 0;
        m_newest = bucket;
    }
    while (m_newest < bucket) {
        std::int64_t& oldest = m_buckets[static_cast<std::size_t>(++m_newest % buckets)];
        m_spent -= oldest;
        oldest = 0;
    }
}

void SpentMinute::add(std::int64_t now, std::int64_t nanoseconds)
{
    moveTo(now);
    m_buckets[static_cast<std::size_t>(m_newest % buckets)] += nanoseconds;
    m_spent += nanoseconds;
}

double SpentMinute::sustainableRate(std::int64_t nanoseconds) const
{
    double least = std::numeric_limits<double>::infinity();
    std::int64_t inside = m_spent; // of what was spent, when `ahead` buckets more have gone
    for (std::int64_t ahead = 1; ahead == 1 || (ahead < buckets && ahead * bucketNanoseconds <= nanoseconds); ++ahead) {
        const double seconds = static_cast<double>(ahead * bucketNanoseconds) / static_cast<double>(second);
        least = std::min(least, static_cast<double>(m_budget - inside) / seconds);
        inside -= m_buckets[static_cast<std::size_t>((m_newest + ahead) % buckets)];
    }
    return std::max(least, 0.0);
}

double Governor::Level::mean() const
{
    const unsigned known = std::min<unsigned>(count, static_cast<unsigned>(lastCosts.size()));
    std::int64_t sum = 0;
    for (unsigned i = 0; i < known; ++i)
        sum += lastCosts[i];
    return known == 0 ? guess : static_cast<double>(sum) / known;
}

Governor::Level::Newest Governor::Level::newest(unsigned ticks) const
{
    std::int64_t sum = 0, least = std::numeric_limits<std::int64_t>::max();
    for (unsigned i = 1; i <= ticks; ++i) {
        const std::int64_t cost = lastCosts[(count - i) % lastCosts.size()];
        sum += cost;
        least = std::min(least, cost);
    }
    return {static_cast<double>(sum) / ticks, static_cast<double>(least)};
}

double Governor::Level::largest() const
{
    return count == 0 ? guess : static_cast<double>(*std::max_element(lastCosts.begin(), lastCosts.end()));
}

void Governor::Level::add(std::int64_t cost)
{
    lastCosts[count++ % lastCosts.size()] = cost;
    if (count == fewestTicks && above > 0)
        ratio = std::max(above / std::max(mean(), 1.0), 1.0);
}

Governor::Governor(unsigned cpuPermille, std::int64_t intervalNanoseconds, std::uint64_t ticksPerKeyframe,
    std::optional<std::uint64_t> lastSlot)
    : m_budget(window / 1000 * cpuPermille)
    , m_interval(intervalNanoseconds)
    , m_ticksPerKeyframe(ticksPerKeyframe)
    , m_minute(m_budget - m_budget / reservedPart)
    , m_lastSlot(lastSlot)
    , m_trialDelay(shortestTrialDelay)
{
}

bool Governor::mayTake(std::int64_t now, std::int64_t spent, Kind kind, std::uint64_t quickTicks)
{
    if (m_budget == 0)
        return true;
    account(now, spent);
    m_kind = kind;
    m_quickTicks = quickTicks;
    m_spentBefore = spent;
    if (kind == Kind::Ordinary || kind == Kind::Keyframe) {
        if (!isTooMuch())
            considerRising(now);
        m_tickLevel = m_level;
        while (isTooMuch() || (m_level < Degradation::Slow && !fits(kind))) {
            sink(now);
            m_tickLevel = m_level;
        }
        if (!isItsTurn(now))
            return mayTakeLeast(now);
    } else {
        m_tickLevel = kind == Kind::Burst ? m_quick.levelFor(m_level, m_minute.left(), quickTicks) : m_level;
        if (kind == Kind::Burst && (left() <= 0 || !fits(kind)))
            m_tickLevel = Degradation::GlobalsOnly; // which may spend what the others leave
    }
    return (left() > 0 && fits(kind)) || mayTakeLeast(now);
}

/// Whatever the account says, there is a sample without processes every 5 seconds: a recording is not to be blind.
bool Governor::mayTakeLeast(std::int64_t now)
{
    if (now - m_lastTaken + m_interval / 2 < slowInterval) {
        ++m_leftOut;
        return false;
    }
    m_tickLevel = Degradation::GlobalsOnly;
    return true;
}

void Governor::taken(std::int64_t now, std::int64_t spent, const LevelCosts& costs)
{
    if (m_budget == 0)
        return;
    account(now, spent);
    const std::int64_t cost = spent - m_spentBefore;
    m_lastTaken = now;
    if (m_kind == Kind::Burst)
        m_quick.note(m_tickLevel, cost, costs);
    if (m_kind == Kind::Burst || m_kind == Kind::Whole)
        return;
    if (m_tickLevel != m_level) {
        (m_kind == Kind::Keyframe ? m_stopgap.keyframe : m_stopgap.ordinary) = cost;
        return;
    }
    m_lastFull = now;
    for (std::size_t i = 0; i < costs.size(); ++i)
        level().foreseen[i] += static_cast<double>(costs[i]);
    if (m_kind == Kind::Keyframe) {
        level().keyframe = cost;
        if (level().count == 0)
            level().guess = static_cast<double>(cost) / 2;
        return;
    }
    level().add(cost);
    m_quick.noteOrdinary(m_level, costs);
}

void Governor::account(std::int64_t now, std::int64_t spent)
{
    if (m_now == 0 && m_lastSlot) // a schedule so long that this overflows never ends
        if (const auto intervals = static_cast<double>(*m_lastSlot) * static_cast<double>(m_interval); intervals < 1e18)
            m_end = now + static_cast<std::int64_t>(intervals);
    m_now = now;
    m_minute.add(now, spent - m_spent);
    m_spent = spent;
}

/// Of the minute's budget. The last of it is for the ticks that cost least, so that there are always some.
std::int64_t Governor::left() const
{
    const std::int64_t kept = m_tickLevel < Degradation::Slow ? m_budget / keptPart
        : m_tickLevel == Degradation::Slow                    ? m_budget / keptOfSlowPart
                                                              : 0;
    return m_minute.left() - kept;
}

std::int64_t Governor::allowance() const
{
    if (m_budget == 0)
        return std::numeric_limits<std::int64_t>::max();
    const std::int64_t all = std::max<std::int64_t>(left(), 0);
    if (m_kind == Kind::Whole && m_quickTicks > 0) // these are to have as much
        return all / 2;
    const std::int64_t ticksToCome = (m_end - m_now) / m_interval + 1;
    const auto perInterval = static_cast<double>(m_budget) * static_cast<double>(m_interval) / window;
    return std::min(all,
        std::max({m_budget / largestPart, static_cast<std::int64_t>(std::min(2 * perInterval, 1e18)),
            all / std::max<std::int64_t>(ticksToCome, 1)}));
}

unsigned Governor::spentPermille() const
{
    return static_cast<unsigned>(m_minute.spent() / (window / 1000));
}

/// The most that one cost lately at this level.
double Governor::forecast(Kind kind) const
{
    if (kind == Kind::Whole)
        return 0; // it ends when it has cost what it may
    if (kind == Kind::Burst)
        return m_quick.forecast(m_tickLevel);
    if (m_tickLevel != m_level)
        return static_cast<double>(kind == Kind::Keyframe ? m_stopgap.keyframe : m_stopgap.ordinary);
    const double ordinary = level().largest();
    return kind == Kind::Keyframe ? std::max(static_cast<double>(level().keyframe), ordinary) : ordinary;
}

/// Between ticks at a level, at most as long as it is affordable at all.
std::int64_t Governor::longestInterval(Degradation which) const
{
    return which >= Degradation::Slow ? std::max(m_interval, slowInterval) : m_interval;
}

/// CPU nanoseconds per second that ticks at this level cost, keyframes included.
double Governor::rate() const
{
    const double mean = level().mean();
    const double more = std::max(static_cast<double>(level().keyframe) - mean, 0.0);
    const double cost = mean + more / static_cast<double>(m_ticksPerKeyframe);
    return cost * static_cast<double>(second) / static_cast<double>(longestInterval(m_level));
}

bool Governor::isTooMuch() const
{
    if (m_level == Degradation::GlobalsOnly)
        return false;
    // Slow ticks wait until there is room, so that they are too much only when no minute has room for them.
    const double sustainable = m_level == Degradation::Slow
        ? static_cast<double>(m_budget - m_budget / reservedPart) / (window / second)
        : sustainableRate();
    const double perTick = static_cast<double>(second) / static_cast<double>(longestInterval(m_level));
    if (level().count >= settledTicks) // the first ones cost more, as much is new to them
        return std::min(rate(), level().newest(5).mean * perTick) > sustainable;
    if (level().count >= 3)
        return level().newest(3).least * perTick > 3 * sustainable;
    return level().count == 0 && rate() > 5 * sustainable;
}

/// What a tick of one level costs at another below, in relation: as measured at this one, or else a guess.
double Governor::share(std::size_t from, std::size_t to) const
{
    const double own = level().foreseen[from], other = level().foreseen[to];
    return own > 0 && other > 0 ? other / own : usualCost[to] / usualCost[from];
}

/// Down to the next level, or past all those that would be too much by what each part of the ticks here cost. What it
/// will cost there is a guess, until it is known.
void Governor::sink(std::int64_t now)
{
    const auto from = static_cast<std::size_t>(m_level);
    const double mean = level().mean();
    std::size_t to = from + 1;
    if (level().foreseen[from] > 0) {
        const double perTick = static_cast<double>(second) / static_cast<double>(m_interval);
        const double affordable = tolerance * sustainableRate();
        while (to < static_cast<std::size_t>(Degradation::Slow) && mean * share(from, to) * perTick > affordable)
            ++to;
    }
    const double guess = mean * share(from, to);
    const double keyframe = static_cast<double>(level().keyframe) * share(from, to);
    const double above = level().count > 0 ? mean * (to == from + 1 ? 1 : share(from, to - 1)) : 0;
    if (m_isTrial) // it was too much: longer until the next
        m_trialDelay = std::min(2 * m_trialDelay, longestTrialDelay);
    m_isTrial = false;
    enter(now, static_cast<Degradation>(to), guess, keyframe, "budget");
    level().above = above;
    level().ratio = 0;
}

void Governor::rise(std::int64_t now, const char* reason)
{
    const auto from = static_cast<std::size_t>(m_level);
    const double share = level().ratio > 0 ? level().ratio : usualCost[from - 1] / usualCost[from];
    // Keyframes are as much larger as anything else; the one that was met there may be long ago.
    enter(now, static_cast<Degradation>(from - 1), level().mean() * share,
        static_cast<double>(level().keyframe) * share, reason);
}

void Governor::enter(std::int64_t now, Degradation target, double guess, double guessedKeyframe, const char* reason)
{
    m_step = Step{m_step ? m_step->from : m_level, target, reason, spentPermille()};
    m_level = target;
    level().lastCosts.fill(0);
    level().count = 0;
    level().foreseen = {};
    level().guess = guess;
    level().keyframe = static_cast<std::int64_t>(guessedKeyframe);
    m_calmSince = 0;
    m_enteredAt = now;
    m_trialAt = now + m_trialDelay;
}

/// To the level above: when for half a minute it would have cost well less than the budget, by what it cost in relation
/// to this one; or from time to time to see, for what it costs may have changed while nobody looked.
void Governor::considerRising(std::int64_t now)
{
    if (m_isTrial && now - m_enteredAt > calmTime) { // it holds
        m_isTrial = false;
        m_trialDelay = shortestTrialDelay;
    }
    if (m_level == Degradation::None || level().count < fewestTicks)
        return;
    const auto above = static_cast<Degradation>(static_cast<int>(m_level) - 1);
    const double cost = level().mean() * std::max(level().ratio, 1.0);
    const double perSecond = cost * static_cast<double>(second) / static_cast<double>(longestInterval(above));
    const bool isCalm = level().ratio > 0 && perSecond < calmShare * static_cast<double>(m_budget) / 60
        && perSecond < sustainableRate();
    if (!isCalm)
        m_calmSince = 0;
    else if (m_calmSince == 0)
        m_calmSince = now;
    if (m_calmSince != 0 && now - m_calmSince >= calmTime) {
        rise(now, "calm");
    } else if (now >= m_trialAt && cost < static_cast<double>(left()) / 2) {
        rise(now, "trial");
        m_isTrial = true;
    }
}

/// Slow ticks come as often as the budget allows, but every 5 seconds. When there is no room for one then, one without
/// processes takes its place; only when even that is too much, it comes later.
bool Governor::isItsTurn(std::int64_t now)
{
    if (m_lastTaken == 0 || m_level < Degradation::Slow)
        return true;
    const std::int64_t since = now - m_lastTaken + m_interval / 2;
    if (m_level == Degradation::GlobalsOnly)
        return isTurnOf(level().mean(), since);
    const std::int64_t sinceFull = now - m_lastFull + m_interval / 2;
    const bool isOverdue = sinceFull >= longestInterval(m_level);
    if (fits(m_kind) && (isOverdue || isTurnOf(level().mean(), sinceFull)))
        return true;
    if (!isOverdue)
        return false;
    m_tickLevel = Degradation::GlobalsOnly;
    return since >= longestInterval(m_level) || isTurnOf(static_cast<double>(m_stopgap.ordinary), since);
}

bool Governor::isTurnOf(double cost, std::int64_t since) const
{
    return cost * static_cast<double>(second) <= slowShare * sustainableRate() * static_cast<double>(since);
}

std::optional<Governor::Step> Governor::takeStep()
{
    const std::optional<Step> step = m_step;
    m_step.reset();
    return step && step->from != step->to ? step : std::nullopt;
}

const char* nameOf(Degradation degradation)
{
    constexpr const char* names[degradations] = {
        "none", "sockets", "threads", "process-details", "cgroup-leaves", "processes", "slow", "globals-only"};
    return names[static_cast<std::size_t>(degradation)];
}

} // namespace hindcast::recorder
