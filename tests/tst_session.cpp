// The session without a window: loading, cancelling, results that come too late, the range on screen.

#include "session.h"
#include "snapshot_maker.h"

#include <QSignalSpy>
#include <QtTest>

#include <atomic>
#include <condition_variable>
#include <mutex>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

/// A gate that a reader waits at until the test opens it, or until it is told to stop.
class Gate {
public:
    void open()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isOpen = true;
        }
        m_changed.notify_all();
    }
    /// False when stopped.
    bool pass(std::stop_token stop)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait(lock, stop, [this] { return m_isOpen; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    bool m_isOpen = false;
};

using Outcome = Result<SnapshotPointer>;
using FirstLook = std::function<void(SnapshotPointer)>;

SnapshotPointer smallSnapshot(const std::string& path)
{
    SnapshotMaker maker(noon(), 1s, 10);
    maker.snapshot().path = path;
    return maker.finish();
}

SnapshotPointer coarseSnapshot()
{
    SnapshotMaker maker(noon(), 60s, 10);
    maker.snapshot().isCoarse = true;
    maker.addGauge("cpu.run_queue", Unit::Count, {}, [](std::size_t) { return 1.0; });
    auto snapshot = std::const_pointer_cast<Snapshot>(maker.finish());
    snapshot->range = fullSnapshot(600)->range;
    return snapshot;
}

} // namespace

class TstSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensAndShows()
    {
        Session session(
            [](const OpenRequest& request, const FirstLook&, const Progress& progress, std::stop_token) {
                progress({50, 100});
                return Outcome(smallSnapshot(request.path));
            },
            nullptr);
        QCOMPARE(session.state(), Session::State::Empty);
        session.open(QStringLiteral("/made/up/ä.tar.zst"));
        QCOMPARE(session.state(), Session::State::Loading);
        QTRY_COMPARE(session.state(), Session::State::Ready);
        QCOMPARE(QString::fromStdString(session.snapshot()->path), QStringLiteral("/made/up/ä.tar.zst"));
        session.close();
        QCOMPARE(session.state(), Session::State::Empty);
        QVERIFY(!session.snapshot());
    }

    void failureSaysWhatAndWhere()
    {
        Session session(
            [](const OpenRequest& request, const FirstLook&, const Progress&, std::stop_token) {
                return Outcome(Error{"not a capture: it holds no manifest", request.path});
            },
            nullptr);
        session.open(QStringLiteral("/made/up.txt"));
        QTRY_COMPARE(session.state(), Session::State::Failed);
        QCOMPARE(session.errorText(), QStringLiteral("not a capture: it holds no manifest"));
        QCOMPARE(session.errorPlace(), QStringLiteral("/made/up.txt"));
    }

    void cancelAnswersAtOnceAndKeepsNothing()
    {
        Gate never;
        std::atomic<bool> hasStopped = false;
        Session session(
            [&](const OpenRequest&, const FirstLook&, const Progress& progress, std::stop_token stop) {
                progress({1, 100});
                never.pass(stop);
                hasStopped = stop.stop_requested();
                return Outcome(SnapshotPointer{});
            },
            nullptr);
        QSignalSpy progressed(&session, &Session::progressed);
        session.open(QStringLiteral("slow"));
        QVERIFY(progressed.wait());
        session.cancel();
        QCOMPARE(session.state(), Session::State::Empty);
        QVERIFY(!session.snapshot());
        QVERIFY(session.errorText().isEmpty()); // cancelling is not an error
        QTRY_VERIFY(hasStopped);
        QCOMPARE(session.state(), Session::State::Empty);
    }

    void whatTheUserSaysIsHandedOn()
    {
        std::mutex mutex;
        OpenRequest last;
        Session session(
            [&](const OpenRequest& request, const FirstLook&, const Progress&, std::stop_token) {
                const std::lock_guard lock(mutex);
                last = request;
                return Outcome(smallSnapshot(request.path));
            },
            nullptr);
        const auto waited = [&] { return QTest::qWaitFor([&] { return session.state() == Session::State::Ready; }); };
        session.open(QStringLiteral("a"), QStringLiteral("vmstat"));
        QVERIFY(waited());
        QCOMPARE(last.source, std::string("vmstat"));
        session.readAs("b.txt", QStringLiteral("sar"));
        QVERIFY(session.state() == Session::State::Loading && waited());
        QCOMPARE(last.memberSources.at("b.txt"), std::string("sar"));
        QCOMPARE(last.source, std::string());
        session.assumeZone(QStringLiteral("Asia/Seoul"));
        QVERIFY(session.state() == Session::State::Loading && waited());
        QCOMPARE(last.assumedZone, std::string("Asia/Seoul"));
        QCOMPARE(last.memberSources.size(), std::size_t{1});
        session.readAs("b.txt", {});
        QVERIFY(waited());
        QVERIFY(last.memberSources.empty());
        session.open(QStringLiteral("c"));
        QVERIFY(waited());
        QVERIFY(last.assumedZone.empty() && last.path == "c");
    }

    void staleResultIsDropped()
    {
        // The first load ignores that it was told to stop and finishes after the second.
        Gate secondIsDone;
        std::atomic<int> finished = 0;
        Session session(
            [&](const OpenRequest& request, const FirstLook& firstLook, const Progress& progress, std::stop_token) {
                const auto snapshot = smallSnapshot(request.path);
                if (request.path == "first") {
                    secondIsDone.pass({});
                    progress({1, 1});
                    firstLook(snapshot);
                }
                ++finished;
                return Outcome(snapshot);
            },
            nullptr);
        session.open(QStringLiteral("first"));
        session.open(QStringLiteral("second"));
        QTRY_COMPARE(session.state(), Session::State::Ready);
        QCOMPARE(session.snapshot()->path, std::string("second"));
        QSignalSpy changed(&session, &Session::snapshotChanged);
        secondIsDone.open();
        QTRY_COMPARE(finished.load(), 2);
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        QCOMPARE(changed.count(), 0);
        QCOMPARE(session.snapshot()->path, std::string("second"));
    }

    void firstLookIsReplacedAndThePlaceKept()
    {
        Gate fullMayCome;
        Session session(
            [&](const OpenRequest&, const FirstLook& firstLook, const Progress&, std::stop_token stop) {
                firstLook(coarseSnapshot());
                fullMayCome.pass(stop);
                return Outcome(fullSnapshot(600));
            },
            nullptr);
        session.open(QStringLiteral("long"));
        QTRY_VERIFY(session.snapshot());
        QVERIFY(session.snapshot()->isCoarse);
        QCOMPARE(session.state(), Session::State::Loading);
        const TimeRange looked{noon() + 100s, noon() + 200s};
        session.timeView()->setVisible(looked);
        session.selection()->setRange(TimeRange{noon() + 120s, noon() + 150s});
        fullMayCome.open();
        QTRY_COMPARE(session.state(), Session::State::Ready);
        QVERIFY(!session.snapshot()->isCoarse);
        QCOMPARE(session.timeView()->visible(), looked);
        QCOMPARE(session.selection()->range(), (std::optional(TimeRange{noon() + 120s, noon() + 150s})));
    }

    void cancelAfterAFirstLookKeepsIt()
    {
        Gate never;
        Session session(
            [&](const OpenRequest&, const FirstLook& firstLook, const Progress&, std::stop_token stop) {
                firstLook(coarseSnapshot());
                never.pass(stop);
                return Outcome(SnapshotPointer{});
            },
            nullptr);
        session.open(QStringLiteral("long"));
        QTRY_VERIFY(session.snapshot());
        session.cancel();
        QCOMPARE(session.state(), Session::State::Ready);
        QVERIFY(session.snapshot()->isCoarse);
    }

    void chosenLanesSurviveTheFullLoad()
    {
        Gate fullMayCome;
        Session session(
            [&](const OpenRequest&, const FirstLook& firstLook, const Progress&, std::stop_token stop) {
                firstLook(fullSnapshot(60));
                fullMayCome.pass(stop);
                return Outcome(fullSnapshot(600));
            },
            nullptr);
        session.open(QStringLiteral("long"));
        QTRY_VERIFY(session.snapshot());
        session.lanes()->remove(QStringLiteral("memory"));
        session.lanes()->show(session.snapshot()->find("memory.total"));
        const auto before = session.lanes()->lanes().size();
        fullMayCome.open();
        QTRY_COMPARE(session.state(), Session::State::Ready);
        QCOMPARE(session.lanes()->lanes().size(), before);
        QVERIFY(session.lanes()->isShown(session.snapshot()->find("memory.total")));
        QVERIFY(!session.lanes()->isShown(session.snapshot()->find("memory.used")));
    }

    void defaultLanesShowOnlyWhatIsThere()
    {
        QVERIFY(defaultLanes(*SnapshotMaker(noon(), 1s, 10).finish()).empty());
        QStringList ids;
        for (const Lane& lane : defaultLanes(*fullSnapshot(60)))
            ids.append(lane.id);
        QCOMPARE(ids,
            QStringList({QStringLiteral("cpu"), QStringLiteral("cpu.run_queue"), QStringLiteral("load"),
                QStringLiteral("memory"), QStringLiteral("disk.util"), QStringLiteral("disk.await"),
                QStringLiteral("disk.throughput.sda"), QStringLiteral("net.bytes.eth0"),
                QStringLiteral("tcp.retransmission_ratio")}));
    }

    void timeViewStaysNearTheData()
    {
        TimeView view;
        const TimeRange bounds{noon(), noon() + 1000s};
        view.setBounds(bounds, TimeView::Keep::Nothing);
        QCOMPARE(view.visible(), bounds);
        view.setVisible({noon() - 5000s, noon() - 4900s});
        QCOMPARE(view.visible(), (TimeRange{noon() - 20s, noon() + 80s}));
        view.zoom(1e-12, noon() + 10s);
        QCOMPARE(view.visible().duration(), TimeView::minimumSpan);
        view.zoom(1e12, noon());
        QCOMPARE(view.visible().duration(), Nanoseconds(1040s));
        view.fit();
        QCOMPARE(view.visible(), bounds);
    }

    void zoomKeepsTheTimeUnderThePointer()
    {
        TimeView view;
        view.setBounds({noon(), noon() + 1000s}, TimeView::Keep::Nothing);
        view.setVisible({noon() + 200s, noon() + 600s});
        view.zoom(0.5, noon() + 300s);
        QCOMPARE(view.visible(), (TimeRange{noon() + 250s, noon() + 450s}));
    }

    void backAndForwardStepThroughRanges()
    {
        TimeView view;
        const TimeRange bounds{noon(), noon() + 1000s};
        view.setBounds(bounds, TimeView::Keep::Nothing);
        QVERIFY(!view.canGoBack());
        QSignalSpy history(&view, &TimeView::historyChanged);
        view.setVisible({noon() + 100s, noon() + 200s});
        view.setVisible({noon() + 300s, noon() + 400s}); // at once: one step, not two
        QVERIFY(history.wait());
        view.goBack();
        QCOMPARE(view.visible(), bounds);
        view.goForward();
        QCOMPARE(view.visible(), (TimeRange{noon() + 300s, noon() + 400s}));
        QVERIFY(!view.canGoForward());
    }

    void zonesAreThoseOfTheCapture()
    {
        Session session;
        session.show(fullSnapshot(60));
        const auto zones = session.zones();
        QCOMPARE(zones.size(), std::size_t(3));
        QCOMPARE(zones[1].title(noon()), QStringLiteral("Asia/Seoul (UTC+09:00)"));
        QCOMPARE(zones[1].timeOfDay(noon()), QStringLiteral("21:00:00"));
        SnapshotMaker maker(noon(), 1s, 10);
        maker.snapshot().clock = Clock::None;
        session.show(maker.finish());
        QCOMPARE(session.zones().size(), std::size_t(1));
        QCOMPARE(session.zone().kind(), text::ZoneKind::Elapsed);
    }
};

QTEST_MAIN(TstSession)
#include "tst_session.moc"
