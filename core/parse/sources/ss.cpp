// The text of ss: any of -t -u -x -a -l -n -p -i -e -o -m -O and -s. The heading tells whether protocol and state are
// printed; what -i, -m, -o, -p and -e add stands behind the addresses or on an indented line below, by name.
// Source: man 8 ss; iproute2 misc/ss.c, tcp_stats_print().
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// What "name:value" behind the addresses means; `divisor` by our unit.
struct SsFigure {
    string_view name, column;
    Unit unit;
    double divisor = 1;
};
constexpr double milliseconds = 1000;
constexpr std::array figures{
    SsFigure{"rto", "rto", Unit::Seconds, milliseconds},
    SsFigure{"ato", "ato", Unit::Seconds, milliseconds},
    SsFigure{"mss", "mss", Unit::Bytes},
    SsFigure{"pmtu", "path_mtu", Unit::Bytes},
    SsFigure{"rcvmss", "receive_mss", Unit::Bytes},
    SsFigure{"advmss", "advertised_mss", Unit::Bytes},
    SsFigure{"cwnd", "cwnd", Unit::Packets},
    SsFigure{"ssthresh", "ssthresh", Unit::Packets},
    SsFigure{"bytes_sent", "bytes_sent", Unit::Bytes},
    SsFigure{"bytes_retrans", "bytes_retransmitted", Unit::Bytes},
    SsFigure{"bytes_acked", "bytes_acked", Unit::Bytes},
    SsFigure{"bytes_received", "bytes_received", Unit::Bytes},
    SsFigure{"segs_out", "segments_out", Unit::Packets},
    SsFigure{"segs_in", "segments_in", Unit::Packets},
    SsFigure{"data_segs_out", "data_segments_out", Unit::Packets},
    SsFigure{"data_segs_in", "data_segments_in", Unit::Packets},
    SsFigure{"delivered", "delivered", Unit::Packets},
    SsFigure{"unacked", "unacked", Unit::Packets},
    SsFigure{"lost", "lost", Unit::Packets},
    SsFigure{"sacked", "sacked", Unit::Packets},
    SsFigure{"dsack_dups", "dsack_duplicates", Unit::Packets},
    SsFigure{"reordering", "reordering", Unit::Packets},
    SsFigure{"backoff", "backoff", Unit::Count},
    SsFigure{"rcv_rtt", "receive_rtt", Unit::Seconds, milliseconds},
    SsFigure{"rcv_space", "receive_space", Unit::Bytes},
    SsFigure{"rcv_ssthresh", "receive_ssthresh", Unit::Bytes},
    SsFigure{"notsent", "not_sent", Unit::Bytes},
    SsFigure{"minrtt", "minimum_rtt", Unit::Seconds, milliseconds},
    SsFigure{"lastsnd", "last_sent", Unit::Seconds, milliseconds},
    SsFigure{"lastrcv", "last_received", Unit::Seconds, milliseconds},
    SsFigure{"lastack", "last_ack", Unit::Seconds, milliseconds},
};

/// skmem:(r0,rb131072,t0,tb87040,f4096,w0,o0,bl0,d0)
struct MemoryFigure {
    string_view letters, column;
    Unit unit = Unit::Bytes;
};
constexpr std::array memoryFigures{
    MemoryFigure{"r", "memory_receive"},
    MemoryFigure{"rb", "memory_receive_limit"},
    MemoryFigure{"t", "memory_transmit"},
    MemoryFigure{"tb", "memory_transmit_limit"},
    MemoryFigure{"f", "memory_forward"},
    MemoryFigure{"w", "memory_queued"},
    MemoryFigure{"o", "memory_options"},
    MemoryFigure{"bl", "memory_backlog"},
    MemoryFigure{"d", "drops", Unit::Packets},
};

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

/// Sockets of these families print a name and a number for each end, with a blank between.
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

    void begin(Heading heading)
    {
        m_table.finish(m_out);
        m_heading = heading;
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
        const auto protocol = m_heading.hasProtocol ? nextField(left) : string_view{"tcp"};
        const auto state = m_heading.hasState ? nextField(left) : string_view{};
        const auto receiveQueue = parseInteger(nextField(left)), sendQueue = parseInteger(nextField(left));
        std::string local(nextField(left));
        if (hasNumberApart(protocol))
            local.append(" ").append(nextField(left));
        std::string remote(nextField(left));
        if (hasNumberApart(protocol))
            remote.append(" ").append(nextField(left));
        if (!receiveQueue || !sendQueue || remote.empty()) {
            m_out.skipped(line, "expected a socket's state, its queues and its two ends");
            return;
        }
        m_table.beginRow(number);
        m_table.set("protocol", protocol);
        m_table.set("state", state);
        m_table.set("receive_queue", Unit::Bytes, static_cast<double>(*receiveQueue));
        m_table.set("send_queue", Unit::Bytes, static_cast<double>(*sendQueue));
        m_table.set("local", local);
        m_table.set("remote", remote);
        readDetails(left);
    }

    bool hasRow() const { return m_table.rows() > 0; }

    /// What stands behind the ends, or on the line below.
    void readDetails(string_view text)
    {
        text = takeUsers(text);
        for (auto word = nextField(text); !word.empty(); word = nextField(text)) {
            if (word == "send" || word == "pacing_rate" || word == "delivery_rate")
                setRate(word, nextField(text));
            else if (const auto colon = word.find(':'); colon != string_view::npos)
                setNamed(word.substr(0, colon), word.substr(colon + 1));
            else if (word == "cubic" || word == "reno" || word == "bbr" || word == "dctcp" || word == "vegas")
                m_table.set("congestion_control", word);
        }
    }

    void finish() { m_table.finish(m_out); }

private:
    /// users:(("nginx",pid=1,fd=6),("nginx",pid=2,fd=6)), before 2014 users:(("nginx",1,6)). A name may hold blanks.
    string_view takeUsers(string_view text)
    {
        constexpr string_view mark = "users:((";
        const auto place = text.find(mark);
        const auto end = place == string_view::npos ? place : text.find("))", place);
        if (end == string_view::npos)
            return text;
        const auto all = text.substr(place + mark.size(), end - place - mark.size());
        const auto first = all.substr(0, all.find("),("));
        const auto quote = first.find('"', 1);
        if (first.starts_with('"') && quote != string_view::npos) {
            m_table.set("process", first.substr(1, quote - 1));
            auto numbers = first.substr(std::min(first.size(), quote + 2));
            setUserNumber("pid", numbers.substr(0, numbers.find(',')));
            const auto comma = numbers.find(',');
            setUserNumber("fd", comma == string_view::npos ? string_view{} : numbers.substr(comma + 1));
        }
        if (first.size() < all.size())
            m_table.set("users", all);
        m_rest.assign(text.substr(0, place)).append(text.substr(end + 2));
        return m_rest;
    }

    void setUserNumber(string_view column, string_view text)
    {
        const auto sign = text.find('=');
        if (const auto value = parseInteger(sign == string_view::npos ? text : text.substr(sign + 1)))
            m_table.set(column, Unit::Count, static_cast<double>(*value));
    }

    /// "501471861bps" of "send 501471861bps": bits.
    void setRate(string_view name, string_view value)
    {
        if (!value.ends_with("bps"))
            return;
        value.remove_suffix(3);
        double unit = 1; // "1.0Gbps" of old ones
        for (const auto& [letter, factor] : {std::pair{'K', 1e3}, std::pair{'M', 1e6}, std::pair{'G', 1e9}})
            if (value.ends_with(letter)) {
                unit = factor;
                value.remove_suffix(1);
                break;
            }
        constexpr double bitsPerByte = 8;
        if (const auto number = parseDouble(value))
            m_table.set(name == "send" ? "send_rate" : name, Unit::BytesPerSecond, *number * unit / bitsPerByte);
    }

    void setNamed(string_view name, string_view value)
    {
        if (name == "uid" || name == "cgroup" || name == "v6only" || name == "wscale" || name == "fwmark")
            m_table.set(name, value);
        else if (name == "ino")
            m_table.set("inode", value);
        else if (name == "sk")
            m_table.set("cookie", value);
        else if (name == "timer")
            setTimer(value);
        else if (name == "skmem")
            setMemory(value);
        else if (name == "rtt")
            setPair(value, "rtt", "rtt_variance", Unit::Seconds, milliseconds);
        else if (name == "retrans")
            setPair(value, "retransmitted_unacked", "total_retransmissions", Unit::Packets, 1);
        else if (name == "busy" || name == "rwnd_limited" || name == "sndbuf_limited")
            setDuration(name, value.substr(0, value.find('(')));
        else
            setFigure(name, value);
    }

    void setFigure(string_view name, string_view value)
    {
        for (const SsFigure& figure : figures)
            if (figure.name == name)
                if (const auto number = parseDouble(value))
                    m_table.set(figure.column, figure.unit, *number / figure.divisor);
    }

    void setPair(string_view value, string_view first, string_view second, Unit unit, double divisor)
    {
        const auto slash = value.find('/');
        if (const auto number = parseDouble(value.substr(0, slash)))
            m_table.set(first, unit, *number / divisor);
        if (slash != string_view::npos)
            if (const auto number = parseDouble(value.substr(slash + 1)))
                m_table.set(second, unit, *number / divisor);
    }

    void setDuration(string_view name, string_view value)
    {
        if (const auto seconds = readTimerText(value))
            m_table.set(name, Unit::Seconds, *seconds);
    }

    /// "(keepalive,1min54sec,0)", "(keepalive,,0)": name, what is left of it, timeouts so far.
    void setTimer(string_view value)
    {
        if (value.size() < 2 || !value.starts_with('('))
            return;
        value = value.substr(1, value.find(')') - 1);
        const auto comma = value.find(',');
        m_table.set("timer", value.substr(0, comma));
        if (comma == string_view::npos)
            return;
        const auto second = value.find(',', comma + 1);
        setDuration("timer_expires", value.substr(comma + 1, second - comma - 1));
        if (second != string_view::npos)
            if (const auto count = parseInteger(value.substr(second + 1)))
                m_table.set("retransmits", Unit::Count, static_cast<double>(*count));
    }

    void setMemory(string_view value)
    {
        if (value.starts_with('('))
            value = value.substr(1, value.find(')') - 1);
        while (!value.empty()) {
            const auto comma = value.find(',');
            const auto one = value.substr(0, comma);
            value.remove_prefix(comma == string_view::npos ? value.size() : comma + 1);
            const auto digits = one.find_first_of("0123456789");
            if (digits == string_view::npos)
                continue;
            for (const MemoryFigure& figure : memoryFigures)
                if (figure.letters == one.substr(0, digits))
                    if (const auto bytes = parseInteger(one.substr(digits)))
                        m_table.set(figure.column, figure.unit, static_cast<double>(*bytes));
        }
    }

    Builder& m_out;
    Heading m_heading;
    TableMaker m_table;
    std::string m_rest;
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
        if (const auto heading = readHeading(line)) {
            table.begin(*heading);
            hasHeading = true;
        } else if (!hasHeading && isSummary(line)) {
            readSummary(here, time, out);
            return;
        } else if (!hasHeading) {
            out.skipped(line, "a row before the heading");
        } else if (isBlank(line.front()) && table.hasRow()) {
            table.readDetails(line);
        } else {
            table.readRow(line, number);
        }
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
