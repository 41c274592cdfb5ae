// What core/tcp says of connections against what the kernel that made them says: states of both ends by its tracing of
// socket states, resent segments by its counters. Needs root, namespaces, tracefs.
#include "tcp_kernel_network.h"
#include "tcp_kernel_scenarios.h"
#include "tcp_kernel_trace.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <memory>

using namespace hindcast;
using namespace hindcast::test;
using End = KernelNetwork::End;

namespace {

constexpr std::uint16_t firstServerPort = 17300, firstClientPort = 27300;

struct Made {
    const Scenario* scenario = nullptr;
    bool isV6 = false;
    std::uint16_t clientPort = 0, serverPort = 0;
    std::string problem;

    QByteArray name() const { return QByteArray(scenario->name) + (isV6 ? ", IPv6" : ", IPv4"); }
};

/// As tcp.h numbers them, the kernel has no TIME-WAIT sockets in its trace, no LISTEN of a connection, and begins a
/// server's end with the third step; a change from nothing to CLOSED is none.
std::vector<TcpState> asTraced(const std::vector<StateChange>& changes)
{
    std::vector<TcpState> states;
    for (const StateChange& change : changes) {
        const TcpState state = change.state == TcpState::TimeWait ? TcpState::Closed : change.state;
        if (state == TcpState::Listen || (state == TcpState::Closed && states.empty()))
            continue;
        if (states.empty() || states.back() != state)
            states.push_back(state);
    }
    return states;
}

QByteArray text(const std::vector<TcpState>& states)
{
    QByteArray text;
    for (const TcpState state : states) {
        const auto name = tcpStateName(state);
        text += (text.isEmpty() ? "" : " ") + QByteArray(name.data(), static_cast<qsizetype>(name.size()));
    }
    return text;
}

KernelSocket socketOf(const Made& made, Side side)
{
    const bool isClient = side == Side::Client;
    KernelSocket socket;
    if (made.isV6) {
        socket.localAddress = isClient ? KernelNetwork::clientAddress6 : KernelNetwork::serverAddress6;
        socket.remoteAddress = isClient ? KernelNetwork::serverAddress6 : KernelNetwork::clientAddress6;
    } else {
        socket.localAddress = isClient ? KernelNetwork::clientAddress : KernelNetwork::serverAddress;
        socket.remoteAddress = isClient ? KernelNetwork::serverAddress : KernelNetwork::clientAddress;
    }
    socket.localPort = isClient ? made.clientPort : made.serverPort;
    socket.remotePort = isClient ? made.serverPort : made.clientPort;
    return socket;
}

bool isOf(const Flow& flow, const Made& made)
{
    const auto client = flow.client.endpoint.port, server = flow.server.endpoint.port;
    return (client == made.clientPort && server == made.serverPort)
        || (client == made.serverPort && server == made.clientPort); // when both open, whose SYN is seen first
}

bool isCaptured(const PacketCapture& capture, const Made& made)
{
    return std::any_of(capture.flows.begin(), capture.flows.end(), [&](const Flow& flow) { return isOf(flow, made); });
}

/// The states of all connections of a scenario's ports, one after the other, as one end went through them.
std::vector<TcpState> analysedStates(const PacketCapture& capture, const Made& made, Side side)
{
    std::vector<TcpState> states;
    for (const Flow& flow : capture.flows) {
        if (!isOf(flow, made))
            continue;
        const Side own = flow.client.endpoint.port == made.clientPort ? side : otherSide(side);
        const auto more = asTraced(flow.side(own).states);
        states.insert(states.end(), more.begin(), more.end());
    }
    return states;
}

/// A thread of its own for a scenario: a namespace belongs to a thread.
std::thread started(KernelNetwork& network, Made& made)
{
    return std::thread([&network, &made] {
        try {
            Scene scene(network, made.isV6, made.clientPort, made.serverPort);
            made.scenario->run(scene);
        } catch (const std::exception& error) {
            made.problem = error.what();
        }
    });
}

std::vector<Made> allScenarios()
{
    std::vector<Made> all;
    for (const Scenario& scenario : tcpScenarios())
        for (const bool isV6 : {false, true}) {
            const auto next = static_cast<std::uint16_t>(all.size());
            all.push_back({&scenario, isV6, static_cast<std::uint16_t>(firstClientPort + next),
                static_cast<std::uint16_t>(firstServerPort + next), {}});
        }
    return all;
}

std::array<std::uint64_t, 7> resentByCause(const PacketCapture& capture, Side side)
{
    std::array<std::uint64_t, 7> counts{};
    for (const Flow& flow : capture.flows)
        for (std::size_t cause = 0; cause < counts.size(); ++cause)
            counts[cause] += flow.side(side).retransmissionsByCause[cause];
    return counts;
}

} // namespace

class TestTcpKernel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void statesAreTheKernels();
    void resentSegmentsAreTheKernels();

private:
    void compareStates(const std::vector<Made>& all, const KernelNetwork& network,
        const std::map<KernelSocket, KernelRecord>& kernel, End vantage);
};

void TestTcpKernel::initTestCase()
{
    const std::string reason = whyNoKernelNetwork();
    if (!reason.empty())
        QSKIP(("NOT TESTED against the kernel: " + reason).c_str());
    try {
        KernelTrace trace(firstServerPort, firstServerPort);
    } catch (const std::exception& error) {
        QSKIP((std::string("NOT TESTED against the kernel: ") + error.what()).c_str());
    }
}

void TestTcpKernel::statesAreTheKernels()
{
    try {
        auto all = allScenarios();
        KernelNetwork network;
        KernelTrace trace(firstServerPort, static_cast<std::uint16_t>(firstServerPort + all.size()));
        network.startCaptures();
        std::vector<std::thread> threads;
        for (Made& made : all)
            threads.push_back(started(network, made));
        for (std::thread& thread : threads)
            thread.join();
        for (const Made& made : all)
            QVERIFY2(made.problem.empty(), (made.name() + ": " + made.problem.c_str()).constData());
        network.waitUntilClosed();
        network.stopCaptures();
        const auto kernel = trace.finish();
        compareStates(all, network, kernel, End::Client);
        compareStates(all, network, kernel, End::Server);
    } catch (const std::exception& error) {
        QFAIL(error.what());
    }
}

void TestTcpKernel::compareStates(const std::vector<Made>& all, const KernelNetwork& network,
    const std::map<KernelSocket, KernelRecord>& kernel, End vantage)
{
    const PacketCapture capture = analysedCapture(network.captureFile(vantage));
    const Side near = vantage == End::Client ? Side::Client : Side::Server;
    std::array<int, 2> matched{}, compared{};
    int unseen = 0;
    for (const Made& made : all)
        for (const Side side : {Side::Client, Side::Server}) {
            const auto record = kernel.find(socketOf(made, side));
            std::vector<TcpState> expected = record == kernel.end() ? std::vector<TcpState>() : record->second.states;
            const auto found = analysedStates(capture, made, side);
            if (!isCaptured(capture, made)) { // lost before it came here: nothing is said of it
                ++unseen;
                continue;
            }
            // SYN-SENT is traced before the port is chosen or known: a client's record begins with the next state
            if (!found.empty() && found.front() == TcpState::SynSent
                && (expected.empty() || expected.front() != TcpState::SynSent))
                expected.insert(expected.begin(), TcpState::SynSent);
            const auto place = side == near ? 0U : 1U;
            ++compared[place];
            matched[place] += found == expected;
            if (found != expected)
                qWarning("%s, %s %s: we say %s, the kernel %s", made.name().constData(), place == 0 ? "near" : "far",
                    side == Side::Client ? "client" : "server", text(found).constData(), text(expected).constData());
        }
    qInfo(
        "captured at the %s: states as the kernel's at %d of %d near ends, %d of %d far ends; %d ends without a packet",
        near == Side::Client ? "client" : "server", matched[0], compared[0], matched[1], compared[1], unseen);
    QVERIFY(compared[0] >= 60 && compared[1] >= 60);
    QCOMPARE(matched[0], compared[0]);
    QCOMPARE(matched[1], compared[1]);
}

void TestTcpKernel::resentSegmentsAreTheKernels()
{
    try {
        KernelNetwork network;
        KernelTrace trace(firstServerPort, firstServerPort + 8);
        network.run(End::Server,
            "nft -f - <<'END'\n"
            "table inet loss { chain in { type filter hook input priority 0;\n"
            "meta l4proto tcp numgen random mod 40 < 1 drop\n}\n}\n"
            "END\n");
        network.run(End::Client,
            "nft -f - <<'END'\n"
            "table inet loss { chain in { type filter hook input priority 0;\n"
            "meta l4proto tcp numgen random mod 60 < 1 drop\n}\n}\n"
            "END\n");
        network.startCaptures();
        std::vector<std::thread> threads;
        std::array<std::string, 6> problems;
        for (std::uint16_t i = 0; i < problems.size(); ++i)
            threads.emplace_back([&network, &problems, i] {
                try {
                    Scene scene(network, i % 2 == 1, static_cast<std::uint16_t>(firstClientPort + i),
                        static_cast<std::uint16_t>(firstServerPort + i));
                    if (i < 2)
                        sendInBulk(scene, 3'000'000);
                    else
                        askAndAnswer(scene, 60);
                } catch (const std::exception& error) {
                    problems[i] = error.what();
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        for (const std::string& problem : problems)
            QVERIFY2(problem.empty(), problem.c_str());
        network.waitUntilClosed();
        network.stopCaptures();
        const auto kernel = trace.finish();
        for (const Side side : {Side::Client, Side::Server}) {
            const End end = side == Side::Client ? End::Client : End::Server;
            const PacketCapture capture = analysedCapture(network.captureFile(end));
            const auto found = resentByCause(capture, side);
            std::uint64_t sum = 0;
            for (const std::uint64_t count : found)
                sum += count;
            std::array<std::uint64_t, 7> traced{};
            for (const auto& [socket, record] : kernel)
                if ((socket.localPort >= firstClientPort) == (side == Side::Client))
                    for (const KernelResend& resend : record.resends)
                        ++traced[static_cast<std::size_t>(resend.cause)];
            const std::uint64_t counted = network.counter(end, "Tcp", "RetransSegs");
            qInfo("%s: %llu resent segments in the packets, %llu by Tcp RetransSegs; by cause, ours/kernel: SYN "
                  "%llu/%llu "
                  "SYN-ACK %llu/%llu RTO %llu/%llu fast %llu/%llu TLP %llu/%llu other %llu",
                side == Side::Client ? "client" : "server", static_cast<unsigned long long>(sum),
                static_cast<unsigned long long>(counted), static_cast<unsigned long long>(found[1]),
                static_cast<unsigned long long>(traced[1]), static_cast<unsigned long long>(found[2]),
                static_cast<unsigned long long>(traced[2]), static_cast<unsigned long long>(found[3]),
                static_cast<unsigned long long>(traced[3]), static_cast<unsigned long long>(found[4]),
                static_cast<unsigned long long>(traced[4]), static_cast<unsigned long long>(found[5]),
                static_cast<unsigned long long>(traced[5]), static_cast<unsigned long long>(found[6]));
            QVERIFY2(sum > (side == Side::Client ? 20U : 0U), "too little was lost to compare");
            QCOMPARE(sum, counted);
            QCOMPARE(found[1], network.counter(end, "TcpExt", "TCPSynRetrans") - traced[2]);
        }
    } catch (const std::exception& error) {
        QFAIL(error.what());
    }
}

QTEST_GUILESS_MAIN(TestTcpKernel)
#include "tst_tcp_kernel.moc"
