#include "diagnose/inquiry.h"

#include "base/text_scanner.h"
#include "diagnose/figures.h"
#include "model/series_math.h"
#include "model/socket.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

namespace hindcast::diagnose {
namespace {

double statisticOf(const Statistics& of, Statistic statistic)
{
    switch (statistic) {
    case Statistic::Mean:
        return of.mean;
    case Statistic::Median:
        return of.median;
    case Statistic::P95:
        return of.p95;
    case Statistic::Maximum:
        return of.maximum;
    case Statistic::Minimum:
        return of.minimum;
    case Statistic::Change:
        return of.last - of.first;
    case Statistic::Sum:
        return of.mean * static_cast<double>(of.samples);
    case Statistic::Value:
        return of.last;
    }
    return notMeasured;
}

/// Processes that were really sampled; others have no columns.
bool hasStates(const Entity& entity)
{
    return entity.kind == EntityKind::Process && entity.times
        && entity.columns.size() == static_cast<std::size_t>(ProcessColumn::Count);
}

/// A process whose state is 'D' at each of its ticks in the range, weighed by the time until the next tick.
double secondsInD(const Entity& process, std::uint32_t begin, std::uint32_t end)
{
    const Column& states = process.columns[static_cast<std::size_t>(ProcessColumn::State)];
    double seconds = 0;
    for (std::uint32_t tick = std::max(begin, process.firstTick); tick < end && tick <= process.lastTick; ++tick) {
        const auto sample = process.sampleAt(tick);
        if (sample && states.at(*sample) == double{'D'})
            seconds += toSeconds((*process.times)[tick + 1] - (*process.times)[tick]);
    }
    return seconds;
}

/// Adds up by command; shares follow.
class ByCommand {
public:
    void add(const Entity& process, double amount)
    {
        if (!(amount > 0))
            return;
        const std::string command(process.attribute("comm"));
        Consumer& consumer = m_consumers[command];
        consumer.command = command;
        ++consumer.processes;
        consumer.amount += amount;
        if (amount > m_largest[command]) {
            m_largest[command] = amount;
            consumer.largest = &process;
        }
        m_total += amount;
    }

    std::vector<Consumer> sorted() const
    {
        std::vector<Consumer> result;
        for (const auto& [command, consumer] : m_consumers) {
            result.push_back(consumer);
            result.back().share = consumer.amount / m_total;
        }
        std::stable_sort(
            result.begin(), result.end(), [](const Consumer& a, const Consumer& b) { return a.amount > b.amount; });
        return result;
    }

private:
    std::map<std::string, Consumer> m_consumers;
    std::map<std::string, double> m_largest;
    double m_total = 0;
};

} // namespace

double Inquiry::parameter(std::string_view name) const
{
    if (const auto set = m_options.parameters.find(fullName(name)); set != m_options.parameters.end())
        return set->second;
    for (const Parameter& parameter : m_rule.parameters)
        if (parameter.name == name)
            return parameter.value;
    assert(false && "a rule asks for a parameter it does not have");
    return notMeasured;
}

std::string Inquiry::fullName(std::string_view name) const
{
    return std::string(m_rule.id) + '.' + std::string(name);
}

std::optional<double> Inquiry::cpus() const
{
    if (m_snapshot.host.cpus)
        return *m_snapshot.host.cpus;
    std::set<std::string_view> seen;
    for (const char* metric : {"cpu.idle", "cpu.busy", "cpu.user"})
        for (const Series* one : m_snapshot.findAll(metric))
            if (const auto cpu = labelValue(one->labels, "cpu"); !cpu.empty() && cpu != "all")
                seen.insert(cpu);
    if (seen.empty())
        return std::nullopt;
    return static_cast<double>(seen.size());
}

Finding Inquiry::finding(Object object, std::vector<Episode> episodes) const
{
    assert(!episodes.empty());
    Finding finding;
    finding.id = m_rule.id;
    finding.object = std::move(object);
    finding.resource = m_rule.resource;
    finding.role = m_rule.role;
    finding.level = Level::Warning;
    finding.episodes = std::move(episodes);
    finding.title = m_rule.title;
    finding.causes = m_rule.causes;
    finding.checks = m_rule.checks;
    finding.fixes = m_rule.fixes;
    return finding;
}

Evidence Inquiry::measured(const Series& series, TimeRange range, Statistic statistic, EvidenceRole role) const
{
    Evidence evidence;
    evidence.role = role;
    evidence.metric = series.metric;
    evidence.labels = series.labels;
    evidence.source = series.source;
    evidence.member = series.member;
    evidence.range = range;
    evidence.statistic = statistic;
    evidence.value = statisticOf(statisticsWithin(series, range), statistic);
    evidence.unit = series.unit;
    return evidence;
}

Evidence Inquiry::compared(const Series& series, TimeRange range, Statistic statistic, std::string_view parameterName,
    std::optional<double> limit, EvidenceRole role) const
{
    Evidence evidence = measured(series, range, statistic, role);
    evidence.limit = limit ? *limit : parameter(parameterName);
    evidence.limitName = fullName(parameterName);
    return evidence;
}

Evidence Inquiry::ofEvent(const Event& event, EvidenceRole role)
{
    Evidence evidence;
    evidence.role = role;
    evidence.metric = event.source;
    evidence.labels = event.labels;
    evidence.source = event.source;
    evidence.member = event.member;
    evidence.line = event.line;
    evidence.range = {event.time, event.time + Nanoseconds{1}};
    evidence.clock = event.clock;
    evidence.value = 1;
    evidence.unit = Unit::Count;
    evidence.text = event.text;
    return evidence;
}

Statistics statisticsWithin(const Series& series, TimeRange range)
{
    if (signalIsOfInterval(series))
        range.begin += Nanoseconds{1}; // the interval that ends where the range begins lies before it
    return statistics(series, range);
}

double countOf(double rate, Nanoseconds interval)
{
    constexpr double rounding = 1e-6; // columns may hold 24 bits of a rate
    const double amount = rate * toSeconds(interval), whole = std::round(amount);
    return std::abs(amount - whole) <= rounding * std::max(1.0, whole) ? whole : amount;
}

Signal idleSignal(const Inquiry& inquiry)
{
    Signal idle = signalOf(inquiry.series("cpu.idle"));
    const Signal iowait = signalOf(inquiry.series("cpu.iowait"));
    if (idle.times && iowait.times == idle.times)
        for (std::size_t i = 0; i < idle.values.size(); ++i)
            if (!std::isnan(iowait.values[i]))
                idle.values[i] += iowait.values[i];
    return idle;
}

TimeRange longestOf(const std::vector<Episode>& episodes)
{
    return std::max_element(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
        return a.range.duration() < b.range.duration();
    })->range;
}

namespace {

/// One message of the kernel may stand in several logs: its own, those of daemons, a journal. Events are given in the
/// order of their times.
class Echoes {
public:
    explicit Echoes(Nanoseconds drift)
        : m_drift(drift)
    {
    }

    /// Whether another log said the same before; each of its messages answers for one of this log's.
    bool isEcho(const Event& event)
    {
        constexpr std::size_t mostLookedAt = 1000; // the kernel limits how often it repeats itself
        const std::size_t first = m_said.size() > mostLookedAt ? m_said.size() - mostLookedAt : 0;
        for (std::size_t i = first; i < m_said.size(); ++i) {
            Said& said = m_said[i];
            const auto echoed = std::find(said.members.begin(), said.members.end(), event.member);
            if (said.event->text != event.text || echoed != said.members.end() || !isNear(*said.event, event))
                continue;
            said.members.push_back(event.member);
            return true;
        }
        m_said.push_back({&event, {event.member}});
        return false;
    }

private:
    struct Said {
        const Event* event;
        std::vector<std::string_view> members; ///< that said it
    };

    /// Times on different clocks tell nothing of each other.
    bool isNear(const Event& a, const Event& b) const
    {
        return a.clock != b.clock || (b.time - a.time <= m_drift && a.time - b.time <= m_drift);
    }

    Nanoseconds m_drift;
    std::vector<Said> m_said;
};

} // namespace

KernelEvents kernelEvents(const Snapshot& snapshot, std::string_view kind)
{
    // The recorder reads the log with the clocks beside it: what it has before its first tick happened before the
    // capture. Times of other listings are off by what the clock drifted since boot (man 1 dmesg, -T).
    constexpr std::chrono::seconds drift{60}, recorded{2};
    KernelEvents found;
    Echoes echoes(drift);
    for (const Event& event : snapshot.events) {
        if (labelValue(event.labels, "kind") != kind || echoes.isEcho(event))
            continue;
        const bool isTimed = snapshot.clock == Clock::Wall && !snapshot.series.empty();
        const bool isPlaced = isTimed && event.clock == Clock::Wall;
        if (isTimed && !isPlaced) {
            ++found.unplaced;
            found.lastUnplaced = &event;
            continue;
        }
        const auto slack = event.source == "dev_kmsg" ? recorded : drift;
        const bool isNow =
            !isPlaced || (event.time >= snapshot.range.begin - slack && event.time <= snapshot.range.end + slack);
        if (!isNow) {
            ++found.earlier;
            found.lastEarlier = &event;
            continue;
        }
        found.now.push_back(&event);
    }
    return found;
}

std::string earlierText(const KernelEvents& events)
{
    std::string text;
    if (events.lastEarlier)
        text = std::to_string(events.earlier) + " outside the capture, the last at "
            + formatUtc(events.lastEarlier->time) + ": " + events.lastEarlier->text;
    if (events.lastUnplaced)
        text += (text.empty() ? "" : "; ") + std::to_string(events.unplaced)
            + " of an unknown time (the log has no dates), the last: " + events.lastUnplaced->text;
    return text;
}

std::vector<Episode> episodesOf(const Snapshot& snapshot, const std::vector<const Event*>& events)
{
    std::vector<Episode> episodes;
    for (const Event* event : events) {
        const bool isPlaced = event->clock == snapshot.clock || snapshot.series.empty();
        const Time time = isPlaced ? event->time : snapshot.range.begin;
        Episode episode{{time, time + Nanoseconds{1}}, isPlaced ? Episode::Extent::Instant : Episode::Extent::Snapshot};
        if (isPlaced)
            episode.clock = event->clock;
        if (episodes.empty() || episodes.back().range != episode.range)
            episodes.push_back(episode);
    }
    std::sort(episodes.begin(), episodes.end(),
        [](const Episode& a, const Episode& b) { return a.range.begin < b.range.begin; });
    return episodes;
}

const Entity* processOf(const Snapshot& snapshot, std::string_view pid)
{
    const auto wanted = parseInteger<std::int64_t>(pid);
    if (!wanted)
        return nullptr;
    // Entities are in the order of kind, process id and start: the last of that id.
    const auto behind =
        std::partition_point(snapshot.entities.begin(), snapshot.entities.end(), [&](const Entity& entity) {
            return entity.kind == EntityKind::Process
                && parseInteger<std::int64_t>(entity.attribute("pid")).value_or(0) <= *wanted;
        });
    if (behind == snapshot.entities.begin())
        return nullptr;
    const Entity& last = *std::prev(behind);
    return last.kind == EntityKind::Process && last.attribute("pid") == pid ? &last : nullptr;
}

Object listenerAt(const Snapshot& snapshot, const std::string& port)
{
    Object object{ObjectKind::Listener, "port " + port, port};
    auto times = socketTimes(snapshot);
    if (times.empty())
        times.push_back(snapshot.range.begin); // a listing without a time
    for (const Time time : times)
        for (const SocketFigures& socket : socketsAt(snapshot, time))
            if (socket.state == TcpState::Listen && socket.local.substr(socket.local.rfind(':') + 1) == port) {
                object.name = socket.local;
                return object;
            }
    return object;
}

void sayNearlyFound(double secondsBeyond, double seconds, RuleResult& result)
{
    if (!(secondsBeyond > 0) || result.isNearlyFound)
        return;
    result.isNearlyFound = true;
    result.remark += (result.remark.empty() ? "" : "; ") + ("beyond the limits, but for " + inSeconds(secondsBeyond))
        + " at a time, not for " + inSeconds(seconds);
}

Level raised(Level level)
{
    return level == Level::Critical ? level : static_cast<Level>(static_cast<int>(level) + 1);
}

Level raisedByDuration(Level level, const std::vector<Episode>& episodes, double captureSeconds)
{
    constexpr double longAnyway = 300, mostOfIt = 0.5;
    const double seconds = totalSeconds(episodes);
    return seconds >= longAnyway || seconds >= mostOfIt * captureSeconds ? raised(level) : level;
}

bool isVictimSeen(const Snapshot& snapshot, const std::vector<Episode>& episodes)
{
    constexpr double stalledPercent = 10;
    for (const Episode& episode : episodes) {
        for (const char* metric : {"pressure.io.full", "pressure.memory.full"})
            if (const Series* series = snapshot.find(metric))
                if (statisticsWithin(*series, episode.range).mean >= stalledPercent)
                    return true;
        for (const Event& event : snapshot.events)
            if (labelValue(event.labels, "kind") == "hung-task" && event.clock == snapshot.clock
                && episode.range.contains(event.time))
                return true;
    }
    return false;
}

double confidence(const Certainty& certainty)
{
    constexpr double perFamily = 0.1, mostFamilies = 0.2, perContradiction = 0.3, shortness = 0.7, alignment = 0.8;
    constexpr double least = 0.05, most = 0.95;
    const double sum = certainty.base + std::min(perFamily * certainty.agreeing, mostFamilies)
        - perContradiction * certainty.contradicting + certainty.further;
    const double factor = (certainty.isShort ? shortness : 1) * (certainty.isScaled ? shortness : 1)
        * (certainty.isUnaligned ? alignment : 1);
    return std::max(least, std::clamp(sum, least, most) * factor);
}

bool isShort(const std::vector<Episode>& episodes)
{
    constexpr double seconds = 9.5; // ten rows at one second, the first of which may have no interval before it
    return totalSeconds(episodes) < seconds;
}

std::vector<Consumer> cpuConsumers(const Snapshot& snapshot, TimeRange range)
{
    const auto first = processTickAt(snapshot, range.begin), last = processTickAt(snapshot, range.end);
    if (!last || first.value_or(0) >= *last)
        return {};
    constexpr double percent = 100;
    ByCommand byCommand;
    for (const ProcessFigures& figures : processesOver(snapshot, first.value_or(0), *last))
        byCommand.add(*figures.process, figures.cpuPercent / percent);
    return byCommand.sorted();
}

std::vector<Consumer> sleepersInD(const Snapshot& snapshot, TimeRange range)
{
    const auto first = processTickAt(snapshot, range.begin), last = processTickAt(snapshot, range.end);
    if (!last || first.value_or(0) >= *last)
        return {};
    const double seconds = toSeconds(range.duration());
    ByCommand byCommand;
    for (const Entity& entity : snapshot.entities)
        if (hasStates(entity))
            byCommand.add(entity, secondsInD(entity, first.value_or(0), *last) / seconds);
    return byCommand.sorted();
}

Object objectOf(const Consumer& consumer)
{
    Object object{ObjectKind::Process, consumer.command, consumer.largest ? consumer.largest->key : ""};
    if (consumer.processes > 1)
        object.name += " (" + std::to_string(consumer.processes) + " processes)";
    else if (consumer.largest)
        object.name += ' ' + std::string(consumer.largest->attribute("pid"));
    return object;
}

} // namespace hindcast::diagnose
