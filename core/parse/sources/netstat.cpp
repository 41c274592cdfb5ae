// The text of netstat (net-tools): sockets of the Internet with -a -n -t -u -p -e -o, UNIX sockets, routes (-r),
// interfaces (-i), groups (-g) and the statistics of -s, each its own table. Sections are told apart by their headings,
// which net-tools translates in part; states and protocols it does not. Source: man 8 netstat; net-tools netstat.c.
//
// Interfaces and statistics are counts since boot: tables, never rates.
#include "base/text_scanner.h"
#include "model/flow.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Section : std::uint8_t { None, Internet, Unix, Listing, Statistics };

bool isInternetHeading(string_view line)
{
    return line.starts_with("Proto Recv-Q Send-Q ");
}
bool isUnixHeading(string_view line)
{
    return line.starts_with("Proto RefCnt ");
}

/// The name of the table whose heading of columns this is: -r, -i, -g; "" for other lines.
string_view listingOf(string_view line)
{
    const auto first = nextField(line), second = nextField(line);
    if (first == "Destination" && (second == "Gateway" || second == "Next"))
        return "routes";
    if (first == "Iface" && second == "MTU")
        return "interfaces";
    if (first == "Interface" && second == "RefCnt")
        return "multicast_groups";
    return {};
}

bool isSectionTitle(string_view line)
{
    return line.starts_with("Active ") || line.starts_with("Kernel ") || line.starts_with("IPv6/IPv4 Group");
}

/// "Ip:", "TcpExt:" of -s.
bool isStatisticsTitle(string_view line)
{
    return line.size() > 2 && line.ends_with(':') && line.find(' ') == string_view::npos && line.front() >= 'A'
        && line.front() <= 'Z';
}

class NetstatReader {
public:
    NetstatReader(std::optional<Time> time, Builder& out)
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
            if (!trimmed(line).empty() && !takeRemark(line) && !takeHeading(line))
                readRow(line, number);
        }
        finishTables();
    }

private:
    /// "(Not all processes could be identified, …", over two lines, before the first heading.
    bool takeRemark(string_view line)
    {
        const bool isRemark = m_isInRemark || line.starts_with('(');
        m_isInRemark = isRemark && m_section == Section::None && !line.ends_with(')');
        return isRemark;
    }

    bool takeHeading(string_view line)
    {
        if (isInternetHeading(line) || isUnixHeading(line)) {
            m_section = isInternetHeading(line) ? Section::Internet : Section::Unix;
            m_hasUser = line.find(" Inode") != string_view::npos || line.find(" I-Node") != string_view::npos;
            m_programAt = line.find("PID/");
            m_programWidth = m_programAt == string_view::npos ? 0 : line.find("Path") - m_programAt;
            return true;
        }
        if (const auto listing = listingOf(line); !listing.empty()) {
            finishTables();
            m_section = Section::Listing;
            m_listing = TableMaker(std::string(listing), m_time);
            m_names = listing == "routes" && line.starts_with("Destination                    Next Hop")
                ? std::vector<string_view>{"Destination", "Next_Hop", "Flag", "Met", "Ref", "Use", "If"}
                : fields(line);
            return true;
        }
        if (isStatisticsTitle(line)) {
            m_section = Section::Statistics;
            m_title = line.substr(0, line.size() - 1);
            return true;
        }
        return isSectionTitle(line) || line.starts_with("---");
    }

    void readRow(string_view line, std::uint64_t number)
    {
        switch (m_section) {
        case Section::Internet:
            readSocket(line, number);
            break;
        case Section::Unix:
            readUnixSocket(line, number);
            break;
        case Section::Listing:
            readListed(line, number);
            break;
        case Section::Statistics:
            readStatistic(line, number);
            break;
        case Section::None:
            m_out.skipped(line, "a row before any heading");
            break;
        }
    }

    void readSocket(string_view line, std::uint64_t number)
    {
        auto left = line;
        const auto protocol = nextField(left);
        const auto receiveQueue = parseInteger(nextField(left)), sendQueue = parseInteger(nextField(left));
        const auto local = nextField(left), remote = nextField(left);
        if (!receiveQueue || !sendQueue || remote.empty()) {
            m_out.skipped(line, "expected a protocol, two queues and two ends");
            return;
        }
        m_sockets.beginRow(number);
        m_sockets.set("protocol", protocol);
        auto peek = left;
        const auto state = nextField(peek);
        const bool isRaw = protocol.starts_with("raw") && parseInteger(state); // its state is a number
        if (tcpStateFromName(state) || isRaw) {
            m_sockets.set("state", state);
            left = peek;
        }
        m_sockets.set("receive_queue", Unit::Bytes, static_cast<double>(*receiveQueue));
        m_sockets.set("send_queue", Unit::Bytes, static_cast<double>(*sendQueue));
        m_sockets.set("local", local);
        m_sockets.set("remote", remote);
        if (m_hasUser) {
            m_sockets.set("uid", nextField(left));
            m_sockets.set("inode", nextField(left));
        }
        left = takeTimer(left);
        if (m_programAt != string_view::npos)
            setProgram(m_sockets, trimmed(left));
    }

    /// "keepalive (59.92/0/0)" at the end: what is left of it, timeouts, probes.
    string_view takeTimer(string_view text)
    {
        const auto open = text.rfind(" (");
        const auto close = text.rfind(')');
        if (open == string_view::npos || close == string_view::npos || close < open)
            return text;
        auto inside = text.substr(open + 2, close - open - 2);
        const auto slash = inside.find('/');
        const auto expires = parseDouble(inside.substr(0, slash));
        if (slash == string_view::npos || !expires)
            return text;
        const auto head = trimmed(text.substr(0, open));
        const auto name = head.substr(head.find_last_of(" \t") + 1);
        inside.remove_prefix(slash + 1);
        m_sockets.set("timer", name);
        if (name != "off") {
            m_sockets.set("timer_expires", Unit::Seconds, *expires);
            if (const auto count = parseInteger(inside.substr(0, inside.find('/'))))
                m_sockets.set("retransmits", Unit::Count, static_cast<double>(*count));
        }
        return head.substr(0, head.size() - name.size());
    }

    /// "2358/sendmail: acce": cut to twenty characters; "-" when it is not ours to see.
    static void setProgram(TableMaker& table, string_view text)
    {
        const auto slash = text.find('/');
        const auto pid = parseInteger(text.substr(0, slash));
        if (slash == string_view::npos || !pid)
            return;
        table.set("process", text.substr(slash + 1));
        table.set("pid", Unit::Count, static_cast<double>(*pid));
    }

    /// "unix  2      [ ACC ]     STREAM     LISTENING     535      1/systemd            /run/x"
    void readUnixSocket(string_view line, std::uint64_t number)
    {
        auto left = line;
        const auto protocol = nextField(left);
        const auto references = parseInteger(nextField(left));
        const auto open = left.find('['), close = left.find(']');
        if (!references || open == string_view::npos || close == string_view::npos || close < open) {
            m_out.skipped(line, "expected a UNIX socket: references, flags, type, state, inode, path");
            return;
        }
        const auto flags = trimmed(left.substr(open + 1, close - open - 1));
        left.remove_prefix(close + 1);
        const auto type = nextField(left);
        auto inode = nextField(left);
        string_view state;
        if (!parseInteger(inode)) {
            state = inode;
            inode = nextField(left);
        }
        m_unix.beginRow(number);
        m_unix.set("protocol", protocol);
        m_unix.set("references", Unit::Count, static_cast<double>(*references));
        m_unix.set("flags", flags);
        m_unix.set("type", type);
        m_unix.set("state", state);
        if (const auto value = parseInteger(inode))
            m_unix.set("inode", Unit::None, static_cast<double>(*value));
        left = trimmed(left);
        if (m_programAt != string_view::npos) {
            const auto program = left.substr(0, std::min(left.size(), m_programWidth));
            setProgram(m_unix, trimmed(program));
            left.remove_prefix(program.size());
        }
        m_unix.set("path", trimmed(left));
    }

    void readListed(string_view line, std::uint64_t number)
    {
        const auto values = fields(line);
        if (values.size() < m_names.size()) {
            m_out.skipped(line, "expected a value for each name of the heading");
            return;
        }
        m_listing.beginRow(number);
        for (std::size_t i = 0; i < m_names.size(); ++i) {
            const std::string name = snakeCase(m_names[i]);
            if (const auto value = parseInteger<std::int64_t>(values[i]))
                m_listing.set(name, Unit::Count, static_cast<double>(*value));
            else
                m_listing.set(name, values[i]);
        }
    }

    /// "1648 active connections openings", "TCPLossProbes: 12", "Quick ack mode was activated 9 times".
    void readStatistic(string_view line, std::uint64_t number)
    {
        const auto text = trimmed(line);
        std::optional<std::uint64_t> value;
        auto left = text;
        for (auto word = nextField(left); !word.empty() && !value; word = nextField(left))
            value = parseInteger(word);
        if (!value) {
            if (!text.ends_with(':') && !text.ends_with('.')) // a heading of its own: "ICMP input histogram:"
                m_out.skipped(line, "expected a number and what it counts");
            return;
        }
        m_statistics.beginRow(number);
        m_statistics.set("protocol", m_title);
        m_statistics.set("text", text);
        m_statistics.set("value", Unit::Count, static_cast<double>(*value));
    }

    void finishTables()
    {
        m_sockets.finish(m_out);
        m_unix.finish(m_out);
        m_listing.finish(m_out);
        m_statistics.finish(m_out);
    }

    std::optional<Time> m_time;
    Builder& m_out;
    Section m_section = Section::None;
    bool m_isInRemark = false;
    TableMaker m_sockets{"sockets", m_time}, m_unix{"unix_sockets", m_time}, m_listing{"", m_time},
        m_statistics{"netstat_statistics", m_time};
    std::vector<string_view> m_names; ///< of the listing's columns
    string_view m_title; ///< of the statistics
    bool m_hasUser = false; ///< user and inode are printed (-e)
    std::size_t m_programAt = string_view::npos, m_programWidth = 0;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        NetstatReader(listedAt(input, sample), out).read(sample);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 8;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isInternetHeading(line) || isUnixHeading(line) || !listingOf(line).empty())
            return 95;
        if (i == 0 && line == "Ip:")
            return 80;
    }
    return 0;
}

} // namespace

Parser netstat()
{
    return {.id = "netstat", .title = "netstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
