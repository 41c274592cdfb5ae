// The conversation view and its parts: models, the arithmetic of the ladder, keys and mouse, and that ladder, graph,
// table and timeline always point at the same packet.

#include "flow_maker.h"
#include "lane_set.h"
#include "main_window.h"
#include "models/flow_model.h"
#include "models/packet_model.h"
#include "plots/ladder_plot.h"
#include "plots/sequence_plot.h"
#include "plots/state_colors.h"
#include "snapshot_maker.h"
#include "tcp/tshark_marks.h"
#include "views/conversation_view.h"
#include "views/flow_list.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QtTest>

#include <condition_variable>
#include <mutex>
#include <set>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

constexpr auto fails = QAbstractItemModelTester::FailureReportingMode::QtTest;
/// In sampleConversations(): the order of the flows in the capture.
constexpr std::uint32_t completeFlow = 0, markedFlow = 1, refusedFlow = 2, unansweredFlow = 3;

SnapshotPointer withPackets(PacketCapture packets)
{
    SnapshotMaker maker(noon(), 1s, 120);
    maker.addDerived("cpu.user", Unit::Percent, {}, [](std::size_t) { return 10.0; });
    maker.snapshot().packets = std::move(packets);
    return maker.finish();
}

SnapshotPointer sample()
{
    return withPackets(sampleConversations(noon()));
}

std::shared_ptr<const Conversation> conversationOf(const SnapshotPointer& snapshot, std::uint32_t flow)
{
    return std::make_shared<const Conversation>(snapshot, flow);
}

QString cellText(const QAbstractItemModel& model, int row, int column)
{
    return model.data(model.index(row, column), Qt::DisplayRole).toString();
}

std::vector<std::uint32_t> shownFlows(const FlowModel& model)
{
    std::vector<std::uint32_t> flows;
    for (int row = 0; row < model.rowCount(); ++row)
        flows.push_back(model.flowAt(row));
    return flows;
}

std::vector<Time> timesAt(std::initializer_list<int> milliseconds)
{
    std::vector<Time> times;
    for (const int each : milliseconds)
        times.push_back(noon() + std::chrono::milliseconds(each));
    return times;
}

} // namespace

class TstConversation : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<MainWindow> m_window;

    Session& session() { return m_window->session(); }
    Selection* selection() { return session().selection(); }
    ConversationView* view() { return qobject_cast<ConversationView*>(m_window->view(QStringLiteral("conversation"))); }
    LadderPlot* ladder() { return view()->ladder(); }

    void open(const SnapshotPointer& snapshot)
    {
        m_window = std::make_unique<MainWindow>(nullptr);
        m_window->forgetSettings();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        session().show(snapshot);
        m_window->dock(QStringLiteral("conversation"))->raise();
        QTRY_VERIFY(view()->isVisible());
        m_window->activateWindow();
    }
    void clickRow(std::uint32_t row)
    {
        QTest::mouseClick(ladder()->viewport(), Qt::LeftButton, {}, ladder()->positionOf(row));
    }
    void key(Qt::Key which)
    {
        ladder()->setFocus();
        QTest::keyClick(ladder(), which);
    }
    std::uint32_t packetOf(std::uint32_t flow, std::uint32_t row)
    {
        return session().snapshot()->packets.flows[flow].packets[row];
    }

private Q_SLOTS:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void cleanup() { m_window.reset(); }

    void earlierCopiesAreFound_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("earlier");
        QTest::newRow("first SYN") << 0 << -1;
        QTest::newRow("second SYN") << 1 << 0;
        QTest::newRow("first copy of the data") << 6 << -1;
        QTest::newRow("second copy") << 7 << 6;
        QTest::newRow("third copy repeats the second") << 8 << 7;
        QTest::newRow("fast retransmit") << 15 << 10;
        QTest::newRow("overtaken, not repeated") << 18 << -1;
        QTest::newRow("window probe carries nothing") << 20 << -1;
        QTest::newRow("tail loss probe") << 23 << 22;
        QTest::newRow("keep-alive carries nothing") << 25 << -1;
        QTest::newRow("acknowledgment") << 9 << -1;
    }
    void earlierCopiesAreFound()
    {
        QFETCH(int, row);
        QFETCH(int, earlier);
        const auto conversation = conversationOf(sample(), markedFlow);
        const auto copy = conversation->earlierCopy(static_cast<std::uint32_t>(row));
        QCOMPARE(copy ? static_cast<int>(copy->row) : -1, earlier);
        if (copy)
            QCOMPARE(copy->ago,
                conversation->packet(static_cast<std::uint32_t>(row)).time
                    - conversation->packet(static_cast<std::uint32_t>(earlier)).time);
    }

    void copiesAreFoundBeyondFourGibibytes()
    {
        PacketCapture capture;
        {
            FlowMaker maker(capture, noon(), 50000);
            maker.packet(Side::Client, FlowMaker::ack, 4'294'966'000U, 1, 2000, 0ns);
            maker.packet(Side::Client, FlowMaker::ack, 704, 1, 1000, 1ms); // counted on past 2^32
            FlowMaker::retransmission(
                maker.packet(Side::Client, FlowMaker::ack, 704, 1, 1000, 1ms), RetransmissionCause::Timeout);
        }
        const auto snapshot = withPackets(std::move(capture));
        const auto conversation = conversationOf(snapshot, 0);
        QVERIFY(!conversation->earlierCopy(1));
        QVERIFY(conversation->earlierCopy(2));
        QCOMPARE(conversation->earlierCopy(2)->row, 1U);
        const auto curves = SequenceCurves::of(*conversation, Side::Client);
        QCOMPARE(curves.segments[1].begin, curves.segments[0].end);
    }

    void mostInterestingFlowIsTheOneWithMostRetransmissions()
    {
        const auto snapshot = sample();
        QCOMPARE(mostInterestingFlow(snapshot->packets), std::optional(markedFlow));
        QCOMPARE(mostInterestingFlow(PacketCapture{}), std::optional<std::uint32_t>());
        PacketCapture calm;
        for (const auto length : {5ms, 50ms, 20ms}) {
            FlowMaker maker(calm, noon(), 50000);
            maker.handshake(1ms);
            maker.packet(Side::Client, FlowMaker::ack, 1, 1, 10, length);
        }
        QCOMPARE(mostInterestingFlow(calm), std::optional<std::uint32_t>(1)); // the longest
    }

    void segmentsReadAsALadderWritesThem_data()
    {
        QTest::addColumn<std::uint16_t>("flags");
        QTest::addColumn<std::uint32_t>("payload");
        QTest::addColumn<QString>("relative");
        QTest::addColumn<QString>("absolute");
        using M = FlowMaker;
        const auto row = [](const char* name, int flags, std::uint32_t payload, const char* relative,
                             const char* absolute) {
            QTest::newRow(name) << static_cast<std::uint16_t>(flags) << payload << QString::fromUtf8(relative)
                                << QString::fromUtf8(absolute);
        };
        row("SYN", M::syn, 0, "SYN 1", "SYN 4000000001");
        row("SYN-ACK", M::syn | M::ack, 0, "SYN,ACK 1/7", "SYN,ACK 4000000001/77007");
        row("ACK", M::ack, 0, "ACK 7", "ACK 77007");
        row("pushed", M::psh | M::ack, 1448, "PSH 1:1449", "PSH 4000000001:4000001449");
        row("plain data", M::ack, 10, "data 1:11", "data 4000000001:4000000011");
        row("FIN", M::fin | M::ack, 0, "FIN 1/7", "FIN 4000000001/77007");
        row("RST", M::rst, 0, "RST 1", "RST 4000000001");
        row("RST,ACK", M::rst | M::ack, 0, "RST,ACK 1/7", "RST,ACK 4000000001/77007");
        row("no flags", 0, 0, "no flags 1", "no flags 4000000001");
    }
    void segmentsReadAsALadderWritesThem()
    {
        QFETCH(std::uint16_t, flags);
        QFETCH(std::uint32_t, payload);
        QFETCH(QString, relative);
        QFETCH(QString, absolute);
        PacketCapture capture;
        FlowMaker maker(capture, noon(), 50000);
        const TcpPacket& packet = maker.packet(Side::Client, flags, 1, 7, payload, 0ns);
        QCOMPARE(text::segmentText(packet, text::Numbering::Relative), relative);
        QCOMPARE(text::segmentText(packet, text::Numbering::Absolute), absolute);
    }

    void marksAreExplainedInPlainWords()
    {
        const auto conversation = conversationOf(sample(), markedFlow);
        const auto verdict = [&](std::uint32_t row) {
            return text::verdictText(conversation->packet(row), conversation->earlierCopy(row));
        };
        const auto meaning = [&](std::uint32_t row) {
            return text::verdictMeanings(conversation->packet(row), conversation->earlierCopy(row)).join(u' ');
        };
        QCOMPARE(verdict(7), QStringLiteral("RTO 204 ms, lost"));
        QCOMPARE(verdict(8), QStringLiteral("RTO 408 ms \u00d72"));
        QCOMPARE(verdict(15), QStringLiteral("fast"));
        QCOMPARE(verdict(23), QStringLiteral("TLP 22 ms, spurious"));
        QCOMPARE(verdict(5), QString());
        QVERIFY2(meaning(7).startsWith(
                     QStringLiteral("Sent again after the retransmission timer (RTO) expired: 204 ms after frame 15.")),
            qPrintable(meaning(7)));
        QVERIFY(meaning(8).contains(QStringLiteral("doubled once")));
        QVERIFY(meaning(19).contains(QStringLiteral("takes no more bytes")));
        QVERIFY(meaning(29).contains(QStringLiteral("(RST)")));
        // Every mark has a word and a sentence of its own.
        std::set<QString> words, sentences;
        for (std::uint16_t bit = 1; bit < 12; ++bit) {
            TcpPacket packet;
            packet.marks = static_cast<std::uint16_t>(1U << bit);
            words.insert(text::verdictText(packet, std::nullopt));
            sentences.insert(text::verdictMeanings(packet, std::nullopt).join(u' '));
        }
        TcpPacket spurious;
        spurious.marks = static_cast<std::uint16_t>(PacketMark::Spurious);
        words.insert(text::verdictText(spurious, std::nullopt));
        sentences.insert(text::verdictMeanings(spurious, std::nullopt).join(u' '));
        QCOMPARE(words.size(), 12U);
        QCOMPARE(sentences.size(), 12U);
        QVERIFY(!words.contains(QString()) && !sentences.contains(QString()));
    }

    void causesAreToldApartByLetterToo()
    {
        const PlotColors colors = PlotColors::forPalette(QPalette());
        std::set<QChar> letters;
        for (const auto cause : {RetransmissionCause::Syn, RetransmissionCause::SynAck, RetransmissionCause::Timeout,
                 RetransmissionCause::FastRetransmit, RetransmissionCause::TailLossProbe, RetransmissionCause::Other}) {
            TcpPacket packet;
            FlowMaker::retransmission(packet, cause);
            letters.insert(badgeOf(packet, colors).letter);
        }
        QCOMPARE(letters.size(), 6U);
        QVERIFY(badgeOf(TcpPacket{}, colors).letter.isNull());
    }

    void rowsStandApartAndIdleStretchesAreCut_data()
    {
        QTest::addColumn<QList<int>>("milliseconds");
        QTest::addColumn<QList<double>>("ys");
        QTest::addColumn<QList<int>>("idleMilliseconds");
        const double first = LadderLayout::margin + 10, idle = LadderLayout::idleHeight;
        QTest::newRow("nothing") << QList<int>{} << QList<double>{} << QList<int>{};
        QTest::newRow("one") << QList<int>{5} << QList<double>{first} << QList<int>{};
        QTest::newRow("close together") << QList<int>{0, 1, 9} << QList<double>{first, first + 20, first + 40}
                                        << QList<int>{};
        QTest::newRow("a pause") << QList<int>{0, 1, 205} << QList<double>{first, first + 20, first + 40 + idle}
                                 << QList<int>{204};
        QTest::newRow("just long enough")
            << QList<int>{0, 10} << QList<double>{first, first + 20 + idle} << QList<int>{10};
        QTest::newRow("two pauses") << QList<int>{0, 100, 5100}
                                    << QList<double>{first, first + 20 + idle, first + 40 + 2 * idle}
                                    << QList<int>{100, 5000};
        QTest::newRow("clock went back") << QList<int>{10, 5, 11} << QList<double>{first, first + 20, first + 40}
                                         << QList<int>{};
    }
    void rowsStandApartAndIdleStretchesAreCut()
    {
        QFETCH(QList<int>, milliseconds);
        QFETCH(QList<double>, ys);
        QFETCH(QList<int>, idleMilliseconds);
        std::vector<Time> times;
        for (const int each : milliseconds)
            times.push_back(noon() + std::chrono::milliseconds(each));
        LadderLayout layout;
        layout.setRowHeight(20);
        layout.setIdleFrom(10ms);
        layout.setTimes(times);
        QCOMPARE(layout.rows(), times.size());
        for (std::size_t row = 0; row < times.size(); ++row)
            QCOMPARE(layout.yOf(row), ys[static_cast<qsizetype>(row)]);
        QCOMPARE(layout.idles().size(), static_cast<std::size_t>(idleMilliseconds.size()));
        for (std::size_t i = 0; i < layout.idles().size(); ++i) {
            const auto& stretch = layout.idles()[i];
            QCOMPARE(
                stretch.length, Nanoseconds(std::chrono::milliseconds(idleMilliseconds[static_cast<qsizetype>(i)])));
            // It lies between the two rows and touches neither.
            QVERIFY(stretch.top >= layout.yOf(stretch.before - 1) + 10);
            QVERIFY(stretch.top + stretch.height <= layout.yOf(stretch.before) - 10);
        }
        QCOMPARE(layout.height(), times.empty() ? 0.0 : ys.back() + 10 + LadderLayout::margin);
    }

    void rowsAreFoundByPlaceAndTime()
    {
        LadderLayout layout;
        layout.setRowHeight(20);
        layout.setIdleFrom(10ms);
        layout.setTimes(timesAt({0, 1, 1, 205}));
        for (std::size_t row = 0; row < layout.rows(); ++row) {
            QCOMPARE(layout.rowAt(layout.yOf(row)), row);
            QCOMPARE(layout.rowAt(layout.yOf(row) + 9), row);
        }
        QCOMPARE(layout.rowAt(-100.0), std::size_t{0});
        QCOMPARE(layout.rowAt(1e6), std::size_t{3});
        QCOMPARE(layout.rowAt(noon() - 1h), std::size_t{0});
        QCOMPARE(layout.rowAt(noon() + 1ms), std::size_t{1}); // the first of two at that instant
        QCOMPARE(layout.rowAt(noon() + 102ms), std::size_t{1});
        QCOMPARE(layout.rowAt(noon() + 104ms), std::size_t{3});
        QCOMPARE(layout.rowAt(noon() + 1h), std::size_t{3});
        const auto rows = layout.rowsIn(layout.yOf(std::size_t{1}), layout.yOf(std::size_t{2}));
        QVERIFY(rows.first <= 1 && rows.end >= 3);
        // Half-way through the pause in time is half-way down it.
        QCOMPARE(layout.yOf(noon() + 103ms), (layout.yOf(std::size_t{2}) + layout.yOf(std::size_t{3})) / 2);
    }

    void trueScaleKeepsProportions()
    {
        LadderLayout layout;
        layout.setRowHeight(20);
        layout.setScale(LadderLayout::Scale::True);
        layout.setTrueHeight(1000);
        layout.setTimes(timesAt({0, 250, 1000}));
        QVERIFY(layout.idles().empty());
        QCOMPARE(layout.height(), 1000.0);
        const double all = layout.yOf(std::size_t{2}) - layout.yOf(std::size_t{0});
        QCOMPARE((layout.yOf(std::size_t{1}) - layout.yOf(std::size_t{0})) / all, 0.25);
        layout.setTrueHeight(1e12);
        QVERIFY(layout.height() <= LadderLayout::highest + 1);
    }

    void usualPausesAreNotMarked()
    {
        std::vector<Time> steady{noon()};
        for (int i = 0; i < 100; ++i)
            steady.push_back(steady.back() + (i == 50 ? 900ms : 40ms));
        LadderLayout layout;
        layout.setIdleFrom(LadderLayout::usualIdle(steady, 1ms));
        layout.setTimes(steady);
        QCOMPARE(layout.idles().size(), std::size_t{1});
        QCOMPARE(layout.idles().front().length, Nanoseconds(900ms));
    }

    void statesStandWhereTheirPacketsAre()
    {
        LadderScene scene;
        scene.conversation = conversationOf(sample(), markedFlow);
        scene.layout.setTimes(scene.conversation->times());
        scene.size = {800, 600};
        const auto runs = stateRuns(scene);
        QCOMPARE(runs.size(), std::size_t{10});
        double bottom = 0;
        for (const StateRun& run : runs) {
            if (run.change == &scene.conversation->flow().server.states.front())
                bottom = 0;
            QVERIFY(run.top >= bottom && run.bottom >= run.top && run.uncertainTop <= run.top);
            bottom = run.top;
        }
        // The client is in SYN-SENT from its own SYN on, until the answer has come in.
        QVERIFY(runs[0].top < scene.layout.yOf(std::size_t{0}));
        QVERIFY(runs[1].top > scene.layout.yOf(std::size_t{2}));
        QCOMPARE(runs[4].bottom, scene.layout.height());
        QCOMPARE(runs[5].top, 0.0); // LISTEN was there before
        QVERIFY(runs[6].uncertainTop < runs[6].top); // inferred: some time in between
    }

    void flowsAreListed()
    {
        const auto snapshot = sample();
        FlowModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QCOMPARE(model.rowCount(), 0);
        model.setSnapshot(snapshot);
        QCOMPARE(
            shownFlows(model), (std::vector<std::uint32_t>{markedFlow, unansweredFlow, completeFlow, refusedFlow}));
        QCOMPARE(cellText(model, 0, FlowModel::Client), QStringLiteral("192.0.2.5:51834"));
        QCOMPARE(cellText(model, 0, FlowModel::Retransmissions), QStringLiteral("5"));
        QCOMPARE(cellText(model, 0, FlowModel::Cause), QStringLiteral("RTO 2, TLP 1, fast 1, SYN 1"));
        QCOMPARE(cellText(model, 0, FlowModel::Handshake), QStringLiteral("930 µs"));
        QCOMPARE(cellText(model, 0, FlowModel::FirstCloser), QStringLiteral("client"));
        QCOMPARE(cellText(model, 0, FlowModel::Close), QStringLiteral("RST by server"));
        const int refused = model.rowOf(refusedFlow);
        QCOMPARE(cellText(model, refused, FlowModel::Close), QStringLiteral("refused"));
        QCOMPARE(cellText(model, refused, FlowModel::Rtt), QStringLiteral("\u2013"));
        QCOMPARE(cellText(model, refused, FlowModel::Handshake), QStringLiteral("\u2013"));
        QCOMPARE(cellText(model, model.rowOf(unansweredFlow), FlowModel::Close), QStringLiteral("no answer"));
        model.setSnapshot(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void flowsAreFiltered_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QList<std::uint32_t>>("flows");
        const auto row = [](const char* filter, QList<std::uint32_t> flows) {
            QTest::newRow(filter) << QString::fromUtf8(filter) << flows;
        };
        row("", {completeFlow, markedFlow, refusedFlow, unansweredFlow});
        row("192.0.2.7", {completeFlow, refusedFlow});
        row(":443", {completeFlow});
        row(":44", {});
        row("51834", {markedFlow});
        row("retrans", {markedFlow, unansweredFlow});
        row("RETRANS rst", {markedFlow});
        row("rto", {markedFlow});
        row("fast", {markedFlow});
        row("rst", {markedFlow, refusedFlow});
        row("failed", {refusedFlow, unansweredFlow});
        row("refused", {refusedFlow});
        row("unanswered", {unansweredFlow});
        row("zerowindow", {markedFlow});
        row("!failed", {completeFlow, markedFlow});
        row("fin !retrans", {completeFlow});
        row("no-such-word", {});
    }
    void flowsAreFiltered()
    {
        QFETCH(QString, filter);
        QFETCH(QList<std::uint32_t>, flows);
        FlowModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(sample());
        model.sort(FlowModel::Start, Qt::AscendingOrder);
        model.setFilter(filter);
        QCOMPARE(shownFlows(model), std::vector<std::uint32_t>(flows.begin(), flows.end()));
        QCOMPARE(model.flowCount(), std::size_t{4});
    }

    void rangeKeepsFlowsWithAPartInIt()
    {
        FlowModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(sample());
        model.sort(FlowModel::Start, Qt::AscendingOrder);
        model.setRange(TimeRange{noon() + 10s, noon() + 20s}); // in the middle of one
        QCOMPARE(shownFlows(model), std::vector<std::uint32_t>{markedFlow});
        model.setRange(TimeRange{noon() + 1h, noon() + 2h});
        QCOMPARE(model.rowCount(), 0);
        model.setRange(std::nullopt);
        QCOMPARE(model.rowCount(), 4);
    }

    void sortingKeepsIndicesWithTheirFlows()
    {
        FlowModel model;
        const QAbstractItemModelTester tester(&model, fails);
        const auto snapshot = withPackets(manyConversations(noon(), 500));
        model.setSnapshot(snapshot);
        const QPersistentModelIndex kept = model.index(17, 0);
        const std::uint32_t flow = model.flowAt(17);
        for (int column = 0; column < FlowModel::ColumnCount; ++column)
            for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
                model.sort(column, order);
                QCOMPARE(model.flowAt(kept.row()), flow);
            }
        const auto& flows = snapshot->packets.flows;
        const auto isBefore = [&](int a, int b) {
            return *handshakeTime(flows[model.flowAt(a)]) < *handshakeTime(flows[model.flowAt(b)]);
        };
        model.sort(FlowModel::Handshake, Qt::AscendingOrder);
        for (int row = 1; row < model.rowCount(); ++row)
            QVERIFY(!isBefore(row, row - 1));
        model.sort(FlowModel::Client, Qt::DescendingOrder);
        for (int row = 1; row < model.rowCount(); ++row)
            QVERIFY(flows[model.flowAt(row)].client.endpoint <= flows[model.flowAt(row - 1)].client.endpoint);
    }

    void notMeasuredSortsLast()
    {
        FlowModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(sample());
        for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder})
            for (const int column : {int{FlowModel::Rtt}, int{FlowModel::Handshake}}) {
                model.sort(column, order);
                QCOMPARE(cellText(model, 2, column), QStringLiteral("\u2013"));
                QCOMPARE(cellText(model, 3, column), QStringLiteral("\u2013"));
            }
    }

    void aHundredThousandFlowsFilterAtOnce()
    {
        FlowModel model;
        model.setSnapshot(withPackets(manyConversations(noon(), 100'000)));
        model.setFilter(QStringLiteral("x")); // makes what is searched in
        QElapsedTimer timer;
        timer.start();
        model.setFilter(QStringLiteral("192.0.2.17 retrans"));
        const qint64 filtered = timer.restart();
        QVERIFY(model.rowCount() > 0);
        model.sort(FlowModel::Handshake, Qt::AscendingOrder);
        const qint64 sorted = timer.restart();
        model.setFilter({});
        const qint64 all = timer.restart();
        QCOMPARE(model.rowCount(), 100'000);
        qInfo("filter %lld ms, sort the rest %lld ms, all again and sorted %lld ms", static_cast<long long>(filtered),
            static_cast<long long>(sorted), static_cast<long long>(all));
        QVERIFY2(filtered < 1000, "ten times the goal: the search looks at more than it must");
    }

    void packetsAreListed()
    {
        PacketModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QCOMPARE(model.rowCount(), 0);
        model.setConversation(conversationOf(sample(), markedFlow));
        QCOMPARE(model.rowCount(), 30);
        QCOMPARE(cellText(model, 1, PacketModel::Time), QStringLiteral("1.000000"));
        QCOMPARE(cellText(model, 1, PacketModel::Flags), QStringLiteral("SYN"));
        QCOMPARE(cellText(model, 1, PacketModel::Acknowledgment), QString());
        QCOMPARE(cellText(model, 7, PacketModel::Verdict), QStringLiteral("RTO 204 ms, lost"));
        QCOMPARE(cellText(model, 7, PacketModel::Direction), QStringLiteral("\u2190"));
        text::PacketStyle style;
        style.numbering = text::Numbering::Absolute;
        style.origin = text::TimeOrigin::Clock;
        model.setStyle(style);
        QCOMPARE(cellText(model, 1, PacketModel::Time), QStringLiteral("12:00:06.000000"));
        QCOMPARE(cellText(model, 1, PacketModel::Sequence), QStringLiteral("4000000000"));
        model.setConversation(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void tsharkIsQuotedWhereItDiffers_data()
    {
        QTest::addColumn<QList<int>>("words");
        QTest::addColumn<int>("cause");
        QTest::addColumn<QString>("quoted");
        using tcp::TsharkMark;
        const auto word = [](TsharkMark mark) { return static_cast<int>(mark); };
        const int fast = static_cast<int>(RetransmissionCause::FastRetransmit);
        QTest::newRow("silent") << QList<int>{} << 0 << QString();
        QTest::newRow("the same") << QList<int>{word(TsharkMark::Retransmission), word(TsharkMark::FastRetransmission)}
                                  << fast << QString();
        QTest::newRow("called out of order")
            << QList<int>{word(TsharkMark::OutOfOrder)} << fast << QStringLiteral("out of order");
        QTest::newRow("called spurious, once")
            << QList<int>{word(TsharkMark::Retransmission), word(TsharkMark::SpuriousRetransmission)} << 0
            << QStringLiteral("spurious retransmission");
    }
    void tsharkIsQuotedWhereItDiffers()
    {
        QFETCH(QList<int>, words);
        QFETCH(int, cause);
        QFETCH(QString, quoted);
        TcpPacket packet;
        for (const int word : words)
            packet.tsharkMarks = static_cast<std::uint16_t>(packet.tsharkMarks | 1U << word);
        if (cause != 0)
            FlowMaker::retransmission(packet, static_cast<RetransmissionCause>(cause));
        QCOMPARE(tsharkDisagreement(packet), quoted);
    }

    void emptinessIsExplained_data()
    {
        QTest::addColumn<int>("sources");
        QTest::addColumn<QString>("said");
        QTest::newRow("no packets") << 0 << QStringLiteral("hindcast-record --packets eth0");
        QTest::newRow("no TCP") << 1 << QStringLiteral("no TCP conversation");
    }
    void emptinessIsExplained()
    {
        QFETCH(int, sources);
        QFETCH(QString, said);
        PacketCapture capture;
        capture.sources.resize(static_cast<std::size_t>(sources));
        open(withPackets(std::move(capture)));
        QVERIFY2(view()->emptyText().contains(said), qPrintable(view()->emptyText()));
        QVERIFY(!view()->grab().isNull());
        session().show(sample());
        QCOMPARE(view()->emptyText(), QString());
        session().close();
        QVERIFY(!view()->emptyText().isEmpty());
    }

    void withoutAChoiceTheMostInterestingIsShown()
    {
        open(sample());
        QVERIFY(!selection()->flow());
        QCOMPARE(view()->conversation()->flowIndex(), markedFlow);
        QVERIFY(view()->headline().startsWith(QStringLiteral("Most retransmissions of all")));
        QVERIFY(view()->headline().contains(QStringLiteral("192.0.2.5:51834")));
        // It is marked in the list; a click there is a choice all the same.
        QTableView* table = view()->flows()->table();
        QCOMPARE(table->currentIndex().row(), 0);
        QTest::mouseClick(
            table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(0, 0)).center());
        QCOMPARE(selection()->flow(), std::optional(markedFlow));
        QVERIFY(!view()->headline().startsWith(QStringLiteral("Most")));
        selection()->setFlow(std::nullopt);
        QVERIFY(view()->headline().startsWith(QStringLiteral("Most retransmissions")));
    }

    void choosingRunsBothWays()
    {
        open(sample());
        QTableView* table = view()->flows()->table();
        const int row = view()->flows()->model()->rowOf(completeFlow);
        QTest::mouseClick(
            table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(row, 0)).center());
        QCOMPARE(selection()->flow(), std::optional(completeFlow));
        QCOMPARE(view()->conversation()->flowIndex(), completeFlow);
        selection()->setFlow(refusedFlow);
        QCOMPARE(view()->conversation()->flowIndex(), refusedFlow);
        QCOMPARE(table->currentIndex().row(), view()->flows()->model()->rowOf(refusedFlow));
        // A packet of another flow brings that one up.
        const auto packet = packetOf(completeFlow, 3);
        selection()->setPacket(packet);
        QCOMPARE(view()->conversation()->flowIndex(), completeFlow);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(3));
    }

    void clickingAPacketMovesEverything()
    {
        open(sample());
        QSignalSpy cursor(selection(), &Selection::cursorChanged);
        QSignalSpy packet(selection(), &Selection::packetChanged);
        clickRow(4);
        QCOMPARE(selection()->flow(), std::optional(markedFlow));
        QCOMPARE(selection()->packet(), std::optional(packetOf(markedFlow, 4)));
        QCOMPARE(selection()->cursor(), std::optional(view()->conversation()->packet(4).time));
        QCOMPARE(ladder()->scene().selected, std::optional<std::uint32_t>(4));
        QCOMPARE(view()->graph()->scene().selected, std::optional<std::uint32_t>(4));
        QCOMPARE(view()->packetTable()->currentIndex().row(), 4);
        QCOMPARE(cursor.count(), 1); // once: nothing came back
        QCOMPARE(packet.count(), 1);
        // And from the table.
        QTableView* table = view()->packetTable();
        table->scrollTo(table->model()->index(6, 0));
        QTest::mouseClick(
            table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(6, 0)).center());
        QCOMPARE(ladder()->scene().selected, std::optional<std::uint32_t>(6));
        QCOMPARE(selection()->packet(), std::optional(packetOf(markedFlow, 6)));
    }

    void movingTheCursorMovesThePacket()
    {
        open(sample());
        QSignalSpy cursor(selection(), &Selection::cursorChanged);
        const Time eighth = view()->conversation()->packet(8).time;
        selection()->setCursor(eighth + 5us);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(8));
        QVERIFY(!selection()->packet()); // looking along is no choice
        QCOMPARE(selection()->cursor(), std::optional(eighth + 5us)); // and nobody pulled it back
        QCOMPARE(cursor.count(), 1);
        selection()->setFlow(markedFlow);
        selection()->setCursor(view()->conversation()->packet(20).time);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(20));
        QCOMPARE(selection()->packet(), std::optional(packetOf(markedFlow, 20)));
        selection()->setCursor(std::nullopt);
        QVERIFY(!view()->highlightedRow());
    }

    void packetsAtOneInstantStayApart()
    {
        PacketCapture capture;
        {
            FlowMaker maker(capture, noon(), 50000);
            maker.handshake(1ms);
            for (int i = 0; i < 3; ++i)
                maker.packet(Side::Client, FlowMaker::ack, 1, 1, 10, 0ns);
        }
        open(withPackets(std::move(capture)));
        clickRow(4);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(4)); // not the first of that instant
        QCOMPARE(selection()->packet(), std::optional(packetOf(0, 4)));
        key(Qt::Key_Down);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(5));
    }

    void keysStepThroughPacketsAndFlows()
    {
        open(sample());
        key(Qt::Key_Down);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(0));
        key(Qt::Key_Down);
        key(Qt::Key_Period);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(2));
        key(Qt::Key_Up);
        key(Qt::Key_Comma);
        key(Qt::Key_Comma);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(0));
        key(Qt::Key_End);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(29));
        // The last row is in sight.
        QVERIFY(ladder()->viewport()->rect().contains(ladder()->positionOf(29)));
        key(Qt::Key_Home);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(0));
        QVERIFY(ladder()->viewport()->rect().contains(ladder()->positionOf(0)));
        const auto order = shownFlows(*view()->flows()->model());
        key(Qt::Key_PageDown);
        QCOMPARE(selection()->flow(), std::optional(order[1]));
        key(Qt::Key_PageUp);
        key(Qt::Key_PageUp);
        QCOMPARE(selection()->flow(), std::optional(order[0]));
    }

    void escapeKeepsTheConversation()
    {
        open(sample());
        selection()->setFlow(completeFlow); // not the one that is shown when none is chosen
        key(Qt::Key_Down);
        selection()->setRange(TimeRange{noon(), noon() + 5s});
        QVERIFY(selection()->packet() && selection()->cursor());
        key(Qt::Key_Escape);
        QVERIFY(!selection()->packet() && !selection()->cursor() && !selection()->range());
        QCOMPARE(selection()->flow(), std::optional(completeFlow));
        QCOMPARE(view()->conversation()->flowIndex(), completeFlow);
        QVERIFY(!view()->highlightedRow());
    }

    void escapeCancelsWhileLoading()
    {
        m_window = std::make_unique<MainWindow>(
            [](const OpenRequest&, const std::function<void(SnapshotPointer)>& firstLook, const Progress&,
                std::stop_token stop) -> Result<SnapshotPointer> {
                firstLook(sample());
                std::mutex mutex;
                std::condition_variable_any never;
                std::unique_lock lock(mutex);
                never.wait(lock, stop, [] { return false; });
                return SnapshotPointer{};
            },
            nullptr);
        m_window->forgetSettings();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
        m_window->openFiles({QStringLiteral("slow")});
        QTRY_VERIFY(session().snapshot());
        m_window->dock(QStringLiteral("conversation"))->raise();
        QTRY_VERIFY(view()->isVisible());
        QCOMPARE(session().state(), Session::State::Loading);
        selection()->setFlow(completeFlow);
        clickRow(1);
        key(Qt::Key_Escape);
        QTRY_COMPARE(session().state(), Session::State::Ready);
        QVERIFY(selection()->packet()); // that one was for the loading
        key(Qt::Key_Escape);
        QVERIFY(!selection()->packet());
    }

    void anotherConversationBeginsAtItsFirstPacket()
    {
        open(sample());
        m_window->dock(QStringLiteral("conversation"))->setFloating(true);
        m_window->dock(QStringLiteral("conversation"))->resize(1280, 400);
        QScrollBar* bar = view()->packetTable()->verticalScrollBar();
        PacketCapture two;
        for (const std::uint16_t port : {std::uint16_t{50000}, std::uint16_t{50001}}) {
            FlowMaker maker(two, noon(), port);
            maker.handshake(1ms);
            for (int i = 0; i < 60; ++i)
                maker.packet(Side::Client, FlowMaker::ack, 1, 1, 10, 1ms);
        }
        session().show(withPackets(std::move(two)));
        selection()->setFlow(0);
        QTRY_VERIFY(bar->maximum() > 20);
        bar->setValue(bar->maximum());
        selection()->setFlow(1);
        QCOMPARE(bar->value(), 0);
    }

    void lastMarkOfTheGraphIsWhole()
    {
        PacketCapture capture;
        {
            FlowMaker maker(capture, noon(), 50000);
            maker.handshake(1ms);
            maker.packet(Side::Client, FlowMaker::ack, 1, 1, 1000, 1ms);
            FlowMaker::retransmission(
                maker.packet(Side::Client, FlowMaker::ack, 1, 1, 1000, 200ms), RetransmissionCause::Timeout);
        }
        open(withPackets(std::move(capture)));
        m_window->dock(QStringLiteral("conversation"))->setFloating(true);
        m_window->dock(QStringLiteral("conversation"))->resize(1280, 600);
        SequencePlot* graph = view()->graph();
        QTRY_VERIFY(graph->width() > 200 && graph->scene().size == graph->size());
        QCOMPARE(graph->scene().direction, Side::Client);
        const SequenceScene& scene = graph->scene();
        const std::uint32_t last = view()->conversation()->rows() - 1;
        const TimeRange all = scene.visible;
        const Time end = view()->conversation()->packet(last).time + 1us;
        graph->zoom(toSeconds(end - all.begin) / toSeconds(all.duration()), all.begin);
        QVERIFY(scene.visible.contains(view()->conversation()->packet(last).time));
        const QImage image = graph->grab().toImage().convertToFormat(QImage::Format_RGB32);
        const QColor badge = badgeOf(view()->conversation()->packet(last), scene.colors).color;
        const double x = scene.xOf(view()->conversation()->packet(last).time);
        const auto count = [&](double from, double to) {
            int found = 0;
            for (int column = int(from); column < int(to); ++column)
                for (int y = int(scene.plotArea().top()); y < int(scene.plotArea().bottom()); ++y)
                    found += image.pixelColor(column, y) == badge ? 1 : 0;
            return found;
        };
        // Half of the badge lies on either side of its segment, on the right beyond the area where there is no room.
        QVERIFY(x + 4 > scene.plotArea().right());
        const double middle = std::round(x) + 0.5;
        const int left = count(middle - 5, middle - 2), right = count(middle + 3, middle + 6);
        QVERIFY2(left > 15 && right > 15, qPrintable(QStringLiteral("%1 and %2").arg(left).arg(right)));
    }

    void lanesOfPacketsHaveTheirUsualNames()
    {
        SnapshotMaker maker(noon(), 1s, 120);
        maker.addDerived("wire.retransmissions", Unit::CountPerSecond, {}, [](std::size_t) { return 1.0; });
        const auto snapshot = maker.finish();
        const auto lanes = defaultLanes(*snapshot);
        QCOMPARE(lanes.size(), std::size_t{1});
        QCOMPARE(lanes.front().title, QStringLiteral("Retransmissions"));
        QVERIFY(lanes.front().meaning.contains(QStringLiteral("sent again")));
    }

    void lettersSwitchHowItIsShown()
    {
        open(sample());
        key(Qt::Key_S);
        QCOMPARE(ladder()->scene().style.numbering, text::Numbering::Absolute);
        QCOMPARE(cellText(*view()->packets(), 0, PacketModel::Sequence), QStringLiteral("4000000000"));
        key(Qt::Key_S);
        QCOMPARE(ladder()->scene().style.numbering, text::Numbering::Relative);
        key(Qt::Key_T);
        QCOMPARE(cellText(*view()->packets(), 0, PacketModel::Time), QStringLiteral("12:00:05.000000"));
        const Side before = view()->graph()->scene().direction;
        QCOMPARE(before, Side::Server); // which sent more
        key(Qt::Key_D);
        QCOMPARE(view()->graph()->scene().direction, Side::Client);
        key(Qt::Key_C);
        QCOMPARE(ladder()->scene().layout.scale(), LadderLayout::Scale::True);
        QVERIFY(!view()->grab().isNull());
        // While something is typed letters are letters.
        auto* filter = view()->flows()->findChild<QLineEdit*>();
        filter->setFocus();
        QTest::keyClicks(filter, QStringLiteral("std"));
        QCOMPARE(filter->text(), QStringLiteral("std"));
        QCOMPARE(ladder()->scene().style.numbering, text::Numbering::Relative);
    }

    void zoneOfTheClockIsTheChosenOne()
    {
        SnapshotMaker maker(noon(), 1s, 120);
        maker.snapshot().host.timezone = "Asia/Seoul";
        maker.snapshot().host.utcOffset = 9h;
        maker.snapshot().packets = sampleConversations(noon());
        open(maker.finish());
        key(Qt::Key_T);
        session().setZone(*text::Zone::ofServer(session().snapshot()->host));
        QCOMPARE(cellText(*view()->packets(), 0, PacketModel::Time), QStringLiteral("21:00:05.000000"));
    }

    void filteringKeepsTheShownFlow()
    {
        open(sample());
        selection()->setFlow(completeFlow);
        auto* filter = view()->flows()->findChild<QLineEdit*>();
        filter->setText(QStringLiteral("refused"));
        QCOMPARE(view()->flows()->model()->rowCount(), 1);
        QCOMPARE(selection()->flow(), std::optional(completeFlow));
        QCOMPARE(view()->conversation()->flowIndex(), completeFlow);
        filter->clear();
        QCOMPARE(view()->flows()->table()->currentIndex().row(), view()->flows()->model()->rowOf(completeFlow));
    }

    void listFollowsTheRangeOnlyWhenAsked()
    {
        open(sample());
        auto* only = view()->flows()->findChild<QCheckBox*>();
        QVERIFY(!only->isEnabled());
        selection()->setRange(TimeRange{noon() + 55s, noon() + 70s});
        QCOMPARE(view()->flows()->model()->rowCount(), 4);
        QTest::mouseClick(only, Qt::LeftButton, {}, {8, only->height() / 2});
        QVERIFY(only->isChecked());
        QCOMPARE(shownFlows(*view()->flows()->model()), std::vector<std::uint32_t>{refusedFlow});
        selection()->setRange(TimeRange{noon(), noon() + 1s});
        QCOMPARE(shownFlows(*view()->flows()->model()), std::vector<std::uint32_t>{completeFlow});
        selection()->setRange(std::nullopt);
        QCOMPARE(view()->flows()->model()->rowCount(), 4);
    }

    void hoverSaysButDoesNotChoose()
    {
        open(sample());
        QMouseEvent move(QEvent::MouseMove, ladder()->positionOf(2),
            ladder()->viewport()->mapToGlobal(ladder()->positionOf(2)), Qt::NoButton, Qt::NoButton, {});
        QCoreApplication::sendEvent(ladder()->viewport(), &move);
        QVERIFY2(view()->statusLine().contains(QStringLiteral("SYN,ACK")), qPrintable(view()->statusLine()));
        QVERIFY(!selection()->packet() && !selection()->cursor());
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(ladder()->viewport(), &leave);
        QVERIFY(!view()->statusLine().contains(QStringLiteral("SYN,ACK")));
        // Keys choose while the pointer rests: what they choose is told about.
        QCoreApplication::sendEvent(ladder()->viewport(), &move);
        QVERIFY(view()->statusLine().contains(QStringLiteral("SYN,ACK")));
        key(Qt::Key_Down);
        QCOMPARE(view()->highlightedRow(), std::optional<std::uint32_t>(0));
        QVERIFY2(!view()->statusLine().contains(QStringLiteral("SYN,ACK")), qPrintable(view()->statusLine()));
    }

    void ladderIsDescribedForScreenReaders()
    {
        open(sample());
        QVERIFY(!ladder()->accessibleName().isEmpty());
        QVERIFY(
            ladder()->accessibleDescription().contains(QStringLiteral("30 packets between client 192.0.2.5:51834")));
        clickRow(4);
        key(Qt::Key_Down);
        QVERIFY(ladder()->accessibleDescription().contains(QStringLiteral("Packet 6 of 30")));
        selection()->setPacket(packetOf(markedFlow, 7));
        QVERIFY(ladder()->accessibleDescription().contains(QStringLiteral("retransmission timer (RTO) expired")));
    }

    void graphZoomsAboutThePointerAndSelectsRanges()
    {
        open(sample());
        m_window->dock(QStringLiteral("conversation"))->setFloating(true);
        m_window->dock(QStringLiteral("conversation"))->resize(1280, 600);
        SequencePlot* graph = view()->graph();
        QTRY_VERIFY(graph->width() > 200 && graph->scene().size == graph->size());
        const TimeRange all = graph->scene().visible;
        const QRectF area = graph->scene().plotArea();
        const QPoint pointer(int(area.left() + area.width() * 0.3), int(area.center().y()));
        const Time about = graph->scene().timeAt(pointer.x());
        QWheelEvent wheel(pointer, graph->mapToGlobal(pointer), {}, {0, 360}, Qt::NoButton, Qt::ControlModifier,
            Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(graph, &wheel);
        QVERIFY(graph->scene().visible.duration() < all.duration() * 6 / 10);
        QVERIFY(std::chrono::abs(graph->scene().timeAt(pointer.x()) - about) <= all.duration() / 1000);

        const auto drag = [&](double from, double to, Qt::MouseButton button, Qt::KeyboardModifiers modifiers) {
            const QPoint a(int(area.left() + area.width() * from), pointer.y());
            const QPoint b(int(area.left() + area.width() * to), pointer.y());
            QTest::mousePress(graph, button, modifiers, a);
            QMouseEvent move(QEvent::MouseMove, b, graph->mapToGlobal(b), Qt::NoButton, button, modifiers);
            QCoreApplication::sendEvent(graph, &move);
            QTest::mouseRelease(graph, button, modifiers, b);
        };
        const TimeRange before = graph->scene().visible;
        drag(0.2, 0.5, Qt::LeftButton, {});
        QVERIFY(selection()->range());
        const double share = toSeconds(selection()->range()->duration()) / toSeconds(before.duration());
        QVERIFY2(std::abs(share - 0.3) < 0.02, qPrintable(QString::number(share)));
        QCOMPARE(graph->scene().visible, before);
        QCOMPARE(graph->scene().range, selection()->range());

        drag(0.5, 0.25, Qt::LeftButton, Qt::ControlModifier); // pans
        QVERIFY(graph->scene().visible.begin > before.begin);
        QCOMPARE(graph->scene().visible.duration(), before.duration());
        drag(0.4, 0.6, Qt::RightButton, {}); // zooms to the region
        QVERIFY(graph->scene().visible.duration() < before.duration() / 4);
        const QPoint axis(pointer.x(), graph->height() - 6);
        QTest::mouseDClick(graph, Qt::LeftButton, {}, axis);
        QCOMPARE(graph->scene().visible, all);
        // What is chosen outside the picture comes into it.
        graph->zoom(0.001, all.begin);
        selection()->setPacket(packetOf(markedFlow, 29));
        QVERIFY(graph->scene().visible.contains(view()->conversation()->packet(29).time));
    }

    void clickingTheGraphChoosesThatPacket()
    {
        open(sample());
        m_window->dock(QStringLiteral("conversation"))->setFloating(true);
        m_window->dock(QStringLiteral("conversation"))->resize(1280, 700);
        SequencePlot* graph = view()->graph();
        QTRY_VERIFY(graph->width() > 200 && graph->scene().size == graph->size());
        const auto place = graph->scene().placeOf(8);
        QVERIFY(place);
        QTest::mouseClick(graph, Qt::LeftButton, {}, place->toPoint());
        QVERIFY(selection()->packet());
        const auto row = view()->highlightedRow();
        QVERIFY(row);
        // Several copies lie within a few pixels: the one chosen is there.
        QVERIFY(QLineF(*graph->scene().placeOf(*row), *place).length() < 14);
    }

    void everyMarkIsDrawnAtEverySize_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("dock") << QSize(1000, 400);
        QTest::newRow("low dock") << QSize(1500, 250);
        QTest::newRow("large") << QSize(2200, 1300);
        QTest::newRow("tiny") << QSize(420, 180);
    }
    void everyMarkIsDrawnAtEverySize()
    {
        QFETCH(QSize, size);
        open(sample());
        QDockWidget* dock = m_window->dock(QStringLiteral("conversation"));
        dock->setFloating(true);
        dock->resize(size);
        QCoreApplication::processEvents();
        const QImage relative = view()->grab().toImage();
        key(Qt::Key_C);
        QVERIFY(view()->grab().toImage() != relative);
        for (const std::uint32_t flow : {completeFlow, refusedFlow, unansweredFlow}) {
            selection()->setFlow(flow);
            QVERIFY(view()->grab().toImage() != relative);
        }
    }

    void aLongFlowIsDrawnAtOnce()
    {
        open(withPackets(longConversation(noon(), 100'000)));
        QCOMPARE(view()->conversation()->rows(), 100'000U);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 10; ++i) {
            ladder()->verticalScrollBar()->setValue(ladder()->verticalScrollBar()->maximum() / 10 * i);
            QVERIFY(!ladder()->grab().isNull());
        }
        const qint64 ladderTime = timer.restart();
        for (int i = 0; i < 10; ++i) {
            view()->graph()->zoom(0.9, noon() + 1s);
            QVERIFY(!view()->graph()->grab().isNull());
        }
        qInfo("10 ladder frames %lld ms, 10 graph frames %lld ms", static_cast<long long>(ladderTime),
            static_cast<long long>(timer.elapsed()));
        QVERIFY2(ladderTime < 2000, "the ladder draws more than the visible rows");
        key(Qt::Key_End);
        QVERIFY(ladder()->viewport()->rect().contains(ladder()->positionOf(99'999)));
        key(Qt::Key_C); // true to scale: a hundred thousand on one screen
        QVERIFY(!ladder()->grab().isNull());
    }
};

QTEST_MAIN(TstConversation)
#include "tst_conversation.moc"
