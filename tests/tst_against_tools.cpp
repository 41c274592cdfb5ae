// A recording against vmstat, iostat, sar, mpstat and pidstat that ran in the same ten seconds, under a load of known
// kinds: a spinner, a niced spinner, a writer that syncs, TCP over the loopback. Means over the run must agree.
//
// How far means may differ: all programs are started at a whole second, where the recorder samples too, but a tool
// needs a moment to take its first sample, more of it on a busy machine. Two windows of N seconds that are shifted by s
// share N - s of them, so the means of a steady load differ by no more than s × (largest one-second value) / N. s is
// taken as 0.6 s; what others on the machine do comes in bursts, which may fall outside of one window as a whole,
// hence 1.2 for what our load does not drive. Added are half of the last digit the tool prints and one unit (a tick of
// 1/100 s is 1 %) at each end. Steady loads agree to a few parts in a thousand.
#include "model/process.h"
#include "parse/load.h"

#include <QtTest>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cmath>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace hindcast;

namespace {

constexpr int seconds = 10; ///< that are compared
constexpr double steady = 0.6, bursty = 1.2; ///< seconds
constexpr double units = 2;
constexpr double kibibyte = 1024;
constexpr Nanoseconds half = std::chrono::milliseconds(500); ///< of the interval

// The load: this program again, started with the name of one of these
// -----------------------------------------------------

void spin()
{
    for (std::atomic<unsigned long> turns{0};; ++turns) { }
}

/// 512 KiB and a sync, 20 times a second where the disk is fast enough.
int writeAndSync(const char* path)
{
    const int file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return 1;
    unlink(path); // gone with this process, however it ends
    const std::vector<char> block(512 << 10, 'x');
    for (;;) {
        if (pwrite(file, block.data(), block.size(), 0) < 0 || fsync(file) != 0)
            return 1;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void drain(int connection)
{
    std::array<char, 65536> buffer;
    while (read(connection, buffer.data(), buffer.size()) > 0) { }
    close(connection);
}

/// 20 connections a second over the loopback, each with 100 000 bytes.
int talk()
{
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, generic, length) != 0 || listen(listener, 64) != 0
        || getsockname(listener, generic, &length) != 0)
        return 1;
    const std::vector<char> block(100'000, 'y');
    for (;;) {
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(client, generic, length) != 0)
            return 1;
        std::jthread reader(drain, accept(listener, nullptr, nullptr));
        if (send(client, block.data(), block.size(), MSG_NOSIGNAL) < 0)
            return 1;
        close(client);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

int runLoad(const std::string& kind, const char* path)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a load outlives no test
    if (kind == "nice-spin" && nice(10) == -1)
        return 1;
    if (kind == "write")
        return writeAndSync(path);
    if (kind == "talk")
        return talk();
    spin();
    return 0; // never
}

// What the tools print ------------------------------------------------------------------------------------------------

/// One row of a tool's table, by the names in the heading.
using Row = std::map<QString, QString>;

QStringList words(const QString& line)
{
    return line.split(QRegularExpression("\\s+"), Qt::SkipEmptyParts);
}

/// All rows under headings that hold `column`; what stands before the heading's first word (a time) is passed over.
std::vector<Row> rowsUnder(const QString& column, const QString& text)
{
    std::vector<Row> rows;
    QStringList heading;
    for (const QString& line : text.split('\n')) {
        const QStringList cells = words(line);
        if (cells.isEmpty() || line.startsWith("Average:"))
            heading = line.startsWith("Average:") ? QStringList() : heading;
        else if (cells.contains(column))
            heading = cells;
        else if (std::any_of(cells.begin(), cells.end(),
                     [](const QString& cell) { return cell.startsWith('%') || cell.endsWith("/s"); }))
            heading.clear(); // of another table
        else if (!heading.isEmpty() && cells.size() >= heading.size()) {
            Row row;
            for (qsizetype i = 0; i < heading.size(); ++i)
                row[heading[i]] = cells[i];
            rows.push_back(row);
        }
    }
    return rows;
}

std::vector<Row> where(const std::vector<Row>& rows, const QString& column, const QString& value)
{
    std::vector<Row> found;
    std::copy_if(
        rows.begin(), rows.end(), std::back_inserter(found), [&](const Row& row) { return row.at(column) == value; });
    return found;
}

/// One value per second, and how exactly it was printed.
struct Run {
    std::vector<double> values;
    double halfDigit = 0;
    double unit = 0; ///< one, as the tool counts

    double mean() const
    {
        double sum = 0;
        for (const double value : values)
            sum += value;
        return values.empty() ? notMeasured : sum / static_cast<double>(values.size());
    }
    double largest() const { return values.empty() ? 0 : *std::max_element(values.begin(), values.end()); }
};

Run printed(const std::vector<Row>& rows, const QStringList& columns, double factor, double halfDigit)
{
    Run run;
    run.halfDigit = halfDigit * factor * static_cast<double>(columns.size());
    run.unit = factor;
    for (const Row& row : rows) {
        double sum = 0;
        for (const QString& column : columns)
            sum += row.at(column).toDouble();
        run.values.push_back(sum * factor);
    }
    return run;
}

} // namespace

class TestAgainstTools : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanupTestCase();
    void vmstat_data();
    void vmstat();
    void iostat_data();
    void iostat();
    void meanWaitOfADisk();
    void sar_data();
    void sar();
    void mpstat_data();
    void mpstat();
    void pidstat();
    void theLoadWasSeen();

private:
    struct Tool {
        QString name;
        QStringList arguments;
        std::unique_ptr<QProcess> process;
        QString output;
    };

    QProcess* start(const QString& program, const QStringList& arguments);
    void startLoad(const QString& kind);
    void runTools();
    static Time waitForWholeSecond();
    QString outputOf(const QString& tool) const;
    Run recorded(std::string_view metric, const Labels& labels = {}, double factor = 1) const;
    Run recordedSum(const QStringList& metrics, const Labels& labels = {}, double factor = 1) const;
    void compareMemory() const;
    void compare(const Run& ours, const Run& theirs, double shift = steady) const;

    QTemporaryDir m_folder{QDir(QCoreApplication::applicationDirPath()).filePath("against-tools-XXXXXX")};
    std::vector<std::unique_ptr<QProcess>> m_processes;
    std::map<QString, qint64> m_loads; ///< kind -> process id
    std::vector<Tool> m_tools;
    Time m_begin{};
    std::shared_ptr<const Snapshot> m_snapshot;
};

QProcess* TestAgainstTools::start(const QString& program, const QStringList& arguments)
{
    auto process = std::make_unique<QProcess>();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("LC_ALL", "C");
    environment.insert("S_TIME_FORMAT", "ISO");
    process->setProcessEnvironment(environment);
    process->setStandardErrorFile(QProcess::nullDevice());
    process->start(program, arguments);
    m_processes.push_back(std::move(process));
    return m_processes.back().get();
}

void TestAgainstTools::startLoad(const QString& kind)
{
    QProcess* load = start(QCoreApplication::applicationFilePath(), {"--load", kind, m_folder.filePath("written")});
    QVERIFY(load->waitForStarted());
    m_loads[kind] = load->processId();
}

Time TestAgainstTools::waitForWholeSecond()
{
    timespec next{};
    clock_gettime(CLOCK_REALTIME, &next);
    next.tv_sec += 1;
    next.tv_nsec = 0;
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &next, nullptr) == EINTR) { }
    return Time{std::chrono::seconds{next.tv_sec}};
}

void TestAgainstTools::runTools()
{
    const QString every = "1", count = QString::number(seconds);
    const std::vector<std::pair<QString, QStringList>> commands{
        {"vmstat", {"-n", every, QString::number(seconds + 1)}}, // the first row is since boot
        {"iostat", {"-x", "-y", every, count}},
        {"sar", {"-n", "DEV,TCP,ETCP", every, count}},
        {"mpstat", {"-P", "ALL", every, count}},
        {"pidstat", {"-u", "-r", every, count}},
    };
    m_begin = waitForWholeSecond();
    std::vector<QProcess*> running;
    for (const auto& [name, arguments] : commands)
        running.push_back(start(name, arguments));
    for (std::size_t i = 0; i < commands.size(); ++i) {
        QVERIFY2(running[i]->waitForFinished((seconds + 20) * 1000), qPrintable(commands[i].first));
        m_tools.push_back(
            {commands[i].first, commands[i].second, nullptr, QString::fromUtf8(running[i]->readAllStandardOutput())});
    }
}

void TestAgainstTools::initTestCase()
{
    for (const QString tool : {"vmstat", "iostat", "sar", "mpstat", "pidstat"})
        if (QStandardPaths::findExecutable(tool).isEmpty())
            QSKIP(qPrintable(tool + " is not installed (packages procps and sysstat): NOTHING WAS COMPARED"));
    const QString recorder = QStringLiteral(HINDCAST_BIN_DIR "/hindcast-record");
    if (!QFile::exists(recorder))
        QSKIP("hindcast-record is not built: NOTHING WAS COMPARED");
    QVERIFY(m_folder.isValid());
    for (const QString kind : {"spin", "nice-spin", "write", "talk"})
        startLoad(kind);
    const QString capture = m_folder.filePath("run.hindcast.tar.zst");
    QProcess* recording = start(recorder, {"-i", "1", "-o", capture});
    // The recorder has begun when its file holds something.
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(capture + ".part").size() > 0, 10'000);
    waitForWholeSecond(); // so that it has a sample before the tools' first
    runTools();
    waitForWholeSecond();
    waitForWholeSecond(); // and one behind their last
    recording->terminate();
    QVERIFY(recording->waitForFinished(10'000));
    const auto loaded = parse::loadPath(capture.toStdString());
    QVERIFY2(loaded.hasValue(), loaded ? "" : loaded.error().text().c_str());
    m_snapshot = *loaded;
}

void TestAgainstTools::cleanupTestCase()
{
    for (const auto& process : m_processes) {
        process->kill();
        process->waitForFinished();
    }
}

QString TestAgainstTools::outputOf(const QString& name) const
{
    for (const Tool& tool : m_tools)
        if (tool.name == name)
            return tool.output;
    return {};
}

/// The values of the intervals the tools saw: those that end in (begin, begin + seconds], give or take half of one.
Run TestAgainstTools::recorded(std::string_view metric, const Labels& labels, double factor) const
{
    Run run;
    const Series* series = m_snapshot->find(metric, labels);
    if (!series)
        return run;
    for (std::size_t i = 0; i < series->values.size(); ++i) {
        const Time time = (*series->times)[i];
        const bool isInside = time > m_begin + half && time <= m_begin + std::chrono::seconds(seconds) + half;
        if (isInside && !std::isnan(series->values.at(i)))
            run.values.push_back(series->values.at(i) * factor);
    }
    return run;
}

Run TestAgainstTools::recordedSum(const QStringList& metrics, const Labels& labels, double factor) const
{
    Run sum;
    for (const QString& metric : metrics) {
        const Run one = recorded(metric.toStdString(), labels, factor);
        sum.values.resize(std::max(sum.values.size(), one.values.size()));
        for (std::size_t i = 0; i < one.values.size(); ++i)
            sum.values[i] += one.values[i];
    }
    return sum;
}

void TestAgainstTools::compare(const Run& ours, const Run& theirs, double shift) const
{
    constexpr std::size_t fewest = seconds - 2; // a tick may be missed on a busy machine
    QVERIFY2(ours.values.size() >= fewest, qPrintable(QString("only %1 recorded values").arg(ours.values.size())));
    QVERIFY2(theirs.values.size() >= fewest, qPrintable(QString("only %1 rows of the tool").arg(theirs.values.size())));
    const double largest = std::max(ours.largest(), theirs.largest());
    const double allowed = theirs.halfDigit + (shift * largest + units * theirs.unit) / seconds;
    const double difference = std::abs(ours.mean() - theirs.mean());
    const QString said = QString("recorded mean %1, tool's mean %2, difference %3, allowed %4")
                             .arg(ours.mean())
                             .arg(theirs.mean())
                             .arg(difference)
                             .arg(allowed);
    QVERIFY2(difference <= allowed, qPrintable(said));
    qInfo("%s", qPrintable(said));
}

// vmstat
// ----------------------------------------------------------------------------------------------------------------

void TestAgainstTools::vmstat_data()
{
    QTest::addColumn<QString>("column");
    QTest::addColumn<QStringList>("metrics");
    QTest::addColumn<double>("factor"); // of what vmstat prints
    QTest::newRow("us") << "us" << QStringList{"cpu.user", "cpu.nice"} << 1.0;
    QTest::newRow("sy") << "sy" << QStringList{"cpu.system", "cpu.irq", "cpu.softirq"} << 1.0;
    QTest::newRow("id") << "id" << QStringList{"cpu.idle"} << 1.0;
    QTest::newRow("wa") << "wa" << QStringList{"cpu.iowait"} << 1.0;
    QTest::newRow("st") << "st" << QStringList{"cpu.steal"} << 1.0;
    QTest::newRow("in") << "in" << QStringList{"system.interrupts"} << 1.0;
    QTest::newRow("cs") << "cs" << QStringList{"system.context_switches"} << 1.0;
    QTest::newRow("bi") << "bi" << QStringList{"paging.in"} << kibibyte;
    QTest::newRow("bo") << "bo" << QStringList{"paging.out"} << kibibyte;
    QTest::newRow("si") << "si" << QStringList{"swap.in"} << kibibyte;
    QTest::newRow("so") << "so" << QStringList{"swap.out"} << kibibyte;
    QTest::newRow("free") << "free" << QStringList{"memory.free"} << kibibyte;
    QTest::newRow("buff") << "buff" << QStringList{"memory.buffers"} << kibibyte;
    QTest::newRow("cache") << "cache" << QStringList{"memory.cache"} << kibibyte;
    QTest::newRow("swpd") << "swpd" << QStringList{"memory.swap_used"} << kibibyte;
}

void TestAgainstTools::vmstat()
{
    QFETCH(QString, column);
    QFETCH(QStringList, metrics);
    QFETCH(double, factor);
    std::vector<Row> rows = rowsUnder("swpd", outputOf("vmstat"));
    QVERIFY(!rows.empty());
    rows.erase(rows.begin()); // since boot
    compare(recordedSum(metrics), printed(rows, {column}, factor, 0.5), column == "bi" ? bursty : steady);
}

// iostat
// ----------------------------------------------------------------------------------------------------------------

namespace {

/// The device that was written to most.
QString busiestDevice(const std::vector<Row>& rows)
{
    std::map<QString, double> writes;
    for (const Row& row : rows)
        writes[row.at("Device")] += row.at("w/s").toDouble();
    const auto busiest = std::max_element(
        writes.begin(), writes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return busiest == writes.end() || busiest->second <= 0 ? QString() : busiest->first;
}

} // namespace

void TestAgainstTools::iostat_data()
{
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("metric");
    QTest::addColumn<double>("factor");
    QTest::newRow("r/s") << "r/s"
                         << "disk.reads" << 1.0;
    QTest::newRow("w/s") << "w/s"
                         << "disk.writes" << 1.0;
    QTest::newRow("rkB/s") << "rkB/s"
                           << "disk.read_bytes" << kibibyte;
    QTest::newRow("wkB/s") << "wkB/s"
                           << "disk.written_bytes" << kibibyte;
    QTest::newRow("wrqm/s") << "wrqm/s"
                            << "disk.writes_merged" << 1.0;
    QTest::newRow("f/s") << "f/s"
                         << "disk.flushes" << 1.0;
    QTest::newRow("aqu-sz") << "aqu-sz"
                            << "disk.queue" << 1.0;
    QTest::newRow("%util") << "%util"
                           << "disk.util" << 1.0;
    QTest::newRow("wareq-sz") << "wareq-sz"
                              << "disk.write_size" << kibibyte;
}

void TestAgainstTools::iostat()
{
    QFETCH(QString, column);
    QFETCH(QString, metric);
    QFETCH(double, factor);
    std::vector<Row> rows = rowsUnder("Device", outputOf("iostat"));
    const QString device = busiestDevice(rows);
    if (device.isEmpty())
        QSKIP("the build folder is on no block device that iostat knows: nothing to compare");
    Run theirs = printed(where(rows, "Device", device), {column}, factor, 0.005);
    // These two add up milliseconds, not whole things.
    theirs.unit = column == "aqu-sz" ? 0.01 : column == "%util" ? 0.1 : theirs.unit;
    // Reads come in bursts, and queue and %util count them too: one may lie in our window and not in iostat's.
    const bool countsReads = column.startsWith('r') || column == "aqu-sz" || column == "%util";
    compare(recorded(metric.toStdString(), {{"device", device.toStdString()}}), theirs, countsReads ? bursty : steady);
}

/// Await is a mean of requests, so the means of seconds are weighted by their requests.
void TestAgainstTools::meanWaitOfADisk()
{
    const std::vector<Row> all = rowsUnder("Device", outputOf("iostat"));
    const QString device = busiestDevice(all);
    if (device.isEmpty())
        QSKIP("the build folder is on no block device that iostat knows: nothing to compare");
    const Labels label{{"device", device.toStdString()}};
    const Run await = recorded("disk.write_await", label), writes = recorded("disk.writes", label);
    QCOMPARE(await.values.size(), writes.values.size()); // the writer never rests for a second
    double waited = 0, written = 0, theirWaited = 0, theirWritten = 0, largest = 0;
    for (std::size_t i = 0; i < await.values.size(); ++i) {
        waited += await.values[i] * writes.values[i];
        written += writes.values[i];
        largest = std::max(largest, await.values[i]);
    }
    constexpr double millisecond = 1e-3;
    for (const Row& row : where(all, "Device", device)) {
        theirWaited += millisecond * row.at("w_await").toDouble() * row.at("w/s").toDouble();
        theirWritten += row.at("w/s").toDouble();
        largest = std::max(largest, millisecond * row.at("w_await").toDouble());
    }
    QVERIFY(written > 0 && theirWritten > 0);
    const double ours = waited / written, theirs = theirWaited / theirWritten;
    const QString said = QString("recorded await %1 s, iostat's %2 s").arg(ours).arg(theirs);
    QVERIFY2(std::abs(ours - theirs) <= 0.005 * millisecond + bursty * largest / seconds, qPrintable(said));
    qInfo("%s", qPrintable(said));
}

// sar
// -------------------------------------------------------------------------------------------------------------------

void TestAgainstTools::sar_data()
{
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("metric");
    QTest::addColumn<double>("factor");
    QTest::newRow("rxpck/s of lo") << "rxpck/s"
                                   << "net.rx.packets" << 1.0;
    QTest::newRow("txpck/s of lo") << "txpck/s"
                                   << "net.tx.packets" << 1.0;
    QTest::newRow("rxkB/s of lo") << "rxkB/s"
                                  << "net.rx.bytes" << kibibyte;
    QTest::newRow("txkB/s of lo") << "txkB/s"
                                  << "net.tx.bytes" << kibibyte;
    QTest::newRow("active/s") << "active/s"
                              << "tcp.active_opens" << 1.0;
    QTest::newRow("passive/s") << "passive/s"
                               << "tcp.passive_opens" << 1.0;
    QTest::newRow("iseg/s") << "iseg/s"
                            << "tcp.segments_in" << 1.0;
    QTest::newRow("oseg/s") << "oseg/s"
                            << "tcp.segments_out" << 1.0;
    QTest::newRow("retrans/s") << "retrans/s"
                               << "tcp.retransmitted_segments" << 1.0;
    QTest::newRow("estres/s") << "estres/s"
                              << "tcp.established_resets" << 1.0;
    QTest::newRow("orsts/s") << "orsts/s"
                             << "tcp.resets_sent" << 1.0;
}

void TestAgainstTools::sar()
{
    QFETCH(QString, column);
    QFETCH(QString, metric);
    QFETCH(double, factor);
    std::vector<Row> rows = rowsUnder(column, outputOf("sar"));
    const bool isOfInterface = metric.startsWith("net.");
    if (isOfInterface)
        rows = where(rows, "IFACE", "lo");
    compare(recorded(metric.toStdString(), isOfInterface ? Labels{{"interface", "lo"}} : Labels{}),
        printed(rows, {column}, factor, 0.005));
}

// mpstat
// ----------------------------------------------------------------------------------------------------------------

void TestAgainstTools::mpstat_data()
{
    QTest::addColumn<QString>("cpu");
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("metric");
    const std::vector<std::pair<QString, QString>> modes{{"%usr", "cpu.user"}, {"%nice", "cpu.nice"},
        {"%sys", "cpu.system"}, {"%iowait", "cpu.iowait"}, {"%irq", "cpu.irq"}, {"%soft", "cpu.softirq"},
        {"%steal", "cpu.steal"}, {"%guest", "cpu.guest"}, {"%idle", "cpu.idle"}};
    for (const QString cpu : {"all", "0"})
        for (const auto& [column, metric] : modes)
            QTest::addRow("%s of CPU %s", qPrintable(column), qPrintable(cpu)) << cpu << column << metric;
}

void TestAgainstTools::mpstat()
{
    QFETCH(QString, cpu);
    QFETCH(QString, column);
    QFETCH(QString, metric);
    const std::vector<Row> rows = where(rowsUnder("%usr", outputOf("mpstat")), "CPU", cpu);
    compare(recorded(metric.toStdString(), cpu == "all" ? Labels{} : Labels{{"cpu", cpu.toStdString()}}),
        printed(rows, {column}, 1, 0.005));
}

// pidstat
// ---------------------------------------------------------------------------------------------------------------

void TestAgainstTools::pidstat()
{
    for (const QString load : {"spin", "nice-spin"}) {
        const QString pid = QString::number(m_loads.at(load));
        const auto process = std::find_if(m_snapshot->entities.begin(), m_snapshot->entities.end(),
            [&](const Entity& entity) { return entity.attribute("pid") == pid.toStdString(); });
        QVERIFY2(process != m_snapshot->entities.end(), qPrintable(load));
        Run ours;
        const std::vector<double> shares = processCpuPercent(*process);
        for (std::size_t i = 0; i < shares.size(); ++i) {
            const Time time = (*process->times)[process->firstTick + i];
            if (time > m_begin + half && time <= m_begin + std::chrono::seconds(seconds) + half
                && !std::isnan(shares[i]))
                ours.values.push_back(shares[i]);
        }
        const std::vector<Row> cpuRows = where(rowsUnder("%CPU", outputOf("pidstat")), "PID", pid);
        compare(ours, printed(cpuRows, {"%CPU"}, 1, 0.005));
    }
    compareMemory();
}

/// pidstat lists the memory of what had a page fault in the second; the one that opens connections has some all the
/// time, for the stack of a thread each, and holds the same memory but for that.
void TestAgainstTools::compareMemory() const
{
    const QString pid = QString::number(m_loads.at("talk"));
    const std::vector<Row> rows = where(rowsUnder("RSS", outputOf("pidstat")), "PID", pid);
    QVERIFY(rows.size() >= 2);
    const auto last = processTickAt(*m_snapshot, m_begin + std::chrono::seconds(seconds) + half);
    QVERIFY(last && *last > seconds);
    for (const ProcessFigures& figures : processesOver(*m_snapshot, *last - seconds, *last)) {
        if (figures.process->attribute("pid") != pid.toStdString())
            continue;
        constexpr double aFewPages = 0.05;
        const double printedBytes = rows.back().at("RSS").toDouble() * kibibyte;
        QVERIFY2(std::abs(figures.residentBytes - printedBytes) <= aFewPages * printedBytes,
            qPrintable(QString("resident %1, pidstat %2").arg(figures.residentBytes).arg(printedBytes)));
        double faults = 0;
        for (const Row& row : rows)
            faults += row.at("minflt/s").toDouble();
        QVERIFY2(std::abs(figures.minorFaultsPerSecond - faults / seconds) <= 0.15 * figures.minorFaultsPerSecond + 1,
            qPrintable(
                QString("faults %1 per second, pidstat %2").arg(figures.minorFaultsPerSecond).arg(faults / seconds)));
        return;
    }
    QFAIL("the load's process is not in the recording");
}

/// Without this, two zeros would agree and nothing be shown.
void TestAgainstTools::theLoadWasSeen()
{
    QVERIFY(recorded("cpu.user").mean() > 5);
    QVERIFY(recorded("cpu.nice").mean() > 1);
    QVERIFY(recorded("tcp.active_opens").mean() > 2);
    const double opens = recorded("tcp.active_opens").mean();
    const double bytes = recorded("net.rx.bytes", {{"interface", "lo"}}).mean();
    QVERIFY2(bytes / opens > 90'000, "each connection of the load carries 100 000 bytes"); // others may carry less
}

int main(int argc, char** argv)
{
    if (argc == 4 && std::string(argv[1]) == "--load")
        return runLoad(argv[2], argv[3]);
    QCoreApplication application(argc, argv);
    TestAgainstTools test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_against_tools.moc"
