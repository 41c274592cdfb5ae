// Settings and facts below /sys, a file each, as one table: queues of disks, links, CPU frequency, NUMA, firmware.
// Source: kernel Documentation/ABI. What changes over time has parsers of its own; this one takes the rest.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

void parse(const Input& input, Builder& out)
{
    TableMaker table("settings", input.samples.empty() ? std::nullopt : listedAt(input, input.samples.front()));
    for (const Sample& sample : input.samples) {
        constexpr std::size_t longest = 4096;
        const auto text = trimmed(sample.text).substr(0, longest);
        table.beginRow();
        table.set("path", framing::unescapeField(sample.path));
        const auto value = parseDouble(text);
        if (value)
            table.set("value", Unit::None, *value);
        else
            table.set("text", text);
    }
    table.finish(out);
}

} // namespace

Parser sys_settings()
{
    return {.id = "sys_settings",
        .title = "Settings of devices",
        .members = "sys/** proc/irq/** etc/timezone",
        .parse = parse,
        .gathered = "sys"};
}

} // namespace hindcast::parse
