// The packets in a capture of hindcast-record: every one that is sent over a loopback interface of our own is in the
// members, in order, whatever happens to the recorder; and what cannot be captured is said once.
#include "recorder_runs.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstring>
#include <map>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::test;

namespace {

constexpr std::uint16_t port = 9473;
constexpr qsizetype ethernetIpUdp = 14 + 20 + 8; // header bytes before the number in our datagrams

bool setUp(const char* interface)
{
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    bool isUp = ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    isUp = isUp && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    close(descriptor);
    return isUp;
}

/// Sends datagrams to a port of loopback that hold their number.
class Sender {
public:
    explicit Sender(std::uint16_t destination = port)
        : m_receiver(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
        , m_sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(destination);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // Somebody listens, so that no "port unreachable" comes back.
        m_isReady = bind(m_receiver, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
            && connect(m_sender, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Sender()
    {
        close(m_receiver);
        close(m_sender);
    }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    bool isReady() const { return m_isReady; }
    std::uint32_t sent() const { return m_sent; }
    /// `datagrams` of 200 bytes each.
    void send(std::uint32_t datagrams)
    {
        std::array<char, 200> bytes{};
        for (std::uint32_t i = 0; i < datagrams; ++i) {
            const std::uint32_t number = htonl(m_sent);
            std::memcpy(bytes.data(), &number, sizeof number);
            if (::send(m_sender, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()))
                ++m_sent;
        }
    }

private:
    int m_receiver, m_sender;
    bool m_isReady = false;
    std::uint32_t m_sent = 0;
};

struct CapturedPacket {
    std::int64_t time = 0; ///< nanoseconds
    std::uint32_t length = 0;
    QByteArray bytes;
    std::uint32_t number() const
    {
        std::uint32_t value = 0;
        if (bytes.size() >= ethernetIpUdp + 4)
            std::memcpy(&value, bytes.constData() + ethernetIpUdp, sizeof value);
        return ntohl(value);
    }
};

std::uint32_t wordAt(const QByteArray& bytes, qsizetype place)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.constData() + place, sizeof value);
    return value;
}

struct PacketMembers {
    std::vector<CapturedPacket> packets;
    std::vector<std::map<QByteArray, QByteArray>> notes; ///< of each .txt
    std::vector<QByteArray> files;
    QString damage; ///< "" = all is as FORMAT.md says

    qlonglong sum(const QByteArray& key) const
    {
        qlonglong total = 0;
        for (auto note : notes)
            total += note[key].toLongLong();
        return total;
    }
};

void readPcap(const QByteArray& file, PacketMembers& members)
{
    if (file.size() < 24 || wordAt(file, 0) != 0xA1B23C4DU) {
        members.damage = "no pcap header with nanoseconds";
        return;
    }
    qsizetype place = 24;
    while (place + 16 <= file.size()) {
        const qsizetype captured = wordAt(file, place + 8);
        if (place + 16 + captured > file.size())
            break;
        members.packets.push_back({wordAt(file, place) * std::int64_t{1'000'000'000} + wordAt(file, place + 4),
            wordAt(file, place + 12), file.mid(place + 16, captured)});
        place += 16 + captured;
    }
    if (place != file.size())
        members.damage = "a torn pcap file";
    members.files.push_back(file);
}

/// Those of one interface, in order: pcap and txt in turns, numbered from 0.
PacketMembers packetsOf(const RecordedCapture& capture, const QString& interface)
{
    PacketMembers members;
    int place = 0;
    for (const auto& [path, bytes] : capture.membersBelow("packets/" + interface)) {
        const QString expected = QString("packets/%1/%2.%3")
                                     .arg(interface)
                                     .arg(place / 2, 6, 10, QChar('0'))
                                     .arg(place % 2 == 0 ? "pcap" : "txt");
        if (path != expected)
            members.damage = path + " where " + expected + " was expected";
        if (place++ % 2 == 0) {
            readPcap(bytes, members);
            continue;
        }
        std::map<QByteArray, QByteArray> note;
        for (const QByteArray& line : bytes.split('\n'))
            if (const auto blank = line.indexOf(' '); blank > 0)
                note[line.left(blank)] = line.mid(blank + 1);
        members.notes.push_back(note);
    }
    return members;
}

/// Numbers 0, 1, 2 … without a gap or a repetition.
bool areNumberedThrough(const std::vector<CapturedPacket>& packets)
{
    std::uint32_t expected = 0;
    for (const CapturedPacket& packet : packets)
        if (packet.number() != expected++)
            return false;
    return true;
}

} // namespace

class TestRecorderPackets : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();

    void everyPacketIsThereInOrder();
    void plainToolsReadTheMembers();
    void killedRecorderLeavesWhatWasWritten();
    void filterAndSnapLengthHold();
    void contentIsKeptWhenAskedForOnly_data();
    void contentIsKeptWhenAskedForOnly();
    void allInterfacesAtOnce();
    void dropsOfTheKernelAreCounted();
    void interfaceThatVanishesEndsOnlyItself();
    void fullDiskIsWaitedForAtRest();
    void wrongWishes_data();
    void wrongWishes();
    void withoutThePrivilegeTheRestIsRecorded();

private:
    QString file() const { return m_folder->filePath("x.hindcast.tar.zst"); }
    QString part() const { return file() + ".part"; }
    QStringList options(const QStringList& more) const
    {
        // Little else to record: these tests read the growing file again and again.
        const QStringList content = more.contains("--redact") ? QStringList() : QStringList{"--redact", "off"};
        return QStringList{"-i", "0.1", "-o", file(), "--packet-seconds", "1", "--root", m_folder->filePath("root")}
        + more + content;
    }
    bool waitForTicks(std::size_t ticks) const
    {
        return waitFor([&] { return readCapture(part()).ticks.size() >= ticks; });
    }
    bool sendUntilMembers(Sender& sender, qsizetype files, std::uint32_t atATime = 20) const
    {
        return waitFor([&] {
            sender.send(atATime);
            return readCapture(part()).membersBelow("packets/lo").size() >= static_cast<std::size_t>(2 * files);
        });
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    bool m_hasNamespace = false;
};

void TestRecorderPackets::initTestCase()
{
    QVERIFY2(QFile::exists(recorderPath()), qPrintable(recorderPath() + " is not built"));
    // For this process and all that it starts; it goes when they do.
    m_hasNamespace = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 && setUp("lo");
}

void TestRecorderPackets::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(writeFile(m_folder->filePath("root/proc/stat"), "cpu  1 0 1 1 0 0 0 0 0 0\n"));
    if (!m_hasNamespace)
        QSKIP("SKIPPED: capturing packets in a network of our own needs root");
}

void TestRecorderPackets::everyPacketIsThereInOrder()
{
    Sender sender;
    QVERIFY(sender.isReady());
    RunningRecorder recorder(options({"--packets", "lo"}));
    QVERIFY(waitForTicks(1));
    QVERIFY(sendUntilMembers(sender, 3));
    sender.send(100); // a moment before the end: still in the kernel's buffer
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 0);

    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    const PacketMembers members = packetsOf(capture, "lo");
    QCOMPARE(members.damage, QString());
    QVERIFY(members.notes.size() >= 4);
    QCOMPARE(members.packets.size(), std::size_t{sender.sent()});
    QVERIFY(areNumberedThrough(members.packets));
    QCOMPARE(members.sum("received"), qlonglong{sender.sent()});
    for (const char* drop : {"dropped", "dropped_interface", "dropped_recorder"})
        QCOMPARE(members.sum(drop), qlonglong{0});
    std::int64_t before = 0;
    for (const CapturedPacket& packet : members.packets) {
        QCOMPARE(packet.length, std::uint32_t{ethernetIpUdp + 200});
        QCOMPARE(packet.bytes.size(), qsizetype{96});
        QVERIFY(packet.time >= before);
        before = packet.time;
    }
    // Files follow one another without a gap, and lie in the time of the capture.
    for (std::size_t i = 1; i < members.notes.size(); ++i) {
        auto note = members.notes[i], previous = members.notes[i - 1];
        const qint64 gap = note["first_real_ns"].toLongLong() - previous["last_real_ns"].toLongLong();
        QVERIFY2(gap >= 0 && gap < 100'000'000, qPrintable(QString::number(gap)));
        QCOMPARE(note["snaplen"], QByteArray("96"));
        QVERIFY(!note.count("filter") && !note.count("error"));
    }
    for (const RecordedTick& tick : capture.ticks)
        QCOMPARE(tick.state, framing::TickState::Whole);
    const QJsonObject config = capture.manifest(0)["config"].toObject();
    QCOMPARE(config["packets"].toArray().at(0).toObject()["interface"].toString(), QString("lo"));
    QCOMPARE(config["snaplen"].toInt(), 96);
    QCOMPARE(config["packet_seconds"].toInt(), 1);
}

void TestRecorderPackets::plainToolsReadTheMembers()
{
    const Run version = run("tcpdump", {"--version"});
    if (version.status != 0)
        QSKIP("SKIPPED: tcpdump is not installed");
    Sender sender;
    RunningRecorder recorder(options({"--packets", "lo"}));
    QVERIFY(waitForTicks(1));
    QVERIFY(sendUntilMembers(sender, 2));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const Run list = run("bash", {"-c", "zstd -dc \"$1\" | tar tf -", "bash", file()});
    QCOMPARE(list.status, 0);
    const Run unpacked = run("bash", {"-c", "zstd -dc \"$1\" | tar xf - -C \"$2\"", "bash", file(), m_folder->path()});
    QCOMPARE(unpacked.status, 0);
    int packets = 0;
    const RecordedCapture capture = readCapture(file());
    for (const auto& [path, bytes] : capture.members)
        QVERIFY2(list.out.split('\n').contains(path.toUtf8()), qPrintable(path));
    for (const auto& [path, bytes] : capture.membersBelow("packets/lo")) {
        if (!path.endsWith(".pcap"))
            continue;
        const Run dump = run("tcpdump", {"-n", "-r", m_folder->filePath(path)});
        QVERIFY2(dump.status == 0, dump.err);
        QVERIFY(!dump.err.contains("truncated"));
        packets += static_cast<int>(dump.out.count(".9473: UDP, length 200"));
    }
    QCOMPARE(packets, static_cast<int>(sender.sent()));
}

void TestRecorderPackets::killedRecorderLeavesWhatWasWritten()
{
    Sender sender;
    RunningRecorder recorder(options({"--packets", "lo"}));
    QVERIFY(waitForTicks(1));
    QVERIFY(sendUntilMembers(sender, 2));
    const std::uint32_t sentBefore = sender.sent();
    QVERIFY(sendUntilMembers(sender, 3)); // so what was sent before is written
    recorder.signal(SIGKILL);
    recorder.result();
    const RecordedCapture capture = readCapture(part());
    const PacketMembers members = packetsOf(capture, "lo");
    QCOMPARE(members.damage, QString());
    QVERIFY(members.notes.size() >= 3);
    QVERIFY(areNumberedThrough(members.packets));
    // All but the last 0.1 s, which the kernel may not have handed over when the file was cut.
    QVERIFY2(members.packets.size() + 1000 >= sentBefore, qPrintable(QString::number(members.packets.size())));
    QVERIFY(members.packets.size() <= sender.sent());
    // The plain tools show the same, though the file ends anywhere.
    const Run list = run("bash", {"-c", "zstd -dcq \"$1\" 2>/dev/null | tar tf - 2>/dev/null", "bash", part()});
    QCOMPARE(static_cast<std::size_t>(list.out.count("packets/lo/")), 2 * members.notes.size());
}

void TestRecorderPackets::filterAndSnapLengthHold()
{
    Sender wanted, other(port + 1);
    QVERIFY(wanted.isReady() && other.isReady());
    RunningRecorder recorder(options({"--packets", "lo:udp dst port 9473", "--snaplen", "50"}));
    QVERIFY(waitForTicks(1));
    for (int i = 0; i < 50; ++i) {
        other.send(3);
        wanted.send(2);
    }
    QVERIFY(waitForTicks(5));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const PacketMembers members = packetsOf(readCapture(file()), "lo");
    QCOMPARE(members.packets.size(), std::size_t{100});
    QVERIFY(areNumberedThrough(members.packets));
    for (const CapturedPacket& packet : members.packets)
        QCOMPARE(packet.bytes.size(), qsizetype{50});
    QCOMPARE(members.notes.at(0).at("filter"), QByteArray("udp dst port 9473"));
    QCOMPARE(wordAt(members.files.at(0), 16), 50U);
    QCOMPARE(wordAt(members.files.at(0), 20), 1U); // LINKTYPE_ETHERNET
}

void TestRecorderPackets::contentIsKeptWhenAskedForOnly_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<int>("captured");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("by default") << QStringList{"--redact", "default"} << 96 << false;
    QTest::newRow("not by a longer snaplen either")
        << QStringList{"--redact", "default", "--snaplen", "2000"} << int{ethernetIpUdp + 200} << false;
    QTest::newRow("strict: not even zeros") << QStringList{"--redact", "strict"} << int{ethernetIpUdp} << false;
    QTest::newRow("off") << QStringList{"--redact", "off"} << 96 << true;
}

void TestRecorderPackets::contentIsKeptWhenAskedForOnly()
{
    QFETCH(QStringList, more);
    QFETCH(int, captured);
    QFETCH(bool, isKept);
    Sender sender;
    RunningRecorder recorder(options(QStringList{"--packets", "lo:udp dst port 9473"} + more));
    QVERIFY(waitForTicks(1));
    sender.send(50);
    QVERIFY(waitForTicks(4));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const PacketMembers members = packetsOf(readCapture(file()), "lo");
    QCOMPARE(members.damage, QString());
    QCOMPARE(members.packets.size(), std::size_t{50});
    QCOMPARE(areNumberedThrough(members.packets), isKept);
    for (const CapturedPacket& packet : members.packets) {
        QCOMPARE(packet.length, std::uint32_t{ethernetIpUdp + 200}); // on the wire, whatever is kept
        QCOMPARE(packet.bytes.size(), qsizetype{captured});
        QCOMPARE(packet.bytes.mid(36, 2), QByteArray::fromHex("2501")); // the port it went to
        if (!isKept)
            QCOMPARE(packet.bytes.mid(ethernetIpUdp).count('\0'), packet.bytes.size() - ethernetIpUdp);
    }
}

void TestRecorderPackets::allInterfacesAtOnce()
{
    Sender sender;
    RunningRecorder recorder(options({"--packets", "any:udp port 9473", "--packets", "lo:udp port 9473"}));
    QVERIFY(waitForTicks(1));
    sender.send(100);
    QVERIFY(waitForTicks(3));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const RecordedCapture capture = readCapture(file());
    const PacketMembers any = packetsOf(capture, "any"), lo = packetsOf(capture, "lo");
    QCOMPARE(any.damage + lo.damage, QString());
    QCOMPARE(lo.packets.size(), std::size_t{100});
    QCOMPARE(any.packets.size(), std::size_t{100}); // once each, not as they leave and again as they arrive
    QCOMPARE(wordAt(any.files.at(0), 20), 276U); // LINKTYPE_LINUX_SLL2
}

void TestRecorderPackets::dropsOfTheKernelAreCounted()
{
    Sender sender;
    RunningRecorder recorder(options({"--packets", "lo"}));
    QVERIFY(waitForTicks(1));
    recorder.signal(SIGSTOP); // nobody empties the kernel's buffer of 8 MiB
    sender.send(100'000);
    recorder.signal(SIGCONT);
    const std::size_t ticks = readCapture(part()).ticks.size();
    QVERIFY(waitForTicks(ticks + 2));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 0);
    const PacketMembers members = packetsOf(readCapture(file()), "lo");
    QCOMPARE(members.damage, QString());
    const auto there = static_cast<qlonglong>(members.packets.size());
    const qlonglong missing = qlonglong{sender.sent()} - there;
    QVERIFY2(missing > 0, "the buffer was large enough: send more");
    QCOMPARE(members.sum("received"), there);
    // On lo the kernel counts a packet as it leaves and as it arrives; only the second is kept.
    QVERIFY2(members.sum("dropped") >= missing && members.sum("dropped") <= 2 * missing + 1000,
        qPrintable(QString("%1 missing, %2 counted").arg(missing).arg(members.sum("dropped"))));
}

void TestRecorderPackets::interfaceThatVanishesEndsOnlyItself()
{
    const QString name = QString("hc%1").arg(getpid() % 1'000'000);
    if (run("ip", {"link", "add", name, "type", "veth", "peer", "name", name + "p"}).status != 0)
        QSKIP("SKIPPED: no pair of interfaces can be made here");
    QVERIFY(setUp(qPrintable(name)) && setUp(qPrintable(name + "p")));
    Sender sender;
    RunningRecorder recorder(options({"--packets", name, "--packets", "lo"}));
    QVERIFY(waitForTicks(1));
    QCOMPARE(run("ip", {"link", "delete", name}).status, 0);
    const auto hasError = [&] {
        for (const auto& note : packetsOf(readCapture(part()), name).notes)
            if (note.count("error"))
                return true;
        return false;
    };
    QVERIFY(waitFor([&] {
        sender.send(10);
        return hasError();
    }));
    const std::size_t ticks = readCapture(part()).ticks.size();
    sender.send(10);
    QVERIFY(waitForTicks(ticks + 3));
    recorder.signal(SIGTERM);
    const Run result = recorder.result();
    QCOMPARE(result.status, 0);
    QCOMPARE(result.errorLinesWith(("packets of " + name.toUtf8()).constData()), 1);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    const PacketMembers gone = packetsOf(capture, name), lo = packetsOf(capture, "lo");
    QCOMPARE(gone.damage + lo.damage, QString());
    QVERIFY(gone.notes.back().count("error"));
    QCOMPARE(lo.packets.size(), std::size_t{sender.sent()});
}

/// Packets that wait for room are no reason to look again and again.
void TestRecorderPackets::fullDiskIsWaitedForAtRest()
{
    const QString small = m_folder->filePath("small"), output = small + "/x.zst", filler = small + "/filler";
    QVERIFY(QDir().mkpath(small));
    if (run("mount", {"-t", "tmpfs", "-o", "size=16m", "hindcast-test", small}).status != 0)
        QSKIP("SKIPPED: mounting a small file system is not allowed here");
    const auto unmount = qScopeGuard([&] { run("umount", {"-l", small}); });
    Sender sender;
    RunningRecorder recorder({"-i", "0.5", "--redact", "off", "--packets", "lo", "--packet-seconds", "1", "--min-free",
        "4M", "--cpu", "0", "--root", m_folder->filePath("root"), "-o", output});
    const auto files = [&] { return readCapture(output + ".part").membersBelow("packets/lo").size(); };
    QVERIFY(waitFor([&] { return !readCapture(output + ".part").ticks.empty(); }));
    QVERIFY(waitFor([&] {
        sender.send(5);
        return files() >= 2;
    }));
    QVERIFY(writeFile(filler, QByteArray(13'000'000, 'x')));
    const auto spent = [&] { // jiffies
        const auto fields = contents(QString("/proc/%1/stat").arg(recorder.pid())).split(' ');
        return fields.value(13).toLongLong() + fields.value(14).toLongLong();
    };
    QTest::qWait(1500); // a round of packets is over
    const qint64 before = spent();
    QTest::qWait(2000);
    const qint64 cost = spent() - before;
    QVERIFY2(cost < sysconf(_SC_CLK_TCK) / 8, qPrintable(QString::number(cost)));
    QVERIFY(QFile::remove(filler));
    const std::size_t held = files();
    QVERIFY(waitFor([&] { return files() > held; }));
    recorder.signal(SIGTERM);
    QCOMPARE(recorder.result().status, 5);
    QVERIFY(areNumberedThrough(packetsOf(readCapture(output), "lo").packets));
}

void TestRecorderPackets::wrongWishes_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("no such interface") << QStringList{"--packets", "nosuch0"} << QByteArray("nosuch0: there is no");
    QTest::newRow("wrong filter") << QStringList{"--packets", "lo:tcp prot 80"} << QByteArray("lo:tcp prot 80: ");
    QTest::newRow("a host's name") << QStringList{"--packets", "lo:host a.example"} << QByteArray("unknown host");
    QTest::newRow("no interface") << QStringList{"--packets", ":tcp"} << QByteArray("interface");
    QTest::newRow("no filter") << QStringList{"--packets", "lo:"} << QByteArray("filter is missing");
    QTest::newRow("twice") << QStringList{"--packets", "lo", "--packets", "lo:tcp"} << QByteArray("twice");
    QTest::newRow("a path") << QStringList{"--packets", "../lo"} << QByteArray("../lo");
    QTest::newRow("too little of each") << QStringList{"--snaplen", "10"} << QByteArray("34 to 262144");
    QTest::newRow("never written out") << QStringList{"--packet-seconds", "0"} << QByteArray("3600");
}

void TestRecorderPackets::wrongWishes()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const Run result = record(QStringList{"-c", "1", "-i", "0.05", "-o", file()} + arguments);
    QCOMPARE(result.status, 2);
    QVERIFY2(result.err.contains(named), result.err);
    QCOMPARE(result.err.count('\n'), qsizetype{1});
    QVERIFY(!QFile::exists(file()) && !QFile::exists(part()));
}

void TestRecorderPackets::withoutThePrivilegeTheRestIsRecorded()
{
    const Run result = recordAsNobody(m_folder->path(), options({"-c", "3", "--packets", "lo:tcp port 80"}));
    QCOMPARE(result.status, 3);
    QCOMPARE(result.errorLinesWith("to capture the packets"), 1);
    QVERIFY(!result.err.contains("packets/lo"));
    QVERIFY2(result.err.contains("no permission to capture the packets of lo"), result.err);
    const RecordedCapture capture = readCapture(file());
    QVERIFY(capture.isFinished);
    QVERIFY(!capture.ticks.empty());
    QVERIFY(capture.membersBelow("packets").empty());
    const auto denials = capture.denials(0, "packets/lo");
    QCOMPARE(denials.size(), std::size_t{1});
    QCOMPARE(denials[0]["errno"].toInt(), EPERM);
    QVERIFY(denials[0]["tick"].isNull());
    // A wrong filter is wrong for everybody.
    const Run wrong = recordAsNobody(m_folder->path(), options({"-c", "1", "--force", "--packets", "lo:tcp prot 80"}));
    QCOMPARE(wrong.status, 2);
}

QTEST_GUILESS_MAIN(TestRecorderPackets)
#include "tst_recorder_packets.moc"
