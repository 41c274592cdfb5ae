// /sys/block/*/stat and inflight: requests of one disk, where /proc/diskstats is hidden too, and how many are on their
// way. Source: kernel Documentation/block/stat.rst: the numbers of /proc/diskstats behind the device's name; 11 of
// them, 15 with discards (4.18), 17 with flushes (5.5). A sector is 512 bytes.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>
#include <vector>

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
constexpr std::size_t basicColumns = 11;
constexpr std::array<std::string_view, 2> inflightMetrics{"disk.reads_in_flight", "disk.writes_in_flight"};

/// "sda" of "/sys/block/sda/stat". A "/" in a device's name is a "!" there: "cciss!c0d0".
std::string deviceIn(std::string_view path)
{
    constexpr std::string_view folder = "/block/";
    const auto place = path.rfind(folder);
    if (place == std::string_view::npos)
        return {};
    path.remove_prefix(place + folder.size());
    std::string device(path.substr(0, path.find('/')));
    for (char& c : device)
        c = c == '!' ? '/' : c;
    return device;
}

class BlockReader {
public:
    explicit BlockReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_numbers.clear();
        auto rest = trimmed(sample.text);
        for (auto field = nextField(rest); !field.empty(); field = nextField(rest))
            if (const auto value = parseInteger(field))
                m_numbers.push_back(static_cast<double>(*value));
            else
                break;
        const bool isInflight = sample.path.ends_with("/inflight");
        const std::size_t wanted = isInflight ? inflightMetrics.size() : basicColumns;
        if (trimmed(sample.text).empty())
            return; // a device without a queue of its own
        if (m_numbers.size() < wanted || !trimmed(rest).empty()) {
            m_out.skipped(sample.text.substr(0, sample.text.find('\n')), "expected 2, 11, 15 or 17 numbers");
            return;
        }
        auto& refs = m_known.at(sample.path);
        const Labels labels{{"device", deviceIn(sample.path)}};
        for (std::size_t i = 0; i < m_numbers.size() && i < columns.size(); ++i) {
            if (isInflight && i >= inflightMetrics.size())
                break;
            if (refs.size() == i)
                refs.push_back(isInflight ? m_out.series(inflightMetrics[i], labels, Unit::Count, Kind::Gauge)
                                          : m_out.series(columns[i].metric, labels, columns[i].unit, columns[i].kind));
            m_out.add(refs[i], sample.time,
                isInflight ? m_numbers[i] : m_numbers[i] * columns[i].factor / columns[i].divisor);
        }
    }

private:
    Builder& m_out;
    PositionalSeries m_known;
    std::vector<double> m_numbers;
};

void parse(const Input& input, Builder& out)
{
    BlockReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

} // namespace

Parser sys_block()
{
    return {.id = "sys_block",
        .title = "Requests of each disk",
        .members = "sys/block/*/stat sys/block/*/inflight",
        .parse = parse};
}

} // namespace hindcast::parse
