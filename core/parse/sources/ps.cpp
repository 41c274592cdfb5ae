// The text of ps in any of its styles: columns are found by the names in the heading, the last takes the rest of the
// line, dates of several words are recognised. Without a heading the rows are read as those of ps -ef when they fit.
// Source: man 1 ps, "STANDARD FORMAT SPECIFIERS".
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Meaning : std::uint8_t { Number, Text, Kibibytes, CpuTime, Date, Command };

struct PsColumn {
    string_view heading, name;
    Unit unit = Unit::None;
    Meaning meaning = Meaning::Text;
};
constexpr std::array columns{
    PsColumn{"PID", "pid", Unit::Count, Meaning::Number},
    PsColumn{"PPID", "ppid", Unit::Count, Meaning::Number},
    PsColumn{"PGID", "pgid", Unit::Count, Meaning::Number},
    PsColumn{"SID", "sid", Unit::Count, Meaning::Number},
    PsColumn{"LWP", "tid", Unit::Count, Meaning::Number},
    PsColumn{"TID", "tid", Unit::Count, Meaning::Number},
    PsColumn{"SPID", "tid", Unit::Count, Meaning::Number},
    PsColumn{"NLWP", "threads", Unit::Count, Meaning::Number},
    PsColumn{"THCNT", "threads", Unit::Count, Meaning::Number},
    PsColumn{"%CPU", "cpu_percent", Unit::Percent, Meaning::Number},
    PsColumn{"C", "cpu_share", Unit::Percent, Meaning::Number},
    PsColumn{"%MEM", "memory_percent", Unit::Percent, Meaning::Number},
    PsColumn{"VSZ", "virtual", Unit::Bytes, Meaning::Kibibytes},
    PsColumn{"VSIZE", "virtual", Unit::Bytes, Meaning::Kibibytes},
    PsColumn{"RSS", "resident", Unit::Bytes, Meaning::Kibibytes},
    PsColumn{"RSZ", "resident", Unit::Bytes, Meaning::Kibibytes},
    PsColumn{"SZ", "size_pages", Unit::Count, Meaning::Number},
    PsColumn{"NI", "nice", Unit::None, Meaning::Number},
    PsColumn{"PRI", "priority", Unit::None, Meaning::Number},
    PsColumn{"PSR", "processor", Unit::None, Meaning::Number},
    PsColumn{"MINFL", "minor_faults", Unit::Count, Meaning::Number},
    PsColumn{"MAJFL", "major_faults", Unit::Count, Meaning::Number},
    PsColumn{"MAJFLT", "major_faults", Unit::Count, Meaning::Number},
    PsColumn{"ELAPSED", "elapsed", Unit::Seconds, Meaning::CpuTime},
    PsColumn{"TIME", "cpu_time", Unit::Seconds, Meaning::CpuTime},
    PsColumn{"USER", "user"},
    PsColumn{"UID", "uid"},
    PsColumn{"TTY", "tty"},
    PsColumn{"TT", "tty"},
    PsColumn{"STAT", "state"},
    PsColumn{"S", "state"},
    PsColumn{"START", "started"},
    PsColumn{"STIME", "started"},
    PsColumn{"STARTED", "started", Unit::None, Meaning::Date},
    PsColumn{"COMMAND", "command", Unit::None, Meaning::Command},
    PsColumn{"CMD", "command", Unit::None, Meaning::Command},
    PsColumn{"ARGS", "command", Unit::None, Meaning::Command},
    PsColumn{"COMM", "comm", Unit::None, Meaning::Command},
};

constexpr std::size_t mostColumns = 64;
constexpr string_view headingOfFull = "UID PID PPID C STIME TTY TIME CMD"; // ps -ef

const PsColumn* columnNamed(string_view heading)
{
    for (const PsColumn& column : columns)
        if (column.heading == heading)
            return &column;
    return nullptr;
}

/// Words in capitals, PID among them, and none of top's.
bool isHeading(string_view line)
{
    bool hasPid = false, hasMore = false;
    std::size_t words = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line), ++words) {
        if (word == "TIME+" || word == "VIRT" || words == mostColumns)
            return false;
        for (const char c : word)
            if (c >= 'a' && c <= 'z')
                return false;
        hasPid = hasPid || word == "PID";
        hasMore = hasMore || (word != "PID" && columnNamed(word) != nullptr);
    }
    return hasPid && hasMore;
}

bool isDigits(string_view text)
{
    return parseInteger(text).has_value();
}

/// "root 11524 28295 0 00:17 pts/1 00:00:00 grep": user, pid, ppid, share, time, terminal, CPU time, command.
bool isFullRow(string_view line)
{
    const auto words = fields(line);
    return words.size() >= 8 && !isDigits(words[0]) && isDigits(words[1]) && isDigits(words[2]) && isDigits(words[3])
        && words[6].find(':') != string_view::npos && readProcessTime(words[6])
        && (words[5] == "?" || words[5].starts_with("pts/") || words[5].starts_with("tty"));
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
            if (isHeading(line)) {
                begin(line);
            } else if (m_names.empty() && isComplaint(line)) {
                m_out.note(
                    NoteSeverity::Info, "ps complains before its heading: " + std::string(line.substr(0, 80)), number);
            } else {
                if (m_names.empty() && isFullRow(line)) {
                    m_out.note(NoteSeverity::Info, "there is no heading: the rows are taken as those of ps -ef");
                    begin(headingOfFull);
                }
                readRow(line, number);
            }
        }
        m_table.finish(m_out);
    }

private:
    static bool isComplaint(string_view line)
    {
        return line.find("screen size is bogus") != string_view::npos || line.starts_with("Warning: ")
            || line.starts_with("ps: ");
    }

    void begin(string_view heading)
    {
        if (fields(heading) == m_names)
            return; // repeated, as with --headers
        m_table.finish(m_out);
        m_names = fields(heading);
        for (const string_view name : m_names) {
            const PsColumn* known = columnNamed(name);
            known ? m_table.column(known->name, known->unit) : m_table.column(snakeCase(name));
        }
    }

    void readRow(string_view line, std::uint64_t number)
    {
        if (m_names.empty()) {
            m_out.skipped(line, "a row before the heading");
            return;
        }
        const auto values = split(line);
        if (values.size() != m_names.size()) {
            m_out.skipped(line, "expected a value for each name of the heading");
            return;
        }
        m_table.beginRow(number);
        for (std::size_t i = 0; i < values.size(); ++i)
            set(m_names[i], values[i]);
    }

    /// One value per name. A command that is not the last column may hold blanks: what follows it is taken from the
    /// end of the line.
    std::vector<string_view> split(string_view line) const
    {
        std::vector<string_view> values;
        for (std::size_t i = 0; i < m_names.size(); ++i) {
            const PsColumn* column = columnNamed(m_names[i]);
            const bool isLast = i + 1 == m_names.size();
            if (isLast)
                values.push_back(column && column->meaning == Meaning::Command ? lastCommand(line) : trimmed(line));
            else if (column && column->meaning == Meaning::Command)
                values.push_back(takeCommand(line, m_names.size() - i - 1));
            else if (column && column->meaning == Meaning::Date)
                values.push_back(takeDate(line));
            else
                values.push_back(nextField(line));
            if (values.back().empty())
                return {};
        }
        return values;
    }

    /// The rest, with the indentation that shows a forest.
    static string_view lastCommand(string_view rest)
    {
        if (rest.starts_with(' '))
            rest.remove_prefix(1);
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

    /// lstart is "Wed Feb  9 22:38:08 2022", start is "22:38:08" or "Feb 09".
    static string_view takeDate(string_view& line)
    {
        line = trimmed(line);
        const auto begin = line;
        auto left = line;
        const auto first = nextField(left);
        const auto oneWord = left;
        if (!first.empty() && first.front() >= '0' && first.front() <= '9') {
            line = oneWord;
            return first;
        }
        nextField(left);
        const auto twoWords = left;
        nextField(left);
        nextField(left);
        const auto year = nextField(left);
        line = year.size() == 4 && isDigits(year) ? left : first == "-" ? oneWord : twoWords;
        return trimmed(begin.substr(0, begin.size() - line.size()));
    }

    void set(string_view heading, string_view value)
    {
        if (value == "-")
            return; // not told: of a row of threads (m), the process's row tells it
        const PsColumn* column = columnNamed(heading);
        if (!column) {
            const auto number = parseInteger<std::int64_t>(value);
            const std::string name = snakeCase(heading);
            if (number)
                m_table.set(m_table.column(name), static_cast<double>(*number));
            else
                m_table.set(name, value);
            return;
        }
        constexpr double kibibyte = 1024;
        std::optional<double> number;
        switch (column->meaning) {
        case Meaning::Number:
            number = readLocalNumber(value);
            break;
        case Meaning::Kibibytes:
            number = readLocalNumber(value);
            if (number)
                *number *= kibibyte;
            break;
        case Meaning::CpuTime:
            number = readProcessTime(value);
            break;
        default:
            m_table.set(column->name, value);
            return;
        }
        if (number)
            m_table.set(column->name, column->unit, *number);
        else
            m_table.set(column->name, value);
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"processes", m_time};
    std::vector<string_view> m_names;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        PsReader(listedAt(input, sample), out).read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 4;
    string_view line;
    bool isFull = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isHeading(line))
            return 90;
        isFull = isFull || (i == 0 && isFullRow(line));
    }
    return isFull ? 50 : 0;
}

} // namespace

Parser ps()
{
    return {.id = "ps", .title = "ps output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
