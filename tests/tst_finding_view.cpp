// What the window makes of a diagnosis: the tree of findings, the page of evidence, the marks on the lanes, and the way
// from a finding to the range, the lane and the process it is about.

#include "main_window.h"
#include "models/finding_model.h"
#include "plots/plot_colors.h"
#include "plots/time_plot.h"
#include "snapshot_maker.h"
#include "views/finding_view.h"
#include "views/timeline_view.h"

#include <QAbstractItemModelTester>
#include <QDockWidget>
#include <QLabel>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTextBrowser>
#include <QTreeView>
#include <QtTest>

using namespace hindcast;
using namespace hindcast::diagnose;
using namespace std::chrono_literals;

namespace {

Evidence evidenceOf(const std::string& metric, const Labels& labels, TimeRange range, double value, double limit)
{
    Evidence evidence;
    evidence.metric = metric;
    evidence.labels = labels;
    evidence.member = "samples/made/up";
    evidence.range = range;
    evidence.value = value;
    evidence.unit = Unit::Percent;
    evidence.limit = limit;
    evidence.limitName = "made-up.limit";
    return evidence;
}

Finding findingOf(const std::string& id, Object object, Level level, TimeRange range)
{
    Finding finding;
    finding.id = id;
    finding.object = std::move(object);
    finding.level = level;
    finding.confidence = 0.82;
    finding.episodes = {{range, Episode::Extent::Span}};
    finding.title = "Title of " + id;
    finding.sentence = "Sentence <of> " + id;
    return finding;
}

/// A saturated disk that explains a loaded host; one clear question and one that could not be judged.
DiagnosisPointer madeUpDiagnosis()
{
    auto diagnosis = std::make_shared<Diagnosis>();
    const TimeRange range{noon() + 120s, noon() + 180s};
    Finding disk = findingOf("disk-saturation", {ObjectKind::Device, "sda", "sda"}, Level::Serious, range);
    disk.evidence = {evidenceOf("disk.util", {{"device", "sda"}}, range, 99, 90),
        evidenceOf("net.rx.bytes", {{"interface", "eth0"}}, range, 1, 2)};
    disk.evidence[1].role = EvidenceRole::Context;
    disk.culprit = Object{ObjectKind::Process, "busy-loop 200", "boot/200/1000"};
    disk.culpritReason = "93 % of the bytes";
    disk.checks = {"Stop it and see"};
    Finding load = findingOf("load-without-cpu", {}, Level::Warning, range);
    load.evidence = {evidenceOf("load.1", {}, range, 9, 4)};
    load.explainedBy = 0;
    disk.explains = {1};
    diagnosis->findings = {disk, load};
    diagnosis->principal = 0;
    diagnosis->headline = "Disk sda: requests queue; busy-loop 200 issues them";
    Verdict clear;
    clear.rule = "cpu-saturation";
    clear.question = "Do tasks wait for a CPU?";
    clear.answer = Answer::Clear;
    clear.looked = {evidenceOf("cpu.busy", {}, range, 25, 90)};
    Verdict unknown;
    unknown.rule = "mem-oom-kill-host";
    unknown.question = "Did the kernel kill a process?";
    unknown.missing = {{"the kernel log", "permission denied", "record as root"}};
    diagnosis->verdicts = {clear, unknown};
    return diagnosis;
}

Result<SnapshotPointer> readMadeUp(
    const OpenRequest&, const std::function<void(SnapshotPointer)>&, const Progress&, std::stop_token)
{
    return fullSnapshot(600);
}

} // namespace

class TstFindingView : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<MainWindow> m_window;

    Session& session() { return m_window->session(); }
    FindingView* view() { return qobject_cast<FindingView*>(m_window->view(QStringLiteral("findings"))); }
    TimePlot* plot() { return m_window->timeline()->plot(); }
    void showMadeUp()
    {
        m_window->openFiles({QStringLiteral("made-up")});
        QTRY_COMPARE(session().state(), Session::State::Ready);
        QTRY_VERIFY(session().diagnosis());
        session().show(madeUpDiagnosis());
    }

private Q_SLOTS:
    void init()
    {
        QStandardPaths::setTestModeEnabled(true);
        m_window = std::make_unique<MainWindow>(readMadeUp, nullptr);
        m_window->forgetSettings();
        m_window->resize(1300, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
    }
    void cleanup() { m_window.reset(); }

    void theModelIsATree()
    {
        FindingModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.setDiagnosis(madeUpDiagnosis());
        QCOMPARE(model.rowCount(), 3); // the root cause, what could not be judged, what is clear
        const QModelIndex root = model.index(0, 0);
        QVERIFY(model.finding(root) && model.finding(root)->id == "disk-saturation");
        QCOMPARE(model.rowCount(root), 1);
        QCOMPARE(model.data(model.index(0, 0, root), Qt::DisplayRole).toString(),
            QStringLiteral("Title of load-without-cpu"));
        QCOMPARE(model.data(root, Qt::DisplayRole).toString(), QStringLiteral("disk sda: Title of disk-saturation"));
        QCOMPARE(model.data(model.index(0, FindingModel::Confidence), Qt::DisplayRole).toString(),
            QStringLiteral("82 %, high"));
        QCOMPARE(model.data(model.index(1, 0), Qt::DisplayRole).toString(), QStringLiteral("1 could not be judged"));
        QVERIFY(model.verdict(model.index(0, 0, model.index(2, 0)))->rule == "cpu-saturation");
        QCOMPARE(model.indexOfFinding(1).parent(), root);
        QVERIFY(!model.indexOfFinding(7).isValid());
        model.setDiagnosis(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void theAnswerComesByItself()
    {
        QVERIFY(view()->headline().contains(QStringLiteral("No capture")));
        m_window->openFiles({QStringLiteral("made-up")});
        QTRY_VERIFY(session().diagnosis());
        QVERIFY(!session().isDiagnosing());
        QCOMPARE(view()->headline().toStdString(), session().diagnosis()->headline);
    }

    void thePageShowsThePrincipal()
    {
        showMadeUp();
        QVERIFY(view()->headline().startsWith(QStringLiteral("Disk sda")));
        const QString page = view()->page()->toPlainText();
        for (const char* part : {"Sentence <of> disk-saturation", "93 % of the bytes", "samples/made/up",
                 "made-up.limit", "Stop it and see", "Title of load-without-cpu"})
            QVERIFY2(page.contains(QString::fromUtf8(part)), qPrintable(page));
        QVERIFY(!session().selection()->range()); // showing is not choosing
    }

    void whatCouldNotBeJudgedSaysWhatIsMissing()
    {
        showMadeUp();
        FindingModel* model = view()->model();
        view()->tree()->setCurrentIndex(model->index(0, 0, model->index(1, 0)));
        const QString page = view()->page()->toPlainText();
        QVERIFY2(page.contains(QStringLiteral("the kernel log: permission denied")), qPrintable(page));
        QVERIFY(page.contains(QStringLiteral("record as root")));
    }

    void aClickSelectsRangeAndCulprit()
    {
        showMadeUp();
        QTreeView* tree = view()->tree();
        const QModelIndex index = view()->model()->indexOfFinding(0);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualRect(index).center());
        QCOMPARE(session().selection()->range(), std::optional(TimeRange{noon() + 120s, noon() + 180s}));
        QCOMPARE(session().selection()->process(), std::string("boot/200/1000"));
    }

    void evidenceLeadsToItsLane()
    {
        showMadeUp();
        const Series* series = session().snapshot()->find("net.rx.bytes", {{"interface", "eth0"}});
        QVERIFY(series);
        session().lanes()->hide(series);
        QVERIFY(!session().lanes()->isShown(series));
        QSignalSpy wanted(session().lanes(), &LaneSet::laneWanted);
        Q_EMIT view()->page()->anchorClicked(QUrl(QStringLiteral("evidence:1")));
        QVERIFY(session().lanes()->isShown(series));
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(session().selection()->range(), std::optional(TimeRange{noon() + 120s, noon() + 180s}));
    }

    void goingThereShowsTheEvidence()
    {
        showMadeUp();
        const Series* series = session().snapshot()->find("disk.util", {{"device", "sda"}});
        session().lanes()->hide(series);
        session().timeView()->setVisible({noon(), noon() + 30s});
        session().selection()->setFlow(3);
        QSignalSpy wanted(session().lanes(), &LaneSet::laneWanted);
        const QModelIndex index = view()->model()->indexOfFinding(0);
        QTest::mouseClick(view()->tree()->viewport(), Qt::LeftButton, {}, view()->tree()->visualRect(index).center());
        QVERIFY(session().lanes()->isShown(series));
        QCOMPARE(wanted.count(), 1);
        QVERIFY(session().timeView()->visible().contains(noon() + 120s));
        QVERIFY(session().timeView()->visible().contains(noon() + 179s));
        QVERIFY(!session().selection()->flow()); // of something else
    }

    void anotherZoneKeepsTheChoice()
    {
        showMadeUp();
        const QModelIndex second = view()->model()->indexOfFinding(1);
        view()->tree()->setCurrentIndex(second);
        const auto whenText = [&] {
            const QModelIndex index = view()->tree()->currentIndex();
            return view()->model()->data(index.siblingAtColumn(FindingModel::When), Qt::DisplayRole).toString();
        };
        const QString before = whenText();
        const auto server = text::Zone::ofServer(session().snapshot()->host);
        QVERIFY(server);
        session().setZone(*server);
        QVERIFY(view()->model()->finding(view()->tree()->currentIndex())->id == "load-without-cpu");
        QVERIFY(view()->page()->toPlainText().contains(QStringLiteral("Title of load-without-cpu")));
        QVERIFY(whenText() != before);
    }

    void f8StepsThroughThem()
    {
        showMadeUp();
        const auto chosen = [&] { return view()->model()->finding(view()->tree()->currentIndex())->id; };
        QCOMPARE(chosen(), std::string("disk-saturation"));
        m_window->dock(QStringLiteral("processes"))->raise();
        QTRY_VERIFY(view()->visibleRegion().isEmpty());
        QTest::keyClick(m_window.get(), Qt::Key_F8); // goes to the answer, which was only shown so far
        QCOMPARE(chosen(), std::string("disk-saturation"));
        QVERIFY(session().selection()->range());
        QTRY_VERIFY(!view()->visibleRegion().isEmpty());
        QTest::keyClick(m_window.get(), Qt::Key_F8);
        QCOMPARE(chosen(), std::string("load-without-cpu"));
        QTest::keyClick(m_window.get(), Qt::Key_F8);
        QCOMPARE(chosen(), std::string("disk-saturation"));
        QTest::keyClick(m_window.get(), Qt::Key_F8, Qt::ShiftModifier);
        QCOMPARE(chosen(), std::string("load-without-cpu"));
    }

    void lanesOfTheEvidenceAreMarked()
    {
        showMadeUp();
        plot()->renderNow();
        std::vector<QString> marked;
        for (const LaneSpan& span : plot()->spans())
            marked.push_back(plot()->lanes()[span.lane].id);
        QVERIFY(std::find(marked.begin(), marked.end(), QStringLiteral("disk.util")) != marked.end());
        // What only stands beside the evidence is not marked.
        QVERIFY(std::find(marked.begin(), marked.end(), QStringLiteral("net")) == marked.end());

        const int inside = static_cast<int>(plot()->xOf(noon() + 150s));
        const int outside = static_cast<int>(plot()->xOf(noon() + 300s));
        const auto tipAt = [&](int x, int y) { return plot()->tipAt({x, y}); };
        int y = 0;
        while (y < plot()->height() && !tipAt(inside, y).contains(QStringLiteral("Title of disk-saturation")))
            ++y;
        QVERIFY2(y < plot()->height(), "no tooltip speaks of the finding");
        QVERIFY(!tipAt(outside, y).contains(QStringLiteral("Title of")));
        const QImage image = plot()->grab().toImage();
        const QColor bar = PlotColors::forPalette(plot()->palette()).level(SpanLevel::Serious);
        QCOMPARE(QColor(image.pixel(inside, y + 2)), bar);
        QVERIFY(QColor(image.pixel(outside, y + 2)) != bar);
    }

    void aNewCaptureDropsTheOldAnswer()
    {
        showMadeUp();
        session().close();
        QVERIFY(!session().diagnosis());
        QCOMPARE(view()->model()->rowCount(), 0);
        QVERIFY(view()->page()->toPlainText().isEmpty());
        plot()->renderNow();
        QVERIFY(plot()->spans().empty());
    }
};

QTEST_MAIN(TstFindingView)
#include "tst_finding_view.moc"
