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
#include "parse/top_summary.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr std::size_t mostColumns = 96;

/// A line of names of which top knows PID and at least three more that are not of ps.
bool isListHeading(string_view line)
{
    bool hasPid = false;
    std::size_t known = 0, ofTop = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        const ProcessColumn* column = topColumn(word);
        if (column) {
            ++known;
            hasPid = hasPid || column->heading == "PID";
            ofTop += column->heading == "TIME+" || column->heading == "VIRT" || column->heading == "RES"
                    || column->heading == "SHR" || column->heading == "PR" || column->heading == "%VSZ"
                    || column->heading == "SHARE"
                ? 1
                : 0;
        } else if (word.find_first_of("0123456789") != string_view::npos) {
            return false;
        }
    }
    return hasPid && known >= 4 && ofTop >= 1;
}

/// The names of a heading. The Chinese translation leaves the name of the state empty; it stands between SHR and %CPU.
std::vector<string_view> namesOf(string_view heading)
{
    constexpr std::size_t widestGap = 3; // between the two without a state
    std::vector<string_view> names;
    for (auto name = nextField(heading); !name.empty() && names.size() < mostColumns; name = nextField(heading)) {
        if (name == "%CPU" && !names.empty() && names.back() == "SHR"
            && static_cast<std::size_t>(name.data() - names.back().data()) > names.back().size() + widestGap)
            names.push_back("S");
        names.push_back(name);
    }
    return names;
}

/// Where characters begin: continuation bytes of UTF-8 do not count.
std::size_t countCharacters(string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t byteOfCharacter(string_view text, std::size_t character)
{
    std::size_t byte = 0;
    for (; byte < text.size(); ++byte)
        if ((static_cast<unsigned char>(text[byte]) & 0xC0U) != 0x80U && character-- == 0)
            break;
    return byte;
}

/// Takes the rows of a list apart. Text that may hold blanks and is not the last column is found by its place under the
/// heading, everything else by blanks.
class RowSplitter {
public:
    void begin(string_view line, const std::vector<string_view>& names)
    {
        m_columns.clear();
        for (const string_view name : names) {
            const bool isNamed = name.data() >= line.data() && name.data() < line.data() + line.size();
            const auto first = isNamed ? static_cast<std::size_t>(name.data() - line.data()) : 0;
            const ProcessColumn* meaning = topColumn(name);
            Column column;
            column.begin = countCharacters(line.substr(0, first));
            column.end = column.begin + countCharacters(name);
            column.holdsBlanks =
                meaning && (meaning->value == ProcessValue::Command || meaning->value == ProcessValue::Words);
            column.isState = meaning && meaning->value == ProcessValue::State;
            column.isText = !meaning || meaning->value == ProcessValue::Text || column.holdsBlanks;
            m_columns.push_back(column);
        }
        m_hasBlanksWithin = !m_columns.empty()
            && std::any_of(m_columns.begin(), m_columns.end() - 1, [](const Column& one) { return one.holdsBlanks; });
    }

    /// One value per name, the last may be empty; nothing when the row does not fit.
    bool split(string_view row, std::vector<string_view>& values) const
    {
        if (splitByBlanks(row, values))
            return true;
        return splitByPlace(row, values);
    }

private:
    struct Column {
        std::size_t begin = 0, end = 0; ///< of the name, in characters
        bool holdsBlanks = false, isText = false, isState = false;
    };

    /// True when there are as many words as names, or more and only the last column may hold them.
    bool splitByBlanks(string_view row, std::vector<string_view>& values) const
    {
        values.clear();
        for (std::size_t i = 0; i + 1 < m_columns.size(); ++i) {
            values.push_back(takeWord(row, i));
            if (values.back().empty())
                return false;
        }
        const auto last = trimmed(row);
        values.push_back(last);
        const bool isOneWord = !last.empty() && last.find_first_of(" \t") == string_view::npos;
        return isOneWord || (m_columns.back().holdsBlanks && !m_hasBlanksWithin);
    }

    string_view takeWord(string_view& row, std::size_t column) const
    {
        const auto word = nextField(row);
        if (!m_columns[column].isState)
            return word;
        auto left = row;
        const auto next = nextField(left); // busybox: "S <", "SW N"
        if (next != "<" && next != "N")
            return word;
        row = left;
        return {word.data(), static_cast<std::size_t>(next.data() + next.size() - word.data())};
    }

    bool splitByPlace(string_view row, std::vector<string_view>& values) const
    {
        values.clear();
        auto rest = row;
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            if (i + 1 == m_columns.size()) {
                values.push_back(trimmed(rest));
            } else if (m_columns[i].holdsBlanks) {
                const std::size_t end = endOf(row, i);
                const auto begin = static_cast<std::size_t>(rest.data() - row.data());
                if (end <= begin)
                    return false;
                values.push_back(trimmed(row.substr(begin, end - begin)));
                rest = row.substr(end);
            } else {
                values.push_back(takeWord(rest, i));
            }
            if (values.back().empty() && i + 1 < m_columns.size())
                return false;
        }
        return true;
    }

    /// Text begins below its name, a number ends below its name's end.
    std::size_t endOf(string_view row, std::size_t column) const
    {
        const Column& next = m_columns[column + 1];
        if (next.isText || next.isState)
            return byteOfCharacter(row, next.begin);
        std::size_t byte = byteOfCharacter(row, next.end);
        while (byte > 0 && isBlank(row[byte - 1]))
            --byte; // shorter than its name
        while (byte > 0 && !isBlank(row[byte - 1]))
            --byte;
        return byte;
    }

    std::vector<Column> m_columns;
    bool m_hasBlanksWithin = false; ///< a column that may hold blanks is not the last
};

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
        } else if (isListHeading(line)) {
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
        const auto names = namesOf(line);
        m_splitter.begin(line, names);
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
        if (!m_splitter.split(line, m_values) || m_values.size() != m_cells.columns().size())
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
    RowSplitter m_splitter;
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
        if (isListHeading(line))
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
