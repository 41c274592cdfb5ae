// The text of netstat (net-tools, busybox): sockets of the Internet with -a -n -t -u -p -e -o, UNIX sockets, routes
// (-r), interfaces (-i), groups (-g), masquerading (-M) and the statistics of -s. Sections are told apart by the form
// of their headings and rows, as net-tools translates their words; states are named as in English. Source: man 8
// netstat.
//
// What -s counts is counters, named as those of /proc/net/snmp and /proc/net/netstat; sentences in another language are
// a table. Interfaces are counts since boot in a table.
#include "base/text_scanner.h"
#include "model/flow.h"
#include "parse/netstat_forms.h"
#include "parse/netstat_statistics.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Section : std::uint8_t { None, Sockets, Listing, Statistics };

/// A table of sockets whose columns stand in this order.
class SocketRows {
public:
    enum Column : std::size_t {
        Protocol,
        State,
        ReceiveQueue,
        SendQueue,
        Local,
        Remote,
        Uid,
        Inode,
        Timer,
        TimerExpires,
        Retransmits,
        Process,
        Pid
    };

    explicit SocketRows(std::optional<Time> time)
        : m_table("sockets", time)
    {
        declare();
    }

    TableMaker& table() { return m_table; }
    void finish(Builder& out)
    {
        m_table.finish(out);
        declare();
    }

private:
    void declare()
    {
        for (const string_view name : {"protocol", "state"})
            m_table.column(name);
        m_table.column("receive_queue", Unit::Bytes);
        m_table.column("send_queue", Unit::Bytes);
        for (const string_view name : {"local", "remote", "uid", "inode", "timer"})
            m_table.column(name);
        m_table.column("timer_expires", Unit::Seconds);
        m_table.column("retransmits", Unit::Count);
        m_table.column("process");
        m_table.column("pid", Unit::Count);
    }

    TableMaker m_table;
};

class NetstatReader {
public:
    NetstatReader(const Input& input, const Sample& sample, Builder& out)
        : m_time(listedAt(input, sample))
        , m_out(out)
        , m_statistics(sample.time, m_time, out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (!trimmed(line).empty())
                readLine(line, number);
        }
        dropPending();
        if (m_section == Section::Sockets && m_sockets.table().rows() + m_unix.rows() == 0 && m_out.tables().empty()
            && m_out.skippedLines() == 0)
            m_sockets.table().tellEmpty(m_out);
        finishTables();
    }

private:
    void readLine(string_view line, std::uint64_t number)
    {
        if (m_section == Section::Sockets && readSocketRow(line, number))
            return;
        if (takeRemark(line) || takeHeading(line))
            return;
        switch (m_section) {
        case Section::Listing:
            if (readListed(line, number))
                return;
            break;
        case Section::Statistics:
            m_statistics.readLine(line, number);
            return;
        default:
            break;
        }
        if (readRouteRow(line, number))
            return;
        if (!hasDigit(line) && line.find('/') == string_view::npos && (m_section != Section::Sockets || isTitle(line)))
            keepPending(line);
        else if (!isPromptOf(line, "netstat"))
            m_out.skipped(line,
                m_section == Section::Sockets ? "expected a protocol, two queues and two ends"
                                              : "a row before any heading");
    }

    /// "Aktive Sockets in der UNIX-Domäne (Server und …)": between the parts of a listing.
    static bool isTitle(string_view line) { return line.ends_with(')'); }

    /// Lines without figures are titles and headings in another language: what follows tells.
    void keepPending(string_view line)
    {
        constexpr std::size_t mostAtOnce = 2; // a title, a heading
        if (m_pending.size() == mostAtOnce) {
            m_out.skipped(m_pending.front(), "a row before any heading");
            m_pending.erase(m_pending.begin());
        }
        m_pending.push_back(line);
    }

    void dropPending()
    {
        for (const string_view line : m_pending)
            if (!isPromptOf(line, "netstat"))
                m_out.skipped(line, "a row before any heading");
        m_pending.clear();
    }

    /// "(Not all processes could be identified, …", over two lines, before the first heading.
    bool takeRemark(string_view line)
    {
        const bool isRemark = m_isInRemark || line.starts_with('(');
        m_isInRemark = isRemark && m_section == Section::None && !line.ends_with(')');
        return isRemark;
    }

    bool takeHeading(string_view line)
    {
        if (const auto listing = netstatListing(line); !listing.empty()) {
            beginListing(listing,
                listing == "routes" && line.starts_with("Destination                    Next Hop")
                    ? std::vector<string_view>{"Destination", "Next_Hop", "Flag", "Met", "Ref", "Use", "If"}
                    : fields(line));
            return true;
        }
        if (isSocketHeading(line)) {
            beginSockets(line);
            return true;
        }
        if (isInterfaceHeading(line)) {
            constexpr std::array<string_view, 11> names{
                "iface", "mtu", "rx_ok", "rx_err", "rx_drp", "rx_ovr", "tx_ok", "tx_err", "tx_drp", "tx_ovr", "flg"};
            std::vector<string_view> columns(names.begin(), names.end());
            if (fields(line).size() > names.size()) // net-tools 1.60
                columns.insert(columns.begin() + 2, "met");
            beginListing("interfaces", columns);
            return true;
        }
        if (isStatisticsTitle(line)) {
            beginStatistics(line.substr(0, line.size() - 1));
            return true;
        }
        if (!line.starts_with("---"))
            return isSectionTitle(line);
        if (!m_pending.empty() && fields(m_pending.back()).size() == 3) // -g in another language
            beginListing("multicast_groups", {"interface", "ref_cnt", "group"});
        return true;
    }

    void beginSockets(string_view line)
    {
        m_pending.clear();
        if (!isUnixHeading(line) && m_sockets.table().rows() > 0) { // with -c once more
            m_sockets.finish(m_out);
            m_unix.finish(m_out);
        }
        m_section = Section::Sockets;
        m_hasUser = hasUserColumns(line);
        m_programAt = line.find("PID/");
        m_programWidth = 0;
        if (m_programAt != string_view::npos) {
            const auto path = line.find_first_not_of(' ', line.find("  ", m_programAt));
            m_programWidth = path == string_view::npos ? 0 : path - m_programAt;
        }
    }

    void beginListing(string_view name, std::vector<string_view> columns)
    {
        m_pending.clear();
        finishTables();
        m_section = Section::Listing;
        m_listing = TableMaker(std::string(name), m_time);
        m_isOfInterfaces = name == "interfaces";
        m_names.clear();
        for (const string_view column : columns)
            m_names.push_back(snakeCase(column));
    }

    void beginStatistics(string_view title)
    {
        m_pending.clear();
        m_section = Section::Statistics;
        m_statistics.begin(title);
    }

    // Sockets

    bool readSocketRow(string_view line, std::uint64_t number)
    {
        auto left = line;
        const auto protocol = nextField(left);
        if (protocol == "unix")
            return readUnixSocket(left, number);
        if (!isSocketProtocol(protocol))
            return false;
        const auto receiveQueue = parseInteger(nextField(left)), sendQueue = parseInteger(nextField(left));
        const auto local = nextField(left), remote = nextField(left);
        const bool isCut = protocol.starts_with("tcp") && trimmed(left).empty(); // each has a state
        if (!receiveQueue || !sendQueue || remote.empty() || isCut)
            return false;
        TableMaker& table = m_sockets.table();
        table.beginRow(number);
        table.set(SocketRows::Protocol, protocol);
        auto peek = left;
        const auto state = netstatState(nextField(peek));
        const bool isRaw = protocol.starts_with("raw") && parseInteger(state); // its state is a number
        if (protocol.starts_with("tcp") || tcpStateFromName(state) || isRaw) {
            table.set(SocketRows::State, state);
            left = peek;
        }
        table.set(SocketRows::ReceiveQueue, static_cast<double>(*receiveQueue));
        table.set(SocketRows::SendQueue, static_cast<double>(*sendQueue));
        table.set(SocketRows::Local, local);
        table.set(SocketRows::Remote, remote);
        if (m_hasUser) {
            table.set(SocketRows::Uid, nextField(left));
            table.set(SocketRows::Inode, nextField(left));
        }
        left = takeTimer(left);
        if (m_programAt != string_view::npos)
            setProgram(trimmed(left), [&table](string_view name, double pid) {
                table.set(SocketRows::Process, name);
                table.set(SocketRows::Pid, pid);
            });
        return true;
    }

    /// "keepalive (59.92/0/0)" at the end: what is left of it, timeouts, probes.
    string_view takeTimer(string_view text)
    {
        const auto open = text.rfind(" (");
        const auto close = text.rfind(')');
        if (open == string_view::npos || close == string_view::npos || close < open)
            return text;
        auto inside = text.substr(open + 2, close - open - 2);
        while (inside.starts_with('('))
            inside.remove_prefix(1); // doubled in Estonian
        const auto slash = inside.find('/');
        const auto expires = parseDouble(inside.substr(0, slash));
        if (slash == string_view::npos || !expires)
            return text;
        const auto head = trimmed(text.substr(0, open));
        const auto printed = head.substr(head.find_last_of(" \t") + 1);
        const auto name = netstatTimer(printed);
        inside.remove_prefix(slash + 1);
        TableMaker& table = m_sockets.table();
        table.set(SocketRows::Timer, name);
        if (name != "off") {
            table.set(SocketRows::TimerExpires, *expires);
            if (const auto count = parseInteger(inside.substr(0, inside.find('/'))))
                table.set(SocketRows::Retransmits, static_cast<double>(*count));
        }
        return head.substr(0, head.size() - printed.size());
    }

    /// "2358/sendmail: acce": cut to twenty characters; "-" when it is not ours to see.
    template <typename Set> static void setProgram(string_view text, Set set)
    {
        const auto slash = text.find('/');
        const auto pid = parseInteger(text.substr(0, slash));
        if (slash != string_view::npos && pid)
            set(text.substr(slash + 1), static_cast<double>(*pid));
    }

    /// Behind "unix": "2      [ ACC ]     STREAM     LISTENING     535      1/systemd            /run/x"
    bool readUnixSocket(string_view left, std::uint64_t number)
    {
        const auto references = parseInteger(nextField(left));
        const auto open = left.find('['), close = left.find(']');
        if (!references || open == string_view::npos || close == string_view::npos || close < open)
            return false;
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
        m_unix.set("protocol", "unix");
        m_unix.set("references", Unit::Count, static_cast<double>(*references));
        m_unix.set("flags", flags);
        m_unix.set("type", type);
        m_unix.set("state", netstatUnixState(state));
        if (const auto value = parseInteger(inode))
            m_unix.set("inode", Unit::None, static_cast<double>(*value));
        left = trimmed(left);
        if (m_programAt != string_view::npos) {
            const auto program = m_programWidth == 0 ? left : left.substr(0, std::min(left.size(), m_programWidth));
            setProgram(trimmed(program), [this](string_view name, double pid) {
                m_unix.set("process", name);
                m_unix.set("pid", Unit::Count, pid);
            });
            left.remove_prefix(program.size());
        }
        m_unix.set("path", trimmed(left));
        return true;
    }

    // Listings

    bool readListed(string_view line, std::uint64_t number)
    {
        auto values = fields(line);
        if (m_isOfInterfaces && line.find("no statistics available") != string_view::npos)
            values.resize(2); // an alias: "eth0:1 1500 - no statistics available - BMRU"
        else if (values.size() < m_names.size())
            return false;
        m_listing.beginRow(number);
        for (std::size_t i = 0; i < m_names.size() && i < values.size(); ++i)
            if (const auto value = parseInteger<std::int64_t>(values[i]))
                m_listing.set(m_names[i], Unit::Count, static_cast<double>(*value));
            else
                m_listing.set(m_names[i], values[i]);
        return true;
    }

    /// Routes below a heading in another language: the columns are in the order of the English ones.
    bool readRouteRow(string_view line, std::uint64_t number)
    {
        const auto words = fields(line);
        if (m_pending.empty() || !isRouteRow(words))
            return false;
        const auto heading = m_pending.back();
        std::vector<string_view> names{"destination", "gateway", "genmask", "flags"};
        constexpr std::size_t extended = 11; // -ee
        if (words.size() >= extended)
            names.insert(names.end(), {"metric", "ref", "use", "iface", "mss", "window", "irtt"});
        else if (heading.find("irtt") != string_view::npos)
            names.insert(names.end(), {"mss", "window", "irtt", "iface"});
        else
            names.insert(names.end(), {"metric", "ref", "use", "iface"});
        beginListing("routes", names);
        return readListed(line, number);
    }

    void finishTables()
    {
        m_sockets.finish(m_out);
        m_unix.finish(m_out);
        m_listing.finish(m_out);
        m_statistics.finish();
    }

    std::optional<Time> m_time;
    Builder& m_out;
    Section m_section = Section::None;
    bool m_isInRemark = false;
    std::vector<string_view> m_pending; ///< titles and headings in another language, not yet explained
    SocketRows m_sockets{m_time};
    TableMaker m_unix{"unix_sockets", m_time}, m_listing{"", m_time};
    NetstatStatistics m_statistics;
    std::vector<std::string> m_names; ///< of the listing's columns
    bool m_isOfInterfaces = false; ///< the listing
    bool m_hasUser = false; ///< user and inode are printed (-e)
    std::size_t m_programAt = string_view::npos, m_programWidth = 0;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        NetstatReader(input, sample, out).read(sample);
}

/// A title that -s can begin with.
bool isProtocolTitle(string_view line)
{
    constexpr std::array<string_view, 12> titles{"Ip:", "Ip6:", "Icmp:", "Icmp6:", "IcmpMsg:", "Tcp:", "TcpExt:",
        "IpExt:", "Udp:", "Udp6:", "UdpLite:", "UdpLite6:"};
    return std::find(titles.begin(), titles.end(), line) != titles.end();
}

/// Below a title of -s: "    428 segments retransmitted", "    InType3: 12", "    Forwarding: 2", or another title.
bool isStatisticsLine(string_view rest)
{
    string_view line;
    if (!nextLine(rest, line))
        return false;
    return (line.starts_with("    ") && hasDigit(line) && line.find("  ", 4) == string_view::npos)
        || (isStatisticsTitle(line) && nextLine(rest, line) && line.starts_with("    "));
}

/// A heading, or in other languages: a row of sockets below "Proto", routes below a heading, a rule below three words.
int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 12;
    string_view line, last;
    bool hasHeading = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); last = line, ++i) {
        if (line.starts_with("Proto Recv-Q Send-Q ") || line.starts_with("Proto RefCnt ")
            || !netstatListing(line).empty())
            return 95;
        if (isProtocolTitle(line) && isStatisticsLine(beginning))
            return 80;
        if (isInterfaceHeading(line))
            return 85;
        const auto words = fields(line);
        if (hasHeading && words.size() >= 5 && (isSocketProtocol(words[0]) || words[0] == "unix"))
            return 90;
        hasHeading = hasHeading || isSocketHeading(line);
        if (i > 0 && !hasDigit(last) && fields(last).size() >= 8 && isRouteRow(words))
            return 75;
        if (line.starts_with("---------------") && i > 0 && !hasDigit(last) && fields(last).size() == 3
            && last.find(':') == string_view::npos && line.find(' ') != string_view::npos && fields(line).size() == 3)
            return 60;
    }
    return 0;
}

} // namespace

Parser netstat()
{
    return {.id = "netstat", .title = "netstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
