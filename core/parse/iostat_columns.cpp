#include "parse/iostat_columns.h"

#include "base/text_scanner.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double kibi = 1024, mebi = kibi * 1024, gibi = mebi * 1024;
constexpr double sector = 512; // a block of iostat is a sector, since Linux 2.4
constexpr double milli = 1000; // divided by, so that values stay decimal fractions
constexpr string_view readsAndWrites = "disk.requests disk.reads disk.writes disk.discards";

constexpr std::array diskColumns{
    FigureColumn{"tps", "disk.requests", Unit::CountPerSecond},
    FigureColumn{"r/s", "disk.reads", Unit::CountPerSecond},
    FigureColumn{"w/s", "disk.writes", Unit::CountPerSecond},
    FigureColumn{"d/s", "disk.discards", Unit::CountPerSecond},
    FigureColumn{"f/s", "disk.flushes", Unit::CountPerSecond},
    FigureColumn{"rqm/s", "disk.merged", Unit::CountPerSecond},
    FigureColumn{"rrqm/s", "disk.reads_merged", Unit::CountPerSecond},
    FigureColumn{"wrqm/s", "disk.writes_merged", Unit::CountPerSecond},
    FigureColumn{"drqm/s", "disk.discards_merged", Unit::CountPerSecond},
    FigureColumn{"%rqm", "disk.merged_share", Unit::Percent},
    FigureColumn{"%rrqm", "disk.reads_merged_share", Unit::Percent},
    FigureColumn{"%wrqm", "disk.writes_merged_share", Unit::Percent},
    FigureColumn{"%drqm", "disk.discards_merged_share", Unit::Percent},
    FigureColumn{"rsec/s", "disk.read_bytes", Unit::BytesPerSecond, sector},
    FigureColumn{"wsec/s", "disk.written_bytes", Unit::BytesPerSecond, sector},
    FigureColumn{"dsec/s", "disk.discarded_bytes", Unit::BytesPerSecond, sector},
    FigureColumn{"sec/s", "disk.bytes", Unit::BytesPerSecond, sector},
    FigureColumn{"await", "disk.await", Unit::Seconds, 1, milli, readsAndWrites},
    FigureColumn{"r_await", "disk.read_await", Unit::Seconds, 1, milli, "disk.reads"},
    FigureColumn{"w_await", "disk.write_await", Unit::Seconds, 1, milli, "disk.writes"},
    FigureColumn{"d_await", "disk.discard_await", Unit::Seconds, 1, milli, "disk.discards"},
    FigureColumn{"f_await", "disk.flush_await", Unit::Seconds, 1, milli, "disk.flushes"},
    FigureColumn{"avgrq-sz", "disk.request_size", Unit::Bytes, sector, 1, readsAndWrites},
    FigureColumn{"areq-sz", "disk.request_size", Unit::Bytes, kibi, 1, readsAndWrites},
    FigureColumn{"rareq-sz", "disk.read_size", Unit::Bytes, kibi, 1, "disk.reads"},
    FigureColumn{"wareq-sz", "disk.write_size", Unit::Bytes, kibi, 1, "disk.writes"},
    FigureColumn{"dareq-sz", "disk.discard_size", Unit::Bytes, kibi, 1, "disk.discards"},
    FigureColumn{"avgqu-sz", "disk.queue", Unit::None},
    FigureColumn{"aqu-sz", "disk.queue", Unit::None},
    FigureColumn{"svctm", "disk.service_time", Unit::Seconds, 1, milli, readsAndWrites},
    FigureColumn{"%util", "disk.util", Unit::Percent},
    FigureColumn{"rops/s", "nfs.reads", Unit::CountPerSecond},
    FigureColumn{"wops/s", "nfs.writes", Unit::CountPerSecond},
    FigureColumn{"ops/s", "nfs.operations", Unit::CountPerSecond},
};

/// "kB_read/s", "MB_wrtn", "Blk_dscd/s", "kB_w+d", "rMB/s", "kB/s", "rkB_nor/s": a unit and what is moved, per second
/// or in the whole interval.
struct Amount {
    string_view name, metric, metricOfInterval;
};
constexpr std::array amounts{
    Amount{"_read", "disk.read_bytes", "disk.read_amount"},
    Amount{"_wrtn", "disk.written_bytes", "disk.written_amount"},
    Amount{"_dscd", "disk.discarded_bytes", "disk.discarded_amount"},
    Amount{"_w+d", "disk.written_and_discarded_bytes", "disk.written_and_discarded_amount"},
    Amount{"r", "disk.read_bytes", {}},
    Amount{"w", "disk.written_bytes", {}},
    Amount{"d", "disk.discarded_bytes", {}},
    Amount{"", "disk.bytes", {}},
    Amount{"r_nor", "nfs.read_bytes_cached", {}},
    Amount{"w_nor", "nfs.written_bytes_cached", {}},
    Amount{"r_dir", "nfs.read_bytes_direct", {}},
    Amount{"w_dir", "nfs.written_bytes_direct", {}},
    Amount{"r_svr", "nfs.read_bytes_from_server", {}},
    Amount{"w_svr", "nfs.written_bytes_to_server", {}},
};
struct AmountUnit {
    string_view name;
    double bytes;
};
constexpr std::array amountUnits{
    AmountUnit{"Blk", sector}, AmountUnit{"kB", kibi}, AmountUnit{"MB", mebi}, AmountUnit{"GB", gibi}};

std::optional<FigureColumn> readAmount(string_view name)
{
    const bool isRate = name.ends_with("/s");
    const auto amount = isRate ? name.substr(0, name.size() - 2) : name;
    for (const AmountUnit& unit : amountUnits) {
        const auto place = amount.find(unit.name);
        if (place == string_view::npos)
            continue;
        const std::string moved =
            std::string(amount.substr(0, place)) + std::string(amount.substr(place + unit.name.size()));
        for (const Amount& known : amounts) {
            const auto metric = isRate ? known.metric : known.metricOfInterval;
            if (known.name == moved && !metric.empty())
                return FigureColumn{{}, metric, isRate ? Unit::BytesPerSecond : Unit::Bytes, unit.bytes};
        }
    }
    return std::nullopt;
}

constexpr std::array cpuColumns{
    FigureColumn{"%user", "cpu.user", Unit::Percent},
    FigureColumn{"%nice", "cpu.nice", Unit::Percent},
    FigureColumn{"%system", "cpu.system", Unit::Percent},
    FigureColumn{"%sys", "cpu.system", Unit::Percent},
    FigureColumn{"%iowait", "cpu.iowait", Unit::Percent},
    FigureColumn{"%steal", "cpu.steal", Unit::Percent},
    FigureColumn{"%idle", "cpu.idle", Unit::Percent},
};
} // namespace

bool isDeviceWord(string_view word)
{
    return word == "Device" || word == "Device:" || word == "Filesystem" || word == "Filesystem:";
}

bool isCpuHeading(string_view line)
{
    const auto first = nextField(line);
    return first.ends_with(':') && nextField(line) == "%user" && nextField(line) == "%nice";
}

bool isDiskHeading(string_view line)
{
    int known = 0, words = 0;
    bool hasDevice = false;
    for (auto word = nextField(line); !word.empty(); word = nextField(line), ++words) {
        hasDevice = hasDevice || isDeviceWord(word);
        known += columnNamed(diskColumns, word) || readAmount(word) ? 1 : 0;
    }
    return known >= 3 && hasDevice && words <= static_cast<int>(mostIostatColumns);
}

const FigureColumn* cpuColumnNamed(string_view name)
{
    return columnNamed(cpuColumns, name);
}

std::optional<FigureColumn> diskColumnNamed(string_view name)
{
    if (const FigureColumn* known = columnNamed(diskColumns, name))
        return *known;
    return readAmount(name);
}

} // namespace hindcast::parse
