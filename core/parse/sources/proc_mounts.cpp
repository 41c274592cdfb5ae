// /proc/mounts and /proc/[pid]/mountinfo: what is mounted where. Source: man 5 fstab, man 5 proc_pid_mountinfo; kernel
// fs/proc_namespace.c. Blanks in names are written \040.
#include "parse/listing.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

/// "/dev/sda1 / ext4 rw,relatime 0 0"
bool readMount(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 4 || !row[1].starts_with('/') || (row.size() > 4 && !parseInteger(row[4])) || row.size() > 6)
        return false;
    table.set("device", unmangled(row[0]));
    table.set("mount", unmangled(row[1]));
    table.set("type", row[2]);
    table.set("options", row[3]);
    return true;
}

/// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue": any number of optional fields
/// stand before the dash.
bool readMountinfo(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 9 || !parseInteger(row[0]) || !parseInteger(row[1]) || row[2].find(':') == std::string_view::npos)
        return false;
    std::size_t dash = 6;
    while (dash < row.size() && row[dash] != "-")
        ++dash;
    if (dash + 2 >= row.size())
        return false;
    const auto colon = row[2].find(':');
    setPlain(table, "id", row[0]);
    setPlain(table, "parent", row[1]);
    setPlain(table, "major", row[2].substr(0, colon));
    setPlain(table, "minor", row[2].substr(colon + 1));
    table.set("root", unmangled(row[3]));
    table.set("mount", unmangled(row[4]));
    table.set("options", row[5]);
    std::string optional;
    for (std::size_t i = 6; i < dash; ++i)
        optional.append(optional.empty() ? "" : " ").append(row[i]);
    table.set("propagation", optional);
    table.set("type", row[dash + 1]);
    table.set("device", unmangled(row[dash + 2]));
    if (dash + 3 < row.size())
        table.set("file_system_options", row[dash + 3]);
    return true;
}

constexpr std::array family{
    Listing{"*/mountinfo", "mounts", "", {}, 9, nullptr, readMountinfo},
    Listing{"*/mounts", "mounts", "", {}, 4, nullptr, readMount},
};

void parse(const Input& input, Builder& out)
{
    readListings(family, input, out);
}

/// What pipes and tools print of mounts has other fields, so rows must be whole: six fields ending in two numbers.
int recognise(std::string_view beginning)
{
    auto rest = beginning;
    std::string_view line;
    while (nextLine(rest, line) && trimmed(line).empty()) { }
    const auto row = fields(line);
    const bool isMounts = row.size() == 6 && row[1].starts_with('/') && parseInteger(row[4]) && parseInteger(row[5]);
    const bool isMountinfo = row.size() >= 9 && parseInteger(row[0]).has_value();
    return isMounts || isMountinfo ? recogniseListing(family, beginning) : 0;
}

} // namespace

Parser proc_mounts()
{
    return {.id = "proc_mounts",
        .title = "Mounted file systems",
        .members = "proc/mounts proc/*/mounts proc/*/mountinfo",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
