#include "parse/ss_details.h"

#include "base/text_scanner.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <utility>

namespace hindcast::parse {
namespace {

using std::string_view;

/// What "name:value" means; `divisor` by our unit.
struct Figure {
    string_view name, column;
    Unit unit;
    double divisor = 1;
};
constexpr double milliseconds = 1000;
constexpr std::array figures{
    Figure{"advmss", "advertised_mss", Unit::Bytes},
    Figure{"ato", "ato", Unit::Seconds, milliseconds},
    Figure{"backoff", "backoff", Unit::Count},
    Figure{"bytes_acked", "bytes_acked", Unit::Bytes},
    Figure{"bytes_received", "bytes_received", Unit::Bytes},
    Figure{"bytes_retrans", "bytes_retransmitted", Unit::Bytes},
    Figure{"bytes_sent", "bytes_sent", Unit::Bytes},
    Figure{"cwnd", "cwnd", Unit::Packets},
    Figure{"data_segs_in", "data_segments_in", Unit::Packets},
    Figure{"data_segs_out", "data_segments_out", Unit::Packets},
    Figure{"delivered", "delivered", Unit::Packets},
    Figure{"delivered_ce", "delivered_ce", Unit::Packets},
    Figure{"dsack_dups", "dsack_duplicates", Unit::Packets},
    Figure{"fackets", "fackets", Unit::Packets},
    Figure{"lastack", "last_ack", Unit::Seconds, milliseconds},
    Figure{"lastrcv", "last_received", Unit::Seconds, milliseconds},
    Figure{"lastsnd", "last_sent", Unit::Seconds, milliseconds},
    Figure{"lost", "lost", Unit::Packets},
    Figure{"minrtt", "minimum_rtt", Unit::Seconds, milliseconds},
    Figure{"mss", "mss", Unit::Bytes},
    Figure{"notsent", "not_sent", Unit::Bytes},
    Figure{"pmtu", "path_mtu", Unit::Bytes},
    Figure{"rcv_ooopack", "out_of_order_received", Unit::Packets},
    Figure{"rcv_rtt", "receive_rtt", Unit::Seconds, milliseconds},
    Figure{"rcv_space", "receive_space", Unit::Bytes},
    Figure{"rcv_ssthresh", "receive_ssthresh", Unit::Bytes},
    Figure{"rcv_wnd", "receive_window", Unit::Bytes},
    Figure{"rcvmss", "receive_mss", Unit::Bytes},
    Figure{"rehash", "rehashes", Unit::Count},
    Figure{"reord_seen", "reorderings_seen", Unit::Count},
    Figure{"reordering", "reordering", Unit::Packets},
    Figure{"rto", "rto", Unit::Seconds, milliseconds},
    Figure{"sacked", "sacked", Unit::Packets},
    Figure{"segs_in", "segments_in", Unit::Packets},
    Figure{"segs_out", "segments_out", Unit::Packets},
    Figure{"snd_wnd", "send_window", Unit::Bytes},
    Figure{"ssthresh", "ssthresh", Unit::Packets},
    Figure{"unacked", "unacked", Unit::Packets},
};
static_assert(
    std::is_sorted(figures.begin(), figures.end(), [](const Figure& a, const Figure& b) { return a.name < b.name; }));

/// skmem:(r0,rb131072,t0,tb87040,f4096,w0,o0,bl0,d0), and mem:(r0,w0,f0,t0) of old ones.
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

/// net/ipv4/tcp_*.c.
constexpr std::array<string_view, 19> congestionControls{"cubic", "reno", "bbr", "bbr2", "bbr3", "dctcp", "vegas",
    "westwood", "htcp", "bic", "hybla", "illinois", "scalable", "lp", "veno", "yeah", "nv", "cdg", "highspeed"};

struct Text {
    string_view name, column;
};
constexpr std::array texts{
    Text{"uid", "uid"},
    Text{"ino", "inode"},
    Text{"sk", "cookie"},
    Text{"cgroup", "cgroup"},
    Text{"v6only", "v6only"},
    Text{"wscale", "wscale"},
    Text{"fwmark", "fwmark"},
    Text{"tos", "tos"},
    Text{"class_id", "class_id"},
};

template <std::size_t Count> bool isOneOf(const std::array<string_view, Count>& words, string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

void SsDetails::read(string_view text)
{
    constexpr string_view mark = "users:((";
    const auto begin = text.find(mark);
    const auto end = begin == string_view::npos ? begin : text.find("))", begin);
    if (end == string_view::npos) {
        readWords(text);
        return;
    }
    readWords(text.substr(0, begin));
    setUsers(text.substr(begin + mark.size(), end - begin - mark.size()));
    readWords(text.substr(end + 2));
}

void SsDetails::readWords(string_view text)
{
    for (auto word = nextField(text); !word.empty(); word = nextField(text)) {
        if (const auto colon = word.find(':'); colon != string_view::npos)
            setNamed(word.substr(0, colon), word.substr(colon + 1));
        else if (word == "send" || word == "pacing_rate" || word == "delivery_rate")
            setRate(word, nextField(text));
        else if (word == "app_limited")
            m_table.set("app_limited", "yes");
        else if (isOneOf(congestionControls, word))
            m_table.set("congestion_control", word);
    }
}

/// users:(("nginx",pid=1,fd=6),("nginx",pid=2,fd=6)), before 2014 users:(("nginx",1,6)). A name may hold blanks.
void SsDetails::setUsers(string_view all)
{
    const auto first = all.substr(0, all.find("),("));
    setUser(first);
    if (first.size() < all.size())
        m_table.set("users", all);
}

/// "nginx",pid=1,fd=6; with -Z contexts between; before 2014 "nginx",1,6.
void SsDetails::setUser(string_view first)
{
    const auto quote = first.find('"', 1);
    if (!first.starts_with('"') || quote == string_view::npos)
        return;
    m_table.set("process", first.substr(1, quote - 1));
    auto rest = first.substr(std::min(first.size(), quote + 2));
    constexpr std::array<string_view, 2> columns{"pid", "fd"};
    for (std::size_t place = 0; !rest.empty(); ++place) {
        const auto comma = rest.find(',');
        const auto one = rest.substr(0, comma);
        rest.remove_prefix(comma == string_view::npos ? rest.size() : comma + 1);
        const auto sign = one.find('=');
        const auto name = sign != string_view::npos ? one.substr(0, sign)
            : place < columns.size()                ? columns[place]
                                                    : string_view{};
        const auto value = parseInteger(sign == string_view::npos ? one : one.substr(sign + 1));
        if (value && isOneOf(columns, name))
            m_table.set(name, Unit::Count, static_cast<double>(*value));
    }
}

/// "501471861bps" of "send 501471861bps", "1.2Gbps/2.4Gbps" of a rate with its bound: bits.
void SsDetails::setRate(string_view name, string_view value)
{
    value = value.substr(0, value.find('/'));
    if (!value.ends_with("bps"))
        return;
    value.remove_suffix(3);
    double unit = 1;
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

std::size_t SsDetails::place(std::size_t figure, string_view column, Unit unit)
{
    if (m_places[figure] == noPlace)
        m_places[figure] = m_table.column(column, unit);
    return m_places[figure];
}

void SsDetails::setNamed(string_view name, string_view value)
{
    const auto found = std::lower_bound(figures.begin(), figures.end(), name,
        [](const Figure& figure, string_view wanted) { return figure.name < wanted; });
    if (found != figures.end() && found->name == name) {
        const auto number = parseDouble(value);
        if (number)
            m_table.set(place(static_cast<std::size_t>(found - figures.begin()), found->column, found->unit),
                *number / found->divisor);
    } else if (const auto text =
                   std::find_if(texts.begin(), texts.end(), [name](const Text& one) { return one.name == name; });
               text != texts.end()) {
        const auto index = static_cast<std::size_t>(text - texts.begin());
        m_table.set(place(figures.size() + memoryFigures.size() + index, text->column, Unit::None), value);
    } else if (name == "timer") {
        setTimer(value);
    } else if (name == "skmem" || name == "mem") {
        setMemory(value);
    } else if (name == "rtt") {
        setPair(value, "rtt", "rtt_variance", Unit::Seconds, milliseconds);
    } else if (name == "retrans") {
        setPair(value, "retransmitted_unacked", "total_retransmissions", Unit::Packets, 1);
    } else if (name == "busy" || name == "rwnd_limited" || name == "sndbuf_limited") {
        setDuration(name, value.substr(0, value.find('(')));
    }
}

void SsDetails::setPair(string_view value, string_view first, string_view second, Unit unit, double divisor)
{
    const auto slash = value.find('/');
    if (const auto number = parseDouble(value.substr(0, slash)))
        m_table.set(first, unit, *number / divisor);
    if (slash != string_view::npos)
        if (const auto number = parseDouble(value.substr(slash + 1)))
            m_table.set(second, unit, *number / divisor);
}

void SsDetails::setDuration(string_view name, string_view value)
{
    if (const auto seconds = readTimerText(value))
        m_table.set(name, Unit::Seconds, *seconds);
}

/// "(keepalive,1min54sec,0)", "(keepalive,,0)": name, what is left of it, timeouts so far.
void SsDetails::setTimer(string_view value)
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

void SsDetails::setMemory(string_view value)
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
        for (std::size_t i = 0; i < memoryFigures.size(); ++i)
            if (memoryFigures[i].letters == one.substr(0, digits))
                if (const auto bytes = parseInteger(one.substr(digits)))
                    m_table.set(place(figures.size() + i, memoryFigures[i].column, memoryFigures[i].unit),
                        static_cast<double>(*bytes));
    }
}

} // namespace hindcast::parse
