// The sockets at the cursor and the events: their models under QAbstractItemModelTester, what is grouped on the time
// axis, and both views with the window around them under real mouse and key events.

#include "main_window.h"
#include "models/event_model.h"
#include "models/socket_model.h"
#include "plots/event_marks.h"
#include "plots/plot_scene.h"
#include "plots/time_plot.h"
#include "snapshot_maker.h"
#include "text/socket_state.h"
#include "views/event_view.h"
#include "views/socket_view.h"
#include "views/timeline_view.h"
#include "widgets/chip_row.h"
#include "widgets/overview_strip.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QStatusBar>
#include <QTableView>
#include <QToolBar>
#include <QtTest>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

constexpr auto fails = QAbstractItemModelTester::FailureReportingMode::QtTest;

QString cellText(const QAbstractItemModel& model, int row, int column)
{
    return model.data(model.index(row, column), Qt::DisplayRole).toString();
}

QStringList columnTexts(const QAbstractItemModel& model, int column)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts.append(cellText(model, row, column));
    return texts;
}

SocketFigures socketOf(
    TcpState state, const std::string& local, const std::string& remote, double receiveQueue = 0, double sendQueue = 0)
{
    SocketFigures socket;
    socket.protocol = "tcp";
    socket.local = local;
    socket.remote = remote;
    socket.state = state;
    socket.stateText = std::string(tcpStateName(state));
    socket.receiveQueue = receiveQueue;
    socket.sendQueue = sendQueue;
    return socket;
}

std::vector<SocketFigures> mixedSockets()
{
    std::vector<SocketFigures> sockets{
        socketOf(TcpState::Established, "10.0.0.5:443", "10.0.0.10:51000"),
        socketOf(TcpState::Established, "10.0.0.5:443", "10.0.0.9:50000", 0, 1448),
        socketOf(TcpState::Listen, "0.0.0.0:443", "0.0.0.0:0", 3, 128),
        socketOf(TcpState::TimeWait, "10.0.0.5:41000", "10.0.0.7:80"),
        socketOf(TcpState::CloseWait, "10.0.0.5:9000", "10.0.0.8:40000", 1),
        socketOf(TcpState::SynReceived, "10.0.0.5:443", "10.0.0.11:1025"),
    };
    sockets[1].rtt = 0.0125;
    sockets[1].cwnd = 10;
    sockets[1].totalRetransmissions = 4;
    sockets[1].process = "proxy 4121";
    sockets[1].inode = "9443";
    SocketFigures datagram;
    datagram.protocol = "udp";
    datagram.local = "0.0.0.0:53";
    datagram.remote = "0.0.0.0:0";
    datagram.stateText = "UNCONN";
    sockets.push_back(datagram);
    return sockets;
}

Event eventOf(Time time, Severity severity, const std::string& kind, const std::string& text)
{
    Event event;
    event.time = time;
    event.severity = severity;
    event.source = "kmsg";
    event.member = "samples/dev/kmsg";
    event.line = 17;
    event.text = text;
    if (!kind.empty())
        event.labels = {{"kind", kind}};
    return event;
}

/// A snapshot that was just made and that nobody else holds, to be changed by the test.
std::shared_ptr<Snapshot> changeable(std::shared_ptr<const Snapshot> snapshot)
{
    return std::const_pointer_cast<Snapshot>(std::move(snapshot));
}

/// A socket sampled at the given ticks of `times`, which are the times of the listings.
Entity socketEntity(const TimeColumn& times, const std::string& cookie, TcpState state, const std::string& local,
    const std::string& remote, std::uint32_t firstTick, std::uint32_t lastTick)
{
    Entity socket;
    socket.kind = EntityKind::Socket;
    socket.key = "tcp " + cookie;
    socket.attributes = {{"inode", "1"}, {"local", local}, {"protocol", "tcp"}, {"remote", remote}, {"uid", "1000"}};
    socket.firstTick = firstTick;
    socket.lastTick = lastTick;
    socket.times = times;
    socket.ticks = {firstTick};
    for (std::size_t i = 0; i < static_cast<std::size_t>(SocketColumn::Count); ++i) {
        Column column;
        column.append(i == 0 ? static_cast<double>(state) : i <= 2 ? 0.0 : notMeasured);
        column.seal();
        socket.columns.push_back(std::move(column));
    }
    return socket;
}

Flow flowOf(const std::string& client, std::uint16_t clientPort, const std::string& server, std::uint16_t serverPort,
    TimeRange range)
{
    const auto endpoint = [](const std::string& address, std::uint16_t port) {
        Endpoint result;
        result.port = port;
        int byte = 0;
        for (const QString& part : QString::fromStdString(address).split(QLatin1Char('.')))
            result.address.bytes[static_cast<std::size_t>(byte++)] = static_cast<std::uint8_t>(part.toInt());
        return result;
    };
    Flow flow;
    flow.client.endpoint = endpoint(client, clientPort);
    flow.server.endpoint = endpoint(server, serverPort);
    flow.range = range;
    flow.close = CloseKind::Fin;
    return flow;
}

/// fullSnapshot() with listings of sockets every ten seconds from its twentieth, two conversations between the same
/// ends, and three events of which one names process 100.
std::shared_ptr<const Snapshot> evidence()
{
    const auto snapshot = changeable(fullSnapshot(600));
    auto times = std::make_shared<std::vector<Time>>();
    for (int listing = 2; listing < 60; ++listing)
        times->push_back(noon() + listing * 10s);
    const auto last = static_cast<std::uint32_t>(times->size() - 1);
    snapshot->entities.push_back(
        socketEntity(times, "1", TcpState::Established, "10.0.0.5:443", "10.0.0.9:50000", 0, last));
    snapshot->entities.push_back(
        socketEntity(times, "2", TcpState::CloseWait, "10.0.0.5:9000", "10.0.0.8:40000", 10, 20));
    PacketSource interface;
    interface.name = "eth0";
    snapshot->packets.sources.push_back(interface);
    snapshot->packets.flows = {
        flowOf("10.0.0.9", 50000, "10.0.0.5", 443, {noon() + 1s, noon() + 30s}),
        flowOf("10.0.0.9", 50000, "10.0.0.5", 443, {noon() + 200s, noon() + 590s}),
    };
    snapshot->events = {eventOf(noon() + 60s, Severity::Info, "", "eth0: link becomes ready"),
        eventOf(noon() + 300s, Severity::Error, "oom-kill", "Out of memory: Killed process 100 (database)"),
        eventOf(noon() + 301s, Severity::Warning, "syn-flood", "Possible SYN flooding on port 443")};
    snapshot->events[1].labels.push_back({"pid", "100"});
    return snapshot;
}

/// What the text of dmesg is: events since boot, over `length`, and nothing else.
std::shared_ptr<const Snapshot> kernelLog(std::chrono::seconds length = 100s)
{
    const auto snapshot = std::make_shared<Snapshot>();
    snapshot->path = "dmesg.txt";
    snapshot->clock = Clock::Boot;
    for (int i = 0; i < 5; ++i) {
        snapshot->events.push_back(eventOf(Time{} + 20s + length / 4 * i, Severity::Info, "", "a line"));
        snapshot->events.back().clock = Clock::Boot;
    }
    snapshot->range = {snapshot->events.front().time, snapshot->events.back().time + 1ns};
    return snapshot;
}

} // namespace

class TstEvidenceViews : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<MainWindow> m_window;

    void openWindow()
    {
        m_window = std::make_unique<MainWindow>();
        m_window->forgetSettings();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
    }
    Session& session() { return m_window->session(); }
    TimePlot* plot() { return m_window->timeline()->plot(); }
    template <typename Kind> Kind* raised(const char* id)
    {
        const QString name = QLatin1String(id);
        m_window->dock(name)->show();
        m_window->dock(name)->raise();
        return qobject_cast<Kind*>(m_window->view(name));
    }
    static void clickRow(QTableView* table, int row)
    {
        const QRect cell = table->visualRect(table->model()->index(row, 0));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, cell.center());
    }
    void clickPlot(QPoint position)
    {
        QWidget* child = plot()->childAt(position);
        QWidget* target = child ? child : plot();
        QTest::mouseClick(target, Qt::LeftButton, {}, target->mapFrom(plot(), position));
    }
    static QPoint middleOf(const EventPicture& picture) { return picture.place.center().toPoint(); }

private Q_SLOTS:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void cleanup() { m_window.reset(); }

    // Sockets

    void suspiciousSocketsStandFirst()
    {
        SocketModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QCOMPARE(model.rowCount(), 0);
        model.setSockets(mixedSockets(), nullptr);
        QCOMPARE(columnTexts(model, SocketModel::State),
            QStringList({QStringLiteral("CLOSE-WAIT"), QStringLiteral("SYN-RECEIVED"), QStringLiteral("LISTEN"),
                QStringLiteral("ESTABLISHED"), QStringLiteral("ESTABLISHED"), QStringLiteral("TIME-WAIT"),
                QStringLiteral("UNCONN")}));
        QCOMPARE(cellText(model, 3, SocketModel::SendQueue), QStringLiteral("1\u00a0448"));
        QCOMPARE(cellText(model, 3, SocketModel::Rtt), QStringLiteral("12.5\u00a0ms"));
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void queuesOfListenersCountConnections()
    {
        SocketModel model;
        model.setSockets(mixedSockets(), nullptr);
        const int listener = 2;
        QCOMPARE(cellText(model, listener, SocketModel::ReceiveQueue), QStringLiteral("3 waiting"));
        QCOMPARE(cellText(model, listener, SocketModel::SendQueue), QStringLiteral("of 128"));
        const auto tip = model.data(model.index(listener, SocketModel::ReceiveQueue), Qt::ToolTipRole).toString();
        QVERIFY(tip.contains(QStringLiteral("Connections, not bytes")));
    }

    void notMeasuredIsADashAndSortsLast()
    {
        SocketModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSockets(mixedSockets(), nullptr);
        for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            model.sort(SocketModel::Rtt, order);
            QCOMPARE(cellText(model, 0, SocketModel::Rtt), QStringLiteral("12.5\u00a0ms"));
            QCOMPARE(cellText(model, model.rowCount() - 1, SocketModel::Rtt), QStringLiteral("\u2013"));
        }
        for (int column = -1; column < SocketModel::ColumnCount; ++column)
            model.sort(column, column % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
    }

    void addressesSortAsNumbers()
    {
        SocketModel model;
        model.setSockets(mixedSockets(), nullptr);
        model.setFilter(QStringLiteral("443"));
        model.sort(SocketModel::Remote, Qt::AscendingOrder);
        QCOMPARE(columnTexts(model, SocketModel::Remote),
            QStringList({QStringLiteral("0.0.0.0:0"), QStringLiteral("10.0.0.9:50000"),
                QStringLiteral("10.0.0.10:51000"), QStringLiteral("10.0.0.11:1025")}));
    }

    void socketsAreFiltered_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<int>("rows");
        QTest::newRow("nothing") << QString() << 7;
        QTest::newRow("a port, not the inode it is a part of") << QStringLiteral("44") << 0;
        QTest::newRow("a port of either end") << QStringLiteral("80") << 1;
        QTest::newRow("a port by its colon") << QStringLiteral(":443") << 4;
        QTest::newRow("an address") << QStringLiteral("10.0.0.7") << 1;
        QTest::newRow("a state in small letters") << QStringLiteral("close-wait") << 1;
        QTest::newRow("a state as ss writes it") << QStringLiteral("unconn") << 1;
        QTest::newRow("a process") << QStringLiteral("proxy") << 1;
        QTest::newRow("a pid") << QStringLiteral("4121") << 1;
        QTest::newRow("an inode") << QStringLiteral("9443") << 1;
        QTest::newRow("two words, both needed") << QStringLiteral("443 syn") << 1;
        QTest::newRow("not there") << QStringLiteral("no such") << 0;
    }
    void socketsAreFiltered()
    {
        QFETCH(QString, filter);
        SocketModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSockets(mixedSockets(), nullptr);
        model.setFilter(filter);
        QTEST(model.rowCount(), "rows");
    }

    void statesAreCountedWhateverIsShown()
    {
        SocketModel model;
        model.setSockets(mixedSockets(), nullptr);
        model.setStates({QStringLiteral("ESTABLISHED"), QStringLiteral("UDP")});
        QCOMPARE(model.rowCount(), 3);
        QStringList counts;
        for (const auto& count : model.stateCounts())
            counts.append(QStringLiteral("%1 %2").arg(count.key).arg(count.count));
        QCOMPARE(counts.join(QStringLiteral(", ")),
            QStringLiteral("CLOSE-WAIT 1, SYN-RECEIVED 1, ESTABLISHED 2, TIME-WAIT 1, LISTEN 1, UDP 1"));
    }

    void everyStateHasItsLettersAndMeaning()
    {
        QSet<QString> letters;
        for (int state = 0; state <= static_cast<int>(TcpState::TimeWait); ++state) {
            const auto which = static_cast<TcpState>(state);
            QCOMPARE(text::stateLetters(which).size(), 2);
            letters.insert(text::stateLetters(which));
            QVERIFY(text::stateMeaning(which).size() > 20);
        }
        QCOMPARE(letters.size(), 11);
        QCOMPARE(text::stateLetters(TcpState::CloseWait), QStringLiteral("CW"));
        QCOMPARE(text::stateLetters(TcpState::TimeWait), QStringLiteral("TW"));
    }

    void mappedAddressesAreTheirIpv4Ones_data()
    {
        QTest::addColumn<QByteArray>("endpoint");
        QTest::addColumn<QByteArray>("plain");
        QTest::newRow("mapped") << QByteArray("[::ffff:10.0.0.5]:443") << QByteArray("10.0.0.5:443");
        QTest::newRow("IPv4") << QByteArray("10.0.0.5:443") << QByteArray("10.0.0.5:443");
        QTest::newRow("IPv6") << QByteArray("[fd00::1]:443") << QByteArray("[fd00::1]:443");
        QTest::newRow("no dots") << QByteArray("[::ffff:1]:443") << QByteArray("[::ffff:1]:443");
        QTest::newRow("cut") << QByteArray("[::ffff:10.0.0.5") << QByteArray("[::ffff:10.0.0.5");
        QTest::newRow("empty") << QByteArray("") << QByteArray("");
    }
    void mappedAddressesAreTheirIpv4Ones()
    {
        QFETCH(QByteArray, endpoint);
        QFETCH(QByteArray, plain);
        QCOMPARE(QByteArray::fromStdString(plainEndpoint(endpoint.toStdString())), plain);
    }

    void twentyThousandSocketsStayQuick()
    {
        std::vector<SocketFigures> sockets;
        for (int i = 0; i < 20'000; ++i)
            sockets.push_back(socketOf(i % 7 == 0 ? TcpState::CloseWait : TcpState::Established,
                "10.0.0.5:" + std::to_string(i % 60'000), "10.0." + std::to_string(i % 250) + ".9:443"));
        SocketModel model;
        QElapsedTimer timer;
        timer.start();
        model.setSockets(std::move(sockets), nullptr);
        const auto set = timer.restart();
        model.setFilter(QStringLiteral("10.0.17.9:443"));
        QCOMPARE(model.rowCount(), 80);
        const auto filtered = timer.restart();
        model.setFilter({});
        model.sort(SocketModel::Remote, Qt::DescendingOrder);
        const auto sorted = timer.restart();
        qInfo("20 000 sockets: shown in %lld ms, filtered in %lld ms, sorted in %lld ms", set, filtered, sorted);
        // Far above what it takes without sanitizers on a busy machine: a quadratic step would take minutes.
        QVERIFY(set + filtered + sorted < 10'000);
    }

    void socketsFollowTheCursorAndSayTheirAge()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<SocketView>("sockets");
        session().selection()->setCursor(noon() + 124s + 200ms);
        QTRY_COMPARE(view->model()->rowCount(), 2);
        QCOMPARE(view->headline(), QStringLiteral("2 sockets, listed 12:02:00 UTC, 4.2 s before the cursor"));
        QCOMPARE(view->emptyText(), QString());
        session().selection()->setCursor(noon() + 300s);
        QTRY_COMPARE(view->model()->rowCount(), 1);
        QCOMPARE(view->headline(), QStringLiteral("1 socket, listed 12:05:00 UTC"));
        session().setZone(session().zones().back());
    }

    void emptyStatesOfSocketsAreSaid()
    {
        openWindow();
        auto* view = raised<SocketView>("sockets");
        QTRY_COMPARE(view->emptyText(), QStringLiteral("No capture is open."));
        session().show(fullSnapshot(60));
        QTRY_VERIFY(view->emptyText().contains(QStringLiteral("were not recorded")));
        session().show(evidence());
        session().selection()->setCursor(noon() + 5s);
        QTRY_VERIFY2(view->emptyText().contains(QStringLiteral("first time at 12:00:20 UTC, 15 s after the cursor")),
            qPrintable(view->emptyText()));
        QCOMPARE(view->model()->rowCount(), 0);
    }

    void choosingASocketChoosesItsConversation_data()
    {
        QTest::addColumn<int>("cursor");
        QTest::addColumn<int>("flow");
        QTest::newRow("the first of those ends") << 25 << 0;
        QTest::newRow("long after it closed, before the second") << 150 << -1;
        QTest::newRow("the second") << 300 << 1;
    }
    void choosingASocketChoosesItsConversation()
    {
        QFETCH(int, cursor);
        QFETCH(int, flow);
        openWindow();
        session().show(evidence());
        auto* view = raised<SocketView>("sockets");
        session().selection()->setCursor(noon() + std::chrono::seconds(cursor));
        const std::string wanted = "10.0.0.5:443";
        const auto row = [&] {
            for (int i = 0; i < view->model()->rowCount(); ++i)
                if (view->model()->socketAt(i).local == wanted)
                    return i;
            return -1;
        };
        QTRY_VERIFY(row() >= 0);
        clickRow(view->table(), row());
        const auto chosen = session().selection()->flow();
        QCOMPARE(chosen ? static_cast<int>(*chosen) : -1, flow);
    }

    void chipsFilterByState()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<SocketView>("sockets");
        session().selection()->setCursor(noon() + 125s);
        QTRY_COMPARE(view->model()->rowCount(), 2);
        Chip* chip = view->chips()->chip(QStringLiteral("CLOSE-WAIT"));
        QVERIFY(chip);
        QTest::mouseClick(chip, Qt::LeftButton);
        QCOMPARE(columnTexts(*view->model(), SocketModel::State), QStringList{QStringLiteral("CLOSE-WAIT")});
        QVERIFY(view->headline().startsWith(QStringLiteral("1 of 2 sockets")));
        // The state goes away with the cursor, and its filter with it.
        session().selection()->setCursor(noon() + 400s);
        QTRY_VERIFY(!view->chips()->chip(QStringLiteral("CLOSE-WAIT")));
        QCOMPARE(columnTexts(*view->model(), SocketModel::State), QStringList{QStringLiteral("ESTABLISHED")});
        QTest::keyClicks(view->filter(), QStringLiteral("9999"));
        QCOMPARE(view->model()->rowCount(), 0);
    }

    void narrowChipsKeepTheirCounts()
    {
        ChipRow row;
        std::vector<ChipItem> items;
        for (int i = 0; i < 9; ++i)
            items.push_back({QString::number(i), QStringLiteral("A-LONG-STATE-%1").arg(i), QStringLiteral("A%1").arg(i),
                QColor(Qt::darkGreen), {}, 12345, {}});
        row.setItems(items);
        row.resize(2000, 30);
        row.grab(); // a widget that was never shown is laid out now
        const int wide = row.chip(QStringLiteral("8"))->geometry().right();
        row.resize(800, 30);
        row.grab();
        const int narrow = row.chip(QStringLiteral("8"))->geometry().right();
        QVERIFY2(narrow < 800 && narrow < wide, qPrintable(QString::number(narrow)));
    }

    // Events on the time axis

    void eventsAreGrouped_data()
    {
        QTest::addColumn<QList<int>>("times"); // milliseconds; cells of 100 ms, apart 20 ms, visible 0…1000
        QTest::addColumn<QString>("groups");
        QTest::newRow("none") << QList<int>{} << "";
        QTest::newRow("one") << QList<int>{50} << "50";
        QTest::newRow("apart in one cell") << QList<int>{10, 40, 90} << "10 40 90";
        QTest::newRow("two too close") << QList<int>{10, 15} << "10-15x2";
        QTest::newRow("one pair makes the cell a group") << QList<int>{10, 15, 80} << "10-80x3";
        QTest::newRow("too close across a border") << QList<int>{95, 105} << "95-105x2";
        QTest::newRow("apart across a border") << QList<int>{90, 110} << "90 110";
        QTest::newRow("a group keeps to its cell") << QList<int>{95, 96, 101} << "95-96x2 101";
        QTest::newRow("the same instant") << QList<int>{500, 500, 500} << "500-500x3";
        QTest::newRow("outside") << QList<int>{-5, 0, 999, 1000} << "0 999";
    }
    void eventsAreGrouped()
    {
        QFETCH(QList<int>, times);
        QFETCH(QString, groups);
        std::vector<EventMark> marks;
        const Time begin = timeFromNanoseconds(0);
        for (const int time : times)
            marks.push_back({begin + std::chrono::milliseconds(time), Severity::Info, 0});
        QStringList result;
        for (const EventCluster& cluster : clusterEvents(marks, {begin, begin + 1000ms}, 100ms, 20ms)) {
            const int first = times[static_cast<qsizetype>(cluster.first)];
            const int last = times[static_cast<qsizetype>(cluster.last - 1)];
            result.append(cluster.count() == 1 ? QString::number(first)
                                               : QStringLiteral("%1-%2x%3").arg(first).arg(last).arg(cluster.count()));
        }
        QCOMPARE(result.join(QLatin1Char(' ')), groups);
    }

    void groupsLoseNoEventAndKeepTheWorst()
    {
        std::vector<EventMark> marks;
        for (std::uint32_t i = 0; i < 5000; ++i)
            marks.push_back({noon() + std::chrono::milliseconds(i * i % 600'000),
                i % 997 == 0 ? Severity::Error : Severity::Info, i});
        std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
        const auto clusters = clusterEvents(marks, {noon(), noon() + 600s}, 12s, 3s);
        QVERIFY(clusters.size() <= 200);
        std::size_t next = 0;
        for (const EventCluster& cluster : clusters) {
            QCOMPARE(cluster.first, next);
            next = cluster.last;
            Severity worst = Severity::Info;
            for (std::size_t i = cluster.first; i < cluster.last; ++i)
                worst = std::max(worst, marks[i].severity);
            QCOMPARE(cluster.worst, worst);
        }
        QCOMPARE(next, marks.size());
    }

    void panningRegroupsNothing()
    {
        std::vector<EventMark> marks;
        for (std::uint32_t i = 0; i < 1000; ++i)
            marks.push_back({noon() + std::chrono::milliseconds(i * 337), Severity::Info, i});
        const auto before = clusterEvents(marks, {noon(), noon() + 300s}, 5s, 1s);
        const auto after = clusterEvents(marks, {noon() + 2500ms, noon() + 302s}, 5s, 1s);
        const auto isKnown = [&](const EventCluster& cluster) {
            return std::any_of(before.begin(), before.end(),
                [&](const EventCluster& old) { return old.first == cluster.first && old.last == cluster.last; });
        };
        for (std::size_t i = 1; i + 2 < after.size(); ++i) // those at the edges are cut
            QVERIFY(isKnown(after[i]));
    }

    void clicksGoThroughAGroup()
    {
        const std::vector<EventMark> marks{
            {noon(), Severity::Info, 4}, {noon(), Severity::Error, 2}, {noon(), Severity::Info, 7}};
        const EventCluster cluster{0, 3, Severity::Error};
        QCOMPARE(markOfClick(marks, cluster, std::nullopt).event, 2U);
        QCOMPARE(markOfClick(marks, cluster, 99U).event, 2U);
        QCOMPARE(markOfClick(marks, cluster, 2U).event, 7U);
        QCOMPARE(markOfClick(marks, cluster, 7U).event, 4U);
    }

    void ticksOfTheOverviewShowTheWorst_data()
    {
        QTest::addColumn<QList<int>>("times"); // of 100; every third is worse
        QTest::addColumn<int>("width");
        QTest::addColumn<QString>("columns");
        QTest::newRow("none") << QList<int>{} << 4 << "....";
        QTest::newRow("first and last") << QList<int>{0, 99} << 4 << "0..1";
        QTest::newRow("the worse of two") << QList<int>{30, 31, 32} << 4 << ".2..";
        QTest::newRow("the first of equals") << QList<int>{30, 31} << 4 << ".0..";
        QTest::newRow("outside") << QList<int>{-1, 100, 200} << 4 << "....";
        QTest::newRow("no room") << QList<int>{1} << 0 << "";
    }
    void ticksOfTheOverviewShowTheWorst()
    {
        QFETCH(QList<int>, times);
        QFETCH(int, width);
        QFETCH(QString, columns);
        std::vector<OverviewStrip::Tick> ticks;
        for (const int time : times)
            ticks.push_back({noon() + std::chrono::seconds(time), ticks.size() % 3 == 2 ? 2 : 0, Qt::red});
        QString result;
        for (const auto seen : OverviewStrip::ticksPerPixel(ticks, {noon(), noon() + 100s}, width))
            result += seen < 0 ? QStringLiteral(".") : QString::number(seen);
        QCOMPARE(result, columns);
    }

    void eventsOfAnotherClockHaveNoPlaceOnTheAxis()
    {
        const auto snapshot = changeable(evidence());
        snapshot->events[0].clock = Clock::Boot;
        QCOMPARE(eventMarks(*snapshot).size(), std::size_t{2});
        openWindow();
        session().show(snapshot);
        plot()->renderNow();
        QCOMPARE(plot()->eventPictures().size(), std::size_t{2} - 1); // a second apart of ten minutes: one mark
        // The table has it all the same, and choosing it moves no cursor.
        auto* view = raised<EventView>("events");
        QCOMPARE(view->model()->rowCount(), 3);
        clickRow(view->table(), 0);
        QVERIFY(!session().selection()->cursor());
        QCOMPARE(session().selection()->chosenEvent(), std::optional(0U));
    }

    void clickOnAMarkSetsTheCursorAndTheEvent()
    {
        openWindow();
        session().show(evidence());
        session().timeView()->setVisible({noon() + 290s, noon() + 310s});
        plot()->renderNow();
        QCOMPARE(plot()->eventPictures().size(), std::size_t{2});
        auto* view = raised<EventView>("events");
        clickPlot(middleOf(plot()->eventPictures()[0]));
        QCOMPARE(session().selection()->chosenEvent(), std::optional(1U));
        QCOMPARE(session().selection()->cursor(), std::optional(noon() + 300s));
        QCOMPARE(view->table()->currentIndex().row(), 1);
        QVERIFY(view->detail().contains(QStringLiteral("samples/dev/kmsg:17")));
        // Beside the marks it is a click on the time axis, and the event is left.
        const QRect area = plot()->eventsArea();
        clickPlot({plot()->plotArea().left() + 20, area.center().y()});
        QVERIFY(session().selection()->cursor() < noon() + 299s);
        QTRY_VERIFY(!session().selection()->chosenEvent());
    }

    void withoutEventsThereIsNoBand()
    {
        openWindow();
        session().show(fullSnapshot(60));
        plot()->renderNow();
        QVERIFY(plot()->eventsArea().isEmpty());
        const int without = plot()->plotArea().height();
        session().show(evidence());
        plot()->renderNow();
        QCOMPARE(plot()->plotArea().height(), without - PlotScene::eventsHeight);
        session().close();
    }

    void keysStepThroughEvents()
    {
        openWindow();
        session().show(evidence());
        plot()->setFocus();
        QTest::keyClick(plot(), Qt::Key_Period);
        QCOMPARE(session().selection()->chosenEvent(), std::optional(0U));
        QTest::keyClick(plot(), Qt::Key_Period);
        QTest::keyClick(plot(), Qt::Key_Period);
        QCOMPARE(session().selection()->cursor(), std::optional(noon() + 301s));
        QTest::keyClick(plot(), Qt::Key_Period); // the last one stays
        QCOMPARE(session().selection()->chosenEvent(), std::optional(2U));
        QTest::keyClick(plot(), Qt::Key_Comma);
        QCOMPARE(session().selection()->chosenEvent(), std::optional(1U));
        auto* view = raised<EventView>("events");
        view->table()->setFocus();
        QTest::keyClick(view->table(), Qt::Key_Comma);
        QCOMPARE(session().selection()->chosenEvent(), std::optional(0U));
        QTest::keyClick(view->table(), Qt::Key_Period);
        QCOMPARE(session().selection()->cursor(), std::optional(noon() + 300s));
    }

    void eventsAloneAreATimeAxisToo()
    {
        openWindow();
        session().show(kernelLog());
        plot()->renderNow();
        QCOMPARE(m_window->timeline()->emptyText(),
            QStringLiteral("This input has no curves; see Events or Sockets below."));
        const QRect area = plot()->plotArea();
        const auto at = [&](double share) { return QPoint(area.left() + int(area.width() * share), 40); };
        const auto drag = [&](double from, double to, Qt::MouseButton button) {
            QWidget* target = plot()->childAt(at(from));
            QTest::mousePress(target, button, {}, target->mapFrom(plot(), at(from)));
            for (const double share : {(from + to) / 2, to}) {
                const QPoint place = target->mapFrom(plot(), at(share));
                QMouseEvent move(QEvent::MouseMove, place, target->mapToGlobal(place), Qt::NoButton, button, {});
                QCoreApplication::sendEvent(target, &move);
            }
            QTest::mouseRelease(target, button, {}, target->mapFrom(plot(), at(to)));
        };
        clickPlot(at(0.5));
        QVERIFY(session().selection()->cursor());
        QVERIFY(std::abs(toSeconds(*session().selection()->cursor()) - 70) < 2);
        drag(0.2, 0.4, Qt::LeftButton);
        QVERIFY(session().selection()->range());
        QVERIFY(std::abs(toSeconds(session().selection()->range()->duration()) - 20) < 1);
        // The table has the events of that range: the one at 45 s.
        auto* view = raised<EventView>("events");
        QCOMPARE(columnTexts(*view->model(), EventModel::TimeOfDay), QStringList{QStringLiteral("0:00:45.000")});
        drag(0.4, 0.6, Qt::RightButton);
        QVERIFY(std::abs(toSeconds(session().timeView()->visible().duration()) - 20) < 1);
        plot()->renderNow();
        const TimeRange before = session().timeView()->visible();
        drag(0.5, 0.25, Qt::MiddleButton);
        QVERIFY(session().timeView()->visible().begin > before.begin);
        session().selection()->setCursor(Time{} + 20s);
        plot()->setFocus();
        QTest::keyClick(plot(), Qt::Key_Right); // without samples to step through, the next event
        QCOMPARE(session().selection()->cursor(), std::optional(Time{} + 45s));
    }

    void inputWithoutTimeShowsNone()
    {
        openWindow();
        const auto labels = [this] {
            QStringList texts;
            for (const QWidget* bar :
                {static_cast<QWidget*>(m_window->findChild<QToolBar*>()), static_cast<QWidget*>(m_window->statusBar())})
                for (const QLabel* label : bar->findChildren<QLabel*>())
                    texts.append(label->text());
            return texts.join(QLatin1Char('\n'));
        };
        session().show(evidence());
        QVERIFY(labels().contains(QStringLiteral("1 pixel = ")));
        QVERIFY(labels().contains(QStringLiteral("2026-03-02")));
        const auto listing = std::make_shared<Snapshot>();
        listing->path = "ss.txt";
        listing->clock = Clock::None;
        session().show(listing);
        QVERIFY2(!labels().contains(QStringLiteral("1 pixel = ")), qPrintable(labels()));
        QVERIFY2(!labels().contains(QStringLiteral("0:00:00")), qPrintable(labels()));
        plot()->renderNow();
        clickPlot(plot()->plotArea().center());
        QVERIFY(!session().selection()->cursor());
    }

    void timesOfEventsAreThoseOfTheAxis_data()
    {
        QTest::addColumn<int>("clock"); // of the capture
        QTest::addColumn<int>("own"); // of the event
        QTest::addColumn<QString>("text");
        QTest::newRow("since boot") << int(Clock::Boot) << int(Clock::Boot) << QStringLiteral("0:00:20.000");
        QTest::newRow("since boot beside a clock")
            << int(Clock::Wall) << int(Clock::Boot) << QStringLiteral("20.000 s after boot");
        QTest::newRow("since boot beside counted samples")
            << int(Clock::None) << int(Clock::Boot) << QStringLiteral("20.000 s after boot");
        QTest::newRow("without a clock") << int(Clock::Boot) << int(Clock::None) << QStringLiteral("\u2013");
    }
    void timesOfEventsAreThoseOfTheAxis()
    {
        QFETCH(int, clock);
        QFETCH(int, own);
        const auto snapshot = changeable(kernelLog());
        snapshot->clock = static_cast<Clock>(clock);
        snapshot->events.front().clock = static_cast<Clock>(own);
        EventModel model;
        model.setZone(snapshot->clock == Clock::Wall ? text::Zone::utc() : text::Zone::elapsed());
        model.setSnapshot(snapshot);
        QTEST(cellText(model, 0, EventModel::TimeOfDay), "text");
    }

    void lowEventsStandBesideTheirDetail()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<EventView>("events");
        m_window->dock(QStringLiteral("events"))->setFloating(true);
        m_window->dock(QStringLiteral("events"))->resize(1600, 250);
        QTRY_VERIFY(view->height() < 260 && view->table()->viewport()->height() > 6 * 22);
        m_window->dock(QStringLiteral("events"))->resize(1600, 700);
        QTRY_COMPARE(view->table()->width(), view->width());
    }

    void timesOfEventsAreNeverCut_data()
    {
        QTest::addColumn<int>("days");
        QTest::newRow("one day") << 0;
        QTest::newRow("two days") << 1;
    }
    void timesOfEventsAreNeverCut()
    {
        QFETCH(int, days);
        openWindow();
        const auto snapshot = changeable(evidence());
        snapshot->range.end += days * 24h;
        session().show(snapshot);
        auto* view = raised<EventView>("events");
        const QString widest = cellText(*view->model(), 2, EventModel::TimeOfDay);
        QCOMPARE(widest.contains(QStringLiteral("2026-03-02")), days > 0);
        QFont bold = view->table()->font();
        bold.setBold(true);
        QVERIFY(view->table()->columnWidth(EventModel::TimeOfDay) > QFontMetrics(bold).horizontalAdvance(widest) + 6);
    }

    void tablesAndFiltersHaveNames()
    {
        openWindow();
        const auto* events = qobject_cast<EventView*>(m_window->view(QStringLiteral("events")));
        const auto* sockets = qobject_cast<SocketView*>(m_window->view(QStringLiteral("sockets")));
        for (const QWidget* widget : std::initializer_list<QWidget*>{
                 events->table(), events->filter(), events->kinds(), sockets->table(), sockets->filter()})
            QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
    }

    // The table of events

    void eventsAreFiltered_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QStringList>("texts");
        QTest::newRow("a word of the text") << QStringLiteral("KILLED") << QStringList{QStringLiteral("Out")};
        QTest::newRow("the kind") << QStringLiteral("syn-fl") << QStringList{QStringLiteral("Possible")};
        QTest::newRow("two words") << QStringLiteral("port possible") << QStringList{QStringLiteral("Possible")};
        QTest::newRow("outside ASCII") << QStringLiteral("é") << QStringList{};
        QTest::newRow("the source") << QStringLiteral(
            "kmsg") << QStringList{QStringLiteral("eth0:"), QStringLiteral("Out"), QStringLiteral("Possible")};
    }
    void eventsAreFiltered()
    {
        QFETCH(QString, filter);
        QFETCH(QStringList, texts);
        EventModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(evidence());
        model.setFilter(filter);
        QStringList found;
        for (const QString& text : columnTexts(model, EventModel::Text))
            found.append(text.section(QLatin1Char(' '), 0, 0));
        QCOMPARE(found, texts);
        model.setSnapshot(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void eventsSortByEachColumn()
    {
        EventModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(evidence());
        model.sort(EventModel::Severity, Qt::DescendingOrder);
        QCOMPARE(columnTexts(model, EventModel::Severity),
            QStringList({QStringLiteral("error"), QStringLiteral("warning"), QStringLiteral("information")}));
        model.sort(EventModel::TimeOfDay, Qt::DescendingOrder);
        QCOMPARE(cellText(model, 0, EventModel::TimeOfDay), QStringLiteral("12:05:01.000"));
        for (int column = -1; column < EventModel::ColumnCount; ++column)
            model.sort(column, Qt::AscendingOrder);
        model.setInstant(noon() + 299s);
        QCOMPARE(model.eventAt(model.nearestRow()), 1U);
    }

    void tableFollowsTheRangeWhileAsked()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<EventView>("events");
        QCOMPARE(view->headline(), QStringLiteral("3 events"));
        session().selection()->setRange(TimeRange{noon() + 250s, noon() + 301s});
        QCOMPARE(view->model()->rowCount(), 1); // half-open: the one at its end is not in it
        QCOMPARE(view->headline(), QStringLiteral("1 of 3 events, in the selected range"));
        session().selection()->setRange(TimeRange{noon() + 400s, noon() + 500s});
        QVERIFY(view->emptyText().contains(QStringLiteral("selected range")));
        QTest::mouseClick(view->inRangeOnly(), Qt::LeftButton, {}, QPoint(8, view->inRangeOnly()->height() / 2));
        QCOMPARE(view->model()->rowCount(), 3);
        QCOMPARE(view->emptyText(), QString());
    }

    void severityAndKindAreFilters()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<EventView>("events");
        QTest::mouseClick(view->chips()->chip(QStringLiteral("error")), Qt::LeftButton);
        QCOMPARE(view->model()->rowCount(), 1);
        QTest::mouseClick(view->chips()->chip(QStringLiteral("error")), Qt::LeftButton);
        QCOMPARE(view->model()->rowCount(), 3);
        view->kinds()->setCurrentIndex(view->kinds()->findData(QStringLiteral("syn-flood")));
        QCOMPARE(columnTexts(*view->model(), EventModel::Kind), QStringList{QStringLiteral("syn-flood")});
        // Another capture without that kind shows everything it has.
        const auto other = changeable(evidence());
        other->events.resize(1);
        session().show(other);
        QCOMPARE(view->model()->rowCount(), 1);
    }

    void cursorPointsOutTheNearestEvent()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<EventView>("events");
        session().selection()->setCursor(noon() + 80s);
        QTRY_COMPARE(view->model()->nearestRow(), 0);
        QVERIFY(view->model()->data(view->model()->index(0, 0), Qt::FontRole).value<QFont>().bold());
        QVERIFY(view->detail().contains(QStringLiteral("link becomes ready")));
        QVERIFY(!session().selection()->chosenEvent());
    }

    void processNamedInAnEventCanBeSelected()
    {
        openWindow();
        session().show(evidence());
        auto* view = raised<EventView>("events");
        clickRow(view->table(), 0);
        QVERIFY(view->selectProcess()->isHidden());
        clickRow(view->table(), 1);
        QVERIFY(!view->selectProcess()->isHidden());
        QTest::mouseClick(view->selectProcess(), Qt::LeftButton);
        QCOMPARE(session().selection()->process(), std::string("boot/100/1000"));
    }

    void emptyStatesOfEventsAreSaid()
    {
        openWindow();
        auto* view = raised<EventView>("events");
        QCOMPARE(view->emptyText(), QStringLiteral("No capture is open."));
        session().show(fullSnapshot(60));
        QVERIFY(view->emptyText().startsWith(QStringLiteral("No events in this capture.")));
        QVERIFY(view->chips()->checkedKeys().isEmpty());
        session().close();
        QCOMPARE(view->emptyText(), QStringLiteral("No capture is open."));
    }

    void processOfAPidIsTheOneOfThatTime()
    {
        SnapshotMaker maker(noon(), 1s, 100);
        maker.addProcess(7, "first", 0, 0, 20);
        maker.addProcess(7, "second", 0, 50, 99);
        const auto snapshot = maker.finish();
        const auto nameAt = [&](std::chrono::seconds offset) {
            const Entity* process = processWithPid(*snapshot, "7", noon() + offset);
            return process ? std::string(process->attribute("comm")) : std::string("none");
        };
        QCOMPARE(nameAt(10s), std::string("first"));
        QCOMPARE(nameAt(30s), std::string("first")); // a line about its end may come later
        QCOMPARE(nameAt(49s), std::string("second")); // began after the sample before
        QCOMPARE(nameAt(60s), std::string("second"));
        QVERIFY(!processWithPid(*snapshot, "8", noon()));
        QVERIFY(!processWithPid(*snapshot, "7", noon() - 1s));
    }

    void aHundredThousandEventsStayQuick()
    {
        const auto snapshot = changeable(fullSnapshot(600));
        for (int i = 0; i < 100'000; ++i)
            snapshot->events.push_back(eventOf(noon() + i * 5990us, i % 1000 == 0 ? Severity::Error : Severity::Info,
                i % 3 == 0 ? "link" : "", "a line of the kernel's log number " + std::to_string(i)));
        openWindow();
        session().show(snapshot);
        auto* view = raised<EventView>("events");
        QElapsedTimer timer;
        timer.start();
        plot()->renderNow();
        const auto drawn = timer.restart();
        view->filter()->setText(QStringLiteral("99999"));
        QCOMPARE(view->model()->rowCount(), 1);
        const auto filtered = timer.restart();
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(plot(), Qt::Key_Period);
        const auto stepped = timer.restart();
        qInfo("100 000 events: frame %lld ms, filter %lld ms, step %.1f ms", drawn, filtered,
            static_cast<double>(stepped) / 20);
        QVERIFY(drawn + filtered + stepped < 20'000);
        std::size_t shown = 0;
        for (const EventPicture& picture : plot()->eventPictures())
            shown += picture.cluster.count();
        QVERIFY(session().timeView()->showsAll());
        QCOMPARE(shown, std::size_t{100'000});
    }
};

QTEST_MAIN(TstEvidenceViews)
#include "tst_evidence_views.moc"
