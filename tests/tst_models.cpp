// Every item model under QAbstractItemModelTester, empty and full, and what its cells say.

#include "models/metric_tree_model.h"
#include "models/note_model.h"
#include "models/process_model.h"
#include "models/source_model.h"
#include "models/statistics_model.h"
#include "snapshot_maker.h"

#include <QAbstractItemModelTester>
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

} // namespace

class TstModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void processesFollowTheCursor()
    {
        const auto snapshot = fullSnapshot(600);
        ProcessModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QCOMPARE(model.rowCount(), 0);
        model.setFigures(processesAt(*snapshot, 100), ProcessModel::Span::Instant, snapshot);
        QCOMPARE(columnTexts(model, ProcessModel::Pid), QStringList({QStringLiteral("100"), QStringLiteral("1")}));
        QCOMPARE(cellText(model, 0, ProcessModel::Cpu), QStringLiteral("30.0\u00a0%"));

        const QPersistentModelIndex database = model.index(0, ProcessModel::Pid);
        model.setFigures(processesAt(*snapshot, 400), ProcessModel::Span::Instant, snapshot);
        QCOMPARE(columnTexts(model, ProcessModel::Pid),
            QStringList({QStringLiteral("200"), QStringLiteral("100"), QStringLiteral("1")}));
        QCOMPARE(database.row(), 1); // the index stayed with its process

        model.setFigures(processesAt(*snapshot, 100), ProcessModel::Span::Instant, snapshot);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(database.row(), 0);
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void notMeasuredIsADashAndSortsLast()
    {
        const auto snapshot = fullSnapshot(600);
        ProcessModel model;
        const QAbstractItemModelTester tester(&model, fails);
        // At the first tick there is no interval: no process has a share yet.
        model.setFigures(processesAt(*snapshot, 0), ProcessModel::Span::Instant, snapshot);
        QCOMPARE(cellText(model, 0, ProcessModel::Cpu), QStringLiteral("\u2013"));
        QCOMPARE(cellText(model, 0, ProcessModel::MinorFaults), QStringLiteral("\u2013"));

        auto figures = processesAt(*snapshot, 400);
        figures.front().cpuPercent = notMeasured; // pid 1
        for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            model.sort(ProcessModel::Cpu, order);
            model.setFigures(figures, ProcessModel::Span::Instant, snapshot);
            QCOMPARE(cellText(model, model.rowCount() - 1, ProcessModel::Pid), QStringLiteral("1"));
        }
    }

    void processesAreFiltered()
    {
        const auto snapshot = fullSnapshot(600);
        ProcessModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setFigures(processesAt(*snapshot, 400), ProcessModel::Span::Instant, snapshot);
        model.setFilter(QStringLiteral("BUSY"));
        QCOMPARE(columnTexts(model, ProcessModel::Pid), QStringList{QStringLiteral("200")});
        model.setFilter(QStringLiteral("no such"));
        QCOMPARE(model.rowCount(), 0);
        model.setFilter({});
        QCOMPARE(model.rowCount(), 3);
    }

    void processesOverARangeHaveTheirOwnColumns()
    {
        const auto snapshot = fullSnapshot(600);
        ProcessModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QVERIFY(!model.isColumnOfSpan(ProcessModel::MaximumCpu));
        model.setFigures(processesOver(*snapshot, 100, 500), ProcessModel::Span::Range, snapshot);
        QVERIFY(model.isColumnOfSpan(ProcessModel::MaximumCpu));
        const int row = model.rowOf("boot/100/1000");
        QVERIFY(row >= 0);
        QCOMPARE(cellText(model, row, ProcessModel::Cpu), QStringLiteral("30.0\u00a0%"));
        QCOMPARE(cellText(model, row, ProcessModel::ResidentDelta), QStringLiteral("0\u00a0B"));
    }

    void manyProcessesComeAndGo()
    {
        SnapshotMaker maker(noon(), 1s, 40);
        for (int pid = 1; pid <= 1500; ++pid) {
            const auto first = static_cast<std::uint32_t>(pid % 20);
            maker.addProcess(pid, "worker-" + std::to_string(pid % 90), 0.001 * (pid % 100), first,
                first + 5 + static_cast<std::uint32_t>(pid % 14));
        }
        const auto snapshot = maker.finish();
        ProcessModel model;
        const QAbstractItemModelTester tester(&model, fails);
        for (std::uint32_t tick = 0; tick < 40; ++tick) {
            const auto figures = processesAt(*snapshot, tick);
            model.setFigures(figures, ProcessModel::Span::Instant, snapshot);
            QCOMPARE(model.rowCount(), static_cast<int>(figures.size()));
        }
        model.setFigures(processesAt(*snapshot, 19), ProcessModel::Span::Instant, snapshot);
        for (int column = 0; column < ProcessModel::ColumnCount; ++column)
            model.sort(column, column % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
    }

    void sourcesSayWhoReadThemAndWhy()
    {
        SourceModel model;
        const QAbstractItemModelTester tester(&model, fails);
        QCOMPARE(model.rowCount(), 0);
        model.setSnapshot(fullSnapshot(60));
        QCOMPARE(model.rowCount(), 3);
        // Those with a problem come first.
        QCOMPARE(cellText(model, 0, SourceModel::Path), QStringLiteral("samples/proc/stat"));
        QCOMPARE(cellText(model, 0, SourceModel::Problem), QStringLiteral("line 17: expected a number"));
        QCOMPARE(cellText(model, 0, SourceModel::Skipped), QStringLiteral("2"));
        QVERIFY(cellText(model, 1, SourceModel::Problem).contains(QStringLiteral("Permission denied")));
        QCOMPARE(cellText(model, 1, SourceModel::Samples), QStringLiteral("\u2013"));
        QCOMPARE(cellText(model, 2, SourceModel::Source), QStringLiteral("proc_loadavg"));
        model.setSnapshot(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void notesPutTheWorstFirst()
    {
        SnapshotMaker maker(noon(), 1s, 2);
        maker.snapshot().notes = {{"a.txt", 0, NoteSeverity::Info, "assumed UTC", 1},
            {"seg/4", 0, NoteSeverity::DataLoss, "checksum disagrees", 3}, {"", 0, NoteSeverity::Error, "cut", 1}};
        NoteModel model;
        const QAbstractItemModelTester tester(&model, fails);
        model.setSnapshot(maker.finish());
        QCOMPARE(cellText(model, 0, 0), QStringLiteral("Error: cut"));
        QCOMPARE(cellText(model, 1, 0), QStringLiteral("Data lost: seg/4: checksum disagrees (3 times)"));
        QCOMPARE(cellText(model, 2, 0), QStringLiteral("Note: a.txt: assumed UTC"));
    }

    void statisticsAreShownWithTheirUnits()
    {
        StatisticsModel model;
        const QAbstractItemModelTester tester(&model, fails);
        Statistics values;
        values.samples = 12345;
        values.minimum = 1536;
        values.maximum = 3.5 * 1048576;
        model.setRows({{QStringLiteral("Disk"), QStringLiteral("read"), Unit::BytesPerSecond, values}});
        QCOMPARE(cellText(model, 0, StatisticsModel::Lane), QStringLiteral("Disk \u00b7 read"));
        QCOMPARE(cellText(model, 0, StatisticsModel::Minimum), QStringLiteral("1.50\u00a0KiB/s"));
        QCOMPARE(cellText(model, 0, StatisticsModel::Maximum), QStringLiteral("3.50\u00a0MiB/s"));
        QCOMPARE(cellText(model, 0, StatisticsModel::Median), QStringLiteral("\u2013"));
        QCOMPARE(cellText(model, 0, StatisticsModel::Samples), QStringLiteral("12\u00a0345"));
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
    }

    void metricsFormATreeWithChecks()
    {
        MetricTreeModel model;
        const QAbstractItemModelTester tester(&model, fails);
        const auto snapshot = fullSnapshot(60);
        const Series* shown = snapshot->find("cpu.user");
        model.setIsShown([&](const Series* series) { return series == shown; });
        model.setSnapshot(snapshot);
        QModelIndex cpu = model.index(0, 0);
        QCOMPARE(cpu.data().toString(), QStringLiteral("CPU"));
        QVERIFY(!cpu.data(Qt::CheckStateRole).isValid());
        const Series* wanted = nullptr;
        connect(&model, &MetricTreeModel::checkWanted, this, [&](const Series* series, bool) { wanted = series; });
        int checked = 0;
        for (int row = 0; row < model.rowCount(cpu); ++row) {
            const QModelIndex metric = model.index(row, 0, cpu);
            checked += metric.data(Qt::CheckStateRole) == Qt::Checked ? 1 : 0;
            if (model.seriesAt(metric) == snapshot->find("cpu.system"))
                QVERIFY(model.setData(metric, Qt::Checked, Qt::CheckStateRole));
        }
        QCOMPARE(checked, 1);
        QCOMPARE(wanted, snapshot->find("cpu.system"));
        model.setSnapshot(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }
};

QTEST_MAIN(TstModels)
#include "tst_models.moc"
