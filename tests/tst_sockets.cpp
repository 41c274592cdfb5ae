// Sockets and the kernel log within the ticks of a capture, and what model/socket.h says of them whatever listed them.
#include "framing/block.h"
#include "framing/capture_writer.h"
#include "model/socket.h"
#include "parse/load.h"
#include "sample_capture.h"

#include <QTemporaryDir>
#include <QtTest>

#include <map>

using namespace hindcast;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t firstReal = 1'795'263'028 * second, firstMonotonic = 5'000 * second;
constexpr unsigned ticksPerSegment = 3;

class MemorySink : public framing::Sink {
public:
    int write(std::string_view piece) override
    {
        bytes += piece;
        return 0;
    }
    std::string bytes;
};

/// Path and text of what a tick holds beside its own record.
using Blocks = std::vector<std::pair<std::string, std::string>>;

/// A capture whose tick n is n seconds after the first, in segments of three ticks.
std::shared_ptr<const Snapshot> loadCapture(const std::map<unsigned, Blocks>& ticks, unsigned count)
{
    MemorySink sink;
    framing::CaptureWriter writer(sink);
    for (unsigned n = 0; n < count; ++n) {
        if (n % ticksPerSegment == 0)
            writer.beginSegment(R"({"format":"hindcast","schema":1,"boot_id":"0f0f","clock_ticks":100,"first_tick":)"
                    + std::to_string(n) + "}",
                "", firstReal / second);
        const framing::TickStamp stamp{n, firstReal + n * second, firstMonotonic + n * second};
        std::string blocks;
        const auto add = [&](const std::string& path, const std::string& body) {
            framing::appendBlock(blocks, {path, stamp.monotonicNanoseconds, 5, 0, {}}, body);
        };
        add("hindcast/tick",
            "tick " + std::to_string(n) + "\nreal_ns " + std::to_string(stamp.realNanoseconds) + "\nmono_ns "
                + std::to_string(stamp.monotonicNanoseconds) + "\nboot_ns " + std::to_string(stamp.monotonicNanoseconds)
                + "\nmissed 0\n");
        if (const auto own = ticks.find(n); own != ticks.end())
            for (const auto& [path, body] : own->second)
                add(path, body);
        writer.addTick(stamp, blocks);
        if (n % ticksPerSegment == ticksPerSegment - 1)
            writer.endSegment();
    }
    writer.close();
    const QTemporaryDir folder;
    const std::string path = folder.filePath("capture.tar.zst").toStdString();
    test::writeFile(path, sink.bytes);
    const auto loaded = parse::loadPath(path);
    return loaded ? *loaded : nullptr;
}

Time tickTime(unsigned n)
{
    return timeFromNanoseconds(firstReal + n * second);
}

constexpr std::string_view heading =
    "# proto state local remote rqueue wqueue timer expires_ms retransmits cookie rtt_us\n";

std::string listing(std::initializer_list<std::string_view> sockets)
{
    std::string text(heading);
    for (const std::string_view socket : sockets)
        text.append(socket).append("\n");
    return text;
}

const Entity* entityWithKey(const Snapshot& snapshot, std::string_view key)
{
    for (const Entity& entity : snapshot.entities)
        if (entity.key == key)
            return &entity;
    return nullptr;
}

std::vector<double> valuesOf(const Series* series)
{
    std::vector<double> values;
    for (std::size_t i = 0; series && i < series->values.size(); ++i)
        values.push_back(series->values.at(i));
    return values;
}

Table socketTable(std::optional<Time> time)
{
    Table table;
    table.name = "sockets";
    table.time = time;
    table.columns = {{"protocol", Unit::None}, {"state", Unit::None}, {"local", Unit::None}, {"process", Unit::None},
        {"pid", Unit::Count}, {"timer", Unit::None}, {"timer_expires", Unit::Seconds}, {"retransmits", Unit::Count}};
    table.rows = {{std::string("tcp"), std::string("ESTAB"), std::string("10.1.0.2:8080"), std::string("ledgerd"),
        4121.0, std::string("on"), 2.08, 4.0}};
    return table;
}

Entity listenerListedAt(Time time)
{
    Entity socket;
    socket.kind = EntityKind::Socket;
    socket.key = "tcp 11";
    socket.attributes = {{"local", "0.0.0.0:8080"}, {"protocol", "tcp"}};
    socket.times = std::make_shared<std::vector<Time>>(1, time);
    socket.ticks = {0};
    socket.columns.resize(socketColumns().size());
    for (Column& column : socket.columns)
        column.append(0);
    return socket;
}

} // namespace

class TestSockets : public QObject {
    Q_OBJECT

private slots:
    void socketsLiveFromListingToListing();
    void countsGoOnBetweenListings();
    void ownersAreProcessesOfTheirTime();
    void filesOfATickAreOneListing();
    void listingWithoutSocketsEndsThemAll();
    void kernelLogIsPlacedByTheClocksOfItsTick();
    void tableWithoutClockIsTheAnswerWhenThereIsNoOther();
    void tableWithClockIsAListing();
    void timerIsSaidInWords_data();
    void timerIsSaidInWords();
};

void TestSockets::socketsLiveFromListingToListing()
{
    const auto snapshot = loadCapture(
        {
            {0,
                {{"hindcast/sockets",
                    listing({"tcp LISTEN 0.0.0.0:8080 0.0.0.0:0 0 128 0 0 0 11 -",
                        "tcp ESTABLISHED 10.1.0.2:8080 10.1.0.9:51834 0 0 2 7000 0 12 250"})}}},
            {2, {{"hindcast/sockets", listing({"tcp LISTEN 0.0.0.0:8080 0.0.0.0:0 0 128 0 0 0 11 -"})}}},
            // tick 3 begins the next segment
            {4,
                {{"hindcast/sockets",
                    listing({"tcp LISTEN 0.0.0.0:8080 0.0.0.0:0 3 128 0 0 0 11 -",
                        "tcp SYN-SENT 10.1.0.2:40000 10.1.0.9:443 0 1 1 2000 1 13 -"})}}},
        },
        6);
    QVERIFY(snapshot);
    QVERIFY(hasSockets(*snapshot));
    QCOMPARE(socketTimes(*snapshot), (std::vector<Time>{tickTime(0), tickTime(2), tickTime(4)}));
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "ESTABLISHED"}})), (std::vector<double>{1, 0, 0}));
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "SYN-SENT"}})), (std::vector<double>{0, 0, 1}));
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "CLOSE-WAIT"}})), (std::vector<double>{0, 0, 0}));

    const Entity* listener = entityWithKey(*snapshot, "tcp 11");
    QVERIFY(listener);
    QCOMPARE(
        listener->ticks, (std::vector<std::uint32_t>{0, 2})); // as the first of its segment, and with another queue
    QVERIFY(!listener->hasEnded && !listener->hasStarted);
    QCOMPARE(listener->lastTick, 2U);
    const Entity* connection = entityWithKey(*snapshot, "tcp 12");
    QVERIFY(connection && connection->hasEnded);
    QCOMPARE(connection->lastTick, 0U);
    const Entity* opener = entityWithKey(*snapshot, "tcp 13");
    QVERIFY(opener && opener->hasStarted);

    QVERIFY(socketsAt(*snapshot, tickTime(0) - Nanoseconds{1}).empty());
    QVERIFY(!socketListingAt(*snapshot, tickTime(0) - Nanoseconds{1}));
    const auto atFirst = socketsAt(*snapshot, tickTime(1));
    QCOMPARE(atFirst.size(), std::size_t{2});
    QCOMPARE(socketListingAt(*snapshot, tickTime(1)), std::optional(tickTime(0)));
    QCOMPARE(atFirst[1].state, std::optional(TcpState::Established));
    QCOMPARE(atFirst[1].rtt, 0.00025);
    QCOMPARE(atFirst[1].timer, std::string("keepalive 7 s"));
    QVERIFY(std::isnan(atFirst[0].rtt));
    QCOMPARE(socketsAt(*snapshot, tickTime(3)).size(), std::size_t{1});
    const auto atLast = socketsAt(*snapshot, tickTime(100));
    QCOMPARE(atLast.size(), std::size_t{2});
    QCOMPARE(atLast[0].receiveQueue, 3.0);
    QCOMPARE(atLast[1].timer, std::string("on 2 s, 1 retransmit"));
}

void TestSockets::countsGoOnBetweenListings()
{
    const auto counts = [](int established) {
        return "# proto state count\ntcp ESTABLISHED " + std::to_string(established) + "\nunix_stream LISTEN 2\n";
    };
    const std::string line = "tcp ESTABLISHED 10.1.0.2:8080 10.1.0.9:51834 0 0 2 7000 0 12 250";
    const auto snapshot =
        loadCapture({{0, {{"hindcast/sockets", listing({line})}, {"hindcast/socket_counts", counts(1)}}},
                        {2, {{"hindcast/socket_counts", counts(5)}}}, {4, {{"hindcast/socket_counts", counts(7)}}}},
            6);
    QVERIFY(snapshot);
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "ESTABLISHED"}})), (std::vector<double>{1, 5, 7}));
    QCOMPARE(valuesOf(snapshot->find("unix.sockets", {{"state", "LISTEN"}, {"type", "stream"}})),
        (std::vector<double>{2, 2, 2}));
    QCOMPARE(std::count_if(snapshot->series.begin(), snapshot->series.end(),
                 [](const Series& series) { return series.metric == "tcp.sockets"; }),
        10); // the states once, though listing and counts both tell them
    QCOMPARE(socketTimes(*snapshot), (std::vector<Time>{tickTime(0)})); // only then it was listed which ones there are
    QCOMPARE(socketListingAt(*snapshot, tickTime(5)), std::optional(tickTime(0)));
}

void TestSockets::ownersAreProcessesOfTheirTime()
{
    const auto stat = [](const char* name, int start) {
        return "4121 (" + std::string(name) + ") S 1 4121 4121 0 -1 4194560 100 0 0 0 5 5 0 0 20 0 1 0 "
            + std::to_string(start) + " 1000000 100 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n";
    };
    const std::string first = "# proto state local remote cookie owner\n";
    const std::string listener = "tcp LISTEN 0.0.0.0:8080 0.0.0.0:0 11 ";
    const auto snapshot = loadCapture(
        {{0, {{"/proc/4121/stat", stat("ledgerd", 100)}, {"hindcast/sockets", first + listener + "4121\n"}}},
            {2, {{"hindcast/sockets", first + listener + "4121,4122\n"}}},
            {3, {{"/proc/4121/stat", stat("ledgerd", 100)}}}},
        6);
    QVERIFY(snapshot);
    const auto sockets = socketsAt(*snapshot, tickTime(5));
    QCOMPARE(sockets.size(), std::size_t{1});
    QCOMPARE(sockets[0].process, std::string("ledgerd 4121, 4122")); // the attribute is the last that was told
}

void TestSockets::filesOfATickAreOneListing()
{
    const std::string v4 =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0200010A:1F90 0900010A:CA7A 01 00000000:00000000 00:00000000 00000000   990        0 4107 1\n";
    const std::string v6 =
        "  sl  local_address                         remote_address                        st tx_queue "
        "rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 000000FD000000000000000002000000:01BB 000000FD000000000000000009000000:9C40 01 "
        "00000000:00000005 00:00000000 00000000   990        0 4201 1\n";
    const auto snapshot = loadCapture(
        {{0, {{"/proc/net/tcp", v4}, {"/proc/net/tcp6", v6}}}, {1, {{"/proc/net/tcp", v4}, {"/proc/net/tcp6", v6}}}},
        2);
    QVERIFY(snapshot);
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "ESTABLISHED"}})), (std::vector<double>{2, 2}));
    QCOMPARE(socketTimes(*snapshot).size(), std::size_t{2});
    const auto sockets = socketsAt(*snapshot, tickTime(1));
    QCOMPARE(sockets.size(), std::size_t{2});
    QCOMPARE(sockets[1].local, std::string("[fd00::2]:443"));
    QCOMPARE(sockets[1].receiveQueue, 5.0);
}

void TestSockets::listingWithoutSocketsEndsThemAll()
{
    const auto snapshot =
        loadCapture({{0, {{"hindcast/sockets", listing({"tcp LISTEN 0.0.0.0:8080 0.0.0.0:0 0 128 0 0 0 11 -"})}}},
                        {4, {{"hindcast/sockets", listing({})}}}},
            6);
    QVERIFY(snapshot);
    const Entity* listener = entityWithKey(*snapshot, "tcp 11");
    QVERIFY(listener && listener->hasEnded);
    QCOMPARE(socketTimes(*snapshot).size(), std::size_t{2});
    QVERIFY(socketsAt(*snapshot, tickTime(5)).empty());
    QCOMPARE(valuesOf(snapshot->find("tcp.sockets", {{"state", "LISTEN"}})), (std::vector<double>{1, 0}));
}

void TestSockets::kernelLogIsPlacedByTheClocksOfItsTick()
{
    // Stamps are microseconds on the clock that stands at 5000 s at tick 0. The last one runs behind: it was read at
    // tick 4 and not at tick 1, so it was not written before tick 1.
    const auto snapshot = loadCapture({{0, {{"/dev/kmsg", "6,1,1000000000,-;an old message\n"}}},
                                          {1, {{"/dev/kmsg", "4,2,5000500000,-;TCP: too many orphaned sockets\n"}}},
                                          {2, {{"/dev/kmsg", "6,3,4990000000,-;late by its stamp\n"}}}},
        3);
    QVERIFY(snapshot);
    std::vector<Time> times;
    for (const Event& event : snapshot->events) {
        QCOMPARE(event.clock, Clock::Wall);
        times.push_back(event.time);
    }
    QCOMPARE(times,
        (std::vector<Time>{tickTime(0) - std::chrono::seconds{4000}, tickTime(0) + std::chrono::milliseconds{500},
            tickTime(1) + Nanoseconds{1}}));
    QCOMPARE(labelValue(snapshot->events[1].labels, "kind"), std::string_view("tcp-orphans"));
}

void TestSockets::tableWithoutClockIsTheAnswerWhenThereIsNoOther()
{
    Snapshot snapshot;
    QVERIFY(!hasSockets(snapshot));
    snapshot.tables = {socketTable(std::nullopt)};
    QVERIFY(hasSockets(snapshot));
    QVERIFY(socketTimes(snapshot).empty());
    QVERIFY(!socketListingAt(snapshot, tickTime(0)));
    const auto sockets = socketsAt(snapshot, tickTime(0));
    QCOMPARE(sockets.size(), std::size_t{1});
    QCOMPARE(sockets[0].state, std::optional(TcpState::Established));
    QCOMPARE(sockets[0].stateText, std::string("ESTAB"));
    QCOMPARE(sockets[0].process, std::string("ledgerd 4121"));
    QCOMPARE(sockets[0].timer, std::string("on 2.08 s, 4 retransmits"));
    QVERIFY(std::isnan(sockets[0].cwnd));

    snapshot.tables.push_back(socketTable(tickTime(3)));
    QVERIFY(socketsAt(snapshot, tickTime(0)).empty()); // before the first listing that has a time
}

void TestSockets::tableWithClockIsAListing()
{
    Snapshot snapshot;
    snapshot.tables = {socketTable(tickTime(1)), socketTable(tickTime(5))};
    snapshot.tables[1].rows.clear();
    QCOMPARE(socketTimes(snapshot), (std::vector<Time>{tickTime(1), tickTime(5)}));
    QCOMPARE(socketsAt(snapshot, tickTime(4)).size(), std::size_t{1});
    QVERIFY(socketsAt(snapshot, tickTime(5)).empty());

    Snapshot both;
    both.entities.push_back(listenerListedAt(tickTime(0)));
    both.tables = {socketTable(tickTime(5))};
    QCOMPARE(socketsAt(both, tickTime(4)).at(0).local, std::string("0.0.0.0:8080"));
    const auto atTable = socketsAt(both, tickTime(5)); // the older listing of another source says nothing of now
    QCOMPARE(atTable.size(), std::size_t{1});
    QCOMPARE(atTable[0].local, std::string("10.1.0.2:8080"));
}

void TestSockets::timerIsSaidInWords_data()
{
    QTest::addColumn<QString>("fields");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << "0 0 0"
                          << "";
    QTest::newRow("retransmission") << "1 412 0"
                                    << "on 0.412 s";
    QTest::newRow("after timeouts") << "1 2080 4"
                                    << "on 2.08 s, 4 retransmits";
    QTest::newRow("TIME-WAIT") << "3 41200 0"
                               << "timewait 41.2 s";
    QTest::newRow("zero window") << "4 100 0"
                                 << "persist 0.1 s";
    QTest::newRow("not told") << "- - -"
                              << "";
    QTest::newRow("of a newer kernel") << "9 100 0"
                                       << "unknown 0.1 s";
}

void TestSockets::timerIsSaidInWords()
{
    QFETCH(QString, fields);
    QFETCH(QString, text);
    const std::string line = "tcp ESTABLISHED 10.1.0.2:8080 10.1.0.9:51834 0 0 " + fields.toStdString() + " 12 -";
    const auto snapshot = loadCapture({{0, {{"hindcast/sockets", listing({line})}}}}, 1);
    QVERIFY(snapshot);
    const auto sockets = socketsAt(*snapshot, tickTime(0));
    QCOMPARE(sockets.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(sockets[0].timer), text);
}

QTEST_GUILESS_MAIN(TestSockets)
#include "tst_sockets.moc"
