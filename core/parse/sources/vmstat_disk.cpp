// The tables of vmstat -d (every disk) and vmstat -p (one partition), procps 3.2 to 4, also -w, -t and repeated: totals
// since boot. Headings may be translated: the columns are taken by their place, which never changed. A sector is 512
// bytes. Source: man 8 vmstat, procps vmstat.c, diskformat() and diskpartition_format().
#include "base/text_scanner.h"
#include "parse/civil_clock.h"
#include "parse/civil_time.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct DiskColumn {
    std::string_view metric;
    Unit unit;
    Kind kind = Kind::Counter;
    double factor = 1, divisor = 1;
};
constexpr double sectorBytes = 512, millisecond = 1000;
constexpr std::array diskColumns{
    DiskColumn{"disk.reads", Unit::Count},
    DiskColumn{"disk.reads_merged", Unit::Count},
    DiskColumn{"disk.read_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.read_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.writes", Unit::Count},
    DiskColumn{"disk.writes_merged", Unit::Count},
    DiskColumn{"disk.written_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.write_time", Unit::Seconds, Kind::Counter, 1, millisecond},
    DiskColumn{"disk.in_flight", Unit::Count, Kind::Gauge},
    DiskColumn{"disk.io_time", Unit::Seconds},
};
/// The last is headed "requested writes", but is the count of sectors written (proc/sysinfo.c, getpartitions()).
constexpr std::array partitionColumns{
    DiskColumn{"disk.reads", Unit::Count},
    DiskColumn{"disk.read_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
    DiskColumn{"disk.writes", Unit::Count},
    DiskColumn{"disk.written_bytes", Unit::Bytes, Kind::Counter, sectorBytes},
};

/// "disk- ------------reads------------ ------------writes----------- -----IO------ -----timestamp-----": four or five
/// groups, the first a word, the others words between dashes; three of them in front of numbers no other vmstat has.
bool isGroupLine(std::string_view line)
{
    constexpr int fewestGroups = 4, mostGroups = 7; // one group holds a blank in French
    int groups = 0, dashed = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line), ++groups) {
        if (word.front() >= '0' && word.front() <= '9')
            return false;
        dashed += word.find("--") != std::string_view::npos ? 1 : 0;
    }
    return groups >= fewestGroups && groups <= mostGroups && dashed >= 3;
}

bool isZone(std::string_view name)
{
    return name.size() >= 3
        && ((name.front() >= 'A' && name.front() <= 'Z') || name.front() == '+' || name.front() == '-');
}

/// "total merged sectors ms total merged sectors ms cur sec [UTC]": ten words, the first four of which come again.
bool isColumnLine(std::string_view line, std::string_view& zone)
{
    const auto words = fields(line);
    if (words.size() != diskColumns.size() && words.size() != diskColumns.size() + 1)
        return false;
    for (std::size_t i = 0; i < 4; ++i)
        if (words[i] != words[i + 4] || (words[i].front() >= '0' && words[i].front() <= '9'))
            return false;
    zone = words.size() > diskColumns.size() ? words.back() : std::string_view{};
    return zone.empty() || isZone(zone);
}

/// "sda1          reads   read sectors  writes    requested writes".
std::string_view partitionOfHeading(std::string_view line)
{
    const auto name = nextField(line);
    return nextField(line) == "reads" && nextField(line) == "read" && nextField(line) == "sectors"
            && nextField(line) == "writes" && nextField(line) == "requested" && nextField(line) == "writes"
        ? name
        : std::string_view{};
}

class DiskReader {
public:
    DiskReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        if (m_input.clock == Clock::Wall) {
            m_base = sample.time;
            m_readings = 0;
        }
        m_isNewReading = true;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty() || isGroupLine(line) || isPromptOf(line, "vmstat"))
                continue;
            std::string_view zone;
            if (isColumnLine(line, zone)) {
                m_zone = zone;
                m_partition = {};
            } else if (const auto partition = partitionOfHeading(line); !partition.empty()) {
                m_partition = partition;
            } else {
                readRow(line);
            }
        }
    }

    void noteAssumptions()
    {
        if (m_rows == 0)
            m_out.note(NoteSeverity::DataLoss, "no row of vmstat -d or -p could be read");
        else if (!m_hasClock && m_readings > 1)
            m_out.note(NoteSeverity::Info,
                "the readings have no time and the delay between them is not in the text: they are numbered as if one "
                "second apart");
    }

private:
    void readRow(std::string_view line)
    {
        auto rest = line;
        const bool isPartition = !m_partition.empty();
        const auto name = isPartition ? m_partition : nextField(rest);
        std::array<double, diskColumns.size()> values;
        const auto columns = isPartition ? std::span<const DiskColumn>(partitionColumns) : diskColumns;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto value = parseInteger(nextField(rest));
            if (!value) {
                m_out.skipped(line, isPartition ? "expected four numbers" : "expected a disk and ten numbers");
                return;
            }
            values[i] = static_cast<double>(*value) * columns[i].factor / columns[i].divisor;
        }
        const auto time = timeOfRow(name, trimmed(rest));
        if (!time) {
            m_out.skipped(line, "expected a date and a time behind the numbers, or nothing");
            return;
        }
        auto& refs = m_known.at(name);
        if (refs.empty())
            for (const DiskColumn& column : columns)
                refs.push_back(m_out.series(column.metric, {{"device", std::string(name)}}, column.unit, column.kind));
        for (std::size_t i = 0; i < columns.size(); ++i)
            m_out.add(refs[i], *time, values[i]);
        ++m_rows;
    }

    /// A reading without a time ends where its first disk comes again.
    std::optional<Time> timeOfRow(std::string_view name, std::string_view stamp)
    {
        if (m_isNewReading || name == m_firstName) {
            m_known.restart();
            m_firstName = name;
            m_isNewReading = false;
            ++m_readings;
        }
        if (stamp.empty())
            return m_base + std::chrono::seconds{m_readings - 1};
        const auto date = readPrintedDate(nextField(stamp));
        const auto time = readClockTime(nextField(stamp));
        if (!date || !time)
            return std::nullopt;
        m_hasClock = true;
        m_out.setClock(Clock::Wall);
        const Time civil = m_civil.next(Time{std::chrono::sys_days{date->date}} + *time);
        if (const auto offset = zoneOffset(m_zone))
            return civil - *offset;
        m_out.setCivilTimes(m_civil.wasSetBack() ? CivilTimes::LocalFromFirst : CivilTimes::Local);
        m_out.setZoneText(m_zone);
        return civil;
    }

    const Input& m_input;
    Builder& m_out;
    PositionalSeries m_known;
    std::string_view m_zone, m_partition;
    std::string m_firstName;
    CivilClock m_civil;
    Time m_base{};
    bool m_isNewReading = true;
    bool m_hasClock = false;
    std::int64_t m_readings = 0; ///< since m_base
    std::uint64_t m_rows = 0;
};

void parse(const Input& input, Builder& out)
{
    DiskReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 20;
    std::string_view line, zone;
    bool isAfterGroups = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (!partitionOfHeading(line).empty() || (isAfterGroups && isColumnLine(line, zone)))
            return 95;
        isAfterGroups = isGroupLine(line);
    }
    return 0;
}

} // namespace

Parser vmstat_disk()
{
    return {.id = "vmstat_disk", .title = "vmstat -d output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
