#include "model/snapshot.h"

#include "model/metrics.h"

#include <algorithm>

namespace hindcast {
namespace {

struct ByMetric {
    bool operator()(const Series& series, std::string_view metric) const { return series.metric < metric; }
    bool operator()(std::string_view metric, const Series& series) const { return metric < series.metric; }
};

const Series* findKind(const std::vector<Series>& all, std::string_view metric, const Labels& labels, Kind kind)
{
    const auto [first, last] = std::equal_range(all.begin(), all.end(), metric, ByMetric{});
    const Series* best = nullptr;
    for (auto it = first; it != last; ++it) {
        const bool fits = it->kind == kind && it->labels == labels;
        if (fits && (!best || sourceRank(metric, it->source) < sourceRank(metric, best->source)))
            best = &*it;
    }
    return best;
}

} // namespace

std::string_view labelValue(const Labels& labels, std::string_view name)
{
    const auto found =
        std::find_if(labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; });
    return found == labels.end() ? std::string_view{} : std::string_view(found->value);
}

std::string labelText(const Labels& labels)
{
    if (labels.empty())
        return {};
    std::string text = "{";
    for (const Label& label : labels) {
        if (text.size() > 1)
            text += ',';
        text += label.name;
        text += '=';
        text += label.value;
    }
    return text + '}';
}

std::string seriesKey(std::string_view metric, const Labels& labels, Kind kind)
{
    std::string key(metric);
    key += kind == Kind::Counter ? '\x01' : '\x02';
    for (const Label& label : labels) {
        key += label.name;
        key += '\x03';
        key += label.value;
        key += '\x04';
    }
    return key;
}

std::optional<std::size_t> Entity::sampleAt(std::uint32_t tick) const
{
    const auto after = std::upper_bound(ticks.begin(), ticks.end(), tick);
    if (after == ticks.begin())
        return std::nullopt;
    return static_cast<std::size_t>(after - ticks.begin()) - 1;
}

const Series* Snapshot::find(std::string_view metric, const Labels& labels) const
{
    return findKind(series, metric, labels, Kind::Gauge);
}

const Series* Snapshot::findCounter(std::string_view metric, const Labels& labels) const
{
    return findKind(series, metric, labels, Kind::Counter);
}

const MemberReport* Snapshot::member(std::string_view memberPath) const
{
    const auto found = std::lower_bound(members.begin(), members.end(), memberPath,
        [](const MemberReport& report, std::string_view wanted) { return report.path < wanted; });
    return found != members.end() && found->path == memberPath ? &*found : nullptr;
}

std::vector<const Series*> Snapshot::findAll(std::string_view metric) const
{
    std::vector<const Series*> found;
    const auto [first, last] = std::equal_range(series.begin(), series.end(), metric, ByMetric{});
    for (auto it = first; it != last; ++it) {
        if (it->kind != Kind::Gauge)
            continue;
        // Sorted by labels: the same quantity from another source stands right before.
        if (found.empty() || found.back()->labels != it->labels)
            found.push_back(&*it);
        else if (sourceRank(metric, it->source) < sourceRank(metric, found.back()->source))
            found.back() = &*it;
    }
    return found;
}

} // namespace hindcast
