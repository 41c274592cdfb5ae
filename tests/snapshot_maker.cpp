#include "snapshot_maker.h"

#include <algorithm>
#include <cmath>

namespace hindcast {

using namespace std::chrono_literals;

Time noon()
{
    return timeFromNanoseconds(1'772'452'800LL * 1'000'000'000LL);
}

SnapshotMaker::SnapshotMaker(Time begin, Nanoseconds interval, std::size_t ticks)
    : m_snapshot(std::make_shared<Snapshot>())
    , m_times(std::make_shared<std::vector<Time>>())
{
    for (std::size_t tick = 0; tick < ticks; ++tick)
        m_times->push_back(begin + interval * static_cast<std::int64_t>(tick));
    m_snapshot->path = "made-up.hindcast.tar.zst";
}

void SnapshotMaker::removeTicks(std::size_t from, std::size_t to)
{
    m_times->erase(
        m_times->begin() + static_cast<std::ptrdiff_t>(from), m_times->begin() + static_cast<std::ptrdiff_t>(to));
}

void SnapshotMaker::add(
    const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf, bool isDerived)
{
    Series series;
    series.metric = metric;
    series.labels = labels;
    series.unit = unit;
    series.isDerived = isDerived;
    series.source = "made_up";
    series.member = "samples/made/up";
    series.times = m_times;
    for (std::size_t tick = 0; tick < m_times->size(); ++tick)
        series.values.append(isDerived && tick == 0 ? notMeasured : valueOf(tick));
    series.values.seal();
    series.pyramid = Pyramid(series.values);
    m_snapshot->series.push_back(std::move(series));
}

void SnapshotMaker::addGauge(const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf)
{
    add(metric, unit, labels, valueOf, false);
}

void SnapshotMaker::addDerived(const std::string& metric, Unit unit, const Labels& labels, const ValueOf& valueOf)
{
    add(metric, unit, labels, valueOf, true);
}

void SnapshotMaker::addProcess(
    int pid, const std::string& command, double cpuShare, std::uint32_t firstTick, std::uint32_t lastTick)
{
    Entity process;
    process.key = "boot/" + std::to_string(pid) + "/1000";
    process.attributes = {{"comm", command}, {"command_line", "/opt/made-up/" + command}, {"pid", std::to_string(pid)},
        {"ppid", "1"}, {"start_ticks", "1000"}};
    process.firstTick = firstTick;
    process.lastTick = lastTick;
    process.hasStarted = firstTick > 0;
    process.hasEnded = lastTick + 1 < m_times->size();
    process.times = m_times;
    process.columns.resize(static_cast<std::size_t>(ProcessColumn::Count));
    for (std::uint32_t tick = firstTick; tick <= lastTick; ++tick) {
        process.ticks.push_back(tick);
        const double seconds = toSeconds((*m_times)[tick] - (*m_times)[firstTick]) * cpuShare;
        const double values[] = {seconds * 0.75, seconds * 0.25, 1048576.0 * pid, 4194304.0 * pid, 1, 0, 0, 0,
            cpuShare > 0.5 ? double('R') : double('S'), 0, 20, 0};
        for (std::size_t column = 0; column < process.columns.size(); ++column)
            process.columns[column].append(column < std::size(values) ? values[column] : notMeasured);
    }
    for (Column& column : process.columns)
        column.seal();
    m_snapshot->entities.push_back(std::move(process));
}

std::shared_ptr<const Snapshot> SnapshotMaker::finish()
{
    std::sort(m_snapshot->series.begin(), m_snapshot->series.end(),
        [](const Series& a, const Series& b) { return std::tie(a.metric, a.labels) < std::tie(b.metric, b.labels); });
    if (!m_times->empty())
        m_snapshot->range = {m_times->front(), m_times->back() + Nanoseconds{1}};
    return m_snapshot;
}

std::shared_ptr<const Snapshot> fullSnapshot(std::size_t ticks)
{
    SnapshotMaker maker(noon(), 1s, ticks);
    Snapshot& snapshot = maker.snapshot();
    snapshot.host.hostname = "made-up-host";
    snapshot.host.cpus = 2;
    snapshot.host.clockTicks = 100;
    snapshot.host.bootTime = noon() - 1h;
    snapshot.host.timezone = "Asia/Seoul";
    snapshot.host.utcOffset = 9h;
    const std::size_t half = ticks / 2;
    const auto wave = [](double middle, double height, double period) {
        return [=](std::size_t tick) { return middle + height * std::sin(static_cast<double>(tick) / period); };
    };
    maker.addDerived("cpu.user", Unit::Percent, {}, [half](std::size_t tick) { return tick < half ? 10.0 : 20.0; });
    maker.addDerived("cpu.system", Unit::Percent, {}, wave(5, 3, 11));
    maker.addDerived("cpu.iowait", Unit::Percent, {}, wave(4, 4, 29));
    maker.addDerived("cpu.busy", Unit::Percent, {},
        [half](std::size_t tick) { return (tick < half ? 15.0 : 25.0) + static_cast<double>(tick % 7); });
    maker.addGauge("cpu.run_queue", Unit::Count, {}, [](std::size_t tick) { return static_cast<double>(tick % 5); });
    maker.addGauge("cpu.blocked", Unit::Count, {}, [](std::size_t tick) { return tick % 50 == 0 ? 2.0 : 0.0; });
    maker.addGauge("load.1", Unit::None, {}, wave(1.2, 0.5, 60));
    maker.addGauge("load.5", Unit::None, {}, wave(1.0, 0.2, 120));
    maker.addGauge("load.15", Unit::None, {}, wave(0.8, 0.1, 200));
    maker.addGauge("memory.total", Unit::Bytes, {}, [](std::size_t) { return 8.0 * 1073741824; });
    maker.addGauge("memory.used", Unit::Bytes, {}, wave(3e9, 4e8, 90));
    maker.addGauge("memory.cached", Unit::Bytes, {}, wave(2e9, 1e8, 70));
    maker.addDerived("disk.util", Unit::Percent, {{"device", "sda"}}, wave(40, 35, 17));
    maker.addDerived("disk.await", Unit::Seconds, {{"device", "sda"}}, [](std::size_t tick) {
        return tick % 10 == 0 ? notMeasured : 0.004 + 0.0001 * static_cast<double>(tick % 13);
    });
    maker.addDerived("disk.read_bytes", Unit::BytesPerSecond, {{"device", "sda"}}, wave(2e6, 1.9e6, 13));
    maker.addDerived("disk.written_bytes", Unit::BytesPerSecond, {{"device", "sda"}}, wave(9e5, 8e5, 19));
    maker.addDerived("net.rx.bytes", Unit::BytesPerSecond, {{"interface", "eth0"}}, wave(3e6, 2e6, 23));
    maker.addDerived("net.tx.bytes", Unit::BytesPerSecond, {{"interface", "eth0"}}, wave(5e5, 3e5, 31));
    maker.addDerived("tcp.retransmission_ratio", Unit::Percent, {}, wave(0.4, 0.3, 41));
    const auto last = static_cast<std::uint32_t>(ticks - 1);
    maker.addProcess(1, "init", 0, 0, last);
    maker.addProcess(100, "database", 0.3, 0, last);
    maker.addProcess(200, "busy-loop", 0.9, static_cast<std::uint32_t>(half), last);
    snapshot.members = {{"samples/proc/loadavg", "proc_loadavg", 2400, ticks, 0, "", 0},
        {"samples/proc/stat", "proc_stat", 120000, ticks, 2, "line 17: expected a number", 0},
        {"start/proc/kmsg", "", 0, 0, 0, "", 13}};
    snapshot.notes = {{"samples/proc/stat", 17, NoteSeverity::Info, "expected a number", 2}};
    return maker.finish();
}

} // namespace hindcast
