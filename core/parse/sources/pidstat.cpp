// The text of pidstat, sysstat 9 to 12.7, with any of its options, also -h with everything on one line. Columns are
// found by the names in the heading; the command is the last and takes the rest. Source: man 1 pidstat; sysstat
// pidstat.c.
//
// Each block of each report becomes a table of processes, with the columns of ps where they mean the same. Not series:
// each process would be a dozen of them, most with a few points. Not entities: their figures are counters and their
// key is the start of the process; pidstat prints rates, rounded, and no start, leaves idle processes out, and summing
// rates up would invent figures that nobody measured.
//
// A heading is stamped with the time before the interval, a row with the time at its end; where both are the same there
// was no interval and the figures are averages since the processes began. "Average:" rows are no samples.
#include "parse/kernel_units.h"
#include "parse/shell_prompt.h"
#include "parse/snake_case.h"
#include "parse/sysstat_text.h"
#include "parse/table_maker.h"

#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Meaning : std::uint8_t { Number, Text, Pid, Thread, Command, Ticks };

struct PidstatColumn {
    string_view heading, name;
    Unit unit = Unit::None;
    double factor = 1, divisor = 1;
    Meaning meaning = Meaning::Number;
};
constexpr double kibibyte = 1024, millisecond = 1000;
constexpr std::array columns{
    PidstatColumn{"UID", "uid", Unit::None, 1, 1, Meaning::Text},
    PidstatColumn{"USER", "user", Unit::None, 1, 1, Meaning::Text},
    PidstatColumn{"PID", "pid", Unit::Count, 1, 1, Meaning::Pid},
    PidstatColumn{"TGID", "pid", Unit::Count, 1, 1, Meaning::Pid},
    PidstatColumn{"TID", "tid", Unit::Count, 1, 1, Meaning::Thread},
    PidstatColumn{"%usr", "user_percent", Unit::Percent},
    PidstatColumn{"%user", "user_percent", Unit::Percent},
    PidstatColumn{"%system", "system_percent", Unit::Percent},
    PidstatColumn{"%guest", "guest_percent", Unit::Percent},
    PidstatColumn{"%wait", "wait_percent", Unit::Percent},
    PidstatColumn{"%CPU", "cpu_percent", Unit::Percent},
    PidstatColumn{"CPU", "processor"},
    PidstatColumn{"usr-ms", "user_time", Unit::Seconds, 1, millisecond},
    PidstatColumn{"user-ms", "user_time", Unit::Seconds, 1, millisecond},
    PidstatColumn{"system-ms", "system_time", Unit::Seconds, 1, millisecond},
    PidstatColumn{"guest-ms", "guest_time", Unit::Seconds, 1, millisecond},
    PidstatColumn{"minflt/s", "minor_faults_rate", Unit::CountPerSecond},
    PidstatColumn{"majflt/s", "major_faults_rate", Unit::CountPerSecond},
    PidstatColumn{"minflt-nr", "minor_faults", Unit::Count},
    PidstatColumn{"majflt-nr", "major_faults", Unit::Count},
    PidstatColumn{"VSZ", "virtual", Unit::Bytes, kibibyte},
    PidstatColumn{"RSS", "resident", Unit::Bytes, kibibyte},
    PidstatColumn{"%MEM", "memory_percent", Unit::Percent},
    PidstatColumn{"StkSize", "stack_size", Unit::Bytes, kibibyte},
    PidstatColumn{"StkRef", "stack_used", Unit::Bytes, kibibyte},
    PidstatColumn{"kB_rd/s", "read_bytes", Unit::BytesPerSecond, kibibyte},
    PidstatColumn{"kB_wr/s", "written_bytes", Unit::BytesPerSecond, kibibyte},
    PidstatColumn{"kB_ccwr/s", "cancelled_write_bytes", Unit::BytesPerSecond, kibibyte},
    PidstatColumn{"iodelay", "block_io_delay", Unit::Seconds, 1, 1, Meaning::Ticks},
    PidstatColumn{"cswch/s", "voluntary_switches", Unit::CountPerSecond},
    PidstatColumn{"nvcswch/s", "involuntary_switches", Unit::CountPerSecond},
    PidstatColumn{"threads", "threads", Unit::Count},
    PidstatColumn{"fd-nr", "open_files", Unit::Count},
    PidstatColumn{"prio", "priority"},
    PidstatColumn{"policy", "scheduling_policy", Unit::None, 1, 1, Meaning::Text},
    PidstatColumn{"Command", "command", Unit::None, 1, 1, Meaning::Command},
};
constexpr std::size_t mostColumns = 64;

const PidstatColumn* columnNamed(string_view heading)
{
    for (const PidstatColumn& column : columns)
        if (column.heading == heading)
            return &column;
    return nullptr;
}

struct Heading {
    string_view before; ///< a time, "Average:" or "# Time"
    std::vector<string_view> names;
    bool isOneLine = false; ///< -h
};

/// "21:22:46      UID       PID    %usr …  Command", "# Time        UID       PID …".
std::optional<Heading> readHeading(string_view line)
{
    if (!trimmed(line).ends_with("Command"))
        return std::nullopt;
    Heading heading;
    auto rest = line;
    constexpr int mostWordsBefore = 5;
    for (int words = 0; words <= mostWordsBefore && heading.names.empty(); ++words) {
        const std::size_t at = line.size() - rest.size();
        const auto word = nextField(rest);
        if (word == "UID" || word == "USER" || word == "PID" || word == "TGID") {
            heading.before = trimmed(line.substr(0, at));
            heading.names.push_back(word);
        }
    }
    bool hasProcess = false;
    for (auto name = nextField(rest); !name.empty() && heading.names.size() < mostColumns; name = nextField(rest))
        heading.names.push_back(name);
    for (const string_view name : heading.names)
        hasProcess = hasProcess || name == "PID" || name == "TGID" || name == "TID";
    heading.isOneLine = heading.before.starts_with('#');
    const bool isStamped = heading.before.find_first_of(":#") != string_view::npos || heading.before.ends_with("초")
        || heading.before.ends_with("秒") || heading.before.ends_with("：");
    return hasProcess && isStamped && heading.names.size() >= 3 ? std::optional(heading) : std::nullopt;
}

class PidstatReader {
public:
    PidstatReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
        , m_clock(input, out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_clock.restart(sample.time, usualDateOrder(sample.text));
        m_heading.reset();
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (!trimmed(line).empty())
                readLine(line, number);
        }
        finishTable();
    }

    void noteAssumptions()
    {
        if (m_rows == 0) {
            m_out.note(NoteSeverity::DataLoss, "no row of pidstat could be read");
            return;
        }
        if (m_wasAnySinceBoot)
            m_out.note(NoteSeverity::Info,
                "a report without an interval tells averages since the processes began: its tables say so in their "
                "name");
        if (m_isOneLine && m_reports == 1)
            m_out.note(NoteSeverity::Info,
                "there is one report, and pidstat -h does not show whether it is of an interval or since the processes "
                "began");
        if (m_averages > 0)
            m_out.note(NoteSeverity::Info, "rows of averages sum up the others and were left out");
        m_clock.noteAssumptions();
    }

private:
    void readLine(string_view line, std::uint64_t number)
    {
        if (const auto heading = readHeading(line)) {
            begin(*heading);
        } else if (m_heading && readRow(line, number)) {
            ++m_rows;
        } else if (const auto banner = readSysstatBanner(line)) {
            m_clock.takeBanner(*banner);
        } else if (const auto rest = afterAverage(line); m_heading && rest && splitRow(*rest)) {
            ++m_averages;
        } else if (!isPromptOf(line, "pidstat")) {
            m_out.skipped(line,
                m_heading ? "expected a time and a value for each name of the heading" : "a line before any heading");
        }
    }

    void begin(const Heading& heading)
    {
        finishTable();
        m_heading = heading;
        m_columns.clear();
        for (const string_view name : heading.names)
            m_columns.push_back(columnNamed(name));
        m_isOneLine = m_isOneLine || heading.isOneLine;
        auto before = heading.before;
        m_headingTime = heading.isOneLine ? std::nullopt : takeRowTime(before);
        m_pid.reset();
    }

    void finishTable()
    {
        if (m_table)
            m_table->finish(m_out);
        m_table.reset();
        m_open.reset();
    }

    bool readRow(string_view line, std::uint64_t number)
    {
        auto rest = line;
        const auto stamp = takeStamp(rest);
        if (!stamp || !splitRow(rest))
            return false;
        if (m_open != stamp->first) // the next report
            openTable(*stamp);
        m_table->beginRow(number);
        for (std::size_t i = 0; i < m_columns.size(); ++i)
            set(i, m_values[i]);
        return true;
    }

    /// What tells reports apart, and whether it is an instant: -h prints seconds since the epoch until sysstat 12.
    using Stamp = std::pair<Nanoseconds, bool>;
    std::optional<Stamp> takeStamp(string_view& rest) const
    {
        if (const auto clock = takeRowTime(rest))
            return Stamp{*clock, false};
        if (!m_heading->isOneLine)
            return std::nullopt;
        const auto seconds = parseInteger<std::int64_t>(nextField(rest));
        constexpr std::int64_t earliest = 100'000'000, latest = 9'000'000'000;
        if (!seconds || *seconds < earliest || *seconds > latest)
            return std::nullopt;
        return Stamp{std::chrono::seconds{*seconds}, true};
    }

    void openTable(const Stamp& stamp)
    {
        finishTable();
        m_open = stamp.first;
        m_reports += m_reports == 0 || stamp.first != m_lastReport ? 1 : 0;
        if (stamp.second)
            m_time = m_clock.ofInstant(Time{stamp.first});
        else if (stamp.first != m_lastReport)
            m_time = m_clock.ofDay(stamp.first);
        m_lastReport = stamp.first;
        const bool isSinceBoot = m_headingTime == stamp.first;
        m_wasAnySinceBoot = m_wasAnySinceBoot || isSinceBoot;
        m_table.emplace(isSinceBoot ? "processes since their beginning" : "processes", m_clock.listedAt(m_time));
    }

    /// One value a column, the command the rest of the line; false when there are fewer.
    bool splitRow(string_view rest)
    {
        m_values.clear();
        for (std::size_t i = 0; i + 1 < m_columns.size(); ++i)
            m_values.push_back(nextField(rest));
        m_values.push_back(trimmed(rest));
        return !m_values.back().empty();
    }

    void set(std::size_t place, string_view value)
    {
        const PidstatColumn* column = m_columns[place];
        if (!column) {
            m_table->set(snakeCase(m_heading->names[place]), value);
            return;
        }
        switch (column->meaning) {
        case Meaning::Text:
            m_table->set(column->name, value);
            return;
        case Meaning::Command:
            m_table->set(column->name, value.starts_with("|__") ? value.substr(3) : value);
            return;
        case Meaning::Pid:
            m_pid = value == "-" ? m_pid : parseInteger(value); // of a thread: that of the row above
            if (m_pid)
                m_table->set(column->name, column->unit, static_cast<double>(*m_pid));
            return;
        default:
            setNumber(*column, value);
        }
    }

    /// "-" and -1 stand for what could not be read (man 1 pidstat, -d).
    void setNumber(const PidstatColumn& column, string_view value)
    {
        const bool isTicks = column.meaning == Meaning::Ticks;
        const auto number = readFigure(value, column.factor, isTicks ? ticksPerSecond() : column.divisor);
        if (number && *number >= 0)
            m_table->set(column.name, column.unit, *number);
    }

    double ticksPerSecond()
    {
        if (!m_ticks)
            m_ticks = clockTicksPerSecond(m_input.host, m_out);
        return *m_ticks;
    }

    const Input& m_input;
    Builder& m_out;
    ReportClock m_clock;
    std::optional<Heading> m_heading;
    std::vector<const PidstatColumn*> m_columns; ///< of the heading; null: not known
    std::vector<string_view> m_values;
    std::optional<Nanoseconds> m_headingTime, m_open;
    Nanoseconds m_lastReport{};
    std::optional<TableMaker> m_table;
    std::optional<std::uint64_t> m_pid;
    std::optional<double> m_ticks;
    Time m_time{};
    bool m_isOneLine = false, m_wasAnySinceBoot = false;
    std::uint64_t m_rows = 0, m_averages = 0, m_reports = 0;
};

void parse(const Input& input, Builder& out)
{
    PidstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 20;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (readHeading(line))
            return 90;
    return 0;
}

} // namespace

Parser pidstat()
{
    return {.id = "pidstat", .title = "pidstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
