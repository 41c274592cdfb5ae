// What texts in a folder cannot show of the sources of /proc: a host with more than a thousand CPUs, and figures of a
// process that are read less often than it is.
#include "model/process.h"
#include "parse/load.h"
#include "parse/parser.h"

#include <QtTest>
#include <cmath>

using namespace hindcast;

namespace {

/// As /proc/interrupts of a large machine: `lines` interrupts of `cpus` CPUs, each counter being `step`.
std::string interruptsText(int cpus, int lines, int step)
{
    std::string text = "     ";
    for (int cpu = 0; cpu < cpus; ++cpu)
        text += "      CPU" + std::to_string(cpu);
    text += '\n';
    for (int line = 0; line < lines; ++line) {
        text += std::to_string(line) + ":";
        for (int cpu = 0; cpu < cpus; ++cpu)
            text += "   " + std::to_string(step);
        text += "   PCI-MSI " + std::to_string(line) + "-edge      queue-" + std::to_string(line) + '\n';
    }
    return text;
}

double lastOf(const parse::Builder& builder, const Labels& labels)
{
    auto& series = const_cast<parse::Builder&>(builder).builtSeries();
    for (const auto& one : series)
        if (one.labels == labels)
            return one.values.back();
    return notMeasured;
}

} // namespace

class TestProcSources : public QObject {
    Q_OBJECT

private slots:
    void keepsSumsOfVeryManyCpus();
    void keepsEachCounterOfFewCpus();
    void spreadsSeldomReadingsOverTheirInterval();
    void toldOfAnotherNamespaceIsNotTheHosts();
};

void TestProcSources::keepsSumsOfVeryManyCpus()
{
    constexpr int cpus = 1152, lines = 500;
    const std::string first = interruptsText(cpus, lines, 7), second = interruptsText(cpus, lines, 9);
    const std::vector<parse::Sample> samples{{Time{std::chrono::seconds{1}}, "/proc/interrupts", first, 0, {}},
        {Time{std::chrono::seconds{2}}, "/proc/interrupts", second, 0, {}}};
    const Host host;
    parse::Builder builder;
    parse::parserById("proc_interrupts")->parse({"samples/proc/interrupts", samples, Clock::Wall, host}, builder);
    QCOMPARE(builder.skippedLines(), std::uint64_t{0});
    QCOMPARE(builder.builtSeries().size(), std::size_t{cpus + lines});
    QCOMPARE(lastOf(builder, {{"cpu", "1151"}}), 9.0 * lines);
    QCOMPARE(lastOf(builder, {{"interrupt", "499"}, {"name", "queue-499"}}), 9.0 * cpus);
}

void TestProcSources::keepsEachCounterOfFewCpus()
{
    const std::string text = interruptsText(8, 40, 3);
    const std::vector<parse::Sample> samples{{Time{}, "/proc/interrupts", text, 0, {}}};
    const Host host;
    parse::Builder builder(Clock::None);
    parse::parserById("proc_interrupts")->parse({"interrupts", samples, Clock::None, host}, builder);
    QCOMPARE(builder.builtSeries().size(), std::size_t{8 + 40 + 8 * 40});
    QCOMPARE(lastOf(builder, {{"cpu", "7"}, {"interrupt", "39"}, {"name", "queue-39"}}), 3.0);
}

/// /proc/[pid]/io was read at the first tick and at the third.
void TestProcSources::spreadsSeldomReadingsOverTheirInterval()
{
    const auto snapshot = parse::loadPath(HINDCAST_TEST_DATA "/parse/proc_pid_stat/details/input", {});
    QVERIFY(snapshot);
    const auto figuresAt = [&](std::uint32_t tick) { return processesAt(**snapshot, tick).at(0); };
    QVERIFY(std::isnan(figuresAt(1).readBytesPerSecond));
    QCOMPARE(figuresAt(2).readBytesPerSecond, 4096.0);
    QCOMPARE(figuresAt(2).swapBytes, 4096.0); // as last read
    QCOMPARE(figuresAt(3).readBytesPerSecond, 8192.0 / 3);
    QCOMPARE(processesOver(**snapshot, 0, 3).at(0).readBytesPerSecond, 8192.0 / 3);
    QVERIFY(std::isnan(figuresAt(3).runQueueWaitPercent)); // read once only
}

void TestProcSources::toldOfAnotherNamespaceIsNotTheHosts()
{
    const auto snapshot = parse::loadPath(HINDCAST_TEST_DATA "/parse/proc_net_dev/other_namespace/input", {});
    QVERIFY(snapshot);
    QVERIFY(!(*snapshot)->findCounter("net.rx.bytes", {{"interface", "lo"}}));
    QVERIFY((*snapshot)->findCounter("net.rx.bytes", {{"interface", "lo"}, {"netns", "of process 2597"}}));
}

QTEST_GUILESS_MAIN(TestProcSources)
#include "tst_proc_sources.moc"
