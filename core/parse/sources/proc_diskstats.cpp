// /proc/diskstats: requests, sectors and times of every block device. Source: kernel
// Documentation/admin-guide/iostats.rst. Counts of columns by kernel: 14 (2.6), 18 with discards (4.18), 20 with
// flushes (5.5), 15 where 2.4-era patches add one; partitions of 2.6.0 to 2.6.24 have 7. A sector is always 512 bytes
// here, whatever the device's own block size.
//
// A line "TS 1298130003.07 …" between samples is what collectors write that append the file to a log: the time of what
// follows.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

constexpr double sectorBytes = 512;
constexpr double millisecond = 1000; // divided by, so that values stay decimal fractions

struct DiskColumn {
    std::string_view metric;
    Unit unit;
    Kind kind;
    double factor = 1, divisor = 1;
};
constexpr std::array columns{
    DiskColumn{"disk.reads", Unit::Count, Kind::Counter},
    DiskColumn{"disk.reads_merged", Unit::Count, Kind::Counter},
    DiskColumn{"disk.read_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.read_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.writes", Unit::Count, Kind::Counter},
    DiskColumn{"disk.writes_merged", Unit::Count, Kind::Counter},
    DiskColumn{"disk.written_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.write_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.in_flight", Unit::Count, Kind::Gauge},
    DiskColumn{"disk.io_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.weighted_io_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.discards", Unit::Count, Kind::Counter},
    DiskColumn{"disk.discards_merged", Unit::Count, Kind::Counter},
    DiskColumn{"disk.discarded_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.discard_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.flushes", Unit::Count, Kind::Counter},
    DiskColumn{"disk.flush_time", Unit::Seconds, Kind::Counter, 1, millisecond},
};
/// Partitions until 2.6.24: reads, sectors read, writes, sectors written.
constexpr std::array<std::size_t, 4> oldPartitionColumns{0, 2, 4, 6};

constexpr std::size_t basicColumns = 11; ///< every whole disk has them
constexpr std::size_t withDiscards = 15;

/// How many of the numbers on a line have a meaning. One more than the eleven is of a vendor's kernel and unknown.
std::size_t meaningful(std::size_t numbers)
{
    if (numbers == oldPartitionColumns.size())
        return numbers;
    if (numbers < basicColumns)
        return 0;
    if (numbers < withDiscards)
        return basicColumns;
    return numbers < columns.size() ? withDiscards : columns.size();
}

struct DiskLine {
    std::string_view device;
    std::array<std::uint64_t, columns.size()> numbers;
    std::size_t count = 0; ///< of `numbers` that have a meaning; 0 = not a disk's line
};

DiskLine readDiskLine(std::string_view line)
{
    DiskLine result;
    const auto major = parseInteger(nextField(line));
    const auto minor = parseInteger(nextField(line));
    result.device = nextField(line);
    if (!major || !minor || result.device.empty())
        return result;
    std::size_t count = 0;
    for (auto field = nextField(line); !field.empty() && count < columns.size(); field = nextField(line)) {
        const auto value = parseInteger(field);
        if (!value)
            return result;
        result.numbers[count++] = *value;
    }
    result.count = meaningful(count);
    return result;
}

class DiskstatsReader {
public:
    explicit DiskstatsReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            if (line.starts_with("TS "))
                beginSample(line);
            else
                readLine(line);
        }
    }

private:
    void beginSample(std::string_view line)
    {
        auto rest = line;
        nextField(rest);
        const auto seconds = parseDouble(nextField(rest));
        constexpr double latest = 9e9; // inside what nanoseconds can hold
        if (!seconds || *seconds < 0 || *seconds > latest) {
            m_out.skipped(line, "expected TS and the seconds since 1970");
            return;
        }
        m_time = timeFromNanoseconds(static_cast<std::int64_t>(*seconds * 1e6 + 0.5) * 1000);
        m_out.setClock(Clock::Wall);
        restart();
    }

    void restart()
    {
        m_disks.restart();
        m_oldPartitions.restart();
    }

    void readLine(std::string_view line)
    {
        const DiskLine disk = readDiskLine(line);
        if (disk.count == 0) {
            m_out.skipped(line, "expected major, minor, a name and 4, 11, 15 or 17 numbers");
            return;
        }
        const bool isOldPartition = disk.count == oldPartitionColumns.size();
        auto& refs = (isOldPartition ? m_oldPartitions : m_disks).at(disk.device);
        if (refs.size() < disk.count)
            addSeries(refs, disk, isOldPartition);
        for (std::size_t i = 0; i < disk.count; ++i) {
            const DiskColumn& column = columns[isOldPartition ? oldPartitionColumns[i] : i];
            m_out.add(refs[i], m_time, static_cast<double>(disk.numbers[i]) * column.factor / column.divisor);
        }
    }

    void addSeries(std::vector<SeriesRef>& refs, const DiskLine& disk, bool isOldPartition)
    {
        const Labels labels{{"device", std::string(disk.device)}};
        while (refs.size() < disk.count) {
            const DiskColumn& column = columns[isOldPartition ? oldPartitionColumns[refs.size()] : refs.size()];
            refs.push_back(m_out.series(column.metric, labels, column.unit, column.kind));
        }
    }

    Builder& m_out;
    Time m_time{};
    PositionalSeries m_disks, m_oldPartitions;
};

void parse(const Input& input, Builder& out)
{
    DiskstatsReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line))
        if (!trimmed(line).empty() && !line.starts_with("TS "))
            break;
    return readDiskLine(line).count >= basicColumns ? 85 : 0;
}

} // namespace

Parser proc_diskstats()
{
    return {.id = "proc_diskstats",
        .title = "Disk activity",
        .members = "proc/diskstats",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
