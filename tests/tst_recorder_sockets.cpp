// The sockets in a capture of hindcast-record: real ones made here, in states that are known, and what is recorded
// where the kernel does not tell.
#include "recorder_runs.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/// A socket of this process, closed with it.
class OwnSocket {
public:
    explicit OwnSocket(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    OwnSocket(int family, int type)
        : m_descriptor(socket(family, type | SOCK_CLOEXEC, 0))
    {
    }
    ~OwnSocket() { close(); }
    OwnSocket(const OwnSocket&) = delete;
    OwnSocket& operator=(const OwnSocket&) = delete;

    int descriptor() const { return m_descriptor; }
    void close()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
        m_descriptor = -1;
    }
    bool bindLoopback(int family)
    {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_addr = in6addr_loopback;
        return family == AF_INET ? bind(m_descriptor, reinterpret_cast<sockaddr*>(&v4), sizeof v4) == 0
                                 : bind(m_descriptor, reinterpret_cast<sockaddr*>(&v6), sizeof v6) == 0;
    }
    bool connectTo(const OwnSocket& other)
    {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        return getsockname(other.m_descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0
            && connect(m_descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0;
    }
    QByteArray local() const { return endpoint(getsockname); }
    QByteArray remote() const { return endpoint(getpeername); }
    QByteArray inode() const
    {
        struct stat status { };
        return fstat(m_descriptor, &status) == 0 ? QByteArray::number(static_cast<qulonglong>(status.st_ino)) : "?";
    }
    QByteArray cookie() const
    {
        std::uint64_t value = 0;
        socklen_t length = sizeof value;
        return getsockopt(m_descriptor, SOL_SOCKET, SO_COOKIE, &value, &length) == 0
            ? QByteArray::number(static_cast<qulonglong>(value))
            : "?";
    }

private:
    QByteArray endpoint(int (*ask)(int, sockaddr*, socklen_t*)) const
    {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        if (ask(m_descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
            return "?";
        char host[INET6_ADDRSTRLEN] = "";
        if (address.ss_family == AF_INET) {
            const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
            inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
            return QByteArray(host) + ':' + QByteArray::number(ntohs(v4.sin_port));
        }
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
        return '[' + QByteArray(host) + "]:" + QByteArray::number(ntohs(v6.sin6_port));
    }

    int m_descriptor;
};

/// A connection over loopback, both ends open.
struct Connection {
    OwnSocket client{AF_INET, SOCK_STREAM};
    OwnSocket server{-1};

    explicit Connection(const OwnSocket& listener)
        : server((client.connectTo(listener), accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC)))
    {
    }
    bool isOpen() const { return client.descriptor() >= 0 && server.descriptor() >= 0; }
    void send(const OwnSocket& from, int bytes) const
    {
        const QByteArray text(bytes, 'x');
        QCOMPARE(::send(from.descriptor(), text.constData(), static_cast<std::size_t>(bytes), 0), ssize_t{bytes});
    }
};

using Fields = std::map<QByteArray, QByteArray>;

/// The lines of the block, by the names in its first one. Empty when a line has another number of fields.
std::vector<Fields> socketsIn(const QByteArray& block)
{
    const auto lines = block.split('\n');
    const auto names = lines.front().mid(2).split(' ');
    std::vector<Fields> sockets;
    for (const QByteArray& line : lines.mid(1)) {
        if (line.isEmpty() || line.startsWith('#'))
            continue;
        const auto values = line.split(' ');
        if (values.size() != names.size())
            return {};
        Fields fields;
        for (qsizetype i = 0; i < names.size(); ++i)
            fields[names[i]] = values[i];
        sockets.push_back(fields);
    }
    return sockets;
}

Fields find(
    const std::vector<Fields>& sockets, const QByteArray& protocol, const QByteArray& local, const QByteArray& remote)
{
    for (const Fields& fields : sockets)
        if (fields.at("proto") == protocol && fields.at("local") == local && fields.at("remote") == remote)
            return fields;
    return {};
}

/// "tcp ESTABLISHED" -> 12, of the list whose heading that is; with a peer "tcp 10.0.0.9 ESTABLISHED".
std::map<QByteArray, int> countsIn(const QByteArray& block, const QByteArray& heading)
{
    std::map<QByteArray, int> counts;
    bool isWanted = false;
    for (const QByteArray& line : block.split('\n')) {
        if (line.startsWith("# proto"))
            isWanted = line == heading;
        else if (isWanted && !line.startsWith('#') && line.contains(' '))
            counts[line.left(line.lastIndexOf(' '))] = line.mid(line.lastIndexOf(' ') + 1).toInt();
    }
    return counts;
}
const QByteArray stateHeading = "# proto state count", peerHeading = "# proto peer state count";

/// UDP sockets: nothing else makes as many of them as cheaply.
class Horde {
public:
    explicit Horde(int size)
    {
        rlimit limit{};
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        for (int i = 0; i < size; ++i) {
            const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<unsigned>(i) / 4096);
            if (descriptor < 0 || bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
                break;
            m_descriptors.push_back(descriptor);
        }
    }
    ~Horde()
    {
        for (const int descriptor : m_descriptors)
            ::close(descriptor);
    }
    Horde(const Horde&) = delete;
    Horde& operator=(const Horde&) = delete;
    int size() const { return static_cast<int>(m_descriptors.size()); }

private:
    std::vector<int> m_descriptors;
};

/// socket(AF_NETLINK, …) fails with that errno in this process and what it executes.
void refuseNetlink(int errorNumber)
{
    const auto answer = SECCOMP_RET_ERRNO | static_cast<unsigned>(errorNumber);
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)), // its low half: we are little-endian
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(99);
}

std::set<std::uint64_t> ticksWith(const RecordedCapture& capture, const std::string& path)
{
    std::set<std::uint64_t> numbers;
    for (const RecordedTick& tick : capture.ticks)
        if (tick.body(path))
            numbers.insert(tick.number);
    return numbers;
}

} // namespace

class TestRecorderSockets : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(QFile::exists(recorderPath()), qPrintable(recorderPath() + " is not built")); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void statesAndQueuesAreAsTheyAre();
    void addressesOfIpVersion6();
    void udpSockets();
    void cadence_data();
    void cadence();
    void refusedSockDiagGivesTheFiles_data();
    void refusedSockDiagGivesTheFiles();
    void madeUpRootIsReadFromItsFiles();
    void nobodyHasSocketsToo();
    void memoryAndTimesOfAConnection();
    void ownersAreThoseWhoHoldIt();
    void ownersOfOthersNeedRoot();
    void countsAreThoseOfTheListing();
    void manySocketsAreCountedMoreOftenThanListed();
    void hordesAreListedBesideTheTicks();

private:
    QString file() const { return m_folder->filePath("x.hindcast.tar.zst"); }
    /// The sockets of a capture with one tick.
    std::vector<Fields> recordedSockets() const
    {
        const Run result = record({"-i", "0.05", "-c", "1", "-o", file(), "--force"});
        const RecordedCapture capture = readCapture(file());
        if (result.status != 0 && result.status != 3)
            qWarning("%s", result.err.constData());
        return capture.ticks.empty() ? std::vector<Fields>()
                                     : socketsIn(capture.ticks.front().body("hindcast/sockets").value_or(QByteArray()));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRecorderSockets::statesAndQueuesAreAsTheyAre()
{
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 7) == 0);
    Connection established(listener), halfClosed(listener), timeWait(listener);
    QVERIFY(established.isOpen() && halfClosed.isOpen() && timeWait.isOpen());
    established.send(established.client, 1234);
    halfClosed.client.close(); // FIN-WAIT-2 here, CLOSE-WAIT there
    const QByteArray waitingLocal = timeWait.client.local(), waitingRemote = timeWait.client.remote();
    timeWait.client.close();
    timeWait.server.close();
    OwnSocket unaccepted1(AF_INET, SOCK_STREAM), unaccepted2(AF_INET, SOCK_STREAM);
    QVERIFY(unaccepted1.connectTo(listener) && unaccepted2.connectTo(listener));

    const auto sockets = recordedSockets();
    const auto of = [&](const OwnSocket& socket) { return find(sockets, "tcp", socket.local(), socket.remote()); };

    Fields line = find(sockets, "tcp", listener.local(), "0.0.0.0:0");
    QCOMPARE(line["state"], QByteArray("LISTEN"));
    QCOMPARE(line["rqueue"], QByteArray("2"));
    QCOMPARE(line["wqueue"], QByteArray("7"));
    QCOMPARE(line["inode"], listener.inode());
    QCOMPARE(line["cookie"], listener.cookie());
    QCOMPARE(line["uid"], QByteArray::number(geteuid()));
    for (const char* figure : {"rtt_us", "cwnd", "total_retrans", "bytes_acked"}) // a listener has none of these
        QCOMPARE(line[figure], QByteArray("-"));

    line = of(established.server);
    QCOMPARE(line["state"], QByteArray("ESTABLISHED"));
    QCOMPARE(line["rqueue"], QByteArray("1234"));
    QCOMPARE(line["bytes_received"], QByteArray("1234"));
    line = of(established.client);
    QCOMPARE(line["state"], QByteArray("ESTABLISHED"));
    QCOMPARE(line["bytes_acked"], QByteArray("1235")); // the SYN counts
    QVERIFY(line["rtt_us"].toInt() > 0 && line["cwnd"].toInt() > 0);
    QCOMPARE(line["total_retrans"], QByteArray("0"));
    QCOMPARE(line["inode"], established.client.inode());

    QCOMPARE(of(halfClosed.server)["state"], QByteArray("CLOSE-WAIT"));
    line = find(sockets, "tcp", halfClosed.server.remote(), halfClosed.server.local());
    QCOMPARE(line["state"], QByteArray("FIN-WAIT-2"));

    line = find(sockets, "tcp", waitingLocal, waitingRemote);
    QCOMPARE(line["state"], QByteArray("TIME-WAIT"));
    QCOMPARE(line["timer"], QByteArray("3"));
    QVERIFY(line["expires_ms"].toInt() > 0 && line["expires_ms"].toInt() <= 60'000);
    QCOMPARE(line["rtt_us"], QByteArray("-")); // not 0: nobody measures it any more
}

void TestRecorderSockets::addressesOfIpVersion6()
{
    OwnSocket listener(AF_INET6, SOCK_STREAM), client(AF_INET6, SOCK_STREAM);
    if (!listener.bindLoopback(AF_INET6))
        QSKIP("SKIPPED: there is no IPv6 here");
    QVERIFY(listen(listener.descriptor(), 5) == 0 && client.connectTo(listener));
    QVERIFY(client.local().startsWith("[::1]:"));
    const auto sockets = recordedSockets();
    QCOMPARE(find(sockets, "tcp", listener.local(), "[::]:0")["state"], QByteArray("LISTEN"));
    QCOMPARE(find(sockets, "tcp", client.local(), client.remote())["state"], QByteArray("ESTABLISHED"));
}

void TestRecorderSockets::udpSockets()
{
    OwnSocket waiting(AF_INET, SOCK_DGRAM), connected(AF_INET, SOCK_DGRAM);
    QVERIFY(waiting.bindLoopback(AF_INET) && connected.connectTo(waiting));
    QCOMPARE(send(connected.descriptor(), "12345", 5, 0), ssize_t{5});
    const auto sockets = recordedSockets();
    Fields line = find(sockets, "udp", waiting.local(), "0.0.0.0:0");
    QCOMPARE(line["state"], QByteArray("CLOSED"));
    QVERIFY(line["rqueue"].toInt() >= 5); // what a datagram takes in memory
    QCOMPARE(line["inode"], waiting.inode());
    QCOMPARE(line["cwnd"], QByteArray("-"));
    QCOMPARE(find(sockets, "udp", connected.local(), connected.remote())["state"], QByteArray("ESTABLISHED"));
}

void TestRecorderSockets::cadence_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("configured");
    QTest::addColumn<QList<int>>("expected");
    const auto row = [](const char* name, const QStringList& options, int configured, const QList<int>& expected) {
        QTest::newRow(name) << options << configured << expected;
    };
    row("every tenth and the last", {"-c", "13"}, 10, {0, 10, 12});
    row("every third and the last", {"-c", "9", "--socket-ticks", "3"}, 3, {0, 3, 6, 8});
    row("the last once, when it has its turn", {"-c", "4", "--socket-ticks", "3"}, 3, {0, 3});
    row("every tick, over segments", {"-c", "4", "--socket-ticks", "1", "--segment-ticks", "2"}, 1, {0, 1, 2, 3});
    row("never", {"-c", "4", "--socket-ticks", "0"}, 0, {});
}

void TestRecorderSockets::cadence()
{
    QFETCH(QStringList, options);
    QFETCH(int, configured);
    QFETCH(QList<int>, expected);
    Run result;
    for (int attempt = 0; attempt < 20; ++attempt) { // until a busy machine left no tick out
        result = record(QStringList{"-i", "0.25", "-o", file(), "--force"} + options);
        if (!result.err.contains("in time"))
            break;
    }
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const std::set<std::uint64_t> numbers = ticksWith(capture, "hindcast/sockets");
    QCOMPARE(QList<int>(numbers.begin(), numbers.end()), expected);
    QCOMPARE(capture.manifest(0)["config"].toObject()["socket_ticks"].toInt(-1), configured);
}

void TestRecorderSockets::refusedSockDiagGivesTheFiles_data()
{
    QTest::addColumn<int>("errorNumber");
    QTest::addColumn<int>("status");
    QTest::newRow("refused") << EPERM << 3;
    QTest::newRow("absent") << EPROTONOSUPPORT << 0;
}

void TestRecorderSockets::refusedSockDiagGivesTheFiles()
{
    QFETCH(int, errorNumber);
    QFETCH(int, status);
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 5) == 0);
    const Run result = record({"-i", "0.05", "-c", "4", "--socket-ticks", "1", "--segment-ticks", "2", "-o", file()},
        [errorNumber] { refuseNetlink(errorNumber); });
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    QVERIFY(ticksWith(capture, "hindcast/sockets").empty());
    for (const RecordedTick& tick : capture.ticks) {
        QVERIFY(tick.body("/proc/net/tcp").value_or(QByteArray()).startsWith("  sl  local_address"));
        QVERIFY(tick.body("/proc/net/tcp")->contains(' ' + listener.inode() + ' '));
    }
    for (int segment = 0; segment < capture.segments(); ++segment) {
        const auto denials = capture.denials(segment, "sock_diag");
        QCOMPARE(denials.size(), std::size_t{1});
        QCOMPARE(denials[0]["errno"].toInt(), errorNumber);
        QCOMPARE(denials[0]["tick"].toInt(-1), 0);
    }
    const bool isOtherRefused = result.errorLinesWith("no permission") > 0 && status == 0; // by the host, not by us
    QCOMPARE(result.status, isOtherRefused ? 3 : status);
    QCOMPARE(result.errorLinesWith("sock_diag"), errorNumber == EPERM ? 1 : 0);
}

void TestRecorderSockets::madeUpRootIsReadFromItsFiles()
{
    const QByteArray table =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
        "inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  "
        "      0 4711 1 0000000000000000 100 0 0 10 0\n";
    QVERIFY(writeFile(m_folder->filePath("root/proc/stat"), "cpu  1 0 1 1 0 0 0 0 0 0\n"));
    QVERIFY(writeFile(m_folder->filePath("root/proc/net/tcp"), table));
    const Run result = record({"-i", "0.05", "-c", "3", "--socket-ticks", "1", "--segment-ticks", "2", "-o", file(),
        "--root", m_folder->filePath("root")});
    QCOMPARE(result.status, 0);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(!capture.ticks.empty());
    QVERIFY(ticksWith(capture, "hindcast/sockets").empty()); // those would be this machine's
    QVERIFY(capture.denials(0, "sock_diag").empty());
    for (const RecordedTick& tick : capture.ticks)
        QCOMPARE(tick.body("/proc/net/tcp").value_or("none"), table);
    QCOMPARE(ticksWith(capture, "/proc/net/tcp6").size(), std::size_t{1}); // absent: said once, not asked again
    QCOMPARE(capture.denials(0, "/proc/net/tcp6").size(), std::size_t{1});
}

void TestRecorderSockets::nobodyHasSocketsToo()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming another user needs root");
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 5) == 0);
    const Run result = recordAsNobody(m_folder->path(), {"-i", "0.05", "-c", "2", "-o", file()});
    const RecordedCapture capture = readCapture(file());
    QVERIFY2(capture.isFinished, result.err);
    const auto sockets = socketsIn(capture.ticks.front().body("hindcast/sockets").value_or(QByteArray()));
    Fields line = find(sockets, "tcp", listener.local(), "0.0.0.0:0");
    QCOMPARE(line["inode"], listener.inode());
    QCOMPARE(line["uid"], QByteArray("0"));
}

void TestRecorderSockets::memoryAndTimesOfAConnection()
{
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 7) == 0);
    Connection connection(listener);
    QVERIFY(connection.isOpen());
    connection.send(connection.client, 1234);
    const auto sockets = recordedSockets();
    Fields line = find(sockets, "tcp", connection.server.local(), connection.server.remote());
    int receiveBuffer = 0;
    socklen_t length = sizeof receiveBuffer;
    getsockopt(connection.server.descriptor(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, &length);
    QCOMPARE(line["rcvbuf"], QByteArray::number(receiveBuffer));
    QVERIFY(line["rmem"].toInt() >= 1234); // what is not read, and the kernel's own bytes around it
    QCOMPARE(line["drops"], QByteArray("0"));
    line = find(sockets, "tcp", connection.client.local(), connection.client.remote());
    int segment = 0;
    length = sizeof segment;
    getsockopt(connection.client.descriptor(), IPPROTO_TCP, TCP_MAXSEG, &segment, &length);
    QCOMPARE(line["mss"], QByteArray::number(segment));
    QCOMPARE(line["data_segs_out"], QByteArray("1"));
    QCOMPARE(line["segs_in"].toInt(), 2); // SYN+ACK, and the ACK of the data
    QCOMPARE(line["bytes_retrans"], QByteArray("0"));
    QVERIFY(line["min_rtt_us"].toInt() <= line["rtt_us"].toInt() && line["pmtu"].toInt() > segment);
    char congestion[32] = "";
    length = sizeof congestion;
    getsockopt(connection.client.descriptor(), IPPROTO_TCP, TCP_CONGESTION, congestion, &length);
    QCOMPARE(line["congestion"], QByteArray(congestion));
    line = find(sockets, "tcp", listener.local(), "0.0.0.0:0");
    for (const char* figure : {"mss", "min_rtt_us", "busy_us", "segs_out"}) // a listener has none of these
        QCOMPARE(line[figure], QByteArray("-"));
    QVERIFY(line["rcvbuf"].toInt() > 0);
}

void TestRecorderSockets::ownersAreThoseWhoHoldIt()
{
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 7) == 0);
    int wake[2];
    QCOMPARE(pipe(wake), 0);
    const pid_t heir = fork(); // it has all descriptors, and waits for the end of ours
    if (heir == 0) {
        char byte;
        ::close(wake[1]);
        const ssize_t got = read(wake[0], &byte, 1);
        _exit(got == 0 ? 0 : 1);
    }
    QByteArrayList expected{QByteArray::number(getpid()), QByteArray::number(heir)};
    std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.toInt() < b.toInt(); });
    QByteArray owner;
    for (int attempt = 0; attempt < 20 && owner != expected.join(','); ++attempt) { // until the look came in time
        const Run result = record({"-i", "0.2", "-c", "6", "--socket-ticks", "1", "-o", file(), "--force"});
        const RecordedCapture capture = readCapture(file());
        if (capture.ticks.empty())
            break;
        const auto sockets = socketsIn(capture.ticks.back().body("hindcast/sockets").value_or(QByteArray()));
        owner = find(sockets, "tcp", listener.local(), "0.0.0.0:0")["owner"];
    }
    ::close(wake[0]);
    ::close(wake[1]);
    waitpid(heir, nullptr, 0);
    QCOMPARE(owner, expected.join(','));
}

void TestRecorderSockets::ownersOfOthersNeedRoot()
{
    if (geteuid() != 0)
        QSKIP("SKIPPED: becoming another user needs root");
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 5) == 0);
    RecordedCapture capture;
    for (int attempt = 0; attempt < 20; ++attempt) {
        const Run result = recordAsNobody(m_folder->path(),
            {"-i", "0.2", "-c", "8", "--socket-ticks", "1", "--segment-ticks", "1", "-o", file(), "--force"});
        capture = readCapture(file());
        QVERIFY2(capture.isFinished, result.err);
        if (!capture.denials(capture.segments() - 1, "/proc/<pid>/fd").empty()) {
            QCOMPARE(result.status, 3);
            break;
        }
    }
    const auto denials = capture.denials(capture.segments() - 1, "/proc/<pid>/fd");
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials[0]["errno"].toInt(), EACCES);
    QVERIFY(denials[0]["count"].toInt() > 1);
    const auto sockets = socketsIn(capture.ticks.back().body("hindcast/sockets").value_or(QByteArray()));
    QCOMPARE(find(sockets, "tcp", listener.local(), "0.0.0.0:0")["owner"], QByteArray("-"));
}

void TestRecorderSockets::countsAreThoseOfTheListing()
{
    OwnSocket listener(AF_INET, SOCK_STREAM), waiting(AF_INET, SOCK_DGRAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 7) == 0 && waiting.bindLoopback(AF_INET));
    Connection connection(listener);
    int pairs[20][2];
    for (auto& pair : pairs)
        QCOMPARE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    record({"-i", "0.05", "-c", "1", "-o", file()});
    for (const auto& pair : pairs)
        for (const int end : pair)
            ::close(end);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(!capture.ticks.empty());
    std::map<QByteArray, int> listed;
    for (const Fields& fields : socketsIn(capture.ticks.front().body("hindcast/sockets").value_or(QByteArray())))
        ++listed[fields.at("proto") + ' ' + fields.at("state")];
    const QByteArray block = capture.ticks.front().body("hindcast/socket_counts").value_or(QByteArray());
    auto counted = countsIn(block, stateHeading);
    QVERIFY2(counted["unix_seqpacket ESTABLISHED"] >= 40, block);
    std::erase_if(counted, [](const auto& one) { return one.first.startsWith("unix"); });
    QCOMPARE(counted, listed);
    QVERIFY(counted["tcp ESTABLISHED"] >= 2 && counted["udp CLOSED"] >= 1);
    QVERIFY(!block.contains(peerHeading)); // the listing has them
}

void TestRecorderSockets::manySocketsAreCountedMoreOftenThanListed()
{
    const Horde horde(5'100);
    if (horde.size() < 5'100)
        QSKIP("SKIPPED: so many sockets may not be opened here");
    OwnSocket listener(AF_INET, SOCK_STREAM);
    QVERIFY(listener.bindLoopback(AF_INET) && listen(listener.descriptor(), 7) == 0);
    Connection connection(listener);
    RecordedCapture capture;
    for (int attempt = 0; attempt < 20; ++attempt) { // until a busy machine left no tick out
        const Run result = record({"-i", "0.2", "-c", "15", "--socket-ticks", "2", "-o", file(), "--force"});
        capture = readCapture(file());
        QVERIFY2(capture.isFinished, result.err);
        if (!result.err.contains("in time"))
            break;
    }
    QCOMPARE(ticksWith(capture, "hindcast/sockets"), (std::set<std::uint64_t>{0, 12, 14}));
    QCOMPARE(ticksWith(capture, "hindcast/socket_counts"), (std::set<std::uint64_t>{0, 2, 4, 6, 8, 10, 12, 14}));
    const QByteArray between = capture.ticks[2].body("hindcast/socket_counts").value_or(QByteArray());
    QVERIFY2(countsIn(between, stateHeading)["udp CLOSED"] >= horde.size(), between);
    QVERIFY2(countsIn(between, peerHeading)["tcp 127.0.0.1 ESTABLISHED"] >= 2, between);
    const auto sockets = socketsIn(capture.ticks[14].body("hindcast/sockets").value_or(QByteArray()));
    Fields line = find(sockets, "tcp", listener.local(), "0.0.0.0:0");
    QCOMPARE(line["owner"], QByteArray::number(getpid())); // by then it was looked for, whatever the machine does
    QCOMPARE(line["inode"], QByteArray("-"));
}

void TestRecorderSockets::hordesAreListedBesideTheTicks()
{
    int ready[2], wake[2];
    QVERIFY(pipe(ready) == 0 && pipe(wake) == 0);
    std::vector<pid_t> children; // each has a limit of open files of its own
    constexpr int each = 5'200, wanted = 4 * each;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            ::close(wake[1]);
            const Horde horde(each);
            char byte = horde.size() == each ? 'y' : 'n';
            if (write(ready[1], &byte, 1) != 1 || read(wake[0], &byte, 1) != 0)
                _exit(1);
            _exit(0);
        }
        children.push_back(child);
    }
    ::close(wake[0]);
    bool areAll = true;
    for (int i = 0; i < 4; ++i) {
        char answer = 'n';
        areAll = read(ready[0], &answer, 1) == 1 && answer == 'y' && areAll;
    }
    RecordedCapture capture;
    Run result;
    for (int attempt = 0; attempt < 10 && areAll; ++attempt) {
        result = record({"-i", "0.5", "-c", "5", "--socket-ticks", "3", "-o", file(), "--force"});
        capture = readCapture(file());
        if (!ticksWith(capture, "hindcast/sockets").contains(0) && ticksWith(capture, "hindcast/sockets").size() == 2)
            break; // else the machine was so busy that the first listing came after the last tick
    }
    ::close(wake[1]);
    for (const pid_t child : children)
        waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    if (!areAll)
        QSKIP("SKIPPED: so many sockets may not be opened here");
    QVERIFY2(capture.isFinished, result.err);
    const std::set<std::uint64_t> listings = ticksWith(capture, "hindcast/sockets");
    QVERIFY(!listings.contains(0) && listings.contains(4)); // the first came when it was ready, the last had to be
    QCOMPARE(listings.size(), std::size_t{2});
    for (const std::uint64_t number : listings) {
        const auto tick = std::find_if(capture.ticks.begin(), capture.ticks.end(),
            [number](const RecordedTick& one) { return one.number == number; });
        const auto sockets = socketsIn(tick->body("hindcast/sockets").value_or(QByteArray()));
        QVERIFY(static_cast<int>(sockets.size()) >= wanted);
        QVERIFY(countsIn(tick->body("hindcast/socket_counts").value_or(QByteArray()), stateHeading)["udp CLOSED"]
            >= wanted);
    }
}

QTEST_GUILESS_MAIN(TestRecorderSockets)
#include "tst_recorder_sockets.moc"
