// What thread dumps tell when they are looked at together, on dumps of a program that was made to lock itself up.
#include "model/thread_dump_figures.h"
#include "parse/load.h"
#include "report/threads_report.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

using namespace hindcast;

namespace {

std::shared_ptr<const Snapshot> loaded(const char* name)
{
    const auto path = std::string(HINDCAST_TEST_DATA "/parse/jstack/") + name + "/input";
    parse::LoadOptions options;
    options.jobs = 1;
    const auto snapshot = parse::loadPath(path, options);
    return snapshot ? *snapshot : nullptr;
}

const DumpThread* threadNamed(const ThreadDump& dump, std::string_view name)
{
    for (const DumpThread& thread : dump.threads)
        if (thread.name == name)
            return &thread;
    return nullptr;
}

} // namespace

class TestThreadDumps : public QObject {
    Q_OBJECT

private slots:
    void poolNames_data();
    void poolNames();
    void dumpsOfOneProcessBelongTogether();
    void whoDidNotMove();
    void whoUsedTheCpu();
    void whoBlocksWhom();
    void ringsOfThreads();
    void aLockThatWasGivenBackBlocksNobody();
    void theOwnerThatAWaiterNames();
    void recordedThreadsAreFoundByTheirNumbers();
    void reportForPeople();
    void reportAsJson();
    void inputWithoutDumps();
};

void TestThreadDumps::poolNames_data()
{
    QTest::addColumn<QString>("thread");
    QTest::addColumn<QString>("pool");
    const auto row = [](const char* thread, const char* pool) { QTest::newRow(thread) << thread << pool; };
    row("http-nio-8080-exec-12", "http-nio-8080-exec-#");
    row("pool-3-thread-7", "pool-3-thread-#");
    row("GC Thread#9", "GC Thread#");
    row("C2 CompilerThread0", "C2 CompilerThread#");
    row("ForkJoinPool.commonPool-worker-19", "ForkJoinPool.commonPool-worker-#");
    row("ExecuteThread: '12' for queue: 'shop'", "ExecuteThread: '#' for queue: 'shop'");
    row("main", "main");
    row("", "");
    row("7", "#");
}

void TestThreadDumps::poolNames()
{
    QFETCH(QString, thread);
    QFETCH(QString, pool);
    QCOMPARE(QString::fromStdString(poolName(thread.toStdString())), pool);
}

void TestThreadDumps::dumpsOfOneProcessBelongTogether()
{
    const auto snapshot = loaded("members_of_a_capture");
    QVERIFY(snapshot);
    QVERIFY(hasThreadDumps(*snapshot));
    const ThreadDumps dumps(*snapshot);
    QCOMPARE(dumps.processes().size(), std::size_t{1});
    QCOMPARE(dumps.processes()[0].pid, std::string("812"));
    QCOMPARE(dumps.dumpCount(), std::size_t{2});
    QVERIFY(dumps.processes()[0].dumps[0].time < dumps.processes()[0].dumps[1].time);
    QVERIFY(snapshot->find("jvm.threads", {{"pid", "812"}, {"state", "BLOCKED"}}));
}

void TestThreadDumps::whoDidNotMove()
{
    const auto snapshot = loaded("jcmd_twice");
    QVERIFY(snapshot);
    const ThreadDumps dumps(*snapshot);
    QCOMPARE(dumps.processes().size(), std::size_t{1});
    const DumpedProcess& process = dumps.processes()[0];
    QCOMPARE(process.dumps.size(), std::size_t{2});
    const auto counts = sameStackCounts(process);
    const auto place =
        static_cast<std::size_t>(threadNamed(process.dumps[1], "stock-keeper") - process.dumps[1].threads.data());
    QCOMPARE(counts[1][place], std::size_t{2});
    QCOMPARE(counts[0], std::vector<std::size_t>({1, 1, 1, 1, 1, 1, 0}));
    const auto unmoved = unmovedThreads(dumps, process);
    QVERIFY(!unmoved.empty());
    QVERIFY(!unmoved.front().isIdle);
    QVERIFY(unmoved.back().isIdle); // the pool's worker at its queue
    const auto hog = std::find_if(
        unmoved.begin(), unmoved.end(), [](const UnmovedThreads& one) { return one.names.front() == "price-search"; });
    QVERIFY(hog != unmoved.end());
    QVERIFY(hog->cpuShare && *hog->cpuShare > 0.1);
}

void TestThreadDumps::whoUsedTheCpu()
{
    const auto snapshot = loaded("jcmd_twice");
    const ThreadDumps dumps(*snapshot);
    const auto& all = dumps.processes()[0].dumps;
    const auto used = cpuBetween(all[0], all[1]);
    QVERIFY(!used.empty());
    QCOMPARE(std::string(used.front().name), std::string("price-search"));
    QVERIFY(used.front().share > 0.1 && used.front().share < 1.1);
}

void TestThreadDumps::whoBlocksWhom()
{
    const auto snapshot = loaded("upside_down");
    const ThreadDumps dumps(*snapshot);
    const ThreadDump& dump = dumps.processes()[0].dumps[0];
    const auto locks = contendedLocks(dump);
    QCOMPARE(locks.size(), std::size_t{1});
    QCOMPARE(std::string(locks[0].ownerName), std::string("order-2"));
    QCOMPARE(locks[0].waiters.size(), std::size_t{1});
    QCOMPARE(std::string(dump.threads[locks[0].waiters[0]].name), std::string("order-1"));
}

void TestThreadDumps::ringsOfThreads()
{
    const std::vector<LockUser> users{{"a", "1", "", "", {"2"}}, {"b", "2", "", "", {"3"}}, {"c", "3", "", "", {"1"}},
        {"d", "1", "", "", {"4"}}, {"e", "4", "", "", {}}, {"f", "", "", "", {"9"}}};
    const LockGraph graph(users);
    const auto rings = graph.cycles();
    QCOMPARE(rings.size(), std::size_t{1});
    QCOMPARE(rings[0], (std::vector<std::size_t>{0, 2, 1}));
    const auto counts = graph.blockedCounts();
    QCOMPARE(counts[3], std::size_t{1}); // e waits for d
    QCOMPARE(counts[2], std::size_t{4}); // a and b of its ring, and d and e behind them
    QCOMPARE(counts[5], std::size_t{0});
}

void TestThreadDumps::aLockThatWasGivenBackBlocksNobody()
{
    const auto snapshot = loaded("deadlock_the_vm_did_not_see");
    const ThreadDumps dumps(*snapshot);
    const ThreadDump& dump = dumps.processes()[0].dumps[0];
    QVERIFY(threadNamed(dump, "idle")->holds.empty());
    QCOMPARE(dump.deadlocks.size(), std::size_t{1});
}

void TestThreadDumps::theOwnerThatAWaiterNames()
{
    const auto snapshot = loaded("thread_info");
    const ThreadDumps dumps(*snapshot);
    QCOMPARE(dumps.processes()[0].dumps[0].deadlocks.size(), std::size_t{1});
}

void TestThreadDumps::recordedThreadsAreFoundByTheirNumbers()
{
    const auto loadedDumps = loaded("members_of_a_capture");
    Snapshot snapshot;
    snapshot.tables = loadedDumps->tables;
    snapshot.events = loadedDumps->events;
    const ThreadDumps dumps(snapshot);
    const DumpedProcess& process = dumps.processes()[0];
    QVERIFY(recordedCpu(snapshot, process).empty());
    const Time first = process.dumps[0].time;
    const auto times = std::make_shared<std::vector<Time>>(std::vector<Time>{
        first - std::chrono::seconds{1}, first + std::chrono::seconds{1}, first + std::chrono::seconds{4}});
    const auto add = [&](const char* pid, const char* tid, double last) {
        Entity thread; // with the columns that count CPU time
        thread.attributes = {{"pid", pid}, {"tid", tid}};
        thread.times = times;
        thread.lastTick = 2;
        thread.ticks = {0, 2};
        thread.columns.resize(entityColumns(thread.kind).size());
        for (Column& column : thread.columns) {
            column.append(0);
            column.append(last);
            column.seal();
        }
        snapshot.entities.push_back(std::move(thread));
    };
    add("812", "4740", 1); // "left"
    add("900", "4741", 2); // of another process
    const auto used = recordedCpu(snapshot, process);
    QCOMPARE(used.size(), std::size_t{1});
    QCOMPARE(std::string(used[0].name), std::string("left"));
    QCOMPARE(used[0].seconds, 2.0); // user and system
    QCOMPARE(used[0].share, 0.4);
}

void TestThreadDumps::reportForPeople()
{
    const std::string text = report::threadsText(*loaded("jcmd_twice"), {});
    for (const char* words :
        {"DEADLOCK in 2 of 2 dumps", "\"stock-keeper\" waits for java.lang.Object", "Locks that threads wait for",
            "In the same place in several dumps", "CPU from the first dump to the last"})
        QVERIFY2(text.find(words) != std::string::npos, words);
}

void TestThreadDumps::reportAsJson()
{
    const std::string items = report::threadsJsonItems(*loaded("jcmd_twice"), {});
    const auto parsed = QJsonDocument::fromJson(QByteArray::fromStdString('[' + items + ']'));
    QVERIFY(parsed.isArray());
    const QJsonObject process = parsed.array().at(0).toObject();
    QCOMPARE(process["dumps"].toArray().size(), qsizetype{2});
    QVERIFY(process["dumps"].toArray().at(1).toObject()["deadlocks"].toArray().size() > 0);
    QCOMPARE(process["cpu"].toArray().at(0).toObject()["thread"].toString(), QString("price-search"));
}

void TestThreadDumps::inputWithoutDumps()
{
    const Snapshot snapshot;
    QCOMPARE(report::threadsJsonItems(snapshot, {}), std::string());
    QVERIFY(report::threadsText(snapshot, {}).starts_with("There are no thread dumps"));
}

QTEST_GUILESS_MAIN(TestThreadDumps)
#include "tst_thread_dumps.moc"
