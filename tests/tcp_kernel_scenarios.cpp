#include "tcp_kernel_scenarios.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace hindcast::test {
namespace {

using namespace std::chrono_literals;
using End = KernelNetwork::End;
using FrameSeen = KernelNetwork::FrameSeen;

constexpr auto patience = 12s;
constexpr std::uint8_t finFlag = 0x01, synFlag = 0x02, ackFlag = 0x10;

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress addressOf(bool isV6, End end, std::uint16_t port)
{
    SocketAddress address;
    const bool isClient = end == End::Client;
    if (isV6) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        ::inet_pton(AF_INET6, isClient ? KernelNetwork::clientAddress6 : KernelNetwork::serverAddress6, &v6.sin6_addr);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        ::inet_pton(AF_INET, isClient ? KernelNetwork::clientAddress : KernelNetwork::serverAddress, &v4.sin_addr);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    }
    return address;
}

void setOption(const Descriptor& socket, int level, int name, int value)
{
    if (::setsockopt(socket.get(), level, name, &value, sizeof value) != 0)
        fail("setsockopt");
}

/// Returns once the socket is ready for `events`; what kind of ready is the caller's next call to find out.
void waitFor(const Descriptor& socket, short events)
{
    pollfd wait{socket.get(), events, 0};
    if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) != 1)
        fail("nothing happens on a socket");
}

int kernelState(const Descriptor& socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    return ::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_state : -1;
}

/// `state` as the kernel numbers them (include/net/tcp_states.h).
void waitForState(const Descriptor& socket, int state)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (kernelState(socket) != state) {
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error(
                "a socket stays in state " + std::to_string(kernelState(socket)) + ", not " + std::to_string(state));
        timespec pause{0, 200'000};
        ::nanosleep(&pause, nullptr);
    }
}
constexpr int finWait2 = 5, closed = 7;

Descriptor accepted(const Descriptor& listener)
{
    waitFor(listener, POLLIN);
    Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.get() < 0)
        fail("accept");
    return socket;
}

void send(const Descriptor& socket, std::size_t bytes, int flags = 0)
{
    const std::string text(bytes, 'x');
    for (std::size_t sent = 0; sent < bytes;) {
        const auto now = ::send(socket.get(), text.data() + sent, bytes - sent, MSG_NOSIGNAL | flags);
        if (now < 0)
            fail("send");
        sent += static_cast<std::size_t>(now);
    }
}

void receive(const Descriptor& socket, std::size_t bytes)
{
    std::string text(65536, '\0');
    while (bytes > 0) {
        waitFor(socket, POLLIN);
        const auto now = ::recv(socket.get(), text.data(), std::min(bytes, text.size()), 0);
        if (now <= 0)
            fail("recv");
        bytes -= static_cast<std::size_t>(now);
    }
}

/// Reads to the other end's FIN.
void receiveEnd(const Descriptor& socket)
{
    std::string text(65536, '\0');
    for (;;) {
        waitFor(socket, POLLIN);
        const auto now = ::recv(socket.get(), text.data(), text.size(), 0);
        if (now < 0)
            fail("recv");
        if (now == 0)
            return;
    }
}

void expectReset(const Descriptor& socket)
{
    waitFor(socket, POLLIN);
    char byte = 0;
    while (::recv(socket.get(), &byte, 1, 0) > 0)
        ;
    if (errno != ECONNRESET && errno != EPIPE)
        fail("no reset came");
}

int connectError(const Descriptor& socket)
{
    waitFor(socket, POLLOUT);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

void finishSending(const Descriptor& socket)
{
    if (::shutdown(socket.get(), SHUT_WR) != 0)
        fail("shutdown");
}

/// close() sends RST: SO_LINGER with no time (man 7 socket).
void abortConnection(Descriptor& socket)
{
    const linger now{1, 0};
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0)
        fail("SO_LINGER");
    socket.close();
}

struct Pair {
    Descriptor listener, client, server;
};
Pair connectedPair(Scene& scene, std::size_t question = 100, std::size_t answer = 200)
{
    Pair pair;
    pair.listener = scene.listener();
    pair.client = scene.connected();
    pair.server = accepted(pair.listener);
    if (question) {
        send(pair.client, question);
        receive(pair.server, question);
    }
    if (answer) {
        send(pair.server, answer);
        receive(pair.client, answer);
    }
    return pair;
}

void closeFirst(Descriptor& first, Descriptor& second)
{
    first.close();
    receiveEnd(second);
    second.close();
}

void clientCloses(Scene& scene)
{
    Pair pair = connectedPair(scene);
    closeFirst(pair.client, pair.server);
}

void serverCloses(Scene& scene)
{
    Pair pair = connectedPair(scene);
    closeFirst(pair.server, pair.client);
}

void closesWithoutData(Scene& scene)
{
    Pair pair = connectedPair(scene, 0, 0);
    closeFirst(pair.client, pair.server);
}

void halfClose(Descriptor& first, Descriptor& second)
{
    finishSending(first);
    receiveEnd(second);
    send(second, 5000);
    second.close();
    receiveEnd(first);
    first.close();
}

void clientHalfCloses(Scene& scene)
{
    Pair pair = connectedPair(scene);
    halfClose(pair.client, pair.server);
}

void serverHalfCloses(Scene& scene)
{
    Pair pair = connectedPair(scene);
    halfClose(pair.server, pair.client);
}

void bothCloseAtOnce(Scene& scene) // the wire is longer than the time between the two calls
{
    Pair pair = connectedPair(scene);
    finishSending(pair.client);
    finishSending(pair.server);
    receiveEnd(pair.client);
    receiveEnd(pair.server);
}

void bothSendAndCloseAtOnce(Scene& scene)
{
    Pair pair = connectedPair(scene);
    send(pair.client, 700, MSG_MORE);
    send(pair.server, 900, MSG_MORE);
    finishSending(pair.client);
    finishSending(pair.server);
    receiveEnd(pair.client);
    receiveEnd(pair.server);
}

void finCarriesData(Scene& scene)
{
    Pair pair = connectedPair(scene);
    send(pair.client, 300, MSG_MORE);
    closeFirst(pair.client, pair.server);
}

void refused(Scene& scene)
{
    const Descriptor client = scene.connecting();
    if (connectError(client) != ECONNREFUSED)
        fail("not refused");
}

void blackHoledSyn(Scene& scene)
{
    scene.network().setLoss(scene.clientPort(), [](const FrameSeen&) { return true; });
    const Descriptor client = scene.bound(End::Client);
    setOption(client, IPPROTO_TCP, TCP_SYNCNT, 1);
    scene.connect(client, End::Client);
    if (connectError(client) != ETIMEDOUT)
        fail("not timed out");
}

void clientAborts(Scene& scene)
{
    Pair pair = connectedPair(scene);
    abortConnection(pair.client);
    expectReset(pair.server);
}

void serverAborts(Scene& scene)
{
    Pair pair = connectedPair(scene);
    abortConnection(pair.server);
    expectReset(pair.client);
}

void clientLeavesDataUnread(Scene& scene)
{
    Pair pair = connectedPair(scene);
    send(pair.server, 400);
    waitFor(pair.client, POLLIN);
    pair.client.close();
    expectReset(pair.server);
}

void serverLeavesDataUnread(Scene& scene)
{
    Pair pair = connectedPair(scene);
    send(pair.client, 400);
    waitFor(pair.server, POLLIN);
    pair.server.close();
    expectReset(pair.client);
}

void resetInCloseWait(Scene& scene)
{
    Pair pair = connectedPair(scene);
    finishSending(pair.server);
    receiveEnd(pair.client);
    abortConnection(pair.client);
    waitForState(pair.server, closed);
}

void resetInFinWait2(Scene& scene)
{
    Pair pair = connectedPair(scene);
    finishSending(pair.client);
    receiveEnd(pair.server);
    waitForState(pair.client, finWait2);
    abortConnection(pair.client);
    waitForState(pair.server, closed);
}

void resetCrossesFin(Scene& scene)
{
    Pair pair = connectedPair(scene);
    finishSending(pair.client);
    abortConnection(pair.server);
    expectReset(pair.client);
}

void resetInLastAck(Scene& scene)
{
    Pair pair = connectedPair(scene);
    finishSending(pair.server);
    receiveEnd(pair.client);
    waitForState(pair.server, finWait2);
    finishSending(pair.client); // is on its way when the reset of the other end sets out
    abortConnection(pair.server);
    waitForState(pair.client, closed);
}

void dataForClosedSocket(Scene& scene)
{
    Pair pair = connectedPair(scene);
    pair.server.close();
    receiveEnd(pair.client);
    send(pair.client, 500);
    waitForState(pair.client, closed);
}

void closedListener(Scene& scene) // with a connection nobody accepted
{
    Descriptor listener = scene.listener();
    const Descriptor client = scene.connected();
    waitFor(listener, POLLIN);
    listener.close();
    expectReset(client);
}

void zeroWindow(Scene& scene)
{
    const Descriptor listener = scene.listener(4096);
    Descriptor client = scene.connected();
    Descriptor server = accepted(listener);
    setOption(client, SOL_SOCKET, SO_SNDBUF, 1 << 18);
    send(client, 60'000);
    finishSending(client);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    tcp_info info{};
    socklen_t size = sizeof info;
    while (info.tcpi_probes < 2) { // probes answered with a window that stays closed are counted in tcpi_backoff too
        if (::getsockopt(client.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
            fail("TCP_INFO");
        if (info.tcpi_backoff >= 2)
            break;
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("no zero-window probe is sent");
        timespec pause{0, 1'000'000};
        ::nanosleep(&pause, nullptr);
    }
    receiveEnd(server);
    server.close();
    receiveEnd(client);
}

void keepAlive(Scene& scene)
{
    const Descriptor listener = scene.listener();
    Descriptor client = scene.connected();
    Descriptor server = accepted(listener);
    setOption(client, SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    setOption(client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    send(client, 10);
    receive(server, 10);
    // Idle long enough for four keep-alives: the wait is the scenario
    pollfd quiet{client.get(), POLLIN, 0};
    if (::poll(&quiet, 1, 4400) != 0)
        fail("not idle");
    closeFirst(client, server);
}

/// Loses the first `count` frames that `isMeant` picks.
template <typename IsMeant> void loseFirst(Scene& scene, int count, IsMeant isMeant)
{
    scene.network().setLoss(
        scene.clientPort(), [count, isMeant](const FrameSeen& frame) mutable { return isMeant(frame) && count-- > 0; });
}

void synLost(Scene& scene)
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return (frame.flags & synFlag) && frame.from == End::Client; });
    clientCloses(scene);
}

void synAckLost(Scene& scene)
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return (frame.flags & synFlag) && frame.from == End::Server; });
    clientCloses(scene);
}

void finalAckLost(Scene& scene) // nothing follows it, so the server asks again
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return frame.flags == ackFlag && frame.from == End::Client; });
    const Descriptor listener = scene.listener();
    Descriptor client = scene.connected();
    Descriptor server = accepted(listener);
    closeFirst(server, client);
}

void clientFinLost(Scene& scene)
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return (frame.flags & finFlag) && frame.from == End::Client; });
    clientCloses(scene);
}

void serverFinLost(Scene& scene)
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return (frame.flags & finFlag) && frame.from == End::Server; });
    clientCloses(scene);
}

void lastAckLost(Scene& scene) // the ACK of the second FIN: it comes again, and is acknowledged again
{
    loseFirst(scene, 1, [seen = 0](const FrameSeen& frame) mutable {
        seen += (frame.flags & finFlag) && frame.from == End::Server;
        return seen > 0 && frame.from == End::Client && frame.flags == ackFlag;
    });
    clientCloses(scene);
}

void dataLost(Scene& scene)
{
    loseFirst(scene, 1, [](const FrameSeen& frame) { return frame.payload > 0 && frame.from == End::Client; });
    clientCloses(scene);
}

void openedByBoth(Scene& scene)
{
    Descriptor client = scene.connecting(End::Client);
    Descriptor server = scene.connecting(End::Server);
    if (connectError(client) != 0 || connectError(server) != 0)
        fail("not opened");
    send(client, 50);
    receive(server, 50);
    closeFirst(client, server);
}

void portsReused(Scene& scene) // the server is in TIME-WAIT when the same ports come again (RFC 6191)
{
    for (int i = 0; i < 2; ++i) {
        Pair pair = connectedPair(scene);
        pair.server.close();
        receiveEnd(pair.client);
        finishSending(pair.client);
        waitForState(pair.client, closed); // only then its port is free
    }
}

} // namespace

Descriptor Scene::bound(End end) const
{
    m_network.enter(end);
    Descriptor socket(::socket(m_isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0)
        fail("socket");
    setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    const SocketAddress address = addressOf(m_isV6, end, end == End::Client ? m_clientPort : m_serverPort);
    if (::bind(socket.get(), address.get(), address.size) != 0)
        fail("bind");
    return socket;
}

Descriptor Scene::listener(int receiveBuffer) const
{
    Descriptor socket = bound(End::Server);
    if (receiveBuffer)
        setOption(socket, SOL_SOCKET, SO_RCVBUF, receiveBuffer);
    if (::listen(socket.get(), 16) != 0)
        fail("listen");
    return socket;
}

Descriptor Scene::connecting(End end) const
{
    Descriptor socket = bound(end);
    connect(socket, end);
    return socket;
}

void Scene::connect(const Descriptor& socket, End end) const
{
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    const SocketAddress to = end == End::Client ? addressOf(m_isV6, End::Server, m_serverPort)
                                                : addressOf(m_isV6, End::Client, m_clientPort);
    if (::connect(socket.get(), to.get(), to.size) != 0 && errno != EINPROGRESS)
        fail("connect");
    ::fcntl(socket.get(), F_SETFL, 0);
}

Descriptor Scene::connected() const
{
    Descriptor socket = connecting();
    if (const int error = connectError(socket)) {
        errno = error;
        fail("connect");
    }
    return socket;
}

const std::vector<Scenario>& tcpScenarios()
{
    static const std::vector<Scenario> scenarios{
        {"the client closes first", clientCloses},
        {"the server closes first", serverCloses},
        {"closed without a byte of data", closesWithoutData},
        {"the client half-closes", clientHalfCloses},
        {"the server half-closes", serverHalfCloses},
        {"both close at once", bothCloseAtOnce},
        {"both send and close at once", bothSendAndCloseAtOnce},
        {"a FIN with data", finCarriesData},
        {"refused", refused},
        {"SYNs into a black hole", blackHoledSyn},
        {"the client aborts", clientAborts},
        {"the server aborts", serverAborts},
        {"the client leaves data unread", clientLeavesDataUnread},
        {"the server leaves data unread", serverLeavesDataUnread},
        {"a reset in CLOSE-WAIT", resetInCloseWait},
        {"a reset in FIN-WAIT-2", resetInFinWait2},
        {"a reset crosses a FIN", resetCrossesFin},
        {"a reset crosses the second FIN", resetInLastAck},
        {"data for a closed socket", dataForClosedSocket},
        {"the listener closes before accept", closedListener},
        {"a zero window", zeroWindow},
        {"keep-alives", keepAlive},
        {"a lost SYN", synLost},
        {"a lost SYN-ACK", synAckLost},
        {"a lost final ACK", finalAckLost},
        {"a lost FIN of the client", clientFinLost},
        {"a lost FIN of the server", serverFinLost},
        {"a lost last ACK", lastAckLost},
        {"lost data", dataLost},
        {"opened by both", openedByBoth},
        {"ports used again", portsReused, 2},
    };
    return scenarios;
}

void sendInBulk(Scene& scene, std::size_t bytes)
{
    const Descriptor listener = scene.listener();
    Descriptor client = scene.connected();
    Descriptor server = accepted(listener);
    constexpr std::size_t piece = 1 << 16;
    ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
    const std::string text(piece, 'b');
    for (std::size_t sent = 0, received = 0; received < bytes;) {
        pollfd waits[] = {{client.get(), static_cast<short>(sent < bytes ? POLLOUT : 0), 0}, {server.get(), POLLIN, 0}};
        if (::poll(waits, 2, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0)
            fail("a transfer stands still");
        if (sent < bytes && (waits[0].revents & POLLOUT))
            sent += static_cast<std::size_t>(
                std::max<ssize_t>(0, ::send(client.get(), text.data(), std::min(piece, bytes - sent), MSG_NOSIGNAL)));
        std::string in(piece, '\0');
        if (waits[1].revents & POLLIN)
            received += static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(server.get(), in.data(), in.size(), 0)));
    }
    closeFirst(client, server);
}

void askAndAnswer(Scene& scene, int rounds)
{
    const Descriptor listener = scene.listener();
    Descriptor client = scene.connected();
    Descriptor server = accepted(listener);
    setOption(client, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(server, IPPROTO_TCP, TCP_NODELAY, 1);
    for (int round = 0; round < rounds; ++round) {
        send(client, 120);
        receive(server, 120);
        send(server, 3000);
        receive(client, 3000);
    }
    closeFirst(client, server);
}

} // namespace hindcast::test
