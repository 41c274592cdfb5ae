// The kernel's lists of what there is: modules, partitions, filesystems, swap areas, locks, consoles, memory ranges.
// Source: man 5 proc_modules and its neighbours; kernel kernel/module/procfs.c, block/genhd.c, mm/swapfile.c,
// fs/locks.c, kernel/printk (consoles), drivers/tty/tty_io.c, kernel/resource.c, ipc/util.c.
#include "parse/listing.h"

#include <array>

namespace hindcast::parse {
namespace {

using Fields = std::span<const std::string_view>;
constexpr double kibibyte = 1024, mebibyte = 1024 * 1024;

bool isNumber(std::string_view text)
{
    return parseInteger<std::int64_t>(text).has_value();
}

constexpr std::array moduleColumns{ListingColumn{"module", FieldForm::Text},
    ListingColumn{"size", FieldForm::Plain, Unit::Bytes}, ListingColumn{"used"},
    ListingColumn{"used_by", FieldForm::Text}, ListingColumn{"state", FieldForm::Text},
    ListingColumn{"address", FieldForm::Text}, ListingColumn{"taints", FieldForm::Rest}};
bool isModule(Fields row)
{
    return row.size() >= 5 && isNumber(row[1]) && (row[4] == "Live" || row[4] == "Loading" || row[4] == "Unloading");
}

constexpr std::array partitionColumns{ListingColumn{"major"}, ListingColumn{"minor"},
    ListingColumn{"size", FieldForm::Plain, Unit::Bytes, kibibyte}, ListingColumn{"device", FieldForm::Text}};
bool isPartition(Fields row)
{
    return row.size() >= 4 && isNumber(row[0]) && isNumber(row[1]) && isNumber(row[2]);
}

/// "nodev\tsysfs" or "\text4". A name may be the only word, so the tab tells the row.
bool readFilesystem(std::string_view line, TableMaker& table)
{
    const bool isWithoutDevice = line.starts_with("nodev\t");
    if (!isWithoutDevice && !line.starts_with('\t'))
        return false;
    const auto name = trimmed(line.substr(isWithoutDevice ? 6 : 1));
    if (name.empty() || name.find_first_of(" \t:=") != std::string_view::npos)
        return false;
    table.set("filesystem", name);
    table.set("device", isWithoutDevice ? "no" : "yes");
    return true;
}

bool readSwap(std::string_view line, TableMaker& table)
{
    const auto row = fields(line);
    if (row.size() < 5 || !isNumber(row[2]) || !isNumber(row[3]) || !isNumber(row[4]))
        return false;
    table.set("filename", unmangled(row[0]));
    table.set("type", row[1]);
    setPlain(table, "size", row[2], Unit::Bytes, kibibyte);
    setPlain(table, "used", row[3], Unit::Bytes, kibibyte);
    setPlain(table, "priority", row[4]);
    return true;
}

/// "tty0                 -WU (EC p  )    4:7": what it can do, its flags, its number; some have none.
bool readConsole(std::string_view line, TableMaker& table)
{
    const auto open = line.find('('), close = line.find(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return false;
    auto before = line.substr(0, open);
    const auto device = nextField(before), operations = nextField(before);
    const bool areOperations = operations.size() == 3 && operations.find_first_not_of("-RWU") == std::string_view::npos;
    if (device.empty() || !areOperations || !trimmed(before).empty())
        return false;
    table.set("device", device);
    table.set("operations", operations);
    table.set("flags", trimmed(line.substr(open + 1, close - open - 1)));
    const auto number = trimmed(line.substr(close + 1));
    const auto colon = number.find(':');
    if (colon != std::string_view::npos) {
        setPlain(table, "major", number.substr(0, colon));
        setPlain(table, "minor", number.substr(colon + 1));
    }
    return true;
}

constexpr std::array ttyColumns{ListingColumn{"driver", FieldForm::Text}, ListingColumn{"device", FieldForm::Text},
    ListingColumn{"major"}, ListingColumn{"minors", FieldForm::Text}, ListingColumn{"type", FieldForm::Rest}};
bool isTtyDriver(Fields row)
{
    return row.size() >= 4 && row[1].starts_with("/dev/") && isNumber(row[2]) && (row[3][0] >= '0' && row[3][0] <= '9');
}

/// "1: POSIX  ADVISORY  WRITE 877 00:19:812 0 EOF"; one that waits for lock 1: "1: -> POSIX …". The inode of a lock
/// whose file is gone is "<none>".
bool readLock(std::string_view line, TableMaker& table)
{
    auto id = nextField(line);
    if (!id.ends_with(':') || !isNumber(id.substr(0, id.size() - 1)))
        return false;
    auto kind = nextField(line);
    const bool isWaiting = kind == "->";
    if (isWaiting)
        kind = nextField(line);
    const auto type = nextField(line), access = nextField(line), pid = nextField(line), file = nextField(line);
    const auto start = nextField(line), end = nextField(line);
    if (end.empty() || !isNumber(pid) || access.empty())
        return false;
    setPlain(table, "lock", id.substr(0, id.size() - 1));
    table.set("waits", isWaiting ? "yes" : "no");
    table.set("class", kind);
    table.set("type", type);
    table.set("access", access);
    setPlain(table, "pid", pid);
    const auto colon = file.rfind(':');
    if (colon != std::string_view::npos) {
        table.set("device", file.substr(0, colon));
        setPlain(table, "inode", file.substr(colon + 1));
    } else {
        table.set("file", file);
    }
    table.set("start", start);
    table.set("end", end);
    return true;
}

/// "  00001000-0009ffff : System RAM", indented by two blanks below what it lies in; of iomem and ioports.
bool readRange(std::string_view line, TableMaker& table)
{
    const auto indent = line.find_first_not_of(' ');
    const auto colon = line.find(" : ");
    if (indent == std::string_view::npos || colon == std::string_view::npos || colon < indent)
        return false;
    const auto range = line.substr(indent, colon - indent);
    const auto dash = range.find('-');
    if (dash == std::string_view::npos || !isHexadecimal(range.substr(0, dash))
        || !isHexadecimal(range.substr(dash + 1)))
        return false;
    const auto begin = parseHex(range.substr(0, dash)), end = parseHex(range.substr(dash + 1));
    table.set("start", range.substr(0, dash));
    table.set("end", range.substr(dash + 1));
    const bool isTold = begin && end && *end > *begin; // only root is told where (kernel.kptr_restrict)
    if (isTold)
        table.set("size", Unit::Bytes, static_cast<double>(*end - *begin + 1));
    table.set("device", trimmed(line.substr(colon + 3)));
    table.set("level", Unit::None, static_cast<double>(indent / 2));
    return true;
}

/// "reg00: base=0x0e0000000 ( 3584MB), size=  512MB, count=1: uncachable"
bool readMtrr(std::string_view line, TableMaker& table)
{
    const auto after = [&line](std::string_view name) {
        const auto place = line.find(name);
        return place == std::string_view::npos ? std::string_view{} : trimmed(line.substr(place + name.size()));
    };
    const auto untilFirstOf = [](std::string_view text, std::string_view stops) {
        return text.substr(0, text.find_first_of(stops));
    };
    const auto base = untilFirstOf(after("base=0x"), " (,"), size = untilFirstOf(after("size="), ", "),
               count = untilFirstOf(after("count="), ": ");
    const auto type = line.rfind(": ");
    if (!line.starts_with("reg") || !parseHex(base) || !isNumber(count) || type == std::string_view::npos)
        return false;
    const auto digits = size.substr(0, size.find_first_not_of("0123456789"));
    const auto unit = size.substr(digits.size());
    const double factor = unit == "KB" ? kibibyte : unit == "GB" ? kibibyte * mebibyte : mebibyte;
    table.set("register", untilFirstOf(line, ":"));
    table.set("base", Unit::Bytes, static_cast<double>(*parseHex(base)));
    setPlain(table, "size", digits, Unit::Bytes, factor);
    setPlain(table, "count", count);
    table.set("type", trimmed(line.substr(type + 2)));
    return true;
}

bool readMisc(std::string_view line, TableMaker& table)
{
    const auto number = nextField(line), name = nextField(line);
    if (!isNumber(number) || name.empty() || !trimmed(line).empty())
        return false;
    setPlain(table, "minor", number);
    table.set("device", name);
    return true;
}

constexpr std::array family{
    Listing{"proc/modules", "modules", "", moduleColumns, 5, isModule},
    Listing{"proc/partitions", "partitions", "major minor", partitionColumns, 4, isPartition},
    Listing{"proc/filesystems", "filesystems", "", {}, 1, nullptr, readFilesystem},
    Listing{"proc/swaps", "swaps", "Filename\t", {}, 5, nullptr, readSwap},
    Listing{"proc/cgroups", "cgroup_controllers", "#subsys_name", {}, 4},
    Listing{"proc/consoles", "consoles", "", {}, 3, nullptr, readConsole},
    Listing{"proc/tty/drivers", "tty_drivers", "", ttyColumns, 4, isTtyDriver},
    Listing{"proc/locks", "locks", "", {}, 8, nullptr, readLock},
    Listing{"proc/iomem", "memory_ranges", "", {}, 3, nullptr, readRange},
    Listing{"proc/ioports", "port_ranges", "", {}, 3, nullptr, readRange},
    Listing{"proc/mtrr", "memory_types", "", {}, 3, nullptr, readMtrr},
    Listing{"proc/sysvipc/shm", "shared_memory", "key      shmid", {}, 14},
    Listing{"proc/sysvipc/msg", "message_queues", "key      msqid", {}, 14},
    Listing{"proc/sysvipc/sem", "semaphores", "key      semid", {}, 8},
};
/// Two words a line are too little to tell the file by.
constexpr std::array byPathOnly{Listing{"proc/misc", "misc_devices", "", {}, 2, nullptr, readMisc}};

constexpr std::string_view characterHeading = "Character devices:", blockHeading = "Block devices:";

/// "Character devices:" and "Block devices:", then "  4 tty": the number tells nothing without its heading.
void readDevices(const Input& input, const Sample& sample, Builder& out)
{
    out.setText(sample.text);
    TableMaker table("device_numbers", listedAt(input, sample));
    auto rest = sample.text;
    std::string_view kind;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        auto fields = line;
        const auto major = nextField(fields), name = nextField(fields);
        if (trimmed(line) == characterHeading || trimmed(line) == blockHeading) {
            kind = trimmed(line) == blockHeading ? "block" : "character";
        } else if (isNumber(major) && !name.empty() && !kind.empty()) {
            table.beginRow(number);
            table.set("kind", kind);
            setPlain(table, "major", major);
            table.set("device", name);
        } else if (!trimmed(line).empty()) {
            out.skipped(line, "expected a device number and a name below a heading");
        }
    }
    table.finish(out);
}

bool isDevices(std::string_view text)
{
    const auto begin = trimmed(text.substr(0, 64));
    return begin.starts_with(characterHeading) || begin.starts_with(blockHeading);
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        if (isDevices(sample.text) || endsInPath(sample.path, "proc/devices")) {
            readDevices(input, sample, out);
            continue;
        }
        const bool isMisc = endsInPath(sample.path, byPathOnly.front().path);
        readListings(isMisc ? std::span<const Listing>(byPathOnly) : std::span<const Listing>(family),
            {input.member, {&sample, 1}, input.clock, input.host, input.writtenAt}, out);
    }
}

int recognise(std::string_view beginning)
{
    return isDevices(beginning) ? 90 : recogniseListing(family, beginning);
}

} // namespace

Parser proc_lists()
{
    return {.id = "proc_lists",
        .title = "Modules, partitions, swap areas, locks and other lists of the kernel",
        .members =
            "proc/modules proc/partitions proc/filesystems proc/swaps proc/cgroups proc/consoles "
            "proc/devices proc/tty/drivers proc/locks proc/iomem proc/ioports proc/mtrr proc/misc proc/sysvipc/*",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
