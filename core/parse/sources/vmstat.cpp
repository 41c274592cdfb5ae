// The text `vmstat DELAY` prints, procps 3 and 4, options -a, -t and -w. Columns are found by the names in the heading,
// which comes again every screen. Source: man 8 vmstat.
//
// The first row tells averages since boot (unless -y or --no-first left it out, which the text does not show): of it
// only the columns that are of the instant are kept: run queue, blocked, memory.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

enum class Meaning : std::uint8_t { Instant, Interval };

struct VmstatColumn {
    std::string_view name, metric;
    Unit unit;
    Meaning meaning;
    double factor = 1;
};
constexpr double kibibyte =
    1024; // sizes are KiB unless -S says otherwise; a block of bi and bo is 1024 bytes on any Linux since 2.6
constexpr std::array columns{
    VmstatColumn{"r", "cpu.run_queue", Unit::Count, Meaning::Instant},
    VmstatColumn{"b", "cpu.blocked", Unit::Count, Meaning::Instant},
    VmstatColumn{"swpd", "memory.swap_used", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"free", "memory.free", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"buff", "memory.buffers", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"cache", "memory.cache", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"inact", "memory.inactive", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"active", "memory.active", Unit::Bytes, Meaning::Instant, kibibyte},
    VmstatColumn{"si", "swap.in", Unit::BytesPerSecond, Meaning::Interval, kibibyte},
    VmstatColumn{"so", "swap.out", Unit::BytesPerSecond, Meaning::Interval, kibibyte},
    VmstatColumn{"bi", "paging.in", Unit::BytesPerSecond, Meaning::Interval, kibibyte},
    VmstatColumn{"bo", "paging.out", Unit::BytesPerSecond, Meaning::Interval, kibibyte},
    VmstatColumn{"in", "system.interrupts", Unit::CountPerSecond, Meaning::Interval},
    VmstatColumn{"cs", "system.context_switches", Unit::CountPerSecond, Meaning::Interval},
    VmstatColumn{"us", "cpu.user", Unit::Percent, Meaning::Interval},
    VmstatColumn{"sy", "cpu.system", Unit::Percent, Meaning::Interval},
    VmstatColumn{"id", "cpu.idle", Unit::Percent, Meaning::Interval},
    VmstatColumn{"wa", "cpu.iowait", Unit::Percent, Meaning::Interval},
    VmstatColumn{"st", "cpu.steal", Unit::Percent, Meaning::Interval},
    VmstatColumn{"gu", "cpu.guest", Unit::Percent, Meaning::Interval},
};

constexpr std::size_t mostColumns = 32;

/// "procs -----------memory---------- ---swap-- …", in any of its spellings.
bool isGroupLine(std::string_view line)
{
    return line.find("procs") != std::string_view::npos && line.find("-memory-") != std::string_view::npos;
}

bool isColumnLine(std::string_view line)
{
    return nextField(line) == "r" && nextField(line) == "b" && nextField(line) == "swpd";
}

/// `vmstat -d`: a table of disks.
bool isDiskTable(std::string_view line)
{
    return line.starts_with("disk-");
}

std::optional<Time> readTimestamp(std::string_view date, std::string_view timeOfDay)
{
    constexpr std::size_t dateLength = 10, timeLength = 8;
    if (date.size() != dateLength || timeOfDay.size() != timeLength)
        return std::nullopt;
    return parseRfc3339(std::string(date) + 'T' + std::string(timeOfDay) + 'Z');
}

class VmstatReader {
public:
    VmstatReader(const Host& host, Builder& out)
        : m_host(host)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty() || isGroupLine(line))
                continue;
            if (isDiskTable(line)) {
                refuseDiskTable();
                return;
            }
            if (isColumnLine(line))
                readHeading(line);
            else
                readRow(line);
        }
        noteAssumptions();
    }

private:
    void refuseDiskTable()
    {
        m_out.note(NoteSeverity::Error,
            "this is the table of disks of vmstat -d, which is not read; iostat -x or /proc/diskstats tell the same "
            "and more");
    }

    void readHeading(std::string_view line)
    {
        m_places.clear();
        m_zone = {};
        for (auto name = nextField(line); !name.empty() && m_places.size() < mostColumns; name = nextField(line)) {
            const auto* column = columnNamed(name);
            if (!column && isZone(name) && trimmed(line).empty())
                m_zone = name;
            else
                m_places.push_back(
                    {column, column ? m_out.series(column->metric, {}, column->unit, Kind::Gauge) : SeriesRef{}});
        }
    }

    static const VmstatColumn* columnNamed(std::string_view name)
    {
        for (const VmstatColumn& column : columns)
            if (column.name == name)
                return &column;
        return nullptr;
    }

    /// The last heading of -t: "UTC", "PDT", "+0530".
    static bool isZone(std::string_view name)
    {
        return name.size() >= 3
            && ((name.front() >= 'A' && name.front() <= 'Z') || name.front() == '+' || name.front() == '-');
    }

    void readRow(std::string_view line)
    {
        if (m_places.empty()) {
            m_out.skipped(line, "a row before any heading");
            return;
        }
        std::array<double, mostColumns> values;
        auto rest = line;
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            const auto value = parseDouble(nextField(rest));
            if (!value) {
                m_out.skipped(line, "expected a number for each name of the heading");
                m_rows += i > 0 ? 1 : 0; // a row all the same: those after it keep their number
                return;
            }
            values[i] = *value;
        }
        if (const auto time = timeOfRow(line, rest)) {
            add(*time, values);
            m_isAnythingRead = true;
        }
        ++m_rows;
    }

    /// What stands behind the numbers: nothing, or a date and a time, and in procps 3.2 a zone. Nothing is returned for
    /// a row that is to be left out.
    std::optional<Time> timeOfRow(std::string_view line, std::string_view rest)
    {
        const auto date = nextField(rest);
        if (date.empty() && m_zone.empty())
            return Time{std::chrono::seconds{m_rows}};
        const auto stamp = readTimestamp(date, nextField(rest));
        if (!stamp) {
            m_out.skipped(line,
                m_zone.empty() ? "more numbers than names in the heading"
                               : "expected a date and a time behind the numbers");
            return std::nullopt;
        }
        m_out.setClock(Clock::Wall);
        m_hasClock = true;
        const auto zone = nextField(rest);
        return *stamp - utcOffset(zone.empty() ? m_zone : zone);
    }

    std::chrono::seconds utcOffset(std::string_view zone)
    {
        if (zone == "UTC" || zone == "GMT")
            return {};
        if (m_host.utcOffset)
            return *m_host.utcOffset;
        m_out.note(NoteSeverity::Info,
            zone.empty() ? std::string("the zone of the times is not in the text: they are taken as UTC")
                         : "the times are in zone " + std::string(zone.substr(0, 16))
                    + ", whose distance from UTC the text does not say: they are taken as UTC");
        return {};
    }

    void add(Time time, const std::array<double, mostColumns>& values)
    {
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            const auto [column, series] = m_places[i];
            if (!column)
                continue;
            const bool isSinceBoot = m_rows == 0 && column->meaning == Meaning::Interval;
            m_out.add(series, time, isSinceBoot ? notMeasured : values[i] * column->factor);
        }
    }

    void noteAssumptions()
    {
        if (!m_isAnythingRead) {
            m_out.note(NoteSeverity::DataLoss, "no row of vmstat could be read");
            return;
        }
        m_out.note(
            NoteSeverity::Info, "the rates and shares of the first row are averages since boot and were left out");
        m_out.note(NoteSeverity::Info,
            "sizes are taken as KiB, vmstat's default: the text does not say whether -S chose another unit");
        m_out.note(NoteSeverity::Info, "vmstat counts nice time in user, and interrupt time in system");
        if (!m_hasClock)
            m_out.note(NoteSeverity::Info,
                "the rows have no time and the delay between them is not in the text: they are numbered as if one "
                "second apart");
    }

    struct Place {
        const VmstatColumn* column; ///< null: a column that is not known
        SeriesRef series;
    };

    const Host& m_host;
    Builder& m_out;
    std::vector<Place> m_places; ///< by the last heading
    std::string_view m_zone; ///< of the last heading; empty without -t
    bool m_isAnythingRead = false;
    bool m_hasClock = false; ///< a row had a date and a time
    std::int64_t m_rows = 0;
};

void parse(const Input& input, Builder& out)
{
    VmstatReader reader(input.host, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 20; // a shell prompt, a date or a host name may stand in front
    std::string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isColumnLine(line))
            return 95;
        if (isDiskTable(line) && i == 0)
            return 60;
    }
    return 0;
}

} // namespace

Parser vmstat()
{
    return {.id = "vmstat", .title = "vmstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
