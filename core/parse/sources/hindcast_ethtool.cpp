// What the driver of a network card counts, "name: value" a line, as ethtool -S prints it. Names are the driver's own
// ("rx_queue_0_drops", "port.rx_dropped"); what they mean stands in its documentation. Source: capture/FORMAT.md; man 8
// ethtool.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <string>

namespace hindcast::parse {
namespace {

Unit unitOf(std::string_view name)
{
    return name.ends_with("bytes") || name.ends_with("octets") ? Unit::Bytes
        : name.ends_with("packets")                            ? Unit::Packets
                                                               : Unit::Count;
}

void parse(const Input& input, Builder& out)
{
    PositionalSeries known;
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        known.restart();
        const std::string interface = framing::unescapeField(sample.path.substr(sample.path.rfind('/') + 1));
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            const auto colon = line.rfind(':');
            const auto name = trimmed(line.substr(0, colon == std::string_view::npos ? 0 : colon));
            const auto value = name.empty() ? std::nullopt : parseInteger(trimmed(line.substr(colon + 1)));
            if (!value) {
                if (!trimmed(line).empty())
                    out.skipped(line, "expected a name, a colon and a number");
                continue;
            }
            auto& refs = known.at(name);
            if (refs.empty())
                refs.push_back(out.series(
                    "net.driver." + snakeCase(name), {{"interface", interface}}, unitOf(name), Kind::Counter));
            out.add(refs.front(), sample.time, static_cast<double>(*value));
        }
    }
}

} // namespace

Parser hindcast_ethtool()
{
    return {.id = "hindcast_ethtool",
        .title = "Counters of network cards",
        .members = "hindcast/ethtool/*",
        .parse = parse};
}

} // namespace hindcast::parse
