// /proc/[pid]/maps, smaps, smaps_rollup and numa_maps: what a process has mapped, and how much of it is in memory and
// where. Never recorded, because reading them stalls large processes; people send them. Source: man 5 proc_pid_maps,
// proc_pid_smaps, numa(7); kernel fs/proc/task_mmu.c.
#include "parse/listing.h"
#include "parse/record_lines.h"
#include "parse/snake_case.h"

#include <string>

namespace hindcast::parse {
namespace {

/// "55a9e753c000-55a9e7570000 r--p 00000000 fd:00 798126    /usr/lib/systemd/systemd"
bool readMapping(std::string_view line, TableMaker& table)
{
    const auto range = nextField(line), permissions = nextField(line), offset = nextField(line),
               device = nextField(line), inode = nextField(line);
    const auto dash = range.find('-');
    if (dash == std::string_view::npos || !isHexadecimal(range.substr(0, dash))
        || !isHexadecimal(range.substr(dash + 1)) || permissions.size() < 4 || !isHexadecimal(offset)
        || device.find(':') == std::string_view::npos || !parseInteger(inode))
        return false;
    const auto begin = parseHex(range.substr(0, dash)), end = parseHex(range.substr(dash + 1));
    table.set("start", range.substr(0, dash));
    table.set("end", range.substr(dash + 1));
    if (begin && end && *end > *begin)
        table.set("length", Unit::Bytes, static_cast<double>(*end - *begin));
    table.set("permissions", permissions);
    table.set("offset", offset);
    table.set("device", device);
    setPlain(table, "inode", inode);
    table.set("path", trimmed(line));
    return true;
}

/// "55a9e753c000 default file=/usr/bin/x mapped=52 mapmax=2 N0=52 kernelpagesize_kB=4"; a policy may hold a range,
/// "interleave:0-3". File names hold no blanks here: the kernel writes \040.
bool readNumaMapping(std::string_view line, TableMaker& table)
{
    const auto address = nextField(line), policy = nextField(line);
    if (!isHexadecimal(address) || address.size() < 4 || policy.empty() || policy.find('=') != std::string_view::npos)
        return false;
    table.set("address", address);
    table.set("policy", policy);
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        const auto sign = word.find('=');
        if (sign == std::string_view::npos)
            table.set(word.substr(0, 16), "yes"); // "heap", "stack", "huge"
        else if (word.starts_with("file="))
            table.set("file", unmangled(word.substr(sign + 1)));
        else
            setPlain(table, snakeCase(word.substr(0, sign)), word.substr(sign + 1));
    }
    return true;
}

bool isMapping(std::string_view line)
{
    TableMaker scratch("");
    scratch.beginRow();
    return readMapping(line, scratch);
}

bool isNumaMapping(std::string_view line)
{
    constexpr std::string_view policies[] = {
        "default", "bind", "preferred", "interleave", "local", "prefer", "weighted"};
    auto rest = line;
    nextField(rest);
    const auto policy = nextField(rest);
    for (const auto known : policies)
        if (policy.starts_with(known)) {
            TableMaker scratch("");
            scratch.beginRow();
            return readNumaMapping(line, scratch);
        }
    return false;
}

/// A mapping's line begins a row; the "Rss:  12 kB" lines of smaps below it belong to it.
void readText(const Sample& sample, std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    TableMaker table("mappings", time);
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty())
            continue;
        const auto record = readRecordLine(line);
        // Names of sizes hold no dash and no blank; a mapping's range has the one and what follows it the other.
        const bool isSize = record && record->name.find_first_of("- ") == std::string_view::npos && table.rows() > 0;
        if (!isSize) {
            table.beginRow(number);
            if (readMapping(line, table) || (isNumaMapping(line) && readNumaMapping(line, table)))
                continue;
            table.dropRow();
        }
        if (record && table.rows() > 0)
            setRecordCell(table, snakeCase(record->name), record->value);
        else
            out.skipped(line, "expected a mapping, or a name and a size below one");
    }
    table.finish(out);
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readText(sample, listedAt(input, sample), out);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    return isMapping(line) ? 90 : isNumaMapping(line) ? 75 : 0;
}

} // namespace

Parser proc_pid_maps()
{
    return {.id = "proc_pid_maps",
        .title = "Memory mappings of a process",
        .members = "proc/*/maps proc/*/smaps proc/*/smaps_rollup proc/*/numa_maps",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
