// The text of top -b, of procps 2 to 4 and of busybox: one screen or several, of processes or threads (-H), with any
// fields in any order, in any language, or the list alone. The figures above a list are series; each list is a table of
// the columns that ps has. Source: man 1 top; procps top/top.c; busybox procps/top.c.
//
// The shares of the first screen are means since boot in procps before 3.3.10 and are left out there.
#include "base/text_scanner.h"
#include "parse/civil_time.h"
#include "parse/parser.h"
#include "parse/process_columns.h"
#include "parse/table_maker.h"
#include "parse/task_rows.h"
#include "parse/top_summary.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// When the screens of a text were shown.
struct ScreenTimes {
    std::vector<Time> times; ///< of the screens with a head
    Clock clock = Clock::None;
    bool hasHeads = false;
};

class TopReader {
public:
    TopReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_screen = 0;
        m_isInList = false;
        m_start = m_input.clock == Clock::Wall ? sample.time : Time{};
        findScreens(sample);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (!trimmed(line).empty())
                readLine(line, number);
        }
        m_table.finish(m_out);
        noteAssumptions();
    }

private:
    // Times

    /// The heads tell times of day: on one axis they need a date, which only the time of writing can give.
    void findScreens(const Sample& sample)
    {
        auto rest = sample.text;
        DayClock clock;
        m_screens = {};
        for (string_view line; nextLine(rest, line);) {
            if (const auto head = readTopHead(line))
                m_screens.times.push_back(clock.next(*head->timeOfDay));
            else if (m_screens.times.size() < 2)
                m_isFirstSinceBoot = m_isFirstSinceBoot || isFirstScreenSinceBoot(line);
        }
        m_screens.hasHeads = !m_screens.times.empty();
        if (!m_screens.hasHeads)
            return;
        const Time first = m_screens.times.front(), last = m_screens.times.back();
        Nanoseconds shift = -first.time_since_epoch();
        if (m_input.clock == Clock::Wall) {
            shift = sample.time - first;
            m_screens.clock = Clock::Wall;
        } else if (m_input.writtenAt) {
            shift = wholeDays(*m_input.writtenAt + m_input.host.utcOffset.value_or(std::chrono::seconds{0}) - last);
            m_screens.clock = Clock::Wall;
            m_isDateOfWriting = true;
        }
        for (Time& time : m_screens.times)
            time += shift;
        spreadWithinSeconds();
    }

    /// Heads tell whole seconds: screens within one are placed evenly in it.
    void spreadWithinSeconds()
    {
        auto& times = m_screens.times;
        for (std::size_t begin = 0, end = 0; begin < times.size(); begin = end) {
            while (end < times.size() && times[end] == times[begin])
                ++end;
            const auto step = Nanoseconds{std::chrono::seconds{1}} / static_cast<std::int64_t>(end - begin);
            for (std::size_t i = begin + 1; i < end; ++i)
                times[i] += step * static_cast<std::int64_t>(i - begin);
            m_isSpread = m_isSpread || end - begin > 1;
        }
    }

    /// To the nearest day: the zone of the text is not known, and it was written soon after it was shown.
    static Nanoseconds wholeDays(Nanoseconds distance)
    {
        constexpr Nanoseconds day = std::chrono::days{1};
        const auto half = distance.count() < 0 ? -day.count() / 2 : day.count() / 2;
        return day * ((distance.count() + half) / day.count());
    }

    /// Of the screen that is read; nothing above the first head.
    std::optional<Time> screenTime() const
    {
        if (m_screen == 0)
            return std::nullopt;
        if (!m_screens.hasHeads) // busybox: numbered
            return m_start + std::chrono::seconds{m_screen - 1};
        return m_screen <= static_cast<std::int64_t>(m_screens.times.size())
            ? std::optional(m_screens.times[static_cast<std::size_t>(m_screen - 1)])
            : std::nullopt;
    }

    /// A table has a time only when it is an instant.
    std::optional<Time> tableTime() const
    {
        if (m_input.clock == Clock::Wall && !m_screens.hasHeads)
            return m_screen == 0 ? m_start : *screenTime();
        return m_screens.clock == Clock::Wall ? screenTime() : std::nullopt;
    }

    // Lines

    void readLine(string_view line, std::uint64_t number)
    {
        if (const auto head = readTopHead(line)) {
            beginScreen();
            addHead(*head);
        } else if (isTaskHeading(line)) {
            beginList(line);
        } else if (m_isInList && readRow(line, number)) {
            return;
        } else if (!readSummary(line)) {
            if (line.starts_with("top: ") || line.find("top -") != string_view::npos)
                m_out.note(NoteSeverity::Info, "top says: " + std::string(trimmed(line).substr(0, 80)), number);
            else
                m_out.skipped(line,
                    m_isInList ? "expected a value for each name of the heading"
                               : "expected a line of top's summary or the heading of its list");
        }
    }

    void beginScreen()
    {
        m_table.finish(m_out);
        m_summary.beginScreen();
        m_isInList = false;
        ++m_screen;
    }

    void beginList(string_view line)
    {
        m_table.finish(m_out);
        m_table = TableMaker("processes", tableTime());
        const auto names = taskHeadingNames(line);
        m_taskRows.begin(line, names);
        m_pidAt = static_cast<std::size_t>(std::find_if(names.begin(), names.end(), isPid) - names.begin());
        m_cells.begin(names, m_summary.isOfThreads() ? threadColumn : topColumn, m_table);
        m_isInList = true;
    }

    static bool isPid(string_view heading)
    {
        const ProcessColumn* column = topColumn(heading);
        return column && column->heading == "PID";
    }

    /// With -H the column PID is of threads.
    static const ProcessColumn* threadColumn(string_view heading)
    {
        static constexpr ProcessColumn thread{"PID", "tid", Unit::Count, ProcessValue::Number},
            process{"TGID", "pid", Unit::Count, ProcessValue::Number};
        const ProcessColumn* column = topColumn(heading);
        if (column && column->heading == "PID")
            return &thread;
        return column && column->heading == "TGID" ? &process : column;
    }

    bool readRow(string_view line, std::uint64_t number)
    {
        if (!m_taskRows.split(line, m_values) || m_values.size() != m_cells.columns().size())
            return false;
        if (m_pidAt >= m_values.size() || !parseInteger(m_values[m_pidAt]))
            return false;
        m_table.beginRow(number);
        for (std::size_t i = 0; i < m_values.size(); ++i)
            m_cells.set(i, m_values[i], m_table);
        return true;
    }

    bool readSummary(string_view line)
    {
        TopSummary summary = m_isInList ? TopSummary{} : m_summary;
        const auto figures = summary.read(line);
        if (!figures)
            return false;
        if (!m_screens.hasHeads && (m_isInList || m_screen == 0)) // of busybox the first line
            beginScreen();
        m_summary = summary;
        add(*figures);
        return true;
    }

    void addHead(const UptimeLine& head)
    {
        add({{"load.1", {}, Unit::None, head.load[0], false}, {"load.5", {}, Unit::None, head.load[1], false},
            {"load.15", {}, Unit::None, head.load[2], false},
            {"system.uptime", {}, Unit::Seconds, head.upSeconds, false},
            {"system.users", {}, Unit::Count, head.users, false}});
    }

    void add(const std::vector<TopFigure>& figures)
    {
        const auto time = screenTime();
        for (const TopFigure& figure : figures) {
            if (!time || std::isnan(figure.value))
                continue;
            const bool isLeftOut = figure.isOfInterval && m_screen == 1 && m_isFirstSinceBoot;
            m_out.add(
                figure.metric, figure.labels, figure.unit, Kind::Gauge, *time, isLeftOut ? notMeasured : figure.value);
            m_hasLeftOut = m_hasLeftOut || isLeftOut;
            m_hasShares = m_hasShares || (figure.isOfInterval && m_screen == 1);
        }
    }

    void noteAssumptions()
    {
        m_out.setClock(m_screens.hasHeads ? m_screens.clock : m_input.clock);
        if (m_screens.clock == Clock::Wall && m_isDateOfWriting) {
            m_out.setCivilTimes(CivilTimes::Local);
            m_out.note(NoteSeverity::Info,
                "top prints the time of day and no date: the date is that on which the file was written last");
        } else if (m_screens.hasHeads && m_screens.clock == Clock::None) {
            m_out.note(NoteSeverity::Info,
                "top prints the time of day and no date: the screens are placed by seconds since the first");
        } else if (!m_screens.hasHeads && m_input.clock == Clock::None && m_screen > 1) {
            m_out.note(NoteSeverity::Info,
                "the screens have no time and the delay between them is not in the text: they are numbered as if one "
                "second apart");
        }
        if (m_isSpread)
            m_out.note(NoteSeverity::Info, "screens within one second are placed evenly in it");
        if (m_hasLeftOut)
            m_out.note(NoteSeverity::Info,
                "the CPU shares of the first screen are means since boot in this version of top and were left out");
        else if (m_hasShares)
            m_out.note(NoteSeverity::Info,
                "the CPU shares of the first screen are of the tenth of a second before it: top looks twice at its "
                "start");
    }

    const Input& m_input;
    Builder& m_out;
    ScreenTimes m_screens;
    TopSummary m_summary;
    TableMaker m_table{"processes"};
    TaskRows m_taskRows;
    ProcessCells m_cells;
    std::vector<string_view> m_values;
    std::size_t m_pidAt = 0; ///< column of the list
    std::int64_t m_screen = 0; ///< from 1
    bool m_isInList = false;
    bool m_isFirstSinceBoot = false, m_hasLeftOut = false, m_hasShares = false;
    bool m_isDateOfWriting = false, m_isSpread = false;
    Time m_start{}; ///< of a text without heads
};

void parse(const Input& input, Builder& out)
{
    TopReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 40; // a banner may stand in front
    string_view line;
    bool hasSummary = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (readTopHead(line))
            return 97;
        if (isTaskHeading(line))
            return i == 0 || hasSummary ? 96 : 92;
        hasSummary = hasSummary || line.starts_with("Mem: ") || line.starts_with("CPU: ");
    }
    return 0;
}

} // namespace

Parser top()
{
    return {.id = "top", .title = "top output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
