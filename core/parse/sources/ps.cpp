// The text of ps in any of its styles, of procps and of busybox: columns are found by the names in the heading, the
// last takes the rest of the line, dates of several words are recognised. Without a heading the rows are read as those
// of ps -ef or ps aux when they fit. Source: man 1 ps, "STANDARD FORMAT SPECIFIERS"; busybox procps/ps.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/process_columns.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr std::size_t mostColumns = 64;
constexpr string_view headingOfFull = "UID PID PPID C STIME TTY TIME CMD"; // ps -ef
constexpr string_view headingOfUsers = "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"; // ps aux

bool hasSmallLetter(string_view word)
{
    return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Words in capitals, PID among them, and none of top or lsof; or several names of ps, as in old busybox ("PID Uid
/// VmSize Stat Command") and in formats without a PID.
bool isHeading(string_view line)
{
    bool hasPid = false, hasOther = false;
    std::size_t words = 0, known = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line), ++words) {
        if (word.ends_with('+') || word == "VIRT" || word == "%VSZ" || word == "FD" || words == mostColumns)
            return false;
        const bool isKnown = psColumn(word) != nullptr;
        known += isKnown ? 1 : 0;
        if (!isKnown && (hasSmallLetter(word) || (word.front() >= '0' && word.front() <= '9')))
            hasOther = true;
        hasPid = hasPid || word == "PID";
    }
    if (hasOther)
        return false;
    return hasPid ? known >= 2 : known >= 3 && known + 1 >= words;
}

bool isDigits(string_view text)
{
    return parseInteger(text).has_value();
}

bool isTerminal(string_view text)
{
    return text == "?" || text.starts_with("pts/") || text.starts_with("tty") || text.starts_with("console");
}

/// "root 11524 28295 0 00:17 pts/1 00:00:00 grep": user, pid, ppid, share, time, terminal, CPU time, command.
bool isFullRow(string_view line)
{
    const auto words = fields(line);
    return words.size() >= 8 && !isDigits(words[0]) && isDigits(words[1]) && isDigits(words[2]) && isDigits(words[3])
        && readProcessTime(words[6]) && isTerminal(words[5]);
}

/// "mysql 3120 0.3 2.1 1184216 81232 ? Sl 10:40 0:38 /usr/sbin/mysqld".
bool isUserRow(string_view line)
{
    const auto words = fields(line);
    return words.size() >= 11 && !isDigits(words[0]) && isDigits(words[1]) && readLocalNumber(words[2])
        && readLocalNumber(words[3]) && isDigits(words[4]) && isDigits(words[5]) && isTerminal(words[6])
        && readProcessTime(words[9]);
}

/// The heading that rows without one would have; "" when they are not of a known form.
string_view headingOfRow(string_view line)
{
    return isFullRow(line) ? headingOfFull : isUserRow(line) ? headingOfUsers : string_view{};
}

class PsReader {
public:
    PsReader(std::optional<Time> time, Builder& out)
        : m_time(time)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty())
                continue;
            if (isPossibleHeading(line) && isHeading(line))
                begin(line);
            else if (m_names.empty())
                readBeforeHeading(line, number);
            else
                readRow(line, number);
        }
        if (m_table.rows() == 0 && !m_names.empty() && m_out.tables().empty() && m_out.skippedLines() == 0)
            m_table.tellEmpty(m_out);
        m_table.finish(m_out);
    }

private:
    /// Rows have a number or a small letter early on; spares most of them the look at every word.
    bool isPossibleHeading(string_view line) const
    {
        if (m_names.empty())
            return true;
        return nextField(line) == m_names.front() || !hasSmallLetter(line);
    }

    void readBeforeHeading(string_view line, std::uint64_t number)
    {
        if (isComplaint(line)) {
            m_out.note(
                NoteSeverity::Info, "ps complains before its heading: " + std::string(line.substr(0, 80)), number);
        } else if (const auto heading = headingOfRow(line); !heading.empty()) {
            m_out.note(NoteSeverity::Info,
                heading == headingOfFull ? "there is no heading: the rows are taken as those of ps -ef"
                                         : "there is no heading: the rows are taken as those of ps aux");
            begin(heading);
            readRow(line, number);
        } else if (!isPromptOf(line, "ps")) {
            m_out.skipped(line, "a row before the heading");
        }
    }

    static bool isComplaint(string_view line)
    {
        return line.find("screen size is bogus") != string_view::npos || line.starts_with("Warning: ")
            || line.starts_with("ps: ");
    }

    void begin(string_view heading)
    {
        auto names = fields(heading);
        if (names == m_names)
            return; // repeated, as with --headers
        m_table.finish(m_out);
        m_names = names;
        m_heading = heading;
        const auto isCommand = [](string_view name) {
            const ProcessColumn* column = psColumn(name);
            return column && column->value == ProcessValue::Command;
        };
        const auto last = std::find_if(names.rbegin(), names.rend(), isCommand);
        for (auto& name : names) // "COMMAND COMMAND" of comm,args: the first is the name
            if (isCommand(name) && &name != &*last)
                name = "COMM";
        m_cells.begin(names, psColumn, m_table);
    }

    void readRow(string_view line, std::uint64_t number)
    {
        if (!split(line)) {
            m_out.skipped(line, "expected a value for each name of the heading");
            return;
        }
        m_table.beginRow(number);
        for (std::size_t i = 0; i < m_values.size(); ++i)
            m_cells.set(i, m_values[i], m_table);
    }

    /// One value per name. A command that is not the last column may hold blanks: what follows it is taken from the
    /// end of the line.
    bool split(string_view line)
    {
        const auto row = line;
        const auto& columns = m_cells.columns();
        m_values.clear();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool isLast = i + 1 == columns.size();
            const ProcessValue value = columns[i].value;
            if (isLast)
                m_values.push_back(value == ProcessValue::Command ? lastCommand(row, line) : trimmed(line));
            else if (value == ProcessValue::Command)
                m_values.push_back(
                    hasCommandBehind(i) ? takeName(row, line, i) : takeCommand(line, columns.size() - i - 1));
            else if (value == ProcessValue::Date)
                m_values.push_back(takeDate(line));
            else if (value == ProcessValue::State)
                m_values.push_back(takeState(line));
            else
                m_values.push_back(nextField(line));
            if (m_values.back().empty())
                return false;
        }
        return true;
    }

    bool hasCommandBehind(std::size_t column) const
    {
        const auto& columns = m_cells.columns();
        return std::any_of(columns.begin() + static_cast<std::ptrdiff_t>(column) + 1, columns.end(),
            [](const ProcessCells::Column& one) { return one.value == ProcessValue::Command; });
    }

    /// The rest from below its name on, with the indentation that shows a forest.
    string_view lastCommand(string_view row, string_view rest) const
    {
        const auto begin = static_cast<std::size_t>(m_names.back().data() - m_heading.data());
        if (rest.starts_with(' '))
            rest.remove_prefix(1);
        while (rest.starts_with(' ') && static_cast<std::size_t>(rest.data() - row.data()) < begin)
            rest.remove_prefix(1); // of a value narrower than its column
        while (!rest.empty() && isBlank(rest.back()))
            rest.remove_suffix(1);
        return trimmed(rest).empty() ? string_view{} : rest;
    }

    static string_view takeCommand(string_view& line, std::size_t columnsBehind)
    {
        auto left = trimmed(line);
        const auto whole = left;
        for (std::size_t i = 0; i < columnsBehind; ++i) {
            const auto blank = left.find_last_of(" \t");
            if (blank == string_view::npos)
                return nextField(line);
            left = trimmed(left.substr(0, blank));
        }
        line = whole.substr(left.size());
        return left;
    }

    /// A name with blanks ("tmux: server") before the command: it ends where the next column begins, unless the row is
    /// not in line with the heading.
    string_view takeName(string_view row, string_view& line, std::size_t column) const
    {
        const auto next = static_cast<std::size_t>(m_names[column + 1].data() - m_heading.data());
        const auto begin = static_cast<std::size_t>(line.data() - row.data());
        const bool isInLine = next > begin && next < row.size() && isBlank(row[next - 1]) && !isBlank(row[next]);
        if (!isInLine)
            return nextField(line);
        line = row.substr(next);
        return trimmed(row.substr(begin, next - begin));
    }

    /// busybox: "S <", "S N"; else one word.
    static string_view takeState(string_view& line)
    {
        const auto word = nextField(line);
        auto left = line;
        const auto next = nextField(left);
        if (next != "<" && next != "N")
            return word;
        line = left;
        return {word.data(), static_cast<std::size_t>(next.data() + next.size() - word.data())};
    }

    /// lstart is "Wed Feb  9 22:38:08 2022", start is "22:38:08" or "Feb 09"; other systems have "Tue09AM".
    static string_view takeDate(string_view& line)
    {
        line = trimmed(line);
        const auto begin = line;
        auto left = line;
        const auto first = nextField(left);
        const auto oneWord = left;
        if (!first.empty() && first.front() >= '0' && first.front() <= '9' && first.find(':') != string_view::npos) {
            line = oneWord;
            return first;
        }
        const auto second = nextField(left);
        const auto twoWords = left;
        nextField(left);
        nextField(left);
        const auto year = nextField(left);
        constexpr std::size_t digitsOfDay = 2;
        if (year.size() == 4 && isDigits(year))
            line = left;
        else
            line = isDigits(second) && second.size() <= digitsOfDay && first != "-" ? twoWords : oneWord;
        return trimmed(begin.substr(0, begin.size() - line.size()));
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"processes", m_time};
    ProcessCells m_cells;
    string_view m_heading;
    std::vector<string_view> m_names, m_values;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        PsReader(listedAt(input, sample), out).read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 6;
    string_view line;
    bool hasRow = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isHeading(line))
            return 90;
        hasRow = hasRow || (i == 0 && !headingOfRow(line).empty());
    }
    return hasRow ? 50 : 0;
}

} // namespace

Parser ps()
{
    return {.id = "ps", .title = "ps output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
