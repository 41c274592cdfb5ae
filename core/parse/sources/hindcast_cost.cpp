// hindcast/cost: CPU time of each part of the recorder in the tick, "name microseconds" per line; those without a
// source of their own ("write", "packets") since the tick before (capture/FORMAT.md).
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <string>

namespace hindcast::parse {
namespace {

void parse(const Input& input, Builder& out)
{
    PositionalSeries known;
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            auto fields = line;
            const auto name = nextField(fields);
            const auto microseconds = parseInteger(nextField(fields));
            if (name.empty() || !microseconds) {
                out.skipped(line, "expected a name and a whole number of microseconds");
                continue;
            }
            auto& refs = known.at(std::string(name));
            if (refs.empty())
                refs.push_back(
                    out.series("recorder.part_time", {{"part", std::string(name)}}, Unit::Seconds, Kind::Gauge));
            out.add(refs.front(), sample.time, static_cast<double>(*microseconds) / 1e6);
        }
    }
}

} // namespace

Parser hindcast_cost()
{
    return {.id = "hindcast_cost",
        .title = "The recorder itself: what each part costs",
        .members = "hindcast/cost",
        .parse = parse};
}

} // namespace hindcast::parse
