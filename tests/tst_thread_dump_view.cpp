// The view of thread dumps and its model, on the dumps of a program that was made to lock itself up.
#include "parse/load.h"
#include "views/thread_dump_view.h"
#include "widgets/chip_row.h"

#include <QAbstractItemModelTester>
#include <QListWidget>
#include <QSignalSpy>
#include <QTableView>
#include <QtTest>

using namespace hindcast;

namespace {

SnapshotPointer loaded(const char* name)
{
    parse::LoadOptions options;
    options.jobs = 1;
    const auto snapshot = parse::loadPath(std::string(HINDCAST_TEST_DATA "/parse/jstack/") + name + "/input", options);
    return snapshot ? *snapshot : nullptr;
}

QStringList namesIn(const ThreadDumpModel& model)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names << model.index(row, ThreadDumpModel::Name).data().toString();
    return names;
}

} // namespace

class TestThreadDumpView : public QObject {
    Q_OBJECT

private slots:
    void modelFiltersAndSorts();
    void listFollowsTheCursorAndMovesIt();
    void stackShowsTheLocks();
    void saysWhyThereIsNothing();
};

void TestThreadDumpView::modelFiltersAndSorts()
{
    const auto set = std::make_shared<const ThreadDumpSet>(loaded("jcmd_twice"));
    ThreadDumpModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.showDump(set, 0, 1);
    QCOMPARE(model.rowCount(), 7);
    QCOMPARE(namesIn(model).front(), QStringLiteral("stock-keeper")); // it holds up most
    model.setStates({QStringLiteral("BLOCKED")});
    QCOMPARE(model.rowCount(), 3);
    model.setFilter(QStringLiteral("Orders.book("));
    QCOMPARE(namesIn(model), QStringList{QStringLiteral("book-keeper")});
    QCOMPARE(model.sameStackCountAt(0), std::size_t{2});
    model.setFilter({});
    model.setStates({});
    model.setPool(QStringLiteral("order-exec-#"));
    QCOMPARE(model.rowCount(), 1);
    model.setPool({});
    model.sort(ThreadDumpModel::Cpu, Qt::DescendingOrder);
    QCOMPARE(namesIn(model).front(), QStringLiteral("price-search"));
    model.sort(ThreadDumpModel::Name, Qt::AscendingOrder);
    QCOMPARE(namesIn(model).front(), QStringLiteral("book-keeper"));
    model.clear();
    QCOMPARE(model.rowCount(), 0);
}

void TestThreadDumpView::listFollowsTheCursorAndMovesIt()
{
    Session session;
    ThreadDumpView view(session, nullptr);
    QSignalSpy refreshed(&view, &ThreadDumpView::refreshed);
    const SnapshotPointer snapshot = loaded("jcmd_twice");
    session.show(snapshot);
    QTRY_COMPARE(view.dumpList()->count(), 2);
    QTRY_COMPARE(view.dumpList()->currentRow(), 1); // without a cursor the last
    session.selection()->setCursor(snapshot->range.begin);
    QTRY_COMPARE(view.dumpList()->currentRow(), 0);
    view.dumpList()->setCurrentRow(1);
    QVERIFY(session.selection()->cursor() > snapshot->range.begin);
    QVERIFY(view.headline().contains(QStringLiteral("DEADLOCK")));
    QVERIFY(view.chips()->chip(QStringLiteral("BLOCKED")));
}

void TestThreadDumpView::stackShowsTheLocks()
{
    Session session;
    ThreadDumpView view(session, nullptr);
    session.show(loaded("jcmd_twice"));
    QTRY_VERIFY(view.model()->rowCount() > 0);
    QTRY_VERIFY(view.stackText().contains(QStringLiteral("Orders.reserve(Orders.java:23)")));
    QVERIFY(view.stackText().contains(QStringLiteral("in the same place in 2 dumps")));
    QVERIFY(view.stackText().contains(QStringLiteral("held up by book-keeper")));
    QVERIFY(view.stackText().contains(QStringLiteral("holds java.lang.Object 0x")));
}

void TestThreadDumpView::saysWhyThereIsNothing()
{
    Session session;
    ThreadDumpView view(session, nullptr);
    QCOMPARE(view.emptyText(), QStringLiteral("No capture is open."));
    session.show(std::make_shared<const Snapshot>());
    QVERIFY(view.emptyText().startsWith(QStringLiteral("There are no thread dumps")));
}

QTEST_MAIN(TestThreadDumpView)
#include "tst_thread_dump_view.moc"
