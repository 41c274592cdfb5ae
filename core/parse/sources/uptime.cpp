// The line of uptime, which w prints first too, and w's list of who is logged in. One line is a table, as it has a time
// of day and no date; several, of a loop, are series. Source: man 1 uptime, man 1 w; procps library/uptime.c, src/w.c.
#include "base/text_scanner.h"
#include "parse/civil_time.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"
#include "parse/top_summary.h"
#include "parse/uptime_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

struct NumberedLine {
    UptimeLine uptime;
    std::uint64_t number = 0;
};

void addTable(const NumberedLine& line, std::optional<Time> time, Builder& out)
{
    TableMaker table("uptime", time);
    table.beginRow(line.number);
    table.set("load_1", Unit::None, line.uptime.load[0]);
    table.set("load_5", Unit::None, line.uptime.load[1]);
    table.set("load_15", Unit::None, line.uptime.load[2]);
    table.set("up", Unit::Seconds, line.uptime.upSeconds);
    table.set("users", Unit::Count, line.uptime.users);
    table.finish(out);
}

/// uptime -p: "up 2 weeks, 3 hours, 5 minutes".
std::optional<double> readPretty(string_view line)
{
    if (!line.starts_with("up ") || line.find("load") != string_view::npos)
        return std::nullopt;
    const double seconds = readUpTime(line.substr(3));
    return std::isnan(seconds) ? std::nullopt : std::optional(seconds);
}

// w

enum class UserField : std::uint8_t { User, Tty, From, Login, Idle, SessionTime, CommandTime, Pid, Command };
struct UserColumn {
    string_view heading;
    UserField field;
};
/// Of procps, its translations and busybox; what is not known is told by its place.
constexpr std::array userColumns{UserColumn{"USER", UserField::User}, UserColumn{"TTY", UserField::Tty},
    UserColumn{"FROM", UserField::From}, UserColumn{"VON", UserField::From}, UserColumn{"DESDE", UserField::From},
    UserColumn{"DE", UserField::From}, UserColumn{"Z", UserField::From}, UserColumn{"З", UserField::From},
    UserColumn{"来自", UserField::From}, UserColumn{"DIN", UserField::From}, UserColumn{"FRÅN", UserField::From},
    UserColumn{"TỪ", UserField::From}, UserColumn{"LOGIN@", UserField::Login}, UserColumn{"IDLE", UserField::Idle},
    UserColumn{"JCPU", UserField::SessionTime}, UserColumn{"PCPU", UserField::CommandTime},
    UserColumn{"WHAT", UserField::Command}, UserColumn{"QUOI", UserField::Command},
    UserColumn{"LOGIN-PID", UserField::Pid}, UserColumn{"WHAT-PID", UserField::Pid}};

struct UserHeading {
    bool hasFrom = false, hasTimes = false; ///< login, session and command time: not with -s
    std::size_t fromBegin = 0, fromEnd = 0; ///< in characters; rows are of ASCII
};

/// Continuation bytes of UTF-8 take no room.
std::size_t charactersBefore(string_view line, string_view name)
{
    const auto before = line.substr(0, static_cast<std::size_t>(name.data() - line.data()));
    return static_cast<std::size_t>(std::count_if(
        before.begin(), before.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// "USER TTY FROM LOGIN@ IDLE JCPU PCPU WHAT"; FROM is left out with -f or by the build.
std::optional<UserHeading> readUserHeading(string_view line)
{
    const auto names = fields(line);
    if (names.size() < 4 || names[1] != "TTY")
        return std::nullopt;
    UserHeading heading;
    bool hasFrom = false;
    for (const UserColumn& column : userColumns)
        hasFrom = hasFrom || (column.field == UserField::From && column.heading == names[2]);
    const auto has = [&names](string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    heading.hasTimes = has("JCPU") && has("PCPU");
    if (!heading.hasTimes && !has("IDLE"))
        return std::nullopt;
    heading.hasFrom = hasFrom || (heading.hasTimes && names.size() >= 8);
    if (heading.hasFrom && names.size() > 3) {
        heading.fromBegin = charactersBefore(line, names[2]);
        heading.fromEnd = charactersBefore(line, names[3]);
    }
    return heading;
}

class UserList {
public:
    UserList(const UserHeading& heading, std::optional<Time> time, Builder& out)
        : m_heading(heading)
        , m_out(out)
        , m_table("users", time)
    {
    }

    void readRow(string_view line, std::uint64_t number)
    {
        auto left = line;
        const auto user = nextField(left), tty = nextField(left);
        string_view from;
        if (m_heading.hasFrom && isFromFilled(line))
            from = nextField(left);
        string_view login, session, command;
        if (m_heading.hasTimes)
            login = nextField(left);
        const auto idle = nextField(left);
        if (m_heading.hasTimes) {
            session = nextField(left);
            command = nextField(left);
        }
        if (idle.empty() || (m_heading.hasTimes && command.empty())) {
            m_out.skipped(line, "expected a user, a terminal, times and a command");
            return;
        }
        m_table.beginRow(number);
        m_table.set("user", user);
        m_table.set("tty", tty);
        m_table.set("from", from);
        m_table.set("login", login);
        m_table.set("idle", idle);
        m_table.set("jcpu", session);
        m_table.set("pcpu", command);
        m_table.set("command", trimmed(left));
    }

    void finish() { m_table.finish(m_out); }

private:
    bool isFromFilled(string_view line) const
    {
        return m_heading.fromBegin < line.size()
            && !trimmed(line.substr(m_heading.fromBegin, m_heading.fromEnd - m_heading.fromBegin)).empty();
    }

    UserHeading m_heading;
    Builder& m_out;
    TableMaker m_table;
};

class UptimeReader {
public:
    UptimeReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        const auto time = listedAt(m_input, sample);
        std::optional<UserList> users;
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty())
                continue;
            if (const auto uptime = readUptimeLine(line)) {
                m_lines.push_back({*uptime, number});
            } else if (const auto heading = readUserHeading(line)) {
                if (users)
                    users->finish();
                users.emplace(*heading, time, m_out);
            } else if (users) {
                users->readRow(line, number);
            } else if (const auto seconds = readPretty(trimmed(line))) {
                TableMaker table("uptime", time);
                table.beginRow(number);
                table.set("up", Unit::Seconds, *seconds);
                table.finish(m_out);
            } else if (!isPromptOf(line, "uptime") && !isPromptOf(line, "w")) {
                m_out.skipped(line, "expected the load averages");
            }
        }
        if (users)
            users->finish();
        if (m_lines.size() == 1 && m_input.samples.size() == 1)
            addTable(m_lines.front(), time, m_out);
        else
            addSeries(sample);
        m_lines.clear();
    }

private:
    /// Placed by their times of day, from the first on; without them one second apart.
    void addSeries(const Sample& sample)
    {
        const bool hasTimes = std::all_of(
            m_lines.begin(), m_lines.end(), [](const NumberedLine& line) { return line.uptime.timeOfDay.has_value(); });
        DayClock clock;
        std::optional<Time> first, last;
        for (std::size_t i = 0; i < m_lines.size(); ++i) {
            const UptimeLine& uptime = m_lines[i].uptime;
            Time time = hasTimes ? clock.next(*uptime.timeOfDay) : Time{std::chrono::seconds{i}};
            if (!first)
                first = time;
            time -= first->time_since_epoch();
            if (m_input.clock == Clock::Wall)
                time += sample.time.time_since_epoch();
            if (last && time <= *last) {
                m_out.note(NoteSeverity::Info, "a line of the same second as the one before it was left out",
                    m_lines[i].number);
                continue;
            }
            last = time;
            add(uptime, time);
        }
        if (m_lines.size() > 1 && m_input.clock != Clock::Wall)
            m_out.note(NoteSeverity::Info,
                hasTimes ? "the lines have a time of day and no date: they are placed by seconds since the first"
                         : "the lines have no time of day: they are numbered as if one second apart");
    }

    void add(const UptimeLine& uptime, Time time)
    {
        m_out.add("load.1", {}, Unit::None, Kind::Gauge, time, uptime.load[0]);
        m_out.add("load.5", {}, Unit::None, Kind::Gauge, time, uptime.load[1]);
        m_out.add("load.15", {}, Unit::None, Kind::Gauge, time, uptime.load[2]);
        if (!std::isnan(uptime.upSeconds))
            m_out.add("system.uptime", {}, Unit::Seconds, Kind::Gauge, time, uptime.upSeconds);
        if (!std::isnan(uptime.users))
            m_out.add("system.users", {}, Unit::Count, Kind::Gauge, time, uptime.users);
    }

    const Input& m_input;
    Builder& m_out;
    std::vector<NumberedLine> m_lines;
};

void parse(const Input& input, Builder& out)
{
    UptimeReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

/// The line alone or repeated, or w; top's first line says the same.
int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 4;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (i == 0 && readPretty(trimmed(line)))
            return trimmed(beginning).empty() ? 60 : 0;
        if (readTopHead(line) || (i == 0 && readUserHeading(line)))
            return readTopHead(line) ? 0 : 85; // w -h has no line of uptime
        if (!readUptimeLine(line))
            continue;
        string_view next;
        const bool isAlone = !nextLine(beginning, next) || trimmed(next).empty() || readUserHeading(next)
            || readUptimeLine(next) || next.find(" up ") != string_view::npos || isPromptOf(next, "w")
            || isPromptOf(next, "uptime");
        return isAlone ? 90 : 0;
    }
    return 0;
}

} // namespace

Parser uptime()
{
    return {.id = "uptime", .title = "uptime output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
