// /proc/uptime: "4121.07 15873.22", seconds since boot and seconds that all CPUs together were idle. Source: man 5
// proc_uptime.
#include "base/text_scanner.h"
#include "parse/parser.h"

namespace hindcast::parse {
namespace {

struct Uptime {
    double up = 0, idle = 0;
};

std::optional<Uptime> readUptime(std::string_view line)
{
    const auto hasHundredths = [](std::string_view field) {
        const auto point = field.find('.');
        return point != std::string_view::npos && field.size() - point == 3;
    };
    const auto first = nextField(line), second = nextField(line);
    const auto up = parseDouble(first), idle = parseDouble(second);
    if (!up || !idle || *up < 0 || *idle < 0 || !hasHundredths(first) || !hasHundredths(second)
        || !trimmed(line).empty())
        return std::nullopt;
    return Uptime{*up, *idle};
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            const auto uptime = readUptime(line);
            if (!uptime) {
                out.skipped(line, "expected seconds since boot and idle seconds");
                continue;
            }
            out.add("system.uptime", {}, Unit::Seconds, Kind::Gauge, sample.time, uptime->up);
            out.add("system.idle_time", {}, Unit::Seconds, Kind::Counter, sample.time, uptime->idle);
        }
    }
}

int recognise(std::string_view beginning)
{
    const auto line = trimmed(beginning);
    return line.find('\n') == std::string_view::npos && readUptime(line) ? 80 : 0;
}

} // namespace

Parser proc_uptime()
{
    return {.id = "proc_uptime",
        .title = "Time since boot",
        .members = "proc/uptime",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
