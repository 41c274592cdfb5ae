// Trigger expressions of hindcast-record: what is understood and what is refused, the values on the text of made-up
// ticks, durations, logs, commands; and on a real capture the same values as the parsers of the core have.
#include "base/text_scanner.h"
#include "framing/block.h"
#include "model/metrics.h"
#include "parse/load.h"
#include "recorder_runs.h"
#include "trigger_command.h"
#include "trigger_expression.h"
#include "trigger_log.h"
#include "trigger_metrics.h"
#include "trigger_watch.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hindcast;
using namespace hindcast::recorder;
using namespace hindcast::test;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr const char* families[] = {"cpu.", "disk.", "filesystem.", "ip.", "load.", "memory.", "net.", "paging.",
    "pressure.", "reclaim.", "sockets.", "swap.", "system.", "tcp.", "udp."};

bool isReadAtEveryTick(std::string_view source)
{
    static constexpr std::string_view sources[] = {"proc_stat", "proc_loadavg", "proc_meminfo", "proc_vmstat",
        "proc_diskstats", "proc_net_dev", "proc_net_snmp", "proc_net_netstat", "proc_net_sockstat",
        "proc_net_softnet_stat", "proc_pressure", "hindcast_filesystems", "hindcast_socket_counts"};
    return std::find(std::begin(sources), std::end(sources), source) != std::end(sources);
}

struct SampleBlock {
    std::string path, text;
    int errorNumber = 0;
};
/// The text of a tick that was taken so many seconds after boot.
std::string tickAt(double seconds, const std::vector<SampleBlock>& blocks)
{
    std::string text;
    const auto time = static_cast<std::int64_t>(std::llround(seconds * second));
    for (const SampleBlock& block : blocks)
        framing::appendBlock(text, block.path, time, 0, block.errorNumber, block.text);
    framing::appendTickEnd(text, 1);
    return text;
}

/// Watches expressions over ticks of a second.
class Watcher {
public:
    explicit Watcher(const char* expression, CommandRunner* runner = nullptr)
        : m_watch(runner)
    {
        const auto failure = m_watch.add(expression);
        if (failure)
            qFatal("%s", failure->c_str());
    }
    /// The reason when it fires, "-" when not. `seconds`: since the tick before.
    QString next(const std::vector<SampleBlock>& blocks, double seconds = 1)
    {
        m_time += seconds;
        const auto firing =
            m_watch.evaluate(tickAt(m_time, blocks), static_cast<std::int64_t>(std::llround(m_time * second)), second);
        for (const std::string& remark : m_watch.takeRemarks())
            m_remarks.push_back(QString::fromStdString(remark));
        return firing ? QString::fromStdString(firing->reason) : QStringLiteral("-");
    }
    /// Said since the last call.
    QStringList remarks() { return std::exchange(m_remarks, {}); }
    void reset() { m_watch.reset(); }

private:
    TriggerWatch m_watch;
    QStringList m_remarks;
    double m_time = 100;
};

using Tick = std::vector<SampleBlock>;
struct Course {
    std::vector<Tick> ticks;
    QStringList reasons; ///< one a tick, "-" = does not fire
};

Tick load(const char* text)
{
    return {{"/proc/loadavg", std::string(text) + " 0.50 0.10 2/345 6789\n"}};
}
Tick file(const char* path, const std::string& text)
{
    return {{path, text}};
}
Tick denied(const char* path, int errorNumber)
{
    return {{path, {}, errorNumber}};
}

/// Answers what it is told to.
class FakeRunner final : public CommandRunner {
public:
    int start(const std::string& command, std::int64_t timeoutNanoseconds) override
    {
        started.push_back(command);
        timeout = timeoutNanoseconds;
        return canStart ? 7 : -1;
    }
    State poll(int run, int& exitStatus) override
    {
        if (run != 7)
            qFatal("asked for a run that was never started");
        if (state == State::Ended)
            exitStatus = status;
        return state;
    }
    std::vector<std::string> started;
    std::int64_t timeout = 0;
    State state = State::Running;
    int status = 0;
    bool canStart = true;
};

void append(const QString& path, const QByteArray& text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Append) || file.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(path));
}

std::string diskLine(const char* device, int reads, int readMilliseconds)
{
    return "   8       0 " + std::string(device) + ' ' + std::to_string(reads) + " 0 0 "
        + std::to_string(readMilliseconds) + " 0 0 0 0 0 0 0\n";
}

std::string interfaceLines(unsigned long long ofLo, unsigned long long ofEth)
{
    return "Inter-|   Receive  |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes\n"
           "  lo: "
        + std::to_string(ofLo) + " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\neth0:" + std::to_string(ofEth)
        + " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

} // namespace

class TriggersTest : public QObject {
    Q_OBJECT

private slots:
    void understood_data();
    void understood();
    void refused_data();
    void refused();
    void examplesOfThePageAreUnderstood();
    void commandsNeedARunner();
    void everyMetricOfTheReportIsWatched();
    void patterns_data();
    void patterns();
    void fileSystemsThatHang_data();
    void fileSystemsThatHang();
    void firing_data();
    void firing();
    void durationsEndAtGapsAndResets();
    void severalExpressions();
    void kernelLog();
    void logFileGainsLines();
    void logFileIsRotatedAndTruncated();
    void logFileComesLater();
    void logThatIsNoFile();
    void logThatGrowsTooFast();
    void logBehindLinks();
    void logBehindAProcess();
    void logOnAFileSystemThatHangs_data();
    void logOnAFileSystemThatHangs();
    void commands();
    void commandsWithoutAnAnswer();
    void realCommands();
    void saysWhatIsNotMeasured_data();
    void saysWhatIsNotMeasured();
    void anythingEndsInAnErrorOrAnExpression();
    void damagedTicksAreHarmless();
    void sameValuesAsTheReport();
};

void TriggersTest::understood_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("meaning");

    const auto row = [](const char* text, const char* meaning) { QTest::newRow(text) << QByteArray(text) << meaning; };
    row("load1 > 8", "load.1 > 8");
    row("load1>8", "load.1 > 8");
    row("  load.5 >= 0.5  ", "load.5 >= 0.5");
    row("load15 != 0", "load.15 != 0");
    row("load1 > 8 for 10s", "load.1 > 8 for 10 s");
    row("load1 > 8 for 500ms", "load.1 > 8 for 500 ms");
    row("load1 > 8 for 5m", "load.1 > 8 for 5 min");
    row("load1 > 8 for 90", "load.1 > 8 for 90 s");
    row("load1 > 1k", "load.1 > 1000");
    row("cpu.iowait > 50", "cpu.iowait > 50 %");
    row("iowait > 50%", "cpu.iowait > 50 %");
    row("cpu.busy{cpu=3} > 95.5 %", "cpu.busy{cpu=3} > 95.5 %");
    row("cpu.busy{cpu=*} > 95", "cpu.busy{cpu=*} > 95 %");
    row("mem.available < 500M", "memory.available < 476.8 MiB");
    row("memory.available<512Mi", "memory.available < 512 MiB");
    row("memory.available < 512MiB", "memory.available < 512 MiB");
    row("memory.available < 5%", "memory.available < 5 %");
    row("memory.swap_used > 50%", "memory.swap_used > 50 %");
    row("disk.await > 20ms", "disk.await > 20 ms");
    row("disk.await > 20 ms", "disk.await > 20 ms");
    row("disk.await{device=sda} > 0.5s", "disk.await{device=sda} > 500 ms");
    row("disk.await{ device = \"nvme0n1\" } > 900us", "disk.await{device=nvme0n1} > 900 us");
    row("net.rx.bytes{interface=eth*} > 100M", "net.rx.bytes{interface=eth*} > 95.37 MiB");
    row("filesystem.available{mount=/var/log,device=/dev/vda1} < 5%",
        "filesystem.available{mount=/var/log,device=/dev/vda1} < 5 %");
    row("psi.cpu.some.avg10 > 20", "pressure.cpu.some.avg10 > 20 %");
    row("pressure.memory.full.avg10 > 20", "pressure.memory.full.avg10 > 20 %");
    row("vm.pgmigrate_fail > 10", "vm.pgmigrate_fail > 10");
    row("tcp.sockets{state=CLOSE-WAIT} > 500", "tcp.sockets{state=CLOSE-WAIT} > 500");
    row("tcp.sockets{state=*-WAIT*} > 500", "tcp.sockets{state=*-WAIT*} > 500");
    row("processes > 10k", "processes > 10000");
    row("processes{state=D} >= 5", "processes{state=D} >= 5");
    row("load1 > 8 and cpu.iowait > 50", "(load.1 > 8 and cpu.iowait > 50 %)");
    row("load1 > 1 or load5 > 2 and load15 > 3", "(load.1 > 1 or (load.5 > 2 and load.15 > 3))");
    row("(load1 > 1 or load5 > 2) and load15 > 3", "((load.1 > 1 or load.5 > 2) and load.15 > 3)");
    row("load1 > 1 and load5 > 2 for 10s", "(load.1 > 1 and load.5 > 2 for 10 s)");
    row("(load1 > 1 and load5 > 2) for 10s", "(load.1 > 1 and load.5 > 2) for 10 s");
    row("(load1 > 1 for 5s or load5 > 2) for 1m", "(load.1 > 1 for 5 s or load.5 > 2) for 60 s");
    row("log ~ \"Out of memory\"", "log ~ \"Out of memory\"");
    row("log~'I/O error'", "log ~ \"I/O error\"");
    row(R"(log ~ "say \"no\" to \*")", R"(log ~ "say "no" to \*")");
    row("log(\"/var/log/app.log\") ~ \"ERROR*timeout\"", "log(\"/var/log/app.log\") ~ \"ERROR*timeout\"");
    row("command(\"pgrep -x java\") != 0", "command(\"pgrep -x java\") != 0 every 10 s timeout 5 s");
    row("command(\"true\") == 1 timeout 2s every 30s", "command(\"true\") == 1 every 30 s timeout 2 s");
    row("command(\"true\") > 0 every 1m for 5m", "command(\"true\") > 0 every 60 s timeout 5 s for 5 min");
}

void TriggersTest::understood()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, meaning);
    TriggerExpression expression;
    const auto failure = parseTrigger(text.toStdString(), expression);
    QCOMPARE(failure.value_or(""), std::string());
    QCOMPARE(QString::fromStdString(describe(expression)), meaning);
}

void TriggersTest::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("message"); ///< without the beginning, which quotes the text
    QTest::addColumn<int>("column");

    const auto row = [](const char* text, int column, const char* message) {
        QTest::newRow(*text == '\0' ? "(empty)" : text) << QByteArray(text) << message << column;
    };
    const char* const comparison = "expected a comparison (> >= < <= == !=) at column %1";
    const char* const rest = "expected \"and\", \"or\", \"for\" or the end at column %1";
    row("", 1, "expected a condition at column %1");
    row("   ", 4, "expected a condition at column %1");
    row("load1 >> 8", 8, "expected a number at column %1");
    row("load1 > > 8", 9, "expected a number at column %1");
    row("load1 > -8", 9, "expected a number at column %1");
    row("load1 > .", 9, "expected a number at column %1");
    row("load1 > 1.2.3", 12, "expected k, M, G or nothing behind the number at column %1");
    row("load1", 6, comparison);
    row("load1 = 8", 7, comparison);
    row("load1 ! 8", 7, comparison);
    row("loda1 > 8", 1, "expected a metric, and there is no \"loda1\" at column %1; did you mean load.1?");
    row("disk.awiat > 8ms", 1,
        "expected a metric, and there is no \"disk.awiat\" at column %1; did you mean disk.await?");
    row("nonsense.of.some.kind > 8", 1, "expected a metric, and there is no \"nonsense.of.some.kind\" at column %1");
    row("process.threads > 8", 1, "expected a metric of the machine, which \"process.threads\" is not, at column %1");
    row("pressure.irq.some > 8", 1,
        "expected a metric, and there is no \"pressure.irq.some\" at column %1; did you mean pressure.io.some, "
        "pressure.cpu.some or pressure.irq.full?");
    row("load1 > 8 and", 14, "expected a condition at column %1");
    row("load1 > 8 or or load5 > 2", 14, "expected a condition at column %1");
    row("load1 > 8 load5 > 2", 11, "expected k, M, G or nothing behind the number at column %1");
    row("load1 > 8 ) ", 11, rest);
    row("load1 > 8 && load5 > 2", 11, rest);
    row("(load1 > 8", 11, "expected \"and\", \"or\", \"for\" or \")\" at column %1");
    row("()", 2, "expected a condition at column %1");
    row("load1 > 8 for", 14, "expected a duration (10s, 500ms, 5m) at column %1");
    row("load1 > 8 for 10 minutes", 18, "expected ms, s, m, h or d at column %1");
    row("load1 > 8 for 0s", 15, "expected a duration between 1ms and ten years at column %1");
    row("load1 > 8 for 10s for 10s", 19, rest);
    row("load1 > 8%", 10, "expected k, M, G or nothing behind the number at column %1");
    row("cpu.user > 8ms", 13, "expected % or nothing behind the number at column %1");
    row("disk.await > 20", 16, "expected s, ms or us behind the number at column %1");
    row("disk.await > 20 for 10s", 16, "expected s, ms or us behind the number at column %1");
    row("memory.available < 5s", 21,
        "expected k, M, G, T, Ki, Mi, Gi, Ti or nothing behind the number (or %) at column %1");
    row("disk.await{disk=sda} > 1ms", 12, "expected the label device at column %1");
    row("filesystem.free{path=/} < 1G", 17, "expected the label mount or device at column %1");
    row("disk.await{device} > 1ms", 18, "expected \"=\" at column %1");
    row("disk.await{device=} > 1ms", 19, "expected a value at column %1");
    row("disk.await{device=sda > 1ms", 23, "expected \",\" or \"}\" at column %1");
    row("load1{cpu=1} > 8", 6, "expected a comparison, as load.1 has no labels, at column %1");
    row("tcp.sockets{state=CLOSE_WAIT} > 8", 19,
        "expected one of ESTABLISHED, SYN-SENT, SYN-RECEIVED, FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, CLOSED, CLOSE-WAIT, "
        "LAST-ACK, LISTEN, CLOSING at column %1; did you mean CLOSE-WAIT?");
    row("log", 4, "expected \"~\" or a log's path in parentheses at column %1");
    row("log ~ error", 7, "expected a pattern in quotes at column %1");
    row("log ~ \"\"", 7, "expected something between the quotes at column %1");
    row("log ~ \"error", 7, "expected a quote that closes the one at column %1");
    row("log ~ \"x\" for 10s", 11, "a line in a log is there once and does not last: expected no \"for\" at column %1");
    row("(load1 > 1 or log ~ \"x\") for 10s", 26,
        "a line in a log is there once and does not last: expected no \"for\" at column %1");
    row("log(/var/log/app.log) ~ \"x\"", 5, "expected the path of a log in quotes at column %1");
    row("log(\"app.log\") ~ \"x\"", 5, "expected a path that begins with \"/\" at column %1");
    row("log(\"/x\") == \"x\"", 11, "expected \"~\" at column %1");
    row("command \"x\" == 0", 9, "expected \"(\" at column %1");
    row("command(x) == 0", 9, "expected a command in quotes at column %1");
    row("command(\"x\") == 256", 17, "expected an exit status, 0 to 255, at column %1");
    row("command(\"x\") == 1.5", 17, "expected an exit status, 0 to 255, at column %1");
    row("command(\"x\") ~ \"x\"", 14, comparison);
    row("command(\"x\") == 1 every 5s every 6s", 28, rest);
    // Columns are characters, not bytes: the message is read, not parsed.
    row("log(\"/log/\xC3\xA4\xC3\xB6.log\") ~ \"\xC3\xBC\" x", 26, rest);
}

void TriggersTest::refused()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, message);
    QFETCH(const int, column);
    TriggerExpression expression;
    const auto failure = parseTrigger(text.toStdString(), expression);
    QVERIFY(failure);
    const QStringList lines = QString::fromStdString(*failure).split('\n');
    const QString wanted = message.contains(QLatin1String("%1")) ? message.arg(column) : message;
    QCOMPARE(lines.value(0), QStringLiteral("trigger \"%1\": %2").arg(QString::fromUtf8(text), wanted));
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines.value(1), QString(int(sizeof "trigger \"") - 1 + column - 1, ' ') + '^');
}

/// What capture/TRIGGERS.md offers to be copied: the second column of its first table.
void TriggersTest::examplesOfThePageAreUnderstood()
{
    const QByteArray page = contents(QStringLiteral(HINDCAST_TEST_DATA "/../../capture/TRIGGERS.md"));
    int examples = 0;
    for (const QByteArray& line : page.left(page.indexOf("## Grammar")).split('\n')) {
        if (!line.startsWith("| "))
            continue;
        const QList<QByteArray> spans = line.mid(line.indexOf('|', 1)).split('`'); // every second one is code
        for (qsizetype i = 1; i < spans.size(); i += 2, ++examples) {
            TriggerExpression expression;
            QCOMPARE(parseTrigger(spans.at(i).toStdString(), expression).value_or(""), std::string());
        }
    }
    QVERIFY(examples > 10);
}

void TriggersTest::commandsNeedARunner()
{
    TriggerWatch watch;
    QVERIFY(watch.add("command(\"true\") == 0"));
    QVERIFY(watch.isEmpty());
    QVERIFY(!watch.add("load1 > 1"));
    QVERIFY(!watch.isEmpty());
    QVERIFY(!watch.needsSockets());
    QVERIFY(!watch.add("tcp.sockets{state=LISTEN} > 1"));
    QVERIFY(watch.needsSockets());

    FakeRunner runner;
    TriggerWatch all(&runner);
    QVERIFY(!all.add("log(\"/x/a\") ~ \"a\" or log(\"/x/b\") ~ \"b\" or log ~ \"c\" or command(\"probe\") == 0"));
    QCOMPARE(all.logPaths(), (std::vector<std::string>{"/x/a", "/x/b"}));
    QCOMPARE(all.commands(), std::vector<std::string>{"probe"});
}

/// Whoever adds a metric of the machine, of a source that is read at every tick, adds it to trigger_metric_rows.inc
/// too.
void TriggersTest::everyMetricOfTheReportIsWatched()
{
    int watched = 0;
    for (const MetricInfo& info : knownMetrics()) {
        const auto isOf = [&](const char* family) { return info.metric.starts_with(family); };
        std::string_view first = info.sources; // the one that is nearest to the kernel
        if (std::none_of(std::begin(families), std::end(families), isOf) || !isReadAtEveryTick(nextField(first)))
            continue;
        if (info.metric.starts_with("sockets.") && info.metric.ends_with("6.in_use"))
            continue; // of a file of its own, /proc/net/sockstat6
        const auto metric = findTriggerMetric(info.metric);
        QVERIFY2(metric, std::string(info.metric).c_str());
        QCOMPARE(metric->name, std::string(info.metric));
        ++watched;
    }
    QVERIFY(watched > 100);
}

void TriggersTest::patterns_data()
{
    QTest::addColumn<QByteArray>("pattern");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("whole");
    QTest::addColumn<bool>("anywhere");

    const auto row = [](const char* pattern, const char* text, bool whole, bool anywhere) {
        QTest::addRow("%s in %s", pattern, text) << QByteArray(pattern) << QByteArray(text) << whole << anywhere;
    };
    row("abc", "abc", true, true);
    row("abc", "xabcx", false, true);
    row("abc", "ab", false, false);
    row("abc", "ABC", false, false);
    row("", "", true, true);
    row("", "x", false, true);
    row("*", "", true, true);
    row("*", "anything", true, true);
    row("a*c", "abbbc", true, true);
    row("a*c", "abbb", false, false);
    row("a*b*c", "xaxbxcx", false, true);
    row("a*b*c", "xaxcxbx", false, false);
    row("*ab", "aaab", true, true);
    row("aab", "aaab", false, true);
    row("a?c", "abc", true, true);
    row("a?c", "ac", false, false);
    row("[abc]x", "bx", true, true);
    row("[abc]x", "dx", false, false);
    row("[a-c]x", "bx", true, true);
    row("[!a-c]x", "bx", false, false);
    row("[!a-c]x", "dx", true, true);
    row("[^a-c]x", "dx", true, true);
    row("[]]x", "]x", true, true);
    row("[a-]x", "-x", true, true);
    row("[abc", "[abc", true, true);
    row("[abc", "a", false, false);
    row("\\*", "*", true, true);
    row("\\*", "x", false, false);
    row("\\[a]", "[a]", true, true);
    row("x\\", "x\\", true, true);
    row("eth*", "eth0", true, true);
    row("*Out of memory*Killed*", "[12.3] Out of memory: Killed process 4711", true, true);
    row("aaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false, true);
}

void TriggersTest::patterns()
{
    QFETCH(const QByteArray, pattern);
    QFETCH(const QByteArray, text);
    QTEST(matchesWhole(pattern.toStdString(), text.toStdString()), "whole");
    QTEST(matchesAnywhere(pattern.toStdString(), text.toStdString()), "anywhere");
}

void TriggersTest::fileSystemsThatHang_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("type");
    const auto row = [](const char* path, const char* type) {
        QTest::newRow(path) << QByteArray(path) << QByteArray(type);
    };
    row("/var/log/app.log", "");
    row("/srv/app.log", "nfs4");
    row("/srv", "nfs4");
    row("/srvx/app.log", "");
    row("/srv/local/app.log", "");
    row("/srv/local/deep/app.log", "fuse.sshfs");
    row("/with blank/app.log", "cifs");
    row("/over/app.log", "fuse");
    row("/proc/x", "");
    row("/data/deep/app.log", "");
    row("/data/app.log", "nfs");
}

void TriggersTest::fileSystemsThatHang()
{
    const char* const table = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
                              "23 22 0:5 / /proc rw - proc proc rw\n"
                              "30 22 0:40 / /srv rw shared:5 - nfs4 filer:/srv rw,vers=4.2\n"
                              "31 30 254:2 / /srv/local rw shared:6 master:1 - xfs /dev/vdb rw\n"
                              "32 31 0:50 / /srv/local/deep rw - fuse.sshfs host: rw\n"
                              "33 22 0:51 / /with\\040blank rw - cifs //host/share rw\n"
                              "34 22 254:3 / /over rw - ext4 /dev/vdc rw\n"
                              "35 34 0:52 / /over rw - fuse x rw\n"
                              "36 22 254:4 / /data/deep rw - ext4 /dev/vdd rw\n"
                              "37 22 0:53 / /data rw - nfs filer:/data rw\n"
                              "torn line\n38";
    QFETCH(const QByteArray, path);
    QFETCH(const QByteArray, type);
    const std::string_view found = hangingType(table, path.toStdString());
    QCOMPARE(QByteArray(found.data(), static_cast<qsizetype>(found.size())), type);
}

Q_DECLARE_METATYPE(Course)

void TriggersTest::firing_data()
{
    QTest::addColumn<QByteArray>("expression");
    QTest::addColumn<Course>("course");

    const auto row = [](const char* name, const char* expression, std::vector<Tick> ticks, const QStringList& reasons) {
        QTest::newRow(name) << QByteArray(expression) << Course{std::move(ticks), reasons};
    };
    const Tick nothing;

    row("load", "load1 > 8", {load("7.99"), load("8.00"), load("9.20"), load("1.00")}, {"-", "-", "load.1 = 9.2", "-"});
    row("a source that is missing is not zero", "load1 < 8", {load("9"), nothing, denied("/proc/loadavg", EIO)},
        {"-", "-", "-"});
    row("threads", "system.threads == 345", {load("0")}, {"system.threads = 345"});
    row("and", "load1 > 1 and system.threads > 300", {load("2"), load("0.5")},
        {"load.1 = 2 and system.threads = 345", "-"});
    row("or tells what held", "load1 > 1 or system.threads > 1000", {load("2"), load("0.5")}, {"load.1 = 2", "-"});
    row("for", "load1 > 8 for 3s", {load("9"), load("9"), load("9"), load("9.5"), load("9.6")},
        {"-", "-", "-", "load.1 = 9.5 for 3 s", "load.1 = 9.6 for 4 s"});
    row("for begins anew when it does not hold", "load1 > 8 for 2s",
        {load("9"), load("9"), load("1"), load("9"), load("9"), load("9")},
        {"-", "-", "-", "-", "-", "load.1 = 9 for 2 s"});
    row("for begins anew when it is not measured", "load1 > 8 for 2s",
        {load("9"), load("9"), nothing, load("9"), load("9"), load("9")},
        {"-", "-", "-", "-", "-", "load.1 = 9 for 2 s"});
    row("for of a parenthesis", "(load1 > 8 and load5 < 1) for 1s", {load("9"), load("9")},
        {"-", "(load.1 = 9 and load.5 = 0.5) for 1 s"});

    const auto stat = [](int user, int iowait, int idle, int contextSwitches) {
        const std::string line =
            std::to_string(user) + " 0 0 " + std::to_string(idle) + ' ' + std::to_string(iowait) + " 0 0 0 0 0\n";
        return file("/proc/stat",
            "cpu  " + line + "cpu0 " + line + "cpu1 0 0 0 0 0 0 0 0 0 0\nintr 5 1 2 3\nctxt "
                + std::to_string(contextSwitches)
                + "\nprocs_running 3\nprocs_blocked 2\nsoftirq 10 1 2 3 4 0 0 0 0 0 0\n");
    };
    row("cpu shares", "cpu.iowait > 50", {stat(0, 0, 0, 0), stat(10, 80, 10, 0), stat(20, 170, 30, 0)},
        {"-", "cpu.iowait = 80 %", "cpu.iowait = 75 %"});
    row("cpu without a label is all of them", "cpu.busy >= 10", {stat(0, 0, 0, 0), stat(10, 80, 10, 0)},
        {"-", "cpu.busy = 10 %"});
    row("one cpu", "cpu.busy{cpu=0} >= 10", {stat(0, 0, 0, 0), stat(10, 80, 10, 0)}, {"-", "cpu.busy{cpu=0} = 10 %"});
    row("one busy cpu is not all of them", "cpu.busy > 60",
        {file("/proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n"),
            file("/proc/stat", "cpu  100 0 0 100 0 0 0 0 0 0\ncpu0 100 0 0 0 0 0 0 0 0 0\n")},
        {"-", "-"});
    row("a cpu that did nothing at all is not measured", "cpu.busy{cpu=1} >= 0",
        {stat(0, 0, 0, 0), stat(10, 80, 10, 0)}, {"-", "-"});
    row("iowait that went down is not measured", "cpu.iowait < 50", {stat(0, 90, 0, 0), stat(10, 80, 10, 0)},
        {"-", "-"});
    row("blocked", "cpu.blocked == 2", {stat(0, 0, 0, 0)}, {"cpu.blocked = 2"});
    row("context switches", "system.context_switches > 100", {stat(0, 0, 0, 0), stat(0, 0, 0, 500)},
        {"-", "system.context_switches = 500"});
    row("a counter that began anew has no rate", "system.context_switches >= 0",
        {stat(0, 0, 0, 500), stat(0, 0, 0, 3), stat(0, 0, 0, 13)}, {"-", "-", "system.context_switches = 10"});
    row("nor a negative one", "system.context_switches != 7", {stat(0, 0, 0, 500), stat(0, 0, 0, 3)}, {"-", "-"});

    const auto memory = [](int available) {
        return file("/proc/meminfo",
            "MemTotal:       1000000 kB\nMemFree:         200 kB\nMemAvailable:   " + std::to_string(available)
                + " kB\nSwapTotal:       0 kB\nSwapFree:       0 kB\nHugePages_Free:       7\n");
    };
    row("memory", "memory.available < 100Mi", {memory(500000), memory(51200)}, {"-", "memory.available = 50 MiB"});
    row("memory as a share", "memory.available < 5%", {memory(50000), memory(49000)},
        {"-", "memory.available = 4.9 %"});
    row("memory used", "memory.used_share > 95", {memory(50000), memory(40000)}, {"-", "memory.used_share = 96 %"});
    row("a share of nothing is not measured", "memory.swap_free != 5%", {memory(1)}, {"-"});
    row("a difference from a line that is not there", "memory.used > 1k",
        {file("/proc/meminfo", "MemTotal: 1000 kB\n")}, {"-"});
    row("huge pages are counted", "memory.huge_pages_free == 7", {memory(1)}, {"memory.huge_pages_free = 7"});
    row("a line that this kernel does not have", "memory.shared < 1G", {memory(1)}, {"-"});

    row("any disk", "disk.await > 20ms",
        {file("/proc/diskstats", diskLine("sda", 100, 1000) + diskLine("sdb", 100, 1000)),
            file("/proc/diskstats", diskLine("sda", 110, 1100) + diskLine("sdb", 110, 1310)),
            file("/proc/diskstats", diskLine("sda", 120, 1500) + diskLine("sdb", 120, 1620))},
        {"-", "disk.await{device=sdb} = 31 ms", "disk.await{device=sda} = 40 ms"});
    row("one disk", "disk.await{device=sda} > 20ms",
        {file("/proc/diskstats", diskLine("sda", 100, 1000) + diskLine("sdb", 100, 1000)),
            file("/proc/diskstats", diskLine("sda", 110, 1100) + diskLine("sdb", 110, 1310)),
            file("/proc/diskstats", diskLine("sda", 120, 1500) + diskLine("sdb", 120, 1620))},
        {"-", "-", "disk.await{device=sda} = 40 ms"});
    row("await without a request is not measured", "disk.await < 1s",
        {file("/proc/diskstats", diskLine("sda", 100, 1000)), file("/proc/diskstats", diskLine("sda", 100, 1000)),
            file("/proc/diskstats", diskLine("sda", 101, 1001))},
        {"-", "-", "disk.await{device=sda} = 1 ms"});
    row("nor is it other than a bound", "disk.await != 5ms",
        {file("/proc/diskstats", diskLine("sda", 100, 1000)), file("/proc/diskstats", diskLine("sda", 100, 1000))},
        {"-", "-"});
    row("a disk that was away has no rate at first", "disk.reads > 0",
        {file("/proc/diskstats", diskLine("sda", 100, 1)), file("/proc/diskstats", diskLine("sdb", 0, 1)),
            file("/proc/diskstats", diskLine("sda", 200, 1)), file("/proc/diskstats", diskLine("sda", 201, 1))},
        {"-", "-", "-", "disk.reads{device=sda} = 1"});
    row("a disk that comes later has no rate at first", "disk.reads > 0",
        {file("/proc/diskstats", diskLine("sda", 100, 1)),
            file("/proc/diskstats", diskLine("sda", 100, 1) + diskLine("sdb", 100, 1)),
            file("/proc/diskstats", diskLine("sda", 100, 1) + diskLine("sdb", 102, 1)), nothing,
            file("/proc/diskstats", diskLine("sda", 100, 1) + diskLine("sdb", 106, 1))},
        {"-", "-", "disk.reads{device=sdb} = 2", "-", "disk.reads{device=sdb} = 2"});
    row("flushes of a kernel that does not count them", "disk.flushes >= 0",
        {file("/proc/diskstats", diskLine("sda", 1, 1)), file("/proc/diskstats", diskLine("sda", 2, 2))}, {"-", "-"});

    row("interfaces", "net.rx.bytes{interface=eth*} > 1M",
        {file("/proc/net/dev", interfaceLines(0, 0)), file("/proc/net/dev", interfaceLines(9000000, 1000000)),
            file("/proc/net/dev", interfaceLines(9000000, 3000000))},
        {"-", "-", "net.rx.bytes{interface=eth0} = 1.907 MiB"});
    row("a counter of 2^53 and beyond", "net.rx.bytes{interface=lo} > 0",
        {file("/proc/net/dev", interfaceLines(1ULL << 60, 0)),
            file("/proc/net/dev", interfaceLines((1ULL << 60) + 4096, 0))},
        {"-", "net.rx.bytes{interface=lo} = 4 KiB"});

    const auto netstat = [](int drops, int sent, int again) {
        return Tick{{"/proc/net/snmp",
                        "Ip: Forwarding InReceives\nIp: 1 5\nTcp: InSegs OutSegs RetransSegs\nTcp: 0 "
                            + std::to_string(sent) + ' ' + std::to_string(again) + '\n'},
            {"/proc/net/netstat",
                "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 0 " + std::to_string(drops)
                    + "\nIpExt: InOctets\nIpExt: 1\n"}};
    };
    row("listen drops", "tcp.listen_drops > 0", {netstat(5, 0, 0), netstat(5, 0, 0), netstat(8, 0, 0)},
        {"-", "-", "tcp.listen_drops = 3"});
    row("retransmission ratio", "tcp.retransmission_ratio > 1",
        {netstat(0, 0, 0), netstat(0, 0, 0), netstat(0, 200, 5)}, {"-", "-", "tcp.retransmission_ratio = 2.5 %"});

    const auto pressure = [](const char* average, int total) {
        return Tick{{"/proc/pressure/memory",
                        std::string("some avg10=9.99 avg60=0.00 avg300=0.00 total=5\nfull avg10=") + average
                            + " avg60=0.00 avg300=0.00 total=" + std::to_string(total) + "\n"},
            {"/proc/pressure/cpu",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"}};
    };
    row("pressure", "pressure.memory.full.avg10 > 20", {pressure("20.00", 0), pressure("20.05", 0)},
        {"-", "pressure.memory.full.avg10 = 20.05 %"});
    row("pressure from the totals", "pressure.memory.full > 20", {pressure("0", 0), pressure("0", 250000)},
        {"-", "pressure.memory.full = 25 %"});
    row("full pressure of the cpu is undefined", "psi.cpu.full.avg10 < 20", {pressure("0", 0)}, {"-"});

    const auto vmstat = [](int direct, int kswapd, int stalls) {
        return file("/proc/vmstat",
            "nr_dirty 18446744073709551611\npgscan_kswapd " + std::to_string(kswapd) + "\npgscan_direct "
                + std::to_string(direct) + "\npgscan_direct_throttle " + std::to_string(direct * 9) + "\npgscan_anon "
                + std::to_string(direct * 8) + "\nallocstall_normal " + std::to_string(stalls) + "\nallocstall_movable "
                + std::to_string(stalls) + "\noom_kill " + std::to_string(stalls) + "\n");
    };
    row("reclaim of all together", "reclaim.scanned > 100", {vmstat(0, 0, 0), vmstat(50, 40, 0), vmstat(120, 80, 0)},
        {"-", "-", "reclaim.scanned = 110"});
    row("direct reclaim", "reclaim.scanned{by=direct} > 60", {vmstat(0, 0, 0), vmstat(50, 90, 0), vmstat(120, 180, 0)},
        {"-", "-", "reclaim.scanned{by=direct} = 70"});
    row("zones are added up", "reclaim.stalls == 6", {vmstat(0, 0, 0), vmstat(0, 0, 3)}, {"-", "reclaim.stalls = 6"});
    row("oom kills", "memory.oom_kills > 0", {vmstat(0, 0, 4), vmstat(0, 0, 4), vmstat(0, 0, 5)},
        {"-", "-", "memory.oom_kills = 1"});
    row("a sum a little below zero", "vm.nr_dirty > 1000", {vmstat(0, 0, 0)}, {"-"});

    row("softnet counts in hexadecimal", "net.softnet.dropped > 15",
        {file("/proc/net/softnet_stat", "00000000 0000000f 00000000\n00000000 00000001 00000000\n"),
            file("/proc/net/softnet_stat", "00000000 0000001f 00000000\n00000000 00000001 00000000\n")},
        {"-", "net.softnet.dropped = 16"});
    row("sockstat", "sockets.tcp.time_wait > 3000",
        {file("/proc/net/sockstat",
            "sockets: used 9\nTCP: inuse 5 orphan 0 tw 4000 alloc 9 mem 3\nUDP: inuse 1 mem 0\n")},
        {"sockets.tcp.time_wait = 4000"});

    const char* const names = "# proto state local remote rqueue\n";
    const Tick twoWaiting = file("hindcast/sockets",
        std::string(names)
            + "tcp LISTEN 0.0.0.0:1 0.0.0.0:0 0\ntcp CLOSE-WAIT 10.0.0.1:1 10.0.0.2:2 0\n"
              "udp ESTABLISHED 10.0.0.1:1 10.0.0.2:2 0\ntcp CLOSE-WAIT 10.0.0.1:1 10.0.0.2:3 0\n");
    const Tick noneWaiting = file("hindcast/sockets", std::string(names) + "tcp LISTEN 0.0.0.0:1 0.0.0.0:0 0\n");
    row("sockets until the next listing", "tcp.sockets{state=CLOSE-WAIT} > 1",
        {nothing, twoWaiting, nothing, noneWaiting, nothing},
        {"-", "tcp.sockets{state=CLOSE-WAIT} = 2", "tcp.sockets{state=CLOSE-WAIT} = 2", "-", "-"});
    row("a state without sockets has none", "tcp.sockets{state=CLOSE-WAIT} == 0", {nothing, twoWaiting, noneWaiting},
        {"-", "-", "tcp.sockets{state=CLOSE-WAIT} = 0"});
    row("sockets of all states", "tcp.sockets > 2", {twoWaiting}, {"tcp.sockets = 3"});
    row("sockets of any state", "tcp.sockets{state=*} > 1", {twoWaiting}, {"tcp.sockets{state=CLOSE-WAIT} = 2"});
    row("sockets that cannot be listed any more", "tcp.sockets{state=CLOSE-WAIT} < 5",
        {twoWaiting, denied("hindcast/sockets", EIO), nothing}, {"tcp.sockets{state=CLOSE-WAIT} = 2", "-", "-"});
    row("the kernel's own tables", "tcp.sockets{state=LISTEN} > 1",
        {{{"/proc/net/tcp",
              "  sl  local_address rem_address   st tx_queue\n   0: 0100007F:0277 00000000:0000 0A 00000000\n"},
            {"/proc/net/tcp6",
                "  sl  local_address rem_address   st\n   0: 0:0277 0:0000 0A 0\n   1: 0:1 0:2 01 0\n"}}},
        {"tcp.sockets{state=LISTEN} = 2"});
    row("counts are of all where a listing is cut", "tcp.sockets{state=CLOSE-WAIT} > 1",
        {{{"hindcast/sockets", std::string(names) + "tcp CLOSE-WAIT 10.0.0.1:1 10.0.0.2:2 0\n# left_out 5\n"},
            {"hindcast/socket_counts",
                "# proto state count\ntcp CLOSE-WAIT 30\nudp CLOSED 2\n# proto peer state count\n"
                "tcp 10.0.0.2 CLOSE-WAIT 9\n"}}},
        {"tcp.sockets{state=CLOSE-WAIT} = 30"});
    const Tick counts = file(
        "hindcast/socket_counts", "# proto state count\nudp CLOSED 2\nunix_stream LISTEN 21\nunix_dgram CLOSED 40\n");
    row("sockets of UDP", "udp.sockets >= 2", {noneWaiting, counts}, {"-", "udp.sockets = 2"});
    row("no sockets of TCP among the counts", "tcp.sockets == 0", {counts}, {"tcp.sockets = 0"});
    row("Unix sockets are counted only", "unix.sockets >= 0", {twoWaiting, counts, nothing, twoWaiting},
        {"-", "unix.sockets = 61", "unix.sockets = 61", "-"});
    row("Unix sockets of a type", "unix.sockets{type=stream,state=*} > 1", {counts},
        {"unix.sockets{state=LISTEN} = 21"});

    const auto process = [](int pid, const char* rest) {
        return SampleBlock{"/proc/" + std::to_string(pid) + "/stat", std::to_string(pid) + " (a) b) " + rest};
    };
    row("processes", "processes > 2",
        {{process(1, "S 0"), process(9, "R 1")}, {process(3, "S 1")}, nothing, {{"/proc/9/stat", "", ESRCH}}},
        {"-", "processes = 3", "processes = 3", "-"});
    row("blocked processes", "processes{state=D} >= 2",
        {{process(1, "S 0"), process(2, "D 0"), process(3, "R 0")}, {process(3, "D 0")}, {process(2, "S 0")}},
        {"-", "processes{state=D} = 2", "-"});

    const auto filesystem = [](const char* root) {
        return file("hindcast/filesystems",
            std::string("# device mount type size_bytes free_bytes available_bytes inodes inodes_free\n"
                        "/dev/vda1 / ext4 1000 900 ")
                + root + " 100 50\n/dev/vdb /my%20data vfat 1000 5 5 - -\n/dev/vdc /old btrfs 1000 900 900 0 0\n");
    };
    row("any file system", "filesystem.available < 5%", {filesystem("900"), nothing, filesystem("3"), nothing},
        {"filesystem.available{mount=/my data} = 0.5 %", "filesystem.available{mount=/my data} = 0.5 %",
            "filesystem.available{mount=/} = 0.3 %", "filesystem.available{mount=/} = 0.3 %"});
    row("one file system", "filesystem.available{mount=/} < 5%", {filesystem("900"), filesystem("3")},
        {"-", "filesystem.available{mount=/} = 0.3 %"});
    row("inodes, where there are any", "filesystem.inodes_free <= 50%", {filesystem("900")},
        {"filesystem.inodes_free{mount=/} = 50 %"});
    row("no inodes are no shortage", "filesystem.inodes_free < 10", {filesystem("900")}, {"-"});

    row("the recorder itself", "recorder.late > 100ms",
        {file("hindcast/tick", "tick 1\nlate_ns 5000\nmissed 0\n"),
            file("hindcast/tick", "tick 1\nlate_ns 250000000\n")},
        {"-", "recorder.late = 250 ms"});
}

void TriggersTest::firing()
{
    QFETCH(const QByteArray, expression);
    QFETCH(const Course, course);
    Watcher watcher(expression.constData());
    QStringList reasons;
    for (const Tick& tick : course.ticks)
        reasons += watcher.next(tick);
    QCOMPARE(reasons, course.reasons);
}

void TriggersTest::durationsEndAtGapsAndResets()
{
    Watcher watcher("load1 > 8 for 4s");
    const QString fires = QStringLiteral("load.1 = 9 for ");
    QCOMPARE(watcher.next(load("9")), "-");
    QCOMPARE(watcher.next(load("9"), 3), "-"); // two ticks are missing: it goes on
    QCOMPARE(watcher.next(load("9")), fires + "4 s");
    QCOMPARE(watcher.next(load("9"), 3.5), "-"); // nobody knows what was in between: it begins anew
    QCOMPARE(watcher.next(load("9"), 2), "-");
    QCOMPARE(watcher.next(load("9"), 1.99), fires + "4 s"); // a tick may be a little early
    watcher.reset();
    QCOMPARE(watcher.next(load("9")), "-");
    QCOMPARE(watcher.next(load("9"), 2), "-");
    QCOMPARE(watcher.next(load("9"), 1.5), "-");
    QCOMPARE(watcher.next(load("9"), 0.5), fires + "4 s");

    Watcher rates("disk.reads > 8"); // over a gap a rate is the mean
    QCOMPARE(rates.next(file("/proc/diskstats", diskLine("sda", 0, 0))), "-");
    QCOMPARE(rates.next(file("/proc/diskstats", diskLine("sda", 100, 0)), 10), "disk.reads{device=sda} = 10");
}

void TriggersTest::severalExpressions()
{
    TriggerWatch watch;
    QVERIFY(!watch.add("load1 > 8 for 1s"));
    QVERIFY(!watch.add("load1 > 7"));
    QVERIFY(watch.add("load1 >"));
    const auto expressionAt = [&](int time) {
        const auto firing = watch.evaluate(tickAt(time, load("9")), time * second, second);
        return firing ? firing->expression : std::string();
    };
    QCOMPARE(expressionAt(1), "load1 > 7");
    QCOMPARE(expressionAt(2), "load1 > 8 for 1s");
}

void TriggersTest::kernelLog()
{
    const char* const record = "4,812,5000,-;Out of memory: Killed process 4711 (java)\n SUBSYSTEM=Out of memory\n";
    Watcher watcher("log ~ \"Killed process * (java)\"");
    QCOMPARE(watcher.next(file("/dev/kmsg", record)), "-"); // was there before us
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.next(file("/dev/kmsg", "6,813,6000,-;usb 1-1: new device\n SUBSYSTEM=;Killed process 1 (java)\n")),
        "-");
    QCOMPARE(watcher.next(file("/dev/kmsg", std::string("6,814,6001,-;hello\n") + record)),
        "log: Out of memory: Killed process 4711 (java)");
    QCOMPARE(watcher.next({}), "-");

    Watcher both("log ~ \"Killed\" and load1 > 8");
    QCOMPARE(both.next({}), "-");
    Tick tick = load("9");
    tick.push_back({"/dev/kmsg", record});
    QCOMPARE(both.next(tick), "log: Out of memory: Killed process 4711 (java) and load.1 = 9");
    QCOMPARE(both.next(load("9")), "-");
}

void TriggersTest::logFileGainsLines()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("app.log");
    append(path, "ERROR before us\nhalf");
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    const QString fires = "log(\"" + path + "\") ~ \"ERROR\"";
    QCOMPARE(watcher.next({}), "-");
    append(path, " a line ERR");
    QCOMPARE(watcher.next({}), "-");
    append(path, "OR\nand more\n");
    QCOMPARE(watcher.next({}), fires); // the line as a whole
    QCOMPARE(watcher.next({}), "-");
    append(path, "fine\nERROR x\nfine\n");
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(watcher.remarks(), QStringList());
}

void TriggersTest::logFileIsRotatedAndTruncated()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("app.log");
    append(path, "beginning\n");
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    const QString fires = "log(\"" + path + "\") ~ \"ERROR\"";
    QCOMPARE(watcher.next({}), "-");

    append(path, "ERROR last of the old\n");
    QVERIFY(QFile::rename(path, path + ".1"));
    append(path, "first of the new\n");
    QCOMPARE(watcher.next({}), fires);
    append(path + ".1", "ERROR too late\n");
    QCOMPARE(watcher.next({}), "-");

    QVERIFY(QFile::rename(path, path + ".2"));
    append(path + ".2", "ERROR written before the new one is there\n");
    QCOMPARE(watcher.next({}), fires);
    append(path, "ERROR in the new\n");
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(watcher.next({}), "-");

    QVERIFY(QFile::resize(path, 0)); // copytruncate
    append(path, "ERROR\n");
    QCOMPARE(watcher.next({}), fires);
    QVERIFY(QFile::remove(path));
    QCOMPARE(watcher.next({}), "-");
    append(path, "ERROR again\n");
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(watcher.remarks(), QStringList());
}

void TriggersTest::logFileComesLater()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("app.log");
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(),
        QStringList("trigger: " + path + " is watched as soon as it can be read: No such file or directory"));
    append(path, "ERROR at once\n");
    QCOMPARE(watcher.next({}), "log(\"" + path + "\") ~ \"ERROR\"");
    QCOMPARE(watcher.remarks(), QStringList());
}

void TriggersTest::logThatIsNoFile()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("pipe");
    QCOMPARE(mkfifo(qPrintable(path), 0600), 0);
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(), QStringList("trigger: " + path + " is not a file, so its lines are not watched"));
}

void TriggersTest::logThatGrowsTooFast()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("app.log");
    append(path, "");
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    const QString fires = "log(\"" + path + "\") ~ \"ERROR\"";
    QCOMPARE(watcher.next({}), "-");
    append(path, QByteArray(1 << 20, 'x') + "\nERROR\n"); // behind the first MiB, so at the next tick
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.next({}), fires);
    append(path, QByteArray(20 << 20, 'y') + "\nERROR\n");
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(watcher.remarks(),
        QStringList("trigger: " + path + " grows faster than its lines can be watched, so some were passed over"));
}

/// A name that is a link, as /var/log/app/current -> app-2026-11-21.log, led elsewhere in the night.
void TriggersTest::logBehindLinks()
{
    const QTemporaryDir folder;
    const QString real = folder.filePath("real"), name = folder.filePath("logs/current");
    QVERIFY(QDir(folder.path()).mkpath("real/deep"));
    QVERIFY(QFile::link(real + "/deep/..", folder.filePath("logs")));
    QVERIFY(QFile::link("monday.log", real + "/current"));
    append(real + "/monday.log", "");
    Watcher watcher(qPrintable("log(\"" + name + "\") ~ \"ERROR\""));
    const QString fires = "log(\"" + name + "\") ~ \"ERROR\"";
    QCOMPARE(watcher.next({}), "-");
    append(real + "/monday.log", "ERROR\n");
    QCOMPARE(watcher.next({}), fires);
    QVERIFY(QFile::remove(real + "/current"));
    QVERIFY(QFile::link("tuesday.log", real + "/current"));
    append(real + "/tuesday.log", "ERROR\n");
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(watcher.next({}), "-");
    QVERIFY(QFile::remove(real + "/current"));
    QVERIFY(QFile::link("current", real + "/current")); // leads round and round
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(), QStringList());
}

void TriggersTest::logBehindAProcess()
{
    const QTemporaryDir folder;
    append(folder.filePath("app.log"), "");
    const QString path = "/proc/self/root" + folder.filePath("app.log");
    Watcher watcher(qPrintable("log(\"" + path + "\") ~ \"ERROR\""));
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(),
        QStringList("trigger: " + path
            + " is not watched, because it leads through /proc to where nobody can say whether it may hang"));
}

/// Whoever touched it would wait until the test ends: this FUSE server never says a word.
void TriggersTest::logOnAFileSystemThatHangs_data()
{
    QTest::addColumn<QByteArray>("link"); ///< beside the mount
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("log");
    QTest::addColumn<bool>("isTurned"); ///< it is a good one first, and led there when it is followed
    QTest::newRow("itself") << QByteArray() << QByteArray() << QByteArray("hangs/app.log") << false;
    QTest::newRow("by a link to the file")
        << QByteArray("app.log") << QByteArray("hangs/app.log") << QByteArray("app.log") << false;
    QTest::newRow("by a link to the folder")
        << QByteArray("logs") << QByteArray("./hangs/../hangs") << QByteArray("logs/app.log") << false;
    QTest::newRow("by a link that is turned there")
        << QByteArray("app.log") << QByteArray("hangs/app.log") << QByteArray("app.log") << true;
}

void TriggersTest::logOnAFileSystemThatHangs()
{
    QFETCH(const QByteArray, link);
    QFETCH(const QByteArray, target);
    QFETCH(const QByteArray, log);
    QFETCH(const bool, isTurned);
    const QTemporaryDir folder;
    const std::string base = folder.path().toStdString() + '/', mount = base + "hangs";
    const std::string linkPath = base + link.toStdString(), logPath = base + log.toStdString();
    QVERIFY(QDir(folder.path()).mkdir("hangs"));
    append(folder.filePath("good.log"), "");
    if (!link.isEmpty())
        QCOMPARE(symlink(isTurned ? "good.log" : target.constData(), linkPath.c_str()), 0);
    enum : int { Good, Wrong, CannotMount };
    const pid_t child = fork();
    if (child == 0) {
        const int server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        const std::string options = "fd=" + std::to_string(server) + ",rootmode=40000,user_id=0,group_id=0";
        if (server < 0 || unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
            || ::mount("nobody", mount.c_str(), "fuse", 0, options.c_str()) != 0)
            _exit(CannotMount);
        LogFollower follower(logPath);
        bool isFound = follower.read("x") || follower.read("x");
        if (isTurned && (unlink(linkPath.c_str()) != 0 || symlink(target.constData(), linkPath.c_str()) != 0))
            _exit(Wrong);
        isFound = isFound || follower.read("x") || follower.read("x");
        const std::string wanted = logPath + " is not watched, because it lies on a file system that may hang: fuse";
        _exit(!isFound && follower.takeRemark() == wanted && follower.takeRemark().empty() ? Good : Wrong);
    }
    QVERIFY(child > 0);
    int status = 0;
    const bool isOver = waitFor([&] { return waitpid(child, &status, WNOHANG) == child; });
    if (!isOver) {
        ::kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
    QVERIFY2(isOver, "it waits for the file system");
    if (WIFEXITED(status) && WEXITSTATUS(status) == CannotMount)
        QSKIP("needs root and /dev/fuse: a file system that hangs was not tried");
    QCOMPARE(WIFEXITED(status) ? WEXITSTATUS(status) : -1, static_cast<int>(Good));
}

void TriggersTest::commands()
{
    FakeRunner runner;
    Watcher watcher("command(\"probe x\") != 0 every 3s timeout 2s", &runner);
    const QString fires = QStringLiteral("command(\"probe x\") = 4");
    QCOMPARE(watcher.next({}), "-"); // started
    QCOMPARE(runner.timeout, 2 * second);
    QCOMPARE(watcher.next({}), "-"); // runs
    runner.state = CommandRunner::State::Ended;
    runner.status = 4;
    QCOMPARE(watcher.next({}), fires);
    QCOMPARE(runner.started.size(), 1U);
    runner.state = CommandRunner::State::Running;
    QCOMPARE(watcher.next({}), fires); // started again; until its answer the last one holds
    QCOMPARE(runner.started, (std::vector<std::string>{"probe x", "probe x"}));
    QCOMPARE(watcher.next({}), fires);
    runner.state = CommandRunner::State::Ended;
    runner.status = 0;
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(), QStringList());

    FakeRunner lasting;
    lasting.state = CommandRunner::State::Ended;
    lasting.status = 1;
    Watcher slow("command(\"probe\") == 1 every 1s for 2s", &lasting);
    QCOMPARE(slow.next({}), "-");
    QCOMPARE(slow.next({}), "-");
    QCOMPARE(slow.next({}), "-");
    QCOMPARE(slow.next({}), "command(\"probe\") = 1 for 2 s");
}

void TriggersTest::commandsWithoutAnAnswer()
{
    FakeRunner runner;
    runner.status = 1;
    Watcher watcher("command(\"probe\") == 1 every 1s", &runner);
    runner.state = CommandRunner::State::Ended;
    watcher.next({});
    QCOMPARE(watcher.next({}), "command(\"probe\") = 1");
    runner.state = CommandRunner::State::TimedOut;
    QCOMPARE(watcher.next({}), "-"); // not measured, not the last status
    QCOMPARE(watcher.next({}), "-");
    QCOMPARE(watcher.remarks(),
        QStringList("trigger: command(\"probe\") did not end in time, so it has no exit status to compare"));
    runner.state = CommandRunner::State::Ended;
    QCOMPARE(watcher.next({}), "command(\"probe\") = 1");
    runner.canStart = false;
    watcher.next({});
    QCOMPARE(watcher.next({}), "-");

    FakeRunner none;
    none.canStart = false;
    Watcher never("command(\"probe\") == 0", &none);
    QCOMPARE(never.next({}), "-");
    QCOMPARE(never.remarks(),
        QStringList("trigger: command(\"probe\") could not be started, so it has no exit status to compare"));
}

void TriggersTest::realCommands()
{
    StuckHelpers stuck;
    HelperCommands runner(stuck);
    const auto answer = [&](const char* command, std::int64_t timeout) {
        const int run = runner.start(command, timeout);
        auto state = CommandRunner::State::Running;
        int status = -1;
        waitFor([&] {
            state = runner.poll(run, status);
            return state != CommandRunner::State::Running;
        });
        return std::pair(state, state == CommandRunner::State::Ended ? status : -1);
    };
    using State = CommandRunner::State;
    QCOMPARE(answer("exit 3", 20 * second), std::pair(State::Ended, 3));
    QCOMPARE(answer("true | false", 20 * second), std::pair(State::Ended, 1));
    QCOMPARE(
        answer("echo much && seq 100000 && exit 4", 20 * second), std::pair(State::Ended, 4)); // output is no matter
    QCOMPARE(answer("no-such-program-anywhere", 20 * second), std::pair(State::Ended, 127));
    QCOMPARE(answer("sh -c 'kill -9 $$'", 20 * second), std::pair(State::Ended, 128 + 9));
    QCOMPARE(
        answer("if", 20 * second).first, State::Ended); // what the shell does not understand has a status of its own
    QCOMPARE(answer("sleep 1000", second / 10), std::pair(State::TimedOut, -1));
    QCOMPARE(answer("true", 20 * second), std::pair(State::Ended, 0));
}

void TriggersTest::saysWhatIsNotMeasured_data()
{
    QTest::addColumn<QByteArray>("expression");
    QTest::addColumn<Course>("course"); ///< one tick, repeated; what is said
    const auto row = [](const char* name, const char* expression, const Tick& tick, const char* said) {
        QTest::newRow(name) << QByteArray(expression) << Course{{tick}, *said ? QStringList(said) : QStringList()};
    };
    row("measured", "load1 > 8", load("0"), "");
    row("denied", "pressure.cpu.some.avg10 > 1", denied("/proc/pressure/cpu", EOPNOTSUPP),
        "trigger: pressure.cpu.some.avg10 is not measured: /proc/pressure/cpu: Operation not supported");
    row("kernel log denied", "log ~ \"x\"", denied("/dev/kmsg", EPERM),
        "trigger: log ~ … cannot fire: /dev/kmsg: Operation not permitted");
    row("not recorded", "load1 > 8", {}, "trigger: load.1 is not measured: /proc/loadavg is not recorded");
    row("another disk", "disk.await{device=sdx} > 1s",
        file("/proc/diskstats", diskLine("sda", 1, 1) + diskLine("sdb", 1, 1)),
        "trigger: disk.await{device=sdx} is not measured: /proc/diskstats of this machine does not have it, but sda, "
        "sdb");
    row("another kernel", "vm.no_such_counter > 1", file("/proc/vmstat", "nr_dirty 1\n"),
        "trigger: vm.no_such_counter is not measured: /proc/vmstat of this machine does not have it");
    row("a disk at rest is there", "disk.await > 1ms", file("/proc/diskstats", diskLine("sda", 1, 1)), "");
    row("another file system", "filesystem.free{mount=/old} < 1G",
        file("hindcast/filesystems",
            "# device mount type size_bytes free_bytes\n/dev/a / ext4 5 4\n/dev/b /new ext4 5 4\n"),
        "trigger: filesystem.free{mount=/old} is not measured: hindcast/filesystems of this machine does not have it, "
        "but /, /new");
    row("sockets are listed now and then", "tcp.sockets > 1", {}, "");
}

void TriggersTest::saysWhatIsNotMeasured()
{
    QFETCH(const QByteArray, expression);
    QFETCH(const Course, course);
    Watcher watcher(expression.constData());
    for (int i = 0; i < 10; ++i)
        QCOMPARE(watcher.next(course.ticks.front()), "-");
    QCOMPARE(watcher.remarks(), course.reasons);
}

/// Random bytes and soups of words. Nothing here can be known to be right, but it ends, and refusals are well formed.
void TriggersTest::anythingEndsInAnErrorOrAnExpression()
{
    QRandomGenerator random(20261121);
    const QList<QByteArray> words{"load1", "cpu.user", "disk.await", "{device=sda}", "{", "}", "(", ")", ">", ">=", "<",
        "==", "!=", "=", "~", "8", "8%", "20ms", "1.5", "99999999999999999999999999", "for", "10s", "and", "or", "log",
        "log(\"/x\")", "\"x\"", "\"", "\\", "command(\"x\")", "every", "timeout", "0", ",", "\xC3\xA4", "\n", "1h", "'",
        "vm.x", "tcp.sockets{state=*}", "*"};
    int understoodOnes = 0, refusedOnes = 0;
    for (int i = 0; i < 60000; ++i) {
        QByteArray text;
        if (i % 3 == 0) {
            for (auto size = random.bounded(40); size > 0; --size)
                text += static_cast<char>(random.bounded(256));
        } else if (i % 3 == 1) {
            for (auto size = random.bounded(30); size > 0; --size)
                text += words.at(random.bounded(static_cast<int>(words.size()))) + (random.bounded(4) ? " " : "");
        } else { // an expression with one word too few or too many
            QList<QByteArray> right{"(", "load1", ">", "8", "for", "10s", "and", "disk.await", "{device=sda}",
                "<=", "20ms", ")", "or", "command(\"x\")", "==", "0", "every", "1h", "or", "log", "~", "\"x\""};
            const auto place = random.bounded(static_cast<int>(right.size()));
            if (random.bounded(2))
                right.removeAt(place);
            else
                right.insert(place, words.at(random.bounded(static_cast<int>(words.size()))));
            text = right.join(random.bounded(2) ? " " : "");
        }
        TriggerExpression expression;
        const auto failure = parseTrigger(text.toStdString(), expression);
        if (!failure) {
            ++understoodOnes;
            QVERIFY(!describe(expression).empty());
            FakeRunner runner;
            TriggerWatch watch(&runner);
            QVERIFY(!watch.add(text.toStdString()));
            watch.evaluate(tickAt(1, load("9")), second, second);
            continue;
        }
        ++refusedOnes;
        QCOMPARE(std::count(failure->begin(), failure->end(), '\n'), 1);
        QVERIFY(failure->ends_with('^'));
    }
    QVERIFY(understoodOnes > 100);
    QVERIFY(refusedOnes > 10000);
    TriggerExpression expression;
    const auto nested = parseTrigger(std::string(40, '(') + "load1 > 1" + std::string(40, ')'), expression);
    QVERIFY(nested.value_or("").find("fewer parentheses") != std::string::npos);
    QVERIFY(parseTrigger(std::string(1000, '('), expression));
    QVERIFY(parseTrigger(std::string(100000, 'x'), expression));
    std::string many = "load1 > 1";
    for (int i = 0; i < 60; ++i)
        many += " or load1 > 1";
    QVERIFY(parseTrigger(many, expression));
}

/// Text that is cut or has flipped bits, as a source may print what nobody has seen yet.
void TriggersTest::damagedTicksAreHarmless()
{
    Tick whole = load("9");
    for (const Tick& more :
        {file("/proc/diskstats", diskLine("sda", 1, 1)), file("/proc/net/dev", interfaceLines(1, 2)),
            file("/proc/vmstat", "pgscan_direct 1\nallocstall_ 2\n_ 3\npgscan_ 4\n"),
            file("/proc/net/snmp", "Tcp: InSegs\nTcp: 1\nTcp:\n"), file("/proc/net/sockstat", "TCP: inuse\n:\n \n"),
            file("/proc/net/softnet_stat", "0 1 2\n\n"), file("/proc/pressure/cpu", "some avg10= total\nfull"),
            file("hindcast/filesystems", "# device mount size_bytes\n/dev/a\n"), file("/proc/7/stat", "7 (x)"),
            file("hindcast/socket_counts", "tcp LISTEN -1\ntcp\n"), file("/proc/stat", "cpu\ncpu0 1\nsoftirq\nctxt\n")})
        whole.insert(whole.end(), more.begin(), more.end());
    const std::string text = tickAt(1, whole);
    TriggerWatch watch;
    for (const char* expression : {"load1 > 100", "disk.await > 9s", "net.rx.bytes > 9G", "reclaim.scanned > 9G",
             "vm.x > 0", "tcp.segments_in > 9G", "sockets.tcp.in_use > 9G", "net.softnet.dropped > 9G",
             "psi.cpu.some > 200", "filesystem.size < 0", "processes > 9G", "tcp.sockets > 9G", "cpu.user > 200"})
        QVERIFY(!watch.add(expression));
    QRandomGenerator random(7);
    for (int i = 0; i < 3000; ++i) {
        std::string damaged = text.substr(0, random.bounded(static_cast<quint32>(text.size() + 1)));
        if (i % 2 == 0) {
            damaged = text;
            for (int flips = 0; flips < 4; ++flips)
                damaged[random.bounded(static_cast<quint32>(damaged.size()))] = static_cast<char>(random.bounded(256));
        }
        watch.evaluate(damaged, (i + 1) * second, second);
        watch.takeRemarks();
    }
    QVERIFY(!watch.isEmpty());
}

/// Every metric of a real capture at its last tick: two programs, one reading.
void TriggersTest::sameValuesAsTheReport()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("x.hindcast.tar.zst");
    const Run run = record({"-i", "0.5", "-c", "5", "--socket-ticks", "2", "--quiet", "-o", path});
    QVERIFY2(run.status == 0 || run.status == 3, run.err);
    const auto loaded = parse::loadPath(path.toStdString());
    QVERIFY(loaded);
    const Snapshot& snapshot = **loaded;

    TriggerMetrics metrics;
    std::vector<std::pair<const Series*, std::size_t>> compared;
    std::deque<TriggerExpression> expressions; // the conditions have to stay where they are
    for (const Series& series : snapshot.series) {
        if (snapshot.find(series.metric, series.labels) != &series)
            continue; // of a source that is read less often
        std::string text = series.metric;
        for (const Label& label : series.labels)
            text += (&label == &series.labels.front() ? "{" : ",") + label.name + "=\"" + label.value + '"';
        text += series.labels.empty() ? " >= 0" : "} >= 0";
        TriggerExpression& expression = expressions.emplace_back();
        const bool isOther = series.metric == "cpu.run_queue" && series.source != "proc_stat"; // of another instant
        const bool isOurs = series.kind == Kind::Gauge && !isOther && !parseTrigger(text, expression);
        const bool isPart =
            isOurs && series.labels.empty() && expression.conditions[0].metric.unlabelled == Unlabelled::Sum;
        if (isOurs && !isPart)
            compared.emplace_back(&series, metrics.watch(expression.conditions[0]));
    }
    for (const RecordedTick& tick : readCapture(path).ticks) {
        std::string text;
        for (const auto& [header, body] : tick.blocks)
            framing::appendBlock(text, header, {body.data(), static_cast<std::size_t>(body.size())});
        metrics.take(text);
    }
    int measured = 0;
    for (const auto& [series, condition] : compared) {
        double expected = std::nan("");
        series->values.copy(series->values.size() - 1, series->values.size(), &expected);
        const TriggerMetrics::Reading& reading = metrics.reading(condition);
        const std::string name = series->metric + labelText(series->labels);
        if (series->metric.starts_with("cpu.") && !series->labels.empty())
            continue; // the report knows of idle time that a sleeping CPU has not booked yet
        QVERIFY2(reading.isMeasured == !std::isnan(expected), name.c_str());
        if (!reading.isMeasured)
            continue;
        ++measured;
        const double tolerance = 1e-6 + 2e-4 * std::abs(expected) + (series->metric.starts_with("cpu.") ? 0.5 : 0);
        QVERIFY2(std::abs(reading.value - expected) <= tolerance,
            (name + ": " + std::to_string(reading.value) + ", the report has " + std::to_string(expected)).c_str());
    }
    QVERIFY2(measured > 150, std::to_string(measured).c_str());
}

QTEST_GUILESS_MAIN(TriggersTest)
#include "tst_triggers.moc"
