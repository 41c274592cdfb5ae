// The text `vmstat DELAY` prints, procps 3.2 to 4 and busybox, options -a, -t and -w. Columns are found by the names in
// the heading, which comes again every screen; a translated heading keeps their order. Source: man 8 vmstat.
//
// The first row tells averages since boot (unless -y or --no-first left it out, which the text does not show): it is a
// table of its own, so that no series holds what is not of its interval.
#include "base/text_scanner.h"
#include "parse/civil_clock.h"
#include "parse/civil_time.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct VmstatColumn {
    std::string_view name, metric;
    Unit unit;
    double factor = 1;
};
constexpr double kibibyte =
    1024; // sizes are KiB unless -S says otherwise; a block of bi and bo is 1024 bytes on any Linux since 2.6
constexpr std::array columns{
    VmstatColumn{"r", "cpu.run_queue", Unit::Count},
    VmstatColumn{"b", "cpu.blocked", Unit::Count},
    VmstatColumn{"swpd", "memory.swap_used", Unit::Bytes, kibibyte},
    VmstatColumn{"free", "memory.free", Unit::Bytes, kibibyte},
    VmstatColumn{"buff", "memory.buffers", Unit::Bytes, kibibyte},
    VmstatColumn{"cache", "memory.cache", Unit::Bytes, kibibyte},
    VmstatColumn{"inact", "memory.inactive", Unit::Bytes, kibibyte},
    VmstatColumn{"active", "memory.active", Unit::Bytes, kibibyte},
    VmstatColumn{"si", "swap.in", Unit::BytesPerSecond, kibibyte},
    VmstatColumn{"so", "swap.out", Unit::BytesPerSecond, kibibyte},
    VmstatColumn{"bi", "paging.in", Unit::BytesPerSecond, kibibyte},
    VmstatColumn{"bo", "paging.out", Unit::BytesPerSecond, kibibyte},
    VmstatColumn{"in", "system.interrupts", Unit::CountPerSecond},
    VmstatColumn{"cs", "system.context_switches", Unit::CountPerSecond},
    VmstatColumn{"us", "cpu.user", Unit::Percent},
    VmstatColumn{"sy", "cpu.system", Unit::Percent},
    VmstatColumn{"id", "cpu.idle", Unit::Percent},
    VmstatColumn{"wa", "cpu.iowait", Unit::Percent},
    VmstatColumn{"st", "cpu.steal", Unit::Percent},
    VmstatColumn{"gu", "cpu.guest", Unit::Percent},
};

constexpr std::size_t mostColumns = 32;

const VmstatColumn* columnNamed(std::string_view name)
{
    for (const VmstatColumn& column : columns)
        if (column.name == name)
            return &column;
    return nullptr;
}

/// The order of the columns, which translations keep.
constexpr std::array<std::string_view, 18> order{
    "r", "b", "swpd", "free", "buff", "cache", "si", "so", "bi", "bo", "in", "cs", "us", "sy", "id", "wa", "st", "gu"};
constexpr std::size_t fewestColumns = 16; // without steal and guest, procps 3.2
constexpr std::size_t inactivePlace = 4, activePlace = 5; // with -a, where buff and cache are else

/// "inact" and "active" in the translations of procps 3.3 and 4.
constexpr std::array<std::string_view, 7> inactiveNames{
    "inact", "inakt", "inativ", "nieakt", "비활", "不活动", "неакт"};
constexpr std::array<std::string_view, 14> activeNames{"active", "aktiv", "actif", "activo", "ativo", "akt", "activă",
    "aktivt", "активно", "활성", "活动", "აქტიური", "hđộng", "attiva"};

template <std::size_t Size> bool contains(const std::array<std::string_view, Size>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The last heading of -t: "UTC", "PDT", "+0530".
bool isZone(std::string_view name)
{
    return name.size() >= 3
        && ((name.front() >= 'A' && name.front() <= 'Z') || name.front() == '+' || name.front() == '-');
}

struct Heading {
    std::vector<std::string_view> names; ///< in English
    std::string_view zone; ///< empty without -t
    bool isTranslated = false;
};

/// A word of a heading is no number.
bool isWord(std::string_view field)
{
    return field.front() < '0' || field.front() > '9';
}

/// Nothing for a line that is no heading of columns. A translation leaves some of the short names as they are.
std::optional<Heading> readColumnLine(std::string_view line)
{
    Heading heading;
    std::size_t known = 0;
    for (auto name = nextField(line); !name.empty(); name = nextField(line)) {
        if (!isWord(name) || heading.names.size() >= mostColumns)
            return std::nullopt;
        if (isZone(name) && trimmed(line).empty() && heading.names.size() >= fewestColumns) {
            heading.zone = name;
            break;
        }
        known += heading.names.size() < order.size() && order[heading.names.size()] == name ? 1 : 0;
        heading.names.push_back(name);
    }
    const std::size_t count = heading.names.size();
    // procps 2 had a column "w" in front of "swpd"
    const bool isEnglish = count >= 4 && heading.names[0] == "r" && heading.names[1] == "b"
        && (heading.names[2] == "swpd" || heading.names[3] == "swpd");
    if (isEnglish && std::all_of(heading.names.begin(), heading.names.end(), columnNamed))
        return heading;
    constexpr std::size_t fewestKnown = 4;
    if (count < fewestColumns || count > order.size() || known < fewestKnown)
        return isEnglish ? std::optional(heading) : std::nullopt;
    heading.isTranslated = true;
    const bool isOfActivity =
        contains(inactiveNames, heading.names[inactivePlace]) || contains(activeNames, heading.names[activePlace]);
    for (std::size_t i = 0; i < count; ++i)
        heading.names[i] = order[i];
    if (isOfActivity) {
        heading.names[inactivePlace] = "inact";
        heading.names[activePlace] = "active";
    }
    return heading;
}

/// "procs -----------memory---------- ---swap-- …", in any of its spellings and languages.
bool isGroupLine(std::string_view line)
{
    int dashes = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        if (!isWord(word))
            return false;
        dashes += word == "memory" || word == "swap" || word == "io" ? 1 : 0; // procps 2 has blanks around them
        dashes += word.find("--") != std::string_view::npos || word.starts_with('-') ? 1 : 0;
    }
    return dashes >= 3;
}

/// Digits only; what vmstat prints in its columns.
std::optional<std::uint64_t> readCount(std::string_view field)
{
    std::uint64_t value = 0;
    for (const char c : field) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    constexpr std::size_t mostDigits = 18;
    return field.empty() || field.size() > mostDigits ? std::nullopt : std::optional(value);
}

class VmstatReader {
public:
    VmstatReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        if (m_input.clock == Clock::Wall) {
            m_base = sample.time;
            m_rows = 0;
        }
        m_isNewRun = true;
        m_line = 0;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            ++m_line;
            const auto first = line.find_first_not_of(" \t");
            if (first == std::string_view::npos)
                continue;
            if (line[first] >= '0' && line[first] <= '9')
                readRow(line);
            else
                readOther(line);
        }
    }

    void noteAssumptions()
    {
        if (!m_isAnythingRead) {
            m_out.note(NoteSeverity::DataLoss, "no row of vmstat could be read");
            return;
        }
        if (m_isFirstRowListed)
            m_out.note(NoteSeverity::Info,
                "the rates and shares of the first row are averages since boot, unless vmstat -y left those out, which "
                "the text does not show: the row is a table of its own and not in the series");
        m_out.note(NoteSeverity::Info,
            "sizes are taken as KiB, vmstat's default: the text does not say whether -S chose another unit");
        m_out.note(NoteSeverity::Info, "vmstat counts nice time in user, and interrupt time in system");
        if (!m_hasClock && m_rows > 1)
            m_out.note(NoteSeverity::Info,
                "the rows have no time and the delay between them is not in the text: they are numbered as if one "
                "second apart");
        if (m_isTranslated)
            m_out.note(NoteSeverity::Info, "the heading is translated: the columns were taken by their place");
    }

private:
    void readOther(std::string_view line)
    {
        if (isGroupLine(line)) {
            m_hasGroupLine = true;
            return;
        }
        if (const auto heading = readColumnLine(line)) {
            beginColumns(*heading);
            return;
        }
        // A prompt, a date, a collector's stamp: what follows is another run, with its own first row.
        m_isNewRun = true;
        if (!isPromptOf(line, "vmstat"))
            m_out.skipped(line, "expected a heading of vmstat or a number for each of its names");
    }

    void beginColumns(const Heading& heading)
    {
        // A screen has many rows: a heading after one or two is that of another vmstat.
        constexpr int fewestOfScreen = 3;
        if (m_isNewRun || (m_hasGroupLine && m_rowsOfHeading < fewestOfScreen))
            m_rowsOfRun = 0;
        m_isNewRun = false;
        m_hasGroupLine = false;
        m_rowsOfHeading = 0;
        setZone(heading.zone);
        m_isTranslated = m_isTranslated || heading.isTranslated;
        m_places.clear();
        for (const auto name : heading.names) {
            const auto* column = columnNamed(name);
            m_places.push_back(
                {column, column ? m_out.series(column->metric, {}, column->unit, Kind::Gauge) : SeriesRef{}});
        }
    }

    void readRow(std::string_view line)
    {
        if (m_places.empty()) {
            m_out.skipped(line, "a row before any heading");
            return;
        }
        m_isNewRun = false; // what stood between two rows was of another program
        std::array<double, mostColumns> values;
        auto rest = line;
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            const auto value = readCount(nextField(rest));
            if (!value) {
                m_out.skipped(line, "expected a number for each name of the heading");
                countRow(i > 0); // a row all the same: those after it keep their number
                return;
            }
            values[i] = static_cast<double>(*value);
        }
        if (const auto time = timeOfRow(line, rest)) {
            add(*time, values);
            m_isAnythingRead = true;
        }
        countRow(true);
    }

    void countRow(bool isRow)
    {
        m_rows += isRow ? 1 : 0;
        m_rowsOfRun += isRow ? 1 : 0;
        m_rowsOfHeading += isRow ? 1 : 0;
    }

    void setZone(std::string_view zone)
    {
        if (zone == m_zone)
            return;
        m_civil.restart();
        m_zone = zone;
        m_zoneOffset = zoneOffset(zone);
    }

    /// What stands behind the numbers: nothing, or a date and a time, and in procps 3.2 a zone. Nothing is returned for
    /// a row that is to be left out.
    std::optional<Time> timeOfRow(std::string_view line, std::string_view rest)
    {
        const auto date = nextField(rest);
        if (date.empty() && m_zone.empty())
            return m_base + std::chrono::seconds{m_rows};
        const auto civil = readCivil(date, nextField(rest));
        if (!civil) {
            m_out.skipped(line,
                m_zone.empty() ? "more numbers than names in the heading"
                               : "expected a date and a time behind the numbers");
            return std::nullopt;
        }
        m_out.setClock(Clock::Wall);
        m_hasClock = true;
        if (const auto zone = nextField(rest); !zone.empty())
            setZone(zone);
        return placed(*civil);
    }

    std::optional<Time> readCivil(std::string_view date, std::string_view timeOfDay)
    {
        if (date != m_dateText) {
            const auto printed = readPrintedDate(date);
            if (!printed)
                return std::nullopt;
            m_date = std::chrono::sys_days{printed->date};
            m_dateText = date;
        }
        const auto time = readClockTime(timeOfDay);
        return time ? std::optional(Time{m_date} + *time) : std::nullopt;
    }

    /// A zone whose distance from UTC its name tells makes the time an instant; with any other it is the host's own.
    Time placed(Time civil)
    {
        const Time time = m_civil.next(civil);
        if (m_zoneOffset)
            return time - *m_zoneOffset;
        m_out.setCivilTimes(m_civil.wasSetBack() ? CivilTimes::LocalFromFirst : CivilTimes::Local);
        m_out.setZoneText(m_zone);
        return time;
    }

    void add(Time time, const std::array<double, mostColumns>& values)
    {
        if (m_rowsOfRun == 0) {
            listFirstRow(time, values);
            return;
        }
        for (std::size_t i = 0; i < m_places.size(); ++i)
            if (const auto [column, series] = m_places[i]; column)
                m_out.add(series, time, values[i] * column->factor);
    }

    void listFirstRow(Time time, const std::array<double, mostColumns>& values)
    {
        const bool isKnown = m_hasClock || m_input.clock == Clock::Wall;
        TableMaker table("first row", isKnown ? std::optional(time) : std::nullopt);
        table.beginRow(m_line);
        for (std::size_t i = 0; i < m_places.size(); ++i)
            if (const auto* column = m_places[i].column) {
                std::string name(column->metric);
                std::replace(name.begin(), name.end(), '.', '_');
                table.set(name, column->unit, values[i] * column->factor);
            }
        table.finish(m_out);
        m_isFirstRowListed = true;
    }

    struct Place {
        const VmstatColumn* column; ///< null: a column that is not known
        SeriesRef series;
    };

    const Input& m_input;
    Builder& m_out;
    std::vector<Place> m_places; ///< by the last heading
    std::string_view m_zone; ///< of the last heading or row; empty without -t
    std::optional<std::chrono::seconds> m_zoneOffset; ///< nothing where its name tells none
    std::string_view m_dateText; ///< the last one
    std::chrono::sys_days m_date{};
    CivilClock m_civil;
    Time m_base{};
    bool m_isAnythingRead = false;
    bool m_isFirstRowListed = false;
    bool m_isTranslated = false;
    bool m_isNewRun = false;
    bool m_hasGroupLine = false; ///< since the last heading
    bool m_hasClock = false; ///< a row had a date and a time
    std::int64_t m_rows = 0; ///< since m_base
    int m_rowsOfHeading = 0;
    std::int64_t m_rowsOfRun = 0; ///< since the first row of a vmstat
    std::uint64_t m_line = 0;
};

void parse(const Input& input, Builder& out)
{
    VmstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 40; // a shell prompt, a date or a host name may stand in front
    std::string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (readColumnLine(line))
            return 95;
    return 0;
}

} // namespace

Parser vmstat()
{
    return {.id = "vmstat", .title = "vmstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
