// The text of ss: any of -t -u -x -w -0 -a -l -n -p -i -e -o -m -O -H and -s. The heading tells whether protocol and
// state are printed; without one (-H) the rows do. What -i, -m, -o, -p and -e add stands behind the addresses or on an
// indented line below, by name. Source: man 8 ss; iproute2 misc/ss.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/ss_details.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

struct Heading {
    bool hasProtocol = false, hasState = false;
};

std::optional<Heading> readHeading(string_view line)
{
    Heading heading;
    for (auto name = nextField(line); !name.empty(); name = nextField(line)) {
        if (name == "Netid")
            heading.hasProtocol = true;
        else if (name == "State")
            heading.hasState = true;
        else if (name == "Recv-Q")
            return nextField(line) == "Send-Q" && line.find("Local Address") != string_view::npos
                    && line.find("Peer Address") != string_view::npos
                ? std::optional(heading)
                : std::nullopt;
        else
            return std::nullopt;
    }
    return std::nullopt;
}

/// The families of misc/ss.c: netlink, packet, UNIX, Internet, vsock, TIPC, XDP.
bool isProtocol(string_view word)
{
    constexpr std::array<string_view, 22> protocols{"nl", "p_raw", "p_dgr", "u_str", "u_dgr", "u_seq", "tcp", "udp",
        "raw", "sctp", "dccp", "mptcp", "icmp", "icmp6", "v_str", "v_dgr", "ti_st", "ti_sq", "ti_dg", "ti_rd", "xdp",
        "???"};
    return std::find(protocols.begin(), protocols.end(), word) != protocols.end();
}

/// In the spelling of ss.
bool isState(string_view word)
{
    constexpr std::array<string_view, 11> states{"ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
        "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"};
    return std::find(states.begin(), states.end(), word) != states.end();
}

/// What the heading of a row without one (-H) would tell; nothing for other lines.
std::optional<Heading> headingOfRow(string_view line)
{
    Heading heading;
    auto word = nextField(line);
    if (isProtocol(word)) {
        heading.hasProtocol = true;
        word = nextField(line);
    }
    if (isState(word)) {
        heading.hasState = true;
        word = nextField(line);
    }
    const bool isRow = (heading.hasProtocol || heading.hasState) && parseInteger(word) && parseInteger(nextField(line))
        && !nextField(line).empty() && !nextField(line).empty();
    return isRow ? std::optional(heading) : std::nullopt;
}

/// UNIX sockets print a name, which may hold blanks, and a number for each end, with a blank between.
bool hasNumberApart(string_view protocol)
{
    return protocol.starts_with("u_");
}

class SocketTable {
public:
    SocketTable(std::optional<Time> time, Builder& out)
        : m_out(out)
        , m_table("sockets", time)
    {
    }

    /// `rest`: the rows below.
    void begin(Heading heading, string_view rest)
    {
        m_table.finish(m_out);
        m_details.begin();
        m_heading = heading;
        m_isBegun = true;
        // Without a protocol they are of one kind: TCP when one listens, and never unconnected (-u, -w).
        rest = rest.substr(0, farthest);
        const bool isOfTcp = rest.find("UNCONN ") == string_view::npos || rest.find("LISTEN ") != string_view::npos;
        m_onlyProtocol = isOfTcp ? string_view{"tcp"} : string_view{};
        for (const string_view name : {"protocol", "state"})
            m_table.column(name);
        m_table.column("receive_queue", Unit::Bytes);
        m_table.column("send_queue", Unit::Bytes);
        for (const string_view name : {"local", "remote", "process"})
            m_table.column(name);
        m_table.column("pid", Unit::Count);
    }

    void readRow(string_view line, std::uint64_t number)
    {
        auto left = line;
        if (isAssociation(left)) {
            left.remove_prefix(left.find('-') + 1); // of the SCTP socket above
        } else {
            m_protocol = m_heading.hasProtocol ? nextField(left) : m_onlyProtocol;
        }
        const auto state = m_heading.hasState ? nextField(left) : string_view{};
        const auto receiveQueue = parseInteger(nextField(left)), sendQueue = parseInteger(nextField(left));
        const auto local = takeEnd(left), remote = takeEnd(left);
        if (!receiveQueue || !sendQueue || remote.empty()) {
            if (!isPromptOf(line, "ss"))
                m_out.skipped(line, "expected a socket's state, its queues and its two ends");
            return;
        }
        m_table.beginRow(number);
        m_table.set(Protocol, m_protocol);
        m_table.set(State, state);
        m_table.set(ReceiveQueue, static_cast<double>(*receiveQueue));
        m_table.set(SendQueue, static_cast<double>(*sendQueue));
        m_table.set(Local, local);
        m_table.set(Remote, remote);
        m_details.read(left);
    }

    /// "`- ESTAB 0 0 …" below an SCTP socket.
    static bool isAssociation(string_view line) { return trimmed(line).starts_with("`- "); }

    bool hasRow() const { return m_table.rows() > 0; }
    void readDetails(string_view text) { m_details.read(text); }
    void finish()
    {
        hasRow() || !m_out.tables().empty() || !m_isBegun ? m_table.finish(m_out) : m_table.tellEmpty(m_out);
    }

private:
    enum Column : std::size_t { Protocol, State, ReceiveQueue, SendQueue, Local, Remote };
    static constexpr std::size_t farthest = 64 << 10; ///< looked ahead

    /// "127.0.0.1:631", "rtnl:systemd/1", "*"; of a UNIX socket "/run/x 5311", "* 0".
    std::string takeEnd(string_view& left) const
    {
        const auto first = nextField(left);
        if (!hasNumberApart(m_protocol))
            return std::string(first);
        auto rest = left;
        auto number = nextField(rest);
        while (!number.empty() && !parseInteger(number) && number != "*")
            number = nextField(rest);
        if (number.empty()) // cut off
            return std::string(first);
        const auto name = trimmed({first.data(), static_cast<std::size_t>(number.data() - first.data())});
        left = rest;
        return std::string(name).append(" ").append(number);
    }

    Builder& m_out;
    Heading m_heading;
    bool m_isBegun = false;
    string_view m_protocol, m_onlyProtocol;
    TableMaker m_table;
    SsDetails m_details{m_table};
};

bool isSummary(string_view line)
{
    return line.starts_with("Total: ") && parseInteger(nextField(line = line.substr(7)));
}

/// ss -s: "TCP:   23 (estab 5, closed 2, …), ports 0", then a table by transport.
void readSummary(string_view text, std::optional<Time> time, Builder& out)
{
    TableMaker table("socket_summary", time);
    std::uint64_t number = 0;
    std::vector<string_view> names;
    for (string_view line; nextLine(text, line);) {
        ++number;
        const auto words = fields(line);
        if (words.size() < 2)
            continue;
        if (words.front() == "Transport") {
            names.assign(words.begin() + 1, words.end());
            continue;
        }
        auto transport = words.front();
        if (transport.ends_with(':'))
            transport.remove_suffix(1);
        const auto total = parseInteger(words[1]);
        if (!total) {
            out.skipped(line, "expected a transport and its number of sockets");
            continue;
        }
        table.beginRow(number);
        table.set("transport", transport);
        for (std::size_t i = 0; i < names.size() && i + 1 < words.size(); ++i)
            if (const auto value = parseInteger(words[i + 1]))
                table.set(names[i], Unit::Count, static_cast<double>(*value));
        if (!names.empty())
            continue;
        table.set("Total", Unit::Count, static_cast<double>(*total));
        for (std::size_t i = 2; i + 1 < words.size(); ++i) {
            auto name = words[i], value = words[i + 1];
            name.remove_prefix(name.starts_with('(') ? 1 : 0);
            value = value.substr(0, value.find_first_of(",)/"));
            if (const auto count = parseInteger(value))
                table.set(name, Unit::Count, static_cast<double>(*count));
        }
    }
    table.finish(out);
}

/// What ss says about itself: "Failed to find cgroup2 mount", "RTNETLINK answers: Invalid argument".
bool isComplaint(string_view line)
{
    return line.starts_with("Failed to ") || line.starts_with("RTNETLINK ") || line.starts_with("ss: ")
        || line.starts_with("Cannot open netlink");
}

void readText(const Sample& sample, std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    SocketTable table(time, out);
    bool hasHeading = false;
    auto rest = sample.text;
    std::uint64_t number = 0;
    while (!rest.empty()) {
        const auto here = rest;
        string_view line;
        nextLine(rest, line);
        ++number;
        if (trimmed(line).empty())
            continue;
        if (isComplaint(line)) {
            out.note(NoteSeverity::Info, "ss says: " + std::string(line.substr(0, 80)), number);
            continue;
        }
        auto heading = readHeading(line);
        const bool isRow = !heading && !hasHeading && !isSummary(line);
        if (isRow)
            heading = headingOfRow(line);
        if (heading) {
            table.begin(*heading, rest);
            hasHeading = true;
        }
        if (!hasHeading && isSummary(line)) {
            readSummary(here, time, out);
            return;
        }
        if (!hasHeading && isPromptOf(line, "ss"))
            continue;
        if (!hasHeading)
            out.skipped(line, "a row before the heading");
        else if (isBlank(line.front()) && table.hasRow() && !SocketTable::isAssociation(line))
            table.readDetails(line);
        else if (!heading || isRow)
            table.readRow(line, number);
    }
    table.finish();
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readText(sample, listedAt(input, sample), out);
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 5;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (readHeading(line))
            return 95;
        if (i == 0 && headingOfRow(line))
            return 75;
        if (isSummary(line))
            return beginning.starts_with("TCP:") ? 90 : 0;
    }
    return 0;
}

} // namespace

Parser ss()
{
    return {.id = "ss", .title = "ss output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
