#include "lane_set.h"

#include "model/metrics.h"
#include "model/series_math.h"
#include "plots/state_trace.h"
#include "text/format.h"
#include "text/socket_state.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string_view>

namespace hindcast {

namespace {

struct LaneText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::Lane)
};

QString fromView(std::string_view view)
{
    return text::fromBytes(view);
}

/// Whether a value describes the interval that ends at its sample (a rate, a share of time) rather than the instant
/// itself.
bool holdsOverInterval(const Series& series)
{
    const std::string_view metric = series.metric;
    if (isRate(series.unit))
        return true;
    if (metric.starts_with("memory."))
        return false;
    return series.isDerived || (series.unit == Unit::Percent && metric.starts_with("cpu."));
}

/// Figures per request: without a request in the interval there is nothing to average.
bool isAbsentWhenIdle(std::string_view metric)
{
    return metric == "wire.rtt" || metric.ends_with("await") || metric.ends_with("request_size")
        || metric.ends_with("retransmission_ratio");
}

Trace trace(const Series& series, const QString& label, TraceColor color)
{
    return {&series, label, color, holdsOverInterval(series), isAbsentWhenIdle(series.metric)};
}

double largest(const Series& series)
{
    return static_cast<double>(series.pyramid.range(series.values, 0, series.values.size()).maximum);
}

bool hasMeasurement(const Series* series)
{
    return series && !std::isnan(largest(*series));
}

bool hasActivity(const Series* series)
{
    return hasMeasurement(series) && largest(*series) > 0;
}

constexpr std::array<TraceColor, 6> deviceColors{TraceColor::Blue, TraceColor::Orange, TraceColor::Green,
    TraceColor::Purple, TraceColor::Vermilion, TraceColor::Sky};

QString titleOf(std::string_view metric)
{
    const MetricInfo* info = metricInfo(metric);
    return info ? QCoreApplication::translate("hindcast::Metric", std::string(info->title).c_str()) : fromView(metric);
}

QString meaningOf(std::string_view metric)
{
    const MetricInfo* info = metricInfo(metric);
    return info ? QCoreApplication::translate("hindcast::Metric", std::string(info->meaning).c_str()) : QString{};
}

/// Builds the default set step by step. Each step adds its lane only for data that is there.
class DefaultLanes {
public:
    explicit DefaultLanes(const Snapshot& snapshot)
        : m_snapshot(snapshot)
    {
    }

    std::vector<Lane> build()
    {
        addCpu();
        addRunQueue();
        addLoad();
        addMemory();
        addSwap();
        addPressure();
        addDisks();
        addNetwork();
        addTcp();
        addWire();
        addSockets();
        return std::move(m_lanes);
    }

private:
    struct Part {
        std::string_view metric;
        QString label;
        TraceColor color;
    };

    static Lane lane(const QString& id, const QString& title, const QString& meaning, Unit unit)
    {
        Lane result;
        result.id = id;
        result.title = title;
        result.meaning = meaning;
        result.unit = unit;
        return result;
    }

    void addIfAny(Lane lane)
    {
        if (!lane.traces.empty())
            m_lanes.push_back(std::move(lane));
    }

    enum class When { Measured, Active };
    void addParts(Lane& lane, std::initializer_list<Part> parts, When when, const Labels& labels = {}) const
    {
        for (const Part& part : parts) {
            const Series* series = m_snapshot.find(part.metric, labels);
            if (when == When::Measured ? hasMeasurement(series) : hasActivity(series))
                lane.traces.push_back(trace(*series, part.label, part.color));
        }
    }

    void addCpu()
    {
        Lane cpu = lane(QStringLiteral("cpu"), LaneText::tr("CPU"),
            LaneText::tr("Share of the time of all CPUs, by what they were doing. The areas are averages over each "
                         "column of the picture; the grey line above them is the busiest moment in it."),
            Unit::Percent);
        cpu.form = LaneForm::Stack;
        cpu.fixedMaximum = 100;
        addParts(cpu,
            {{"cpu.user", LaneText::tr("user"), TraceColor::Blue},
                {"cpu.system", LaneText::tr("system"), TraceColor::Orange}},
            When::Measured);
        addParts(cpu,
            {{"cpu.nice", LaneText::tr("nice"), TraceColor::Sky}, {"cpu.irq", LaneText::tr("irq"), TraceColor::Neutral},
                {"cpu.softirq", LaneText::tr("softirq"), TraceColor::Purple},
                {"cpu.guest", LaneText::tr("guest"), TraceColor::Green}},
            When::Active);
        addParts(cpu, {{"cpu.iowait", LaneText::tr("iowait"), TraceColor::Vermilion}}, When::Measured);
        addParts(cpu, {{"cpu.steal", LaneText::tr("steal"), TraceColor::Yellow}}, When::Active);
        if (const Series* busy = m_snapshot.find("cpu.busy"); hasMeasurement(busy))
            cpu.outline = trace(*busy, LaneText::tr("busy"), TraceColor::Neutral);
        addIfAny(std::move(cpu));
    }

    std::optional<LimitLine> cpuLimit() const
    {
        if (!m_snapshot.host.cpus)
            return std::nullopt;
        return LimitLine{static_cast<double>(*m_snapshot.host.cpus),
            text::plural(*m_snapshot.host.cpus, LaneText::tr("1 CPU"),
                LaneText::tr("%n CPUs", nullptr, static_cast<int>(*m_snapshot.host.cpus))),
            LaneText::tr("The number of CPUs of the recorded machine. Tasks beyond it have to wait for a CPU.")};
    }

    void addRunQueue()
    {
        Lane queue = lane(QStringLiteral("cpu.run_queue"), LaneText::tr("Run queue"),
            LaneText::tr(
                "Tasks that run or are ready to run, and tasks blocked waiting for disk, at the instant of the "
                "sample. More runnable tasks than CPUs means that some wait."),
            Unit::Count);
        addParts(queue,
            {{"cpu.run_queue", LaneText::tr("runnable"), TraceColor::Blue},
                {"cpu.blocked", LaneText::tr("blocked"), TraceColor::Vermilion}},
            When::Measured);
        queue.limit = cpuLimit();
        addIfAny(std::move(queue));
    }

    void addLoad()
    {
        Lane load = lane(QStringLiteral("load"), LaneText::tr("Load average"),
            LaneText::tr(
                "Runnable and uninterruptible tasks, averaged by the kernel over 1, 5 and 15 minutes. It trails "
                "what happens; the run queue does not."),
            Unit::None);
        addParts(load,
            {{"load.1", LaneText::tr("1 min"), TraceColor::Blue}, {"load.5", LaneText::tr("5 min"), TraceColor::Orange},
                {"load.15", LaneText::tr("15 min"), TraceColor::Green}},
            When::Measured);
        load.limit = cpuLimit();
        addIfAny(std::move(load));
    }

    void addMemory()
    {
        Lane memory = lane(QStringLiteral("memory"), LaneText::tr("Memory"),
            LaneText::tr("Used is what the kernel could not give to a new program without swapping; the page cache is "
                         "given back when needed."),
            Unit::Bytes);
        addParts(memory,
            {{"memory.used", LaneText::tr("used"), TraceColor::Blue},
                {"memory.cached", LaneText::tr("page cache"), TraceColor::Green}},
            When::Measured);
        if (memory.traces.empty() || memory.traces.front().series->metric != "memory.used")
            addParts(memory, {{"memory.free", LaneText::tr("free"), TraceColor::Sky}}, When::Measured);
        addParts(memory,
            {{"memory.dirty", LaneText::tr("dirty"), TraceColor::Orange},
                {"memory.swap_used", LaneText::tr("swap used"), TraceColor::Vermilion}},
            When::Active);
        const Series* total = m_snapshot.find("memory.total");
        if (hasMeasurement(total))
            memory.limit = LimitLine{largest(*total), LaneText::tr("total"),
                LaneText::tr("MemTotal of /proc/meminfo: the memory the kernel can use.")};
        addIfAny(std::move(memory));
    }

    void addSwap()
    {
        Lane swap = lane(QStringLiteral("swap"), LaneText::tr("Swapping"),
            LaneText::tr("Memory moved to and from the swap device. Steady traffic in both directions means that the "
                         "working set does not fit into memory."),
            Unit::BytesPerSecond);
        // A direction without traffic is still part of the picture once the other has some.
        if (hasActivity(m_snapshot.find("swap.in")) || hasActivity(m_snapshot.find("swap.out")))
            addParts(swap,
                {{"swap.in", LaneText::tr("in"), TraceColor::Blue},
                    {"swap.out", LaneText::tr("out"), TraceColor::Vermilion}},
                When::Measured);
        addIfAny(std::move(swap));
    }

    void addPressure()
    {
        Lane pressure = lane(QStringLiteral("pressure"), LaneText::tr("Pressure"),
            LaneText::tr("Share of time in which some task was held up for want of the resource (pressure stall "
                         "information of the kernel)."),
            Unit::Percent);
        addParts(pressure,
            {{"pressure.cpu.some", LaneText::tr("CPU"), TraceColor::Blue},
                {"pressure.memory.some", LaneText::tr("memory"), TraceColor::Green},
                {"pressure.io.some", LaneText::tr("disk"), TraceColor::Vermilion}},
            When::Measured);
        std::erase_if(pressure.traces, [](const Trace& part) { return part.series->unit != Unit::Percent; });
        addIfAny(std::move(pressure));
    }

    /// Series of that metric with activity, most active (by the mean over the capture) first.
    std::vector<const Series*> mostActive(std::string_view metric, std::string_view label, std::size_t limit) const
    {
        std::vector<std::pair<double, const Series*>> ranked;
        for (const Series* series : m_snapshot.findAll(metric)) {
            const bool isElsewhere = !labelValue(series->labels, "netns").empty(); // in a container's network
            if (labelValue(series->labels, label).empty() || isElsewhere || !hasActivity(series))
                continue;
            ranked.emplace_back(activity(*series), series);
        }
        std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        std::vector<const Series*> result;
        for (std::size_t i = 0; i < std::min(limit, ranked.size()); ++i)
            result.push_back(ranked[i].second);
        return result;
    }

    /// Mean of up to 4096 samples spread over the series: enough to rank by.
    static double activity(const Series& series)
    {
        const std::size_t stride = std::max<std::size_t>(1, series.values.size() / 4096);
        double sum = 0;
        std::size_t measured = 0;
        for (std::size_t i = 0; i < series.values.size(); i += stride) {
            const double value = series.values.at(i);
            if (!std::isnan(value)) {
                sum += value;
                ++measured;
            }
        }
        return measured == 0 ? 0 : sum / static_cast<double>(measured);
    }

    /// Loop and RAM devices repeat what the disks below them do.
    static bool isVirtualDisk(std::string_view device)
    {
        return device.starts_with("loop") || device.starts_with("ram");
    }

    void addDisks()
    {
        constexpr std::size_t most = 4;
        std::vector<const Series*> busiest = mostActive("disk.util", "device", 64);
        std::stable_partition(busiest.begin(), busiest.end(),
            [](const Series* series) { return !isVirtualDisk(labelValue(series->labels, "device")); });
        if (busiest.size() > most)
            busiest.resize(most);
        if (busiest.empty())
            return;
        addPerDevice("disk.util", busiest, LaneText::tr("Disk busy"), 100.0,
            LimitLine{90, LaneText::tr("90 %"),
                LaneText::tr("A rule of thumb for a single disk. SSDs and arrays serve requests in parallel and can do "
                             "more at 100 %.")});
        addPerDevice("disk.await", busiest, LaneText::tr("Disk await"), std::nullopt, std::nullopt);
        for (const Series* device : busiest)
            addThroughput(*device);
    }

    void addPerDevice(std::string_view metric, const std::vector<const Series*>& devices, const QString& title,
        std::optional<double> maximum, const std::optional<LimitLine>& limit)
    {
        Lane result = lane(fromView(metric), title, meaningOf(metric), Unit::None);
        result.fixedMaximum = maximum;
        for (std::size_t i = 0; i < devices.size(); ++i) {
            const Series* series = m_snapshot.find(metric, devices[i]->labels);
            if (!hasMeasurement(series))
                continue;
            result.traces.push_back(
                trace(*series, fromView(labelValue(series->labels, "device")), deviceColors[i % deviceColors.size()]));
            result.unit = series->unit;
        }
        result.limit = limit;
        addIfAny(std::move(result));
    }

    void addThroughput(const Series& device)
    {
        const QString name = fromView(labelValue(device.labels, "device"));
        Lane result = lane(QStringLiteral("disk.throughput.") + name, LaneText::tr("Disk %1").arg(name),
            LaneText::tr("Bytes read from and written to the device per second."), Unit::BytesPerSecond);
        addParts(result,
            {{"disk.read_bytes", LaneText::tr("read"), TraceColor::Blue},
                {"disk.written_bytes", LaneText::tr("write"), TraceColor::Orange}},
            When::Measured, device.labels);
        std::erase_if(result.traces, [](const Trace& part) { return part.series->unit != Unit::BytesPerSecond; });
        addIfAny(std::move(result));
    }

    void addNetwork()
    {
        constexpr std::size_t most = 4;
        std::vector<const Series*> interfaces = mostActive("net.rx.bytes", "interface", 64);
        for (const Series* sender : mostActive("net.tx.bytes", "interface", 64))
            if (std::none_of(interfaces.begin(), interfaces.end(),
                    [&](const Series* known) { return known->labels == sender->labels; }))
                interfaces.push_back(sender);
        std::stable_partition(interfaces.begin(), interfaces.end(),
            [](const Series* series) { return labelValue(series->labels, "interface") != "lo"; });
        if (interfaces.size() > most)
            interfaces.resize(most);
        for (const Series* interface : interfaces)
            addInterface(*interface);
        addNetworkErrors();
    }

    void addInterface(const Series& interface)
    {
        const QString name = fromView(labelValue(interface.labels, "interface"));
        Lane result = lane(QStringLiteral("net.bytes.") + name, LaneText::tr("Network %1").arg(name),
            LaneText::tr("Bytes received and sent by the interface per second."), Unit::BytesPerSecond);
        addParts(result,
            {{"net.rx.bytes", LaneText::tr("received"), TraceColor::Blue},
                {"net.tx.bytes", LaneText::tr("sent"), TraceColor::Orange}},
            When::Measured, interface.labels);
        std::erase_if(result.traces, [](const Trace& part) { return part.series->unit != Unit::BytesPerSecond; });
        addIfAny(std::move(result));
    }

    void addNetworkErrors()
    {
        Lane result = lane(QStringLiteral("net.errors"), LaneText::tr("Network errors"),
            LaneText::tr("Packets an interface received damaged, could not send, or dropped."), Unit::PacketsPerSecond);
        struct Kind {
            std::string_view metric;
            QString label;
        };
        const std::array<Kind, 4> kinds{Kind{"net.rx.errors", LaneText::tr("%1 rx errors")},
            Kind{"net.tx.errors", LaneText::tr("%1 tx errors")}, Kind{"net.rx.dropped", LaneText::tr("%1 rx dropped")},
            Kind{"net.tx.dropped", LaneText::tr("%1 tx dropped")}};
        for (const Kind& kind : kinds)
            for (const Series* series : mostActive(kind.metric, "interface", 2)) {
                if (result.traces.size() >= deviceColors.size())
                    break;
                result.traces.push_back(
                    trace(*series, kind.label.arg(fromView(labelValue(series->labels, "interface"))),
                        deviceColors[result.traces.size()]));
                result.unit = series->unit;
            }
        addIfAny(std::move(result));
    }

    void addTcp()
    {
        Lane ratio = lane(QStringLiteral("tcp.retransmission_ratio"), LaneText::tr("TCP retransmissions"),
            LaneText::tr("Segments sent again, in percent of all segments sent in the interval."), Unit::Percent);
        addParts(ratio, {{"tcp.retransmission_ratio", {}, TraceColor::Vermilion}}, When::Measured);
        addIfAny(std::move(ratio));

        Lane opens = lane(QStringLiteral("tcp.opens"), LaneText::tr("TCP opens"),
            LaneText::tr("Connections opened by this host (active) and accepted from others (passive)."),
            Unit::CountPerSecond);
        addParts(opens,
            {{"tcp.active_opens", LaneText::tr("active"), TraceColor::Blue},
                {"tcp.passive_opens", LaneText::tr("passive"), TraceColor::Orange}},
            When::Measured);
        addIfAny(std::move(opens));

        Lane drops = lane(QStringLiteral("tcp.listen"), LaneText::tr("Listen drops"),
            LaneText::tr("Connection attempts a listening socket had to turn away, most often because the program does "
                         "not accept fast enough."),
            Unit::CountPerSecond);
        addParts(drops,
            {{"tcp.listen_drops", LaneText::tr("drops"), TraceColor::Vermilion},
                {"tcp.listen_overflows", LaneText::tr("overflows"), TraceColor::Purple}},
            When::Measured);
        addIfAny(std::move(drops));
    }

    /// How many TCP sockets are in which state, in the colours and order that the Sockets view has. Listeners are left
    /// out: they are there all the time and say nothing about load.
    void addSockets()
    {
        constexpr std::array order{TcpState::Established, TcpState::SynSent, TcpState::SynReceived, TcpState::CloseWait,
            TcpState::FinWait1, TcpState::FinWait2, TcpState::Closing, TcpState::LastAck, TcpState::TimeWait};
        Lane result = lane(QStringLiteral("tcp.sockets"), LaneText::tr("TCP sockets"),
            LaneText::tr("TCP connections of this host by state, without listening sockets. CLOSE-WAIT that grows is a "
                         "program that does not close; SYN-RECEIVED is a burst of clients or a flood; TIME-WAIT is "
                         "normal after closing."),
            Unit::Count);
        result.form = LaneForm::Stack;
        for (const TcpState state : order) {
            const Series* series = m_snapshot.find("tcp.sockets", {{"state", std::string(tcpStateName(state))}});
            if (hasActivity(series))
                result.traces.push_back(trace(*series, text::stateName(state), stateTrace(state)));
        }
        addIfAny(std::move(result));
    }

    /// What the captured packets say, when there are some.
    void addWire()
    {
        Lane again = lane(QStringLiteral("wire.retransmissions"), LaneText::tr("Retransmissions"),
            LaneText::tr("TCP segments of the packet capture that were sent again, per second: their bytes, SYN or FIN "
                         "had been on the wire before."),
            Unit::CountPerSecond);
        addParts(again, {{"wire.retransmissions", {}, TraceColor::Vermilion}}, When::Measured);
        addIfAny(std::move(again));

        Lane roundTrip = lane(QStringLiteral("wire.rtt"), LaneText::tr("TCP round trip"),
            LaneText::tr("Time from data to its acknowledgment in the packet capture: the median of each second. "
                         "Nothing is drawn where nothing was acknowledged."),
            Unit::Seconds);
        addParts(roundTrip, {{"wire.rtt", {}, TraceColor::Purple}}, When::Measured);
        addIfAny(std::move(roundTrip));

        Lane connections = lane(QStringLiteral("wire.connections"), LaneText::tr("Connections"),
            LaneText::tr(
                "TCP connections in the packet capture that were opened, and that failed to open, per second."),
            Unit::CountPerSecond);
        addParts(connections,
            {{"wire.new_connections", LaneText::tr("new"), TraceColor::Blue},
                {"wire.failed_connections", LaneText::tr("failed"), TraceColor::Vermilion}},
            When::Measured);
        addIfAny(std::move(connections));
    }

    const Snapshot& m_snapshot;
    std::vector<Lane> m_lanes;
};

QString idOf(const Series& series)
{
    return fromView(series.metric) + fromView(labelText(series.labels)) + u'@' + fromView(series.source);
}

} // namespace

std::vector<Lane> defaultLanes(const Snapshot& snapshot)
{
    return DefaultLanes(snapshot).build();
}

Lane laneOf(const Series& series)
{
    Lane result;
    result.id = idOf(series);
    result.title = titleOf(series.metric);
    result.meaning = meaningOf(series.metric);
    result.unit = series.unit;
    QStringList labels;
    for (const Label& label : series.labels)
        labels.append(fromView(label.value));
    result.traces.push_back(trace(series, labels.join(QStringLiteral(", ")), TraceColor::Blue));
    if (series.unit == Unit::Percent && series.metric.starts_with("cpu."))
        result.fixedMaximum = 100;
    return result;
}

void LaneSet::setSnapshot(const SnapshotPointer& snapshot, Keep keep)
{
    const std::vector<Lane> previous = std::move(m_lanes);
    const auto previousSnapshot = m_snapshot; // the old lanes point into it
    m_snapshot = snapshot;
    m_lanes.clear();
    if (!snapshot) {
        m_isChosen = false;
    } else if (keep == Keep::Choice && m_isChosen) {
        const auto defaults = defaultLanes(*snapshot);
        for (const Lane& lane : previous) {
            const auto found = std::find_if(
                defaults.begin(), defaults.end(), [&](const Lane& candidate) { return candidate.id == lane.id; });
            if (found != defaults.end()) {
                m_lanes.push_back(*found);
            } else if (const Series* series =
                           snapshot->find(lane.traces.front().series->metric, lane.traces.front().series->labels)) {
                m_lanes.push_back(laneOf(*series));
            }
        }
    } else {
        m_isChosen = false;
        m_lanes = defaultLanes(*snapshot);
    }
    Q_EMIT lanesChanged();
}

bool LaneSet::isShown(const Series* series) const
{
    return std::any_of(m_lanes.begin(), m_lanes.end(), [&](const Lane& lane) {
        return std::any_of(
            lane.traces.begin(), lane.traces.end(), [&](const Trace& part) { return part.series == series; });
    });
}

void LaneSet::show(const Series* series)
{
    if (isShown(series))
        return;
    m_isChosen = true;
    m_lanes.push_back(laneOf(*series));
    Q_EMIT lanesChanged();
}

void LaneSet::reveal(const Series* series)
{
    show(series);
    for (std::size_t i = 0; i < m_lanes.size(); ++i)
        for (const Trace& trace : m_lanes[i].traces)
            if (trace.series == series) {
                Q_EMIT laneWanted(i);
                return;
            }
}

void LaneSet::hide(const Series* series)
{
    if (!isShown(series))
        return;
    m_isChosen = true;
    for (Lane& lane : m_lanes)
        std::erase_if(lane.traces, [&](const Trace& part) { return part.series == series; });
    std::erase_if(m_lanes, [](const Lane& lane) { return lane.traces.empty(); });
    Q_EMIT lanesChanged();
}

void LaneSet::remove(const QString& laneId)
{
    if (std::erase_if(m_lanes, [&](const Lane& lane) { return lane.id == laneId; }) == 0)
        return;
    m_isChosen = true;
    Q_EMIT lanesChanged();
}

void LaneSet::restoreDefaults()
{
    m_isChosen = false;
    m_lanes = m_snapshot ? defaultLanes(*m_snapshot) : std::vector<Lane>{};
    Q_EMIT lanesChanged();
}

} // namespace hindcast
