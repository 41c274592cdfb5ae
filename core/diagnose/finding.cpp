#include "diagnose/finding.h"

#include <array>

namespace hindcast::diagnose {
namespace {

constexpr std::array<std::string_view, 4> levelNames{"info", "warning", "serious", "critical"};
constexpr std::array<std::string_view, 9> objectNames{
    "host", "cpu", "disk", "filesystem", "interface", "listener", "connection", "process", "cgroup"};

} // namespace

std::string_view levelName(Level level)
{
    return levelNames[static_cast<std::size_t>(level)];
}

std::optional<Level> levelFromName(std::string_view name)
{
    for (std::size_t i = 0; i < levelNames.size(); ++i)
        if (levelNames[i] == name)
            return static_cast<Level>(i);
    return std::nullopt;
}

std::string_view roleName(Role role)
{
    constexpr std::array<std::string_view, 5> names{"culprit", "symptom", "risk", "note", "quality"};
    return names[static_cast<std::size_t>(role)];
}

std::string_view resourceName(Resource resource)
{
    constexpr std::array<std::string_view, 9> names{
        "CPU", "memory", "swap", "disk", "filesystem", "network", "TCP", "process", "capture"};
    return names[static_cast<std::size_t>(resource)];
}

std::string Object::text() const
{
    const std::string_view what = objectNames[static_cast<std::size_t>(kind)];
    return name.empty() ? std::string(what) : std::string(what) + ' ' + name;
}

std::string_view evidenceRoleName(EvidenceRole role)
{
    constexpr std::array<std::string_view, 4> names{"trigger", "support", "contradict", "context"};
    return names[static_cast<std::size_t>(role)];
}

std::string_view statisticName(Statistic statistic)
{
    constexpr std::array<std::string_view, 8> names{
        "value", "mean", "median", "p95", "maximum", "minimum", "change", "sum"};
    return names[static_cast<std::size_t>(statistic)];
}

std::string_view answerName(Answer answer)
{
    constexpr std::array<std::string_view, 3> names{"found", "clear", "not evaluable"};
    return names[static_cast<std::size_t>(answer)];
}

} // namespace hindcast::diagnose
