// /proc/net/tcp, tcp6, udp and udp6: one socket per line, addresses and states in hexadecimal. Addresses are printed as
// 32-bit words of the machine's byte order, taken here as little endian, which all but s390x are; the ports are not
// swapped. Timers are in USER_HZ. Source: man 5 proc_net; kernel net/ipv4/tcp_ipv4.c get_tcp4_sock(), get_openreq4(),
// get_timewait4_sock(); Documentation/networking/proc_net_tcp.rst.
//
// The files of one tick are one listing. A bare file is a table: it has no clock.
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/socket_listing.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace hindcast::parse {
namespace {

/// enum in linux include/net/tcp_states.h; 12 is TCP_NEW_SYN_RECV, 13 TCP_BOUND_INACTIVE (since 6.8).
std::optional<TcpState> tcpStateFromKernel(std::uint64_t number)
{
    constexpr std::array states{TcpState::Closed, TcpState::Established, TcpState::SynSent, TcpState::SynReceived,
        TcpState::FinWait1, TcpState::FinWait2, TcpState::TimeWait, TcpState::Closed, TcpState::CloseWait,
        TcpState::LastAck, TcpState::Listen, TcpState::Closing, TcpState::SynReceived, TcpState::Closed};
    if (number == 0 || number >= states.size())
        return std::nullopt;
    return states[number];
}

/// "0100007F:0016" -> 127.0.0.1:22.
std::optional<Endpoint> readEndpoint(std::string_view text)
{
    constexpr std::size_t v4Digits = 8, v6Digits = 32, wordDigits = 8;
    const auto colon = text.find(':');
    if (colon != v4Digits && colon != v6Digits)
        return std::nullopt;
    const auto port = parseHex(text.substr(colon + 1));
    if (!port || *port > 0xFFFF)
        return std::nullopt;
    Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(*port);
    endpoint.address.isV6 = colon == v6Digits;
    for (std::size_t word = 0; word * wordDigits < colon; ++word) {
        const auto value = parseHex(text.substr(word * wordDigits, wordDigits));
        if (!value)
            return std::nullopt;
        for (std::size_t byte = 0; byte < 4; ++byte)
            endpoint.address.bytes[word * 4 + byte] = static_cast<std::uint8_t>(*value >> (8 * byte));
    }
    return endpoint;
}

/// "00000000:0000002A", two hexadecimal numbers.
bool readPair(std::string_view text, std::uint64_t& first, std::uint64_t& second)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return false;
    const auto a = parseHex(text.substr(0, colon)), b = parseHex(text.substr(colon + 1));
    if (!a || !b)
        return false;
    first = *a;
    second = *b;
    return true;
}

std::optional<ListedSocket> readSocket(std::string_view line, std::string_view protocol, double ticksPerSecond)
{
    if (!nextField(line).ends_with(':'))
        return std::nullopt;
    const auto local = readEndpoint(nextField(line)), remote = readEndpoint(nextField(line));
    const auto state = parseHex(nextField(line));
    std::uint64_t sendQueue = 0, receiveQueue = 0, timer = 0, expires = 0;
    if (!local || !remote || !state || !readPair(nextField(line), sendQueue, receiveQueue)
        || !readPair(nextField(line), timer, expires))
        return std::nullopt;
    const auto retransmits = parseHex(nextField(line));
    const auto uid = nextField(line);
    nextField(line); // zero-window probes without an answer
    const auto inode = nextField(line);
    if (!retransmits || !parseInteger(uid) || !parseInteger(inode))
        return std::nullopt;
    ListedSocket socket;
    socket.protocol = protocol;
    socket.local = local->text();
    socket.remote = remote->text();
    socket.uid = uid;
    socket.inode = inode;
    socket.set(SocketColumn::ReceiveQueue, static_cast<double>(receiveQueue));
    socket.set(SocketColumn::SendQueue, static_cast<double>(sendQueue));
    if (protocol != "tcp")
        return socket;
    socket.state = tcpStateFromKernel(*state);
    if (socket.state)
        socket.set(SocketColumn::State, static_cast<double>(*socket.state));
    socket.set(SocketColumn::Timer, static_cast<double>(timer));
    if (timer != 0)
        socket.set(SocketColumn::TimerExpires, static_cast<double>(expires) / ticksPerSecond);
    socket.set(SocketColumn::Retransmits, static_cast<double>(*retransmits));
    return socket;
}

bool isHeading(std::string_view line)
{
    return nextField(line) == "sl" && nextField(line) == "local_address";
}

/// Of the file's name; else by the last name of the heading: only UDP counts drops.
std::string_view protocolOf(std::string_view path, std::string_view text)
{
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.starts_with("tcp"))
        return "tcp";
    const auto heading = text.substr(0, text.find('\n'));
    return name.starts_with("udp") || heading.find("drops") != std::string_view::npos ? "udp" : "tcp";
}

struct SocketFile {
    std::vector<ListedSocket> sockets;
    bool isComplete = true;
};

SocketFile readFile(const Sample& sample, double ticksPerSecond, Builder& out)
{
    out.setText(sample.text);
    const auto protocol = protocolOf(sample.path, sample.text);
    SocketFile file;
    auto rest = sample.text;
    for (std::string_view line; nextLine(rest, line);) {
        if (isHeading(line) || trimmed(line).empty())
            continue;
        if (auto socket = readSocket(line, protocol, ticksPerSecond)) {
            file.sockets.push_back(std::move(*socket));
        } else {
            file.isComplete = false;
            out.skipped(line, "expected addresses, state, queues, timer, uid and inode of a socket");
        }
    }
    return file;
}

/// A folder of plain files is read file by file: the IPv6 sockets are then counted apart.
Labels familyOf(const std::vector<const Sample*>& samples)
{
    const bool isV6Only =
        std::all_of(samples.begin(), samples.end(), [](const Sample* sample) { return sample->path.ends_with('6'); });
    return isV6Only ? Labels{{"family", "ipv6"}} : Labels{};
}

void readListings(const Input& input, double ticksPerSecond, Builder& out)
{
    std::vector<const Sample*> samples;
    for (const Sample& sample : input.samples)
        samples.push_back(&sample);
    std::stable_sort(
        samples.begin(), samples.end(), [](const Sample* a, const Sample* b) { return a->time < b->time; });
    SocketListings listings(out, familyOf(samples));
    std::set<std::string_view> read; // of this listing
    for (const Sample* sample : samples) {
        if (read.empty() || read.contains(sample->path)) {
            listings.begin(sample->time);
            read.clear();
        }
        read.insert(sample->path);
        const SocketFile file = readFile(*sample, ticksPerSecond, out);
        for (const ListedSocket& socket : file.sockets)
            listings.add(socket);
        if (!file.isComplete)
            listings.setIncomplete();
    }
    listings.finish();
}

void parse(const Input& input, Builder& out)
{
    const double ticksPerSecond = clockTicksPerSecond(input.host, out);
    if (input.clock != Clock::None) {
        readListings(input, ticksPerSecond, out);
        return;
    }
    std::vector<ListedSocket> all;
    for (const Sample& sample : input.samples)
        for (ListedSocket& socket : readFile(sample, ticksPerSecond, out).sockets)
            all.push_back(std::move(socket));
    addSocketTable(all, 2, out);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    return nextLine(beginning, line) && isHeading(line) && line.find("rem") != std::string_view::npos
            && line.find("tx_queue") != std::string_view::npos
        ? 95
        : 0;
}

} // namespace

Parser proc_net_tcp()
{
    return {.id = "proc_net_tcp",
        .title = "Sockets",
        .members = "proc/net/tcp proc/net/tcp6 proc/net/udp proc/net/udp6",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
