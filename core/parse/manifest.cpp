#include "parse/manifest.h"

#include "base/text_scanner.h"

#include <cerrno>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hindcast::parse {
namespace {

using Json = nlohmann::json;

constexpr int newestSchema = 1;

std::string textOf(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A finite number within what the program can use; a hostile manifest may hold anything.
std::optional<double> numberOf(const Json& object, const char* key, double smallest, double largest)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number())
        return std::nullopt;
    const auto value = found->get<double>();
    return value >= smallest && value <= largest ? std::optional(value) : std::nullopt;
}

/// Of the schedule, not of the quick ticks that a trigger adds to it: those are what interval_ns says in their
/// segments.
std::optional<Nanoseconds> intervalOf(const Json& manifest)
{
    const auto config = manifest.find("config");
    if (config != manifest.end() && config->is_object())
        if (const auto asked = numberOf(*config, "interval_s", 1e-9, 1e6))
            return Nanoseconds(std::llround(*asked * 1e9));
    const auto interval = numberOf(manifest, "interval_ns", 1, 1e15);
    return interval ? std::optional(Nanoseconds(static_cast<std::int64_t>(*interval))) : std::nullopt;
}

} // namespace

Result<Host> parseManifest(std::string_view text)
{
    const Json manifest = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (manifest.is_discarded() || !manifest.is_object())
        return Error{"manifest.json is not a JSON object", {}};
    const auto schema = numberOf(manifest, "schema", 0, 1e6);
    if (schema && *schema > newestSchema)
        return Error{fmt::format("schema {:.0f} is newer than this program reads ({})", *schema, newestSchema), {}};
    Host host;
    host.hostname = textOf(manifest, "hostname");
    host.kernel = textOf(manifest, "kernel");
    host.machine = textOf(manifest, "machine");
    host.bootId = textOf(manifest, "boot_id");
    host.timezone = textOf(manifest, "timezone");
    host.tool = textOf(manifest, "tool");
    host.clockTicks = numberOf(manifest, "clock_ticks", 1, 1e6);
    host.pageSizeBytes = numberOf(manifest, "page_size", 512, 1 << 30);
    if (const auto cpus = numberOf(manifest, "cpus", 1, 1e6))
        host.cpus = static_cast<unsigned>(*cpus);
    if (const auto offset = numberOf(manifest, "utc_offset_s", -86400, 86400))
        host.utcOffset = std::chrono::seconds(static_cast<int>(*offset));
    if (const auto boot = numberOf(manifest, "boot_time_s", 0, 1e11 / 16))
        host.bootTime = timeFromSeconds(*boot);
    host.interval = intervalOf(manifest);
    return host;
}

std::optional<std::uint64_t> manifestFirstTick(std::string_view text)
{
    const Json manifest = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto tick = manifest.is_object() ? numberOf(manifest, "first_tick", 0, 1e15) : std::nullopt;
    return tick ? std::optional(static_cast<std::uint64_t>(*tick)) : std::nullopt;
}

std::vector<Denial> manifestDenials(std::string_view text)
{
    const Json manifest = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto list = manifest.is_object() ? manifest.find("denials") : manifest.end();
    std::vector<Denial> denials;
    if (list == manifest.end() || !list->is_array())
        return denials;
    for (const Json& entry : *list) {
        constexpr double largest = 4095; // MAX_ERRNO of the kernel's err.h
        const auto number = entry.is_object() ? numberOf(entry, "errno", 1, largest) : std::nullopt;
        Denial denial{number ? textOf(entry, "path") : std::string(), static_cast<int>(number.value_or(0))};
        const bool isAbsent =
            denial.errorNumber == ENOENT || denial.errorNumber == EINVAL || denial.errorNumber == EOPNOTSUPP;
        if (!denial.path.empty() && !(isAbsent && denial.path.starts_with('/')))
            denials.push_back(std::move(denial));
    }
    return denials;
}

std::string distributionName(std::string_view osRelease)
{
    constexpr std::string_view key = "PRETTY_NAME=";
    for (std::string_view line; nextLine(osRelease, line);) {
        if (!line.starts_with(key))
            continue;
        auto value = trimmed(line.substr(key.size()));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
    return {};
}

void mergeHost(Host& into, const Host& from)
{
    const auto takeText = [](std::string& mine, const std::string& theirs) {
        if (mine.empty())
            mine = theirs;
    };
    const auto take = [](auto& mine, const auto& theirs) {
        if (!mine)
            mine = theirs;
    };
    takeText(into.hostname, from.hostname);
    takeText(into.kernel, from.kernel);
    takeText(into.machine, from.machine);
    takeText(into.distribution, from.distribution);
    takeText(into.bootId, from.bootId);
    takeText(into.timezone, from.timezone);
    takeText(into.tool, from.tool);
    take(into.utcOffset, from.utcOffset);
    take(into.cpus, from.cpus);
    take(into.clockTicks, from.clockTicks);
    take(into.pageSizeBytes, from.pageSizeBytes);
    take(into.memoryBytes, from.memoryBytes);
    take(into.bootTime, from.bootTime);
    take(into.interval, from.interval);
}

} // namespace hindcast::parse
