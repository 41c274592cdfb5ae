// The line of uptime, which w prints first too, and w's list of who is logged in. The time of day has no date, so the
// line is a table. Source: man 1 uptime, man 1 w; procps library/uptime.c.
#include "base/text_scanner.h"
#include "parse/log_stamp.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct UptimeLine {
    double upSeconds = notMeasured, users = notMeasured;
    std::array<double, 3> load{};
};

/// "0.40, 0.72, 0.86" or, where the comma is the decimal sign, "0,40, 0,72, 0,86".
std::optional<std::array<double, 3>> readLoads(std::string_view text)
{
    std::array<double, 3> loads{};
    for (double& load : loads) {
        auto word = nextField(text);
        if (word.ends_with(','))
            word.remove_suffix(1);
        const auto number = readLocalNumber(word);
        if (!number)
            return std::nullopt;
        load = *number;
    }
    return loads;
}

/// "up 38 days,  1:34", "up 16:03", "up 38 min", "up 2 min,", "up 1 day, 6 min": seconds.
double readUp(std::string_view text)
{
    constexpr double day = 86400, hour = 3600, minute = 60;
    double seconds = 0;
    bool isKnown = false;
    double number = notMeasured;
    for (auto word = nextField(text); !word.empty(); word = nextField(text)) {
        if (word.ends_with(','))
            word.remove_suffix(1);
        if (const auto plain = parseInteger(word)) {
            number = static_cast<double>(*plain);
        } else if (const auto colon = word.find(':'); colon != std::string_view::npos) {
            const auto hours = parseInteger(word.substr(0, colon)), minutes = parseInteger(word.substr(colon + 1));
            if (!hours || !minutes)
                break;
            seconds += static_cast<double>(*hours) * hour + static_cast<double>(*minutes) * minute;
            isKnown = true;
        } else if (word.starts_with("day") || word.starts_with("min") || word.starts_with("hour") || word == "hr"
            || word.starts_with("sec") || word.starts_with("week")) {
            const char unit = word.front();
            seconds += number
                * (unit == 'd'        ? day
                        : unit == 'm' ? minute
                        : unit == 'h' ? hour
                        : unit == 'w' ? 7 * day
                                      : 1);
            isKnown = true;
        } else if (word.starts_with("user")) {
            break;
        }
    }
    return isKnown ? seconds : notMeasured;
}

double readUsers(std::string_view text)
{
    const auto place = text.find(" user");
    if (place == std::string_view::npos)
        return notMeasured;
    auto head = text.substr(0, place);
    const auto number = parseInteger(trimmed(head.substr(head.find_last_of(" ,") + 1)));
    return number ? static_cast<double>(*number) : notMeasured;
}

std::optional<UptimeLine> readUptime(std::string_view line)
{
    const auto average = line.find("load average");
    const auto colon = average == std::string_view::npos ? average : line.find(':', average);
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto loads = readLoads(line.substr(colon + 1));
    if (!loads)
        return std::nullopt;
    UptimeLine result;
    result.load = *loads;
    const auto head = line.substr(0, average);
    const auto up = head.find("up ");
    // A line whose head is cut off still begins with days or hours.
    result.upSeconds = readUp(up == std::string_view::npos ? head : head.substr(up + 3));
    result.users = readUsers(head);
    return result;
}

void addUptime(const UptimeLine& uptime, std::optional<Time> time, std::uint64_t number, Builder& out)
{
    TableMaker table("uptime", time);
    table.beginRow(number);
    table.set("load_1", Unit::None, uptime.load[0]);
    table.set("load_5", Unit::None, uptime.load[1]);
    table.set("load_15", Unit::None, uptime.load[2]);
    table.set("up", Unit::Seconds, uptime.upSeconds);
    table.set("users", Unit::Count, uptime.users);
    table.finish(out);
}

/// w's heading "USER TTY FROM LOGIN@ IDLE JCPU PCPU WHAT"; FROM is left out with -f or by the build.
bool isUserHeading(std::string_view line)
{
    return nextField(line) == "USER" && nextField(line) == "TTY" && line.find("LOGIN@") != std::string_view::npos;
}

class UserList {
public:
    UserList(std::string_view heading, std::optional<Time> time, Builder& out)
        : m_heading(heading)
        , m_hasFrom(heading.find(" FROM ") != std::string_view::npos)
        , m_out(out)
        , m_table("users", time)
    {
    }

    void readRow(std::string_view line, std::uint64_t number)
    {
        auto left = line;
        const auto user = nextField(left), tty = nextField(left);
        std::string_view from;
        if (m_hasFrom && isFilledAt(line, m_heading.find("FROM"), m_heading.find("LOGIN@")))
            from = nextField(left);
        const auto login = nextField(left), idle = nextField(left), jcpu = nextField(left), pcpu = nextField(left);
        if (pcpu.empty()) {
            m_out.skipped(line, "expected a user, a terminal, times and a command");
            return;
        }
        m_table.beginRow(number);
        m_table.set("user", user);
        m_table.set("tty", tty);
        m_table.set("from", from);
        m_table.set("login", login);
        m_table.set("idle", idle);
        m_table.set("jcpu", jcpu);
        m_table.set("pcpu", pcpu);
        m_table.set("command", trimmed(left));
    }

    void finish() { m_table.finish(m_out); }

private:
    static bool isFilledAt(std::string_view line, std::size_t begin, std::size_t end)
    {
        return begin < line.size() && !trimmed(line.substr(begin, end - begin)).empty();
    }

    std::string_view m_heading;
    bool m_hasFrom;
    Builder& m_out;
    TableMaker m_table;
};

void readText(const Sample& sample, std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    std::optional<UserList> users;
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty())
            continue;
        if (const auto uptime = readUptime(line))
            addUptime(*uptime, time, number, out);
        else if (isUserHeading(line))
            users.emplace(line, time, out);
        else if (users)
            users->readRow(line, number);
        else
            out.skipped(line, "expected the load averages");
    }
    if (users)
        users->finish();
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readText(sample, listedAt(input, sample), out);
}

/// The line alone, or w; top's first line says the same.
int recognise(std::string_view beginning)
{
    std::string_view line;
    if (!nextLine(beginning, line) || !readUptime(line) || line.starts_with("top "))
        return 0;
    std::string_view next;
    const bool isAlone = !nextLine(beginning, next) || trimmed(next).empty() || isUserHeading(next)
        || next.find(" up ") != std::string_view::npos || readUptime(next);
    return isAlone ? 90 : 0;
}

} // namespace

Parser uptime()
{
    return {.id = "uptime", .title = "uptime output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
