// /proc/sys: the kernel's settings, a file each, as one table with the rows and names of "sysctl -a":
// net/ipv4/ip_forward is net.ipv4.ip_forward. Source: man 5 proc_sys, man 8 sysctl. A point within a part of the path,
// as in the name of a VLAN's interface, is written "/", as sysctl does.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

/// "net.ipv4.conf.eth0/7.forwarding" of "/proc/sys/net/ipv4/conf/eth0.7/forwarding".
std::string nameOf(std::string_view path)
{
    constexpr std::string_view folder = "proc/sys/";
    const auto place = path.find(folder);
    std::string name =
        framing::unescapeField(place == std::string_view::npos ? path : path.substr(place + folder.size()));
    for (char& c : name)
        c = c == '/' ? '.' : c == '.' ? '/' : c;
    return name;
}

void setValue(TableMaker& table, std::string_view text)
{
    constexpr std::size_t longest = 4096;
    text = trimmed(text).substr(0, longest);
    const auto value = parseDouble(text);
    if (value)
        table.set("value", Unit::None, *value);
    else
        table.set("text", text);
}

void parse(const Input& input, Builder& out)
{
    TableMaker table("sysctl", input.samples.empty() ? std::nullopt : listedAt(input, input.samples.front()));
    for (const Sample& sample : input.samples) {
        table.beginRow();
        table.set("name", nameOf(sample.path));
        setValue(table, sample.text);
        // Who this host is, where nothing else says it.
        if (sample.path.ends_with("/kernel/hostname") && out.host().hostname.empty())
            out.host().hostname = trimmed(sample.text);
        else if (sample.path.ends_with("/kernel/osrelease") && out.host().kernel.empty())
            out.host().kernel = trimmed(sample.text);
        else if (sample.path.ends_with("/random/boot_id") && out.host().bootId.empty())
            out.host().bootId = trimmed(sample.text);
    }
    table.finish(out);
}

} // namespace

Parser proc_sys()
{
    return {.id = "proc_sys",
        .title = "Settings of the kernel",
        .members = "proc/sys/**",
        .parse = parse,
        .gathered = "proc/sys"};
}

} // namespace hindcast::parse
