// `sadf -d` ("database": a heading that begins with "# hostname" and rows of values between semicolons), `sadf -dh`
// (all activities of a time in one row) and `sadf -p` (a value a line, between tabs). Source: man 1 sadf, rndr_stats.c.
//
// Read twice like sar's text: the activities each begin at the first time again.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/sadf_groups.h"
#include "parse/sysstat_rows.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view headingStart = "# hostname;interval;timestamp";
constexpr std::size_t rowStart = 3; ///< host, interval, time

enum class Pass : std::uint8_t { Times, Values };

void split(string_view line, char separator, std::vector<string_view>& parts)
{
    parts.clear();
    for (;;) {
        const auto end = line.find(separator);
        parts.push_back(line.substr(0, end));
        if (end == string_view::npos)
            return;
        line.remove_prefix(end + 1);
    }
}

/// What stands behind the host: a tab in sadf -p. There may be more of the other further on.
char separatorOf(string_view line)
{
    const auto place = line.find_first_of(";\t");
    return place == string_view::npos ? ';' : line[place];
}

struct SadfTime {
    Time time{};
    bool isLocal = false; ///< -T and -t: of the host's zone or of the file's
};
/// "2019-04-18 13:20:19 UTC", without a zone with -T, "1555593619" with -U and of sysstat up to 9.
std::optional<SadfTime> readTime(string_view text)
{
    constexpr std::uint64_t latest = 9'000'000'000; // inside what nanoseconds can hold
    if (const auto seconds = parseInteger(text); seconds && *seconds < latest)
        return SadfTime{Time{std::chrono::seconds{*seconds}}, false};
    const auto date = nextField(text), clock = nextField(text), zone = nextField(text);
    const auto time = parseRfc3339(std::string(date) + 'T' + std::string(clock) + 'Z');
    return time ? std::optional(SadfTime{*time, zone != "UTC" && zone != "GMT"}) : std::nullopt;
}

/// "cpu3", "ttyS1", "fan2" of sadf -p are the items 3, 1 and 2 of their activity.
string_view itemOf(string_view device, const SysstatActivity* activity)
{
    if (!activity || activity->key.empty())
        return device;
    const auto number = device.find_first_of("0123456789");
    const auto word = device.substr(0, number);
    if (number == string_view::npos || word.size() < activity->key.size() || !parseInteger(device.substr(number)))
        return device;
    for (std::size_t i = 0; i < activity->key.size(); ++i)
        if (word[i] != static_cast<char>(activity->key[i] - 'A' + 'a'))
            return device;
    const auto rest = word.substr(activity->key.size());
    return rest.empty() || rest == "S" ? device.substr(number) : device;
}

class SadfReader {
public:
    SadfReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
        , m_remarks(out)
    {
    }

    void read()
    {
        scan(Pass::Times);
        std::sort(m_times.begin(), m_times.end());
        m_times.erase(std::unique(m_times.begin(), m_times.end()), m_times.end());
        m_out.setTicks(std::move(m_times));
        m_out.setClock(Clock::Wall);
        scan(Pass::Values);
        for (const auto& [key, rows] : m_rows)
            rows->finish();
        m_out.setCivilTimes(m_isLocal ? CivilTimes::Local : CivilTimes::No);
        if (m_isCpuNumbered)
            m_out.note(NoteSeverity::Info,
                "sadf -d does not name the CPUs of its interrupts: they are numbered in their order");
    }

private:
    void scan(Pass pass)
    {
        m_pass = pass;
        m_groups.clear();
        for (const Sample& sample : m_input.samples) {
            m_out.setText(sample.text);
            auto rest = sample.text;
            m_line = 0;
            for (string_view line; nextLine(rest, line);) {
                ++m_line;
                readLine(line);
            }
            flushValue();
        }
    }

    void readLine(string_view line)
    {
        if (trimmed(line).empty())
            return;
        if (line.starts_with(headingStart)) {
            takeHeading(line);
            return;
        }
        const bool isValue = separatorOf(line) == '\t';
        split(line, separatorOf(line), m_parts);
        const auto time = m_parts.size() > rowStart ? timeOf(m_parts[2]) : std::nullopt;
        if (!time) {
            skip(line, "expected a host, an interval, a time and values");
            return;
        }
        if (m_parts[1] == "-1" && takeRemark(*time, m_parts[rowStart]))
            return;
        if (isValue)
            takeValue(line, *time);
        else
            takeRow(line, *time);
    }

    void skip(string_view line, string_view why)
    {
        if (m_pass == Pass::Values)
            m_out.skipped(line, why);
    }

    /// Most rows have the time of the row before.
    std::optional<Time> timeOf(string_view text)
    {
        if (text == m_lastTimeText && m_lastTime)
            return m_lastTime;
        const auto read = readTime(text);
        if (!read)
            return std::nullopt;
        m_lastTimeText = text;
        m_lastTime = read->time;
        m_isLocal = m_isLocal || read->isLocal;
        return m_lastTime;
    }

    void takeTime(Time time)
    {
        if (m_pass == Pass::Times && (m_times.empty() || m_times.back() != time))
            m_times.push_back(time);
    }

    /// "LINUX-RESTART", "LINUX-RESTART (9 CPU)", "COM text"
    bool takeRemark(Time time, string_view text)
    {
        constexpr string_view restart = "LINUX-RESTART", comment = "COM";
        if (text.starts_with(restart)) {
            takeTime(time);
            auto rest = text.substr(restart.size());
            const auto open = rest.find('(');
            rest = open == string_view::npos ? string_view() : rest.substr(open + 1);
            if (m_pass == Pass::Values)
                m_remarks.restart(time, parseInteger<unsigned>(nextField(rest)), m_line);
            return true;
        }
        if (!text.starts_with(comment))
            return false;
        if (m_pass == Pass::Values)
            m_remarks.comment(time, trimmed(text.substr(comment.size())), m_line);
        return true;
    }

    // sadf -d

    void takeHeading(string_view line)
    {
        split(line, ';', m_parts);
        const std::vector<string_view> names(m_parts.begin() + rowStart, m_parts.end());
        m_groups = sadfGroups(names);
        m_lastRowTime.reset();
    }

    void takeRow(string_view line, Time time)
    {
        if (m_groups.empty()) {
            skip(line, "a row before any heading");
            return;
        }
        // The times of an activity do not go back: a heading must be missing.
        if (m_lastRowTime && time < *m_lastRowTime) {
            m_groups.clear();
            skip(line, "a row before any heading");
            return;
        }
        m_lastRowTime = time;
        if (m_pass == Pass::Times) {
            takeTime(time);
            return;
        }
        m_out.host().hostname = m_parts[0];
        const std::span<const string_view> values(m_parts.data() + rowStart, m_parts.size() - rowStart);
        const auto items = sadfItems(m_groups, values);
        if (!items) {
            skip(line,
                m_groups.size() == 1 ? "expected one value for each name of the heading"
                                     : "several lists in one row, whose lengths it does not tell");
            return;
        }
        for (const SadfItem& item : *items) {
            if (item.isCpuNumbered)
                m_isCpuNumbered = true;
            if (!addItem(time, item)) {
                skip(line, "expected numbers below the names of the heading");
                return;
            }
        }
    }

    bool addItem(Time time, const SadfItem& item)
    {
        SysstatRows& rows = rowsOf(item.names);
        const auto& fields = rows.layout().fields;
        m_cells.resize(item.values.size());
        for (std::size_t i = 0; i < item.values.size(); ++i) {
            m_cells[i] = {item.values[i]};
            if (fields[i].role != SysstatField::Role::Value || item.values[i].empty())
                continue;
            const auto number = readSysstatNumber(item.values[i]);
            if (!number)
                return false;
            m_cells[i] = *number;
        }
        return rows.add(time, m_cells);
    }

    SysstatRows& rowsOf(std::span<const string_view> names)
    {
        m_key.clear();
        for (const string_view name : names)
            m_key.append(name).append(";");
        auto& rows = m_rows[m_key];
        if (!rows)
            rows = std::make_unique<SysstatRows>(sysstatLayout(names), m_input.host, m_out);
        return *rows;
    }

    // sadf -p

    /// "host  600  time  device  name  value": what belongs together comes one below the other.
    void takeValue(string_view line, Time time)
    {
        constexpr std::size_t parts = 6;
        if (m_parts.size() != parts) {
            skip(line, "expected a host, an interval, a time, a device, a name and a value");
            return;
        }
        takeTime(time);
        if (m_pass == Pass::Times)
            return;
        m_out.host().hostname = m_parts[0];
        const auto device = m_parts[3], name = m_parts[4], value = m_parts[5];
        const auto* activity = sadfActivityOf(name, device != "-", m_activity);
        const bool isSameItem = activity == m_activity && device == m_device && time == m_valueTime;
        const auto place = static_cast<std::size_t>(std::find(m_names.begin(), m_names.end(), name) - m_names.begin());
        if (isSameItem && place < m_names.size() && m_values[place] == value)
            return; // the line is there twice
        if (!isSameItem || place < m_names.size())
            flushValue();
        m_activity = activity;
        m_device = device;
        m_valueTime = time;
        if (m_names.empty() && device != "-") {
            m_names.push_back(activity && !activity->key.empty() ? activity->key : string_view("ITEM"));
            m_values.push_back(itemOf(device, activity));
        }
        m_names.push_back(name);
        m_values.push_back(value);
        m_valueLine = line;
    }

    void flushValue()
    {
        if (!m_names.empty() && !addItem(m_valueTime, {m_names, m_values, false}))
            skip(m_valueLine, "expected a number");
        m_names.clear();
        m_values.clear();
    }

    const Input& m_input;
    Builder& m_out;
    SysstatRemarks m_remarks;
    Pass m_pass = Pass::Times;
    std::vector<Time> m_times;
    std::vector<string_view> m_parts; ///< of the line
    string_view m_lastTimeText;
    std::optional<Time> m_lastTime;
    std::optional<Time> m_lastRowTime; ///< below the last heading
    std::uint64_t m_line = 0; ///< of the sample, 1-based
    bool m_isLocal = false, m_isCpuNumbered = false;
    std::vector<SadfGroup> m_groups; ///< of the last heading
    std::map<std::string, std::unique_ptr<SysstatRows>, std::less<>> m_rows;
    std::string m_key;
    std::vector<SysstatCell> m_cells;
    // Of sadf -p: what has been read of one item
    const SysstatActivity* m_activity = nullptr;
    string_view m_device, m_valueLine;
    Time m_valueTime{};
    std::vector<string_view> m_names, m_values;
};

void parse(const Input& input, Builder& out)
{
    SadfReader(input, out).read();
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 20;
    string_view line;
    std::vector<string_view> parts;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (line.starts_with(headingStart))
            return 95;
        split(line, separatorOf(line), parts);
        if (parts.size() > rowStart && parts[1] == "-1" && parts[rowStart].starts_with("LINUX-RESTART"))
            return 85;
        constexpr std::size_t partsOfValue = 6;
        if (parts.size() == partsOfValue && parseInteger(parts[1]) && readTime(parts[2]) && isSysstatName(parts[4]))
            return 90;
    }
    return 0;
}

} // namespace

Parser sadf_csv()
{
    return {.id = "sadf_csv", .title = "sadf -d and -p output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
