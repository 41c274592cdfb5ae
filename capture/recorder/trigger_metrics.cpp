#include "trigger_metrics.h"

#include "framing/block.h"
#include "trigger_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t ticksToShow = 3; // within which a source that is there has been seen and a rate measured
constexpr std::size_t longestList = 120;

bool isProcessPath(std::string_view path)
{
    constexpr std::string_view proc = "/proc/";
    return path.size() > proc.size() && path[proc.size()] >= '0' && path[proc.size()] <= '9' && path.starts_with(proc);
}

/// Of two values that hold, the one that says more.
bool isFurther(double value, double other, Comparison comparison)
{
    if (comparison == Comparison::Less || comparison == Comparison::AtMost)
        return value < other;
    return value > other;
}

} // namespace

/// Hands the figures of one source to the conditions that need it.
class TriggerMetrics::Picker : public FigureSink {
public:
    Picker(TriggerMetrics& metrics, TriggerSource source, std::int64_t time)
        : m_metrics(metrics)
        , m_source(source)
        , m_time(time)
    {
    }
    void take(const Figure& figure) override
    {
        for (const auto& watched : m_metrics.m_watched)
            if (watched->condition.metric.source == m_source)
                m_metrics.pick(*watched, figure, m_time);
    }

private:
    TriggerMetrics& m_metrics;
    TriggerSource m_source;
    std::int64_t m_time;
};

std::size_t TriggerMetrics::watch(const TriggerCondition& condition)
{
    m_watched.push_back(std::make_unique<Watched>(condition));
    Watched& watched = *m_watched.back();
    addTerms(watched, condition.metric.numerator, false);
    if (condition.metric.formula == TriggerFormula::Mean || condition.metric.formula == TriggerFormula::Share)
        addTerms(watched, condition.metric.denominator, true);
    m_wanted |= 1U << static_cast<unsigned>(condition.metric.source);
    return m_watched.size() - 1;
}

/// "Tcp.InSegs", "MemTotal-MemAvailable", "read_ms+write_ms+discard_ms?". A name with a point that is no group's is
/// "rx.bytes".
void TriggerMetrics::addTerms(Watched& watched, std::string_view terms, bool isInDenominator)
{
    const TriggerSource source = watched.condition.metric.source;
    const bool hasGroups = source != TriggerSource::NetDev && source != TriggerSource::Vmstat;
    for (double factor = 1; !terms.empty();) {
        const auto end = terms.find_first_of("+-");
        std::string_view key = terms.substr(0, end);
        if (key.ends_with('?'))
            key.remove_suffix(1);
        else
            watched.required |= 1U << watched.terms.size();
        const auto point = hasGroups ? key.find('.') : std::string_view::npos;
        const auto group = point == std::string_view::npos ? std::string_view() : key.substr(0, point);
        key.remove_prefix(point == std::string_view::npos ? 0 : point + 1);
        watched.terms.push_back({std::string(group), std::string(key), factor, isInDenominator});
        factor = end != std::string_view::npos && terms[end] == '-' ? -1 : 1;
        terms.remove_prefix(end == std::string_view::npos ? terms.size() : end + 1);
    }
}

void TriggerMetrics::take(std::string_view blocks)
{
    ++m_tick;
    m_seen = 0;
    m_kernelLog = {};
    m_sockets.beginTick();
    const bool wantsLate = m_watchesKernelLog || isWanted(TriggerSource::Sockets)
        || isWanted(TriggerSource::Filesystems) || isWanted(TriggerSource::Processes);
    framing::Block block;
    std::int64_t time = 0;
    while ((wantsLate || m_seen != m_wanted) && framing::nextBlock(blocks, block) == framing::NextBlock::Found) {
        time = block.startNanoseconds;
        readBlock(block.path, block.body, block.errorNumber, time);
    }
    giveCounts(time);
    for (const auto& watched : m_watched)
        conclude(*watched, watched->condition.metric.source);
}

void TriggerMetrics::readBlock(std::string_view path, std::string_view body, int errorNumber, std::int64_t time)
{
    if (isProcessPath(path)) {
        if (isWanted(TriggerSource::Processes))
            m_processes.read(path, errorNumber, body);
        return;
    }
    if (m_watchesKernelLog && path == "/dev/kmsg") {
        m_kernelLog = body;
        if (errorNumber != 0 && !std::exchange(m_isKernelLogMissed, true))
            m_remarks.push_back("trigger: log ~ … cannot fire: /dev/kmsg: " + std::string(std::strerror(errorNumber)));
        return;
    }
    if (isWanted(TriggerSource::Sockets) && m_sockets.read(path, errorNumber, body))
        return;
    for (unsigned i = 0; i < static_cast<unsigned>(TriggerSource::count); ++i) {
        const auto source = static_cast<TriggerSource>(i);
        if (isWanted(source) && (m_seen >> i & 1U) == 0 && path == pathOf(source))
            return readSource(source, body, errorNumber, time);
    }
}

void TriggerMetrics::readSource(TriggerSource source, std::string_view body, int errorNumber, std::int64_t time)
{
    m_seen |= 1U << static_cast<unsigned>(source);
    if (errorNumber == 0) {
        Picker picker(*this, source, time);
        readFigures(source, body, picker);
        return;
    }
    for (const auto& watched : m_watched)
        if (watched->condition.metric.source == source)
            complain(*watched, errorNumber);
}

/// What was counted over several blocks.
void TriggerMetrics::giveCounts(std::int64_t time)
{
    if (isWanted(TriggerSource::Processes) && m_processes.isKnown()) {
        m_seen |= 1U << static_cast<unsigned>(TriggerSource::Processes);
        Picker picker(*this, TriggerSource::Processes, time);
        m_processes.giveTo(picker);
    }
    if (m_sockets.isNew()) {
        m_seen |= 1U << static_cast<unsigned>(TriggerSource::Sockets);
        Picker picker(*this, TriggerSource::Sockets, time);
        m_sockets.giveTo(picker);
    } else if (m_sockets.errorNumber() != 0) {
        readSource(TriggerSource::Sockets, {}, m_sockets.errorNumber(), time);
    }
}

void TriggerMetrics::pick(Watched& watched, const Figure& figure, std::int64_t time) const
{
    for (std::size_t i = 0; i < watched.terms.size(); ++i) {
        const Term& term = watched.terms[i];
        if (term.key != figure.key || term.group != figure.group)
            continue;
        if (!isMeant(watched, figure)) {
            noteOther(watched, figure.first);
            return;
        }
        const auto number = figure.number();
        if (!number)
            return;
        Row& row = rowOf(watched, figure);
        if (row.tick != m_tick) {
            row.tickBefore = row.tick;
            row.timeBefore = row.time;
            row.numeratorBefore = std::exchange(row.numerator, 0);
            row.denominatorBefore = std::exchange(row.denominator, 0);
            row.found = 0;
            row.tick = m_tick;
            row.time = time;
        }
        (term.isInDenominator ? row.denominator : row.numerator) += term.factor * *number;
        row.found |= 1U << i; // and on: the same figure may stand above and below the line
    }
}

/// Whether the figure is of an object that the condition is about.
bool TriggerMetrics::isMeant(const Watched& watched, const Figure& figure)
{
    const TriggerMetric& metric = watched.condition.metric;
    if (watched.condition.labels.empty())
        return metric.unlabelled != Unlabelled::Whole || figure.first.empty();
    bool isMatching = !figure.first.empty();
    for (const LabelPattern& label : watched.condition.labels)
        isMatching = isMatching && matchesWhole(label.pattern, label.place == 0 ? figure.first : figure.second);
    return isMatching;
}

/// For the remark that an object with this name is not there.
void TriggerMetrics::noteOther(Watched& watched, std::string_view first)
{
    if (watched.wasMeasured || watched.hasComplained || first.empty() || watched.others.size() > longestList
        || watched.others.find(first) != std::string::npos)
        return;
    watched.others += watched.others.empty() ? "" : ", ";
    watched.others += first;
}

TriggerMetrics::Row& TriggerMetrics::rowOf(Watched& watched, const Figure& figure)
{
    const bool isSum = watched.condition.labels.empty() && watched.condition.metric.unlabelled == Unlabelled::Sum;
    const std::string_view first = isSum ? std::string_view() : figure.first;
    const std::string_view second = isSum ? std::string_view() : figure.second;
    // Figures of one object stand together, and objects in the same order as the time before.
    for (std::size_t i = 0; i < watched.rows.size(); ++i) {
        const std::size_t place = (watched.lastRow + i) % watched.rows.size();
        if (watched.rows[place].first == first && watched.rows[place].second == second) {
            watched.lastRow = place;
            return watched.rows[place];
        }
    }
    watched.lastRow = watched.rows.size();
    Row& row = watched.rows.emplace_back();
    row.first = first;
    row.second = second;
    return row;
}

void TriggerMetrics::conclude(Watched& watched, TriggerSource source)
{
    const bool isSeen = (m_seen >> static_cast<unsigned>(source) & 1U) != 0;
    watched.wasSourceSeen = watched.wasSourceSeen || isSeen;
    if (!isSeen && isListedNowAndThen(source))
        return; // what was listed last holds
    Reading& reading = watched.reading;
    reading.isMeasured = reading.holds = false;
    const TriggerCondition& condition = watched.condition;
    for (const Row& row : watched.rows) {
        double value = 0;
        if (row.tick != m_tick || !valueOf(watched, row, value))
            continue;
        const bool holds = compare(value, condition.comparison, condition.bound);
        const bool isBetter = !reading.isMeasured || (holds && !reading.holds)
            || (holds == reading.holds && isFurther(value, reading.value, condition.comparison));
        reading.isMeasured = true;
        if (isBetter) {
            reading.holds = holds;
            reading.value = value;
            reading.first = row.first;
            reading.second = row.second;
        }
    }
    if (isSeen) // what is gone, or could not be read, begins anew should it come back
        std::erase_if(watched.rows, [&](const Row& row) { return row.tick != m_tick; });
    watched.wasMeasured = watched.wasMeasured || reading.isMeasured;
    if (watched.rows.empty() && (m_tick >= ticksToShow || isListedNowAndThen(source)))
        complain(watched, 0);
}

/// False: not measured.
bool TriggerMetrics::valueOf(const Watched& watched, const Row& row, double& value)
{
    if ((row.found & watched.required) != watched.required)
        return false;
    const TriggerMetric& metric = watched.condition.metric;
    const double increase = row.numerator - row.numeratorBefore;
    const double increaseBelow = row.denominator - row.denominatorBefore;
    constexpr double nanosecond = 1e-9;
    switch (metric.formula) {
    case TriggerFormula::Gauge:
        value = row.numerator * metric.factor;
        return true;
    case TriggerFormula::Share:
        value = row.numerator / row.denominator * metric.factor;
        return row.denominator > 0;
    case TriggerFormula::Rate: // a decrease is a counter that began anew
        value = increase / (static_cast<double>(row.time - row.timeBefore) * nanosecond) * metric.factor;
        return row.tickBefore != 0 && row.time > row.timeBefore && increase >= 0;
    case TriggerFormula::Mean:
        value = increase / increaseBelow * metric.factor;
        return row.tickBefore != 0 && increaseBelow > 0 && increase >= 0;
    }
    return false;
}

void TriggerMetrics::complain(Watched& watched, int errorNumber)
{
    if (watched.wasMeasured || std::exchange(watched.hasComplained, true))
        return;
    const std::string path = pathOf(watched.condition.metric.source);
    std::string text = "trigger: " + subjectOf(watched.condition) + " is not measured: ";
    if (errorNumber != 0)
        text += path + ": " + std::strerror(errorNumber);
    else if (!watched.wasSourceSeen)
        text += path + " is not recorded";
    else
        text += path + " of this machine does not have it"
            + (watched.others.empty() ? std::string() : ", but " + watched.others);
    m_remarks.push_back(std::move(text));
}

std::vector<std::string> TriggerMetrics::takeRemarks()
{
    return std::exchange(m_remarks, {});
}

} // namespace hindcast::recorder
