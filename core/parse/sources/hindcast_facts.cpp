// What the recorder asked of the system once: names, clocks, limits, links, addresses, routes, settings of network
// cards. Either a line of names and then an entry a line, or "key value" lines; of cards "name: value" below headings.
// Source: capture/FORMAT.md.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/listing.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <array>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

constexpr std::array<std::string_view, 7> lists{
    "links", "addresses", "routes", "rules", "neighbours", "stacking", "cgroups"};

/// "links" of "/hindcast/links", "nic_eth0" of "/hindcast/nic/eth0.txt".
std::string nameOf(std::string_view path)
{
    constexpr std::string_view folder = "hindcast/";
    const auto place = path.find(folder);
    auto name = place == std::string_view::npos ? path : path.substr(place + folder.size());
    if (name.ends_with(".txt"))
        name.remove_suffix(4);
    return framing::unescapeField(name);
}

bool isList(std::string_view name)
{
    for (const auto known : lists)
        if (name == known)
            return true;
    return false;
}

/// The first line names the fields, with or without "#" in front; "-" is what there is not.
void readList(const std::string& name, const Sample& sample, std::optional<Time> time, Builder& out)
{
    TableMaker table(name, time);
    std::vector<std::string_view> names;
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (line.starts_with("# left_out") || line.starts_with("# inconsistent")) {
            out.note(NoteSeverity::Info, "the list is not whole: " + std::string(line.substr(2, 60)));
        } else if (names.empty()) {
            names = fields(line.starts_with('#') ? line.substr(1) : line);
        } else if (!trimmed(line).empty()) {
            const auto values = fields(line);
            if (values.size() < names.size()) {
                out.skipped(line, "expected one value for each name of the first line");
                continue;
            }
            table.beginRow(number);
            for (std::size_t i = 0; i < names.size(); ++i)
                if (values[i] != "-")
                    setPlain(table, names[i], framing::unescapeField(values[i]));
        }
    }
    table.finish(out);
}

void readFacts(const std::string& name, const Sample& sample, std::optional<Time> time, Builder& out)
{
    TableMaker table(name.starts_with("nic/") ? "network_card" : name, time);
    const bool isCard = name.starts_with("nic/");
    std::string part;
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        const auto content = trimmed(line);
        if (content.empty() || content.starts_with('#'))
            continue;
        const auto end = isCard ? content.find(':') : content.find(' ');
        const auto value = end == std::string_view::npos ? std::string_view{} : trimmed(content.substr(end + 1));
        if (isCard && value.empty() && end != std::string_view::npos && !isBlank(line.front())) {
            part = content.substr(0, end);
            continue;
        }
        table.beginRow(number);
        if (isCard)
            table.set("interface", name.substr(4));
        table.set("part", part);
        table.set("name", framing::unescapeField(trimmed(content.substr(0, end))));
        if (const auto figure = parseDouble(value))
            table.set("value", Unit::None, *figure);
        else
            table.set("text", value);
    }
    table.finish(out);
}

void parse(const Input& input, Builder& out)
{
    std::string_view last;
    for (const Sample& sample : input.samples) {
        if (sample.text == last) // repeated in each keyframe
            continue;
        last = sample.text;
        out.setText(sample.text);
        const std::string name = nameOf(sample.path);
        if (isList(name))
            readList(name, sample, listedAt(input, sample), out);
        else
            readFacts(name, sample, listedAt(input, sample), out);
    }
}

} // namespace

Parser hindcast_facts()
{
    return {.id = "hindcast_facts",
        .title = "Facts about the host, told by the system",
        .members = "hindcast/uname hindcast/adjtimex hindcast/sysconf hindcast/limits hindcast/timezone "
                   "hindcast/container hindcast/links hindcast/addresses hindcast/routes hindcast/rules "
                   "hindcast/neighbours hindcast/stacking hindcast/left_out hindcast/history hindcast/history.txt "
                   "hindcast/summary hindcast/cgroups hindcast/nic/*",
        .parse = parse};
}

} // namespace hindcast::parse
