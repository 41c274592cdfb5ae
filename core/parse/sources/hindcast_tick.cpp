// hindcast/tick: the recorder's own record at the head of each tick: how late it was and what it cost
// (capture/FORMAT.md).
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

struct TickKey {
    std::string_view key;
    std::string_view metric;
    Unit unit;
    Kind kind;
    double divisor;
};
constexpr std::array keys{
    TickKey{"late_ns", "recorder.late", Unit::Seconds, Kind::Gauge, 1e9},
    TickKey{"missed", "recorder.missed_ticks", Unit::Count, Kind::Gauge, 1},
    TickKey{"self_user_us", "recorder.user_time", Unit::Seconds, Kind::Counter, 1e6},
    TickKey{"self_system_us", "recorder.system_time", Unit::Seconds, Kind::Counter, 1e6},
    TickKey{"helpers_user_us", "recorder.helpers_user_time", Unit::Seconds, Kind::Counter, 1e6},
    TickKey{"helpers_system_us", "recorder.helpers_system_time", Unit::Seconds, Kind::Counter, 1e6},
    TickKey{"self_rss_bytes", "recorder.resident", Unit::Bytes, Kind::Gauge, 1},
    TickKey{"written_bytes", "recorder.written_bytes", Unit::Bytes, Kind::Counter, 1},
};
/// Clocks and the tick's number: used by load itself.
constexpr std::array<std::string_view, 4> clockKeys{"tick", "real_ns", "mono_ns", "boot_ns"};

void parse(const Input& input, Builder& out)
{
    std::array<SeriesRef, keys.size()> refs;
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            auto fields = line;
            const auto key = nextField(fields);
            const auto value = parseInteger<std::int64_t>(nextField(fields));
            if (key.empty() || std::find(clockKeys.begin(), clockKeys.end(), key) != clockKeys.end())
                continue;
            if (key == "level") // a word; each step from one to another is an event, too
                continue;
            if (!value) {
                out.skipped(line, "expected a key and a whole number");
                continue;
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                if (keys[i].key != key)
                    continue;
                if (!refs[i].isValid())
                    refs[i] = out.series(keys[i].metric, {}, keys[i].unit, keys[i].kind);
                out.add(refs[i], sample.time, static_cast<double>(*value) / keys[i].divisor);
            }
        }
    }
}

} // namespace

Parser hindcast_tick()
{
    return {.id = "hindcast_tick",
        .title = "The recorder itself: lateness and cost",
        .members = "hindcast/tick",
        .parse = parse};
}

} // namespace hindcast::parse
