#include "model/snapshot.h"

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
    const auto found = std::find_if(first, last, [&](const Series& series) { return series.kind == kind && series.labels == labels; });
    return found == last ? nullptr : &*found;
}

} // namespace

std::string_view labelValue(const Labels& labels, std::string_view name)
{
    const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; });
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

std::vector<const Series*> Snapshot::findAll(std::string_view metric) const
{
    std::vector<const Series*> found;
    const auto [first, last] = std::equal_range(series.begin(), series.end(), metric, ByMetric{});
    for (auto it = first; it != last; ++it)
        if (it->kind == Kind::Gauge)
            found.push_back(&*it);
    return found;
}

} // namespace hindcast
