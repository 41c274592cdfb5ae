// Requests queue at a block device and wait for longer than they do when it is quiet. Busy time (%util) is no proof: a
// device that works in parallel is not full at 100 % (man 1 iostat). Neither is I/O wait: it needs an idle CPU to exist
// and does not see asynchronous I/O.
#include "diagnose/block_devices.h"
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hindcast::diagnose {
namespace {

constexpr double percent = 100;

/// The device's own await while nothing queues; NaN when it was never seen so.
double quietAwait(const Inquiry& inquiry, const BlockDevice& device)
{
    constexpr std::size_t rowsNeeded = 3;
    const Signal queue = signalOf(device.queue), await = signalOf(device.await);
    if (!await.times || await.times != queue.times)
        return notMeasured;
    // The await of a single request, a flush perhaps, is no mean: rows of many count where there are some.
    const Signal requests = onTimes(signalOf(device.requests), queue.times);
    std::vector<double> quiet, ofMany;
    for (std::size_t row = 0; row < queue.values.size(); ++row)
        if (queue.values[row] < inquiry.parameter("quiet_queue") && !std::isnan(await.values[row])) {
            quiet.push_back(await.values[row]);
            if (requests.values[row] >= inquiry.parameter("quiet_requests"))
                ofMany.push_back(await.values[row]);
        }
    if (ofMany.size() >= rowsNeeded)
        quiet = std::move(ofMany);
    if (quiet.size() < rowsNeeded)
        return notMeasured;
    const auto half = quiet.begin() + static_cast<std::ptrdiff_t>(quiet.size() / 2);
    std::nth_element(quiet.begin(), half, quiet.end());
    return *half;
}

/// A level that something does not get over: p95 and median are close.
bool isLevel(const Series& series, TimeRange range)
{
    constexpr double close = 1.1;
    const Statistics of = statisticsWithin(series, range);
    return of.median > 0 && of.p95 <= close * of.median;
}

bool isFlat(const BlockDevice& device, TimeRange range)
{
    for (const Series* series : {device.requests, device.readBytes, device.writtenBytes})
        if (series && isLevel(*series, range))
            return true;
    return false;
}

class Device {
public:
    Device(const Inquiry& inquiry, const BlockDevice& device)
        : m_inquiry(inquiry)
        , m_device(device)
        , m_quiet(quietAwait(inquiry, device))
    {
        std::vector<Episode> episodes = queueing();
        const auto flat = flatAtDepth();
        episodes.insert(episodes.end(), flat.begin(), flat.end());
        m_episodes = united(std::move(episodes), std::chrono::seconds{5});
    }

    const BlockDevice& device() const { return m_device; }
    const std::vector<Episode>& episodes() const { return m_episodes; }
    bool isSaturated() const { return !m_episodes.empty(); }

    Finding describe(const std::string& blamedOn) const
    {
        Finding finding = m_inquiry.finding({ObjectKind::Device, m_device.name, m_device.name}, m_episodes);
        const TimeRange range = longestOf(m_episodes);
        const double queue = mean(m_device.queue, range), await = mean(m_device.await, range);
        const double requests = mean(m_device.requests, range);
        finding.level = level(range);
        finding.mechanism = fmt::format(
            "queueing at {} requests/s (await {}, {} deep)", inNumber(requests), inSeconds(await), inNumber(queue));
        finding.sentence = fmt::format("Disk {}: {} requests wait or are served on average, each for {}{}",
            m_device.name, inNumber(queue), inSeconds(await),
            std::isnan(m_quiet) ? std::string() : fmt::format(" ({} when quiet)", inSeconds(m_quiet)));
        if (!blamedOn.empty())
            finding.sentence += blamedOn;
        addEvidence(range, finding);
        nameTasks(range, finding);
        finding.confidence = confidence(certainty(range));
        return finding;
    }

    void look(RuleResult& result) const
    {
        const TimeRange all = m_inquiry.snapshot().range;
        result.looked.push_back(m_inquiry.compared(*m_device.queue, all, Statistic::P95, "queue"));
        if (m_device.await)
            result.looked.push_back(
                m_inquiry.compared(*m_device.await, all, Statistic::P95, awaitParameter(), awaitLimit()));
        sayNearlyFound(m_secondsBeyond, m_inquiry.parameter("duration"), result);
    }

    double await(TimeRange range) const { return mean(m_device.await, range); }
    /// Read and written per second; NaN when not measured.
    double bytes(TimeRange range) const { return mean(m_device.readBytes, range) + mean(m_device.writtenBytes, range); }
    double peakQueue() const { return statistics(*m_device.queue, m_inquiry.snapshot().range).p95; }

private:
    static double mean(const Series* series, TimeRange range)
    {
        return series ? statisticsWithin(*series, range).mean : notMeasured;
    }

    std::string_view awaitParameter() const { return std::isnan(m_quiet) ? "await" : "await_growth"; }
    double awaitLimit() const
    {
        return std::isnan(m_quiet)
            ? m_inquiry.parameter("await")
            : std::max(m_inquiry.parameter("least_await"), m_inquiry.parameter("await_growth") * m_quiet);
    }

    std::vector<Episode> queueing()
    {
        if (!m_device.await || !m_device.requests)
            return {};
        const Term terms[]{
            {signalOf(m_device.queue), Bound::AtLeast, m_inquiry.parameter("queue")},
            {signalOf(m_device.await), Bound::AtLeast, awaitLimit()},
            {signalOf(m_device.requests), Bound::AtLeast, m_inquiry.parameter("requests")},
        };
        const Sustained held = sustained(terms, m_inquiry.parameter("duration"));
        m_isScaled = held.isScaled && !held.episodes.empty();
        m_secondsBeyond = held.secondsBeyond;
        return held.episodes;
    }

    /// However fast each request is: a deep queue in front of a rate that does not grow.
    std::vector<Episode> flatAtDepth()
    {
        const Term deep{signalOf(m_device.queue), Bound::AtLeast, m_inquiry.parameter("deep_queue")};
        Sustained held = sustained(std::span(&deep, 1), m_inquiry.parameter("duration"));
        std::erase_if(held.episodes, [&](const Episode& episode) { return !isFlat(m_device, episode.range); });
        m_isScaled = m_isScaled || (held.isScaled && !held.episodes.empty());
        return held.episodes;
    }

    Level level(TimeRange range) const
    {
        double await = 0;
        for (const Series* series : {m_device.await, m_device.readAwait, m_device.writeAwait})
            if (const double value = mean(series, range); value > await)
                await = value;
        const bool isLong = await >= m_inquiry.parameter("critical_await")
            && totalSeconds(m_episodes) >= m_inquiry.parameter("critical_duration");
        const bool isGrown = await >= m_inquiry.parameter("serious_growth") * m_quiet
            && await >= m_inquiry.parameter("serious_least_await"); // false without a quiet value
        if (isLong || isHungMeanwhile())
            return Level::Critical;
        return isGrown || await >= m_inquiry.parameter("serious_await")
                || isVictimSeen(m_inquiry.snapshot(), m_episodes)
            ? Level::Serious
            : Level::Warning;
    }

    bool isHungMeanwhile() const
    {
        for (const Event& event : m_inquiry.snapshot().events)
            if (labelValue(event.labels, "kind") == "hung-task" && event.clock == m_inquiry.snapshot().clock)
                for (const Episode& episode : m_episodes)
                    if (episode.range.contains(event.time))
                        return true;
        return false;
    }

    void addEvidence(TimeRange range, Finding& finding) const
    {
        Evidence queue = m_inquiry.compared(*m_device.queue, range, Statistic::Mean, "queue");
        finding.evidence.push_back(queue);
        if (m_device.await) {
            Evidence await =
                m_inquiry.compared(*m_device.await, range, Statistic::Mean, awaitParameter(), awaitLimit());
            if (!std::isnan(m_quiet))
                await.text = fmt::format("{} when quiet", inSeconds(m_quiet));
            finding.evidence.push_back(await);
        }
        if (m_device.requests) {
            Evidence requests = m_inquiry.measured(*m_device.requests, range, Statistic::Mean, EvidenceRole::Support);
            // Little's law: what arrives per second times how long it stays is how many are there.
            requests.text = fmt::format("{} requests/s for {} each are {} at a time", inNumber(requests.value),
                inSeconds(mean(m_device.await, range)), inNumber(requests.value * mean(m_device.await, range)));
            finding.evidence.push_back(requests);
        }
        for (const Series* series :
            {m_device.readAwait, m_device.writeAwait, m_device.readBytes, m_device.writtenBytes, m_device.util})
            if (series && mean(series, range) > 0)
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
        constexpr double clearly = 10;
        for (const char* name : {"pressure.io.some", "pressure.io.full"})
            if (const Series* pressure = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*pressure, range, Statistic::Mean,
                    mean(pressure, range) >= clearly ? EvidenceRole::Support : EvidenceRole::Context));
        for (const char* name : {"cpu.blocked", "cpu.iowait"})
            if (const Series* series = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Context));
    }

    /// Bytes per process are not recorded; who sleeps for the disk is.
    void nameTasks(TimeRange range, Finding& finding) const
    {
        constexpr double share = 0.3, halfATask = 0.5;
        const auto sleepers = sleepersInD(m_inquiry.snapshot(), range);
        // In a container the blocked tasks are counted for the host, and its processes are not seen.
        if (const Series* blocked = m_inquiry.series("cpu.blocked");
            blocked && !sleepers.empty() && sleepers[0].amount < share * mean(blocked, range)) {
            finding.culpritReason = finding.victimReason =
                fmt::format("the processes that were recorded are few of those that wait: {} of {} blocked tasks",
                    inNumber(sleepers[0].amount), inNumber(mean(blocked, range)));
            return;
        }
        if (sleepers.empty() || sleepers[0].amount < halfATask || sleepers[0].share < share) {
            finding.culpritReason = processTimes(m_inquiry.snapshot())
                ? "bytes per process (/proc/PID/io) were not recorded, and no process was seen sleeping for the disk"
                : "processes were not recorded";
            finding.victimReason = finding.culpritReason;
            return;
        }
        const std::string seen = fmt::format("{} tasks in uninterruptible sleep on average, {} of all",
            inNumber(sleepers[0].amount), inPercent(sleepers[0].share * percent));
        finding.culprit = objectOf(sleepers[0]);
        finding.culpritReason = seen + "; bytes per process (/proc/PID/io) were not recorded";
        finding.victim = finding.culprit;
        finding.victimReason = seen;
    }

    Certainty certainty(TimeRange range) const
    {
        constexpr double clearly = 10;
        Certainty certainty;
        certainty.base = 0.7;
        const Series* pressure = m_inquiry.series("pressure.io.some");
        if (pressure && mean(pressure, range) >= clearly)
            ++certainty.agreeing;
        if (const Series* blocked = m_inquiry.series("cpu.blocked"); blocked && mean(blocked, range) >= 1)
            ++certainty.agreeing;
        certainty.further = pressure ? 0 : -0.1; // findings catalogue, section 6
        certainty.isShort = isShort(m_episodes);
        certainty.isScaled = m_isScaled;
        return certainty;
    }

    const Inquiry& m_inquiry;
    BlockDevice m_device;
    double m_quiet;
    std::vector<Episode> m_episodes;
    bool m_isScaled = false;
    double m_secondsBeyond = 0; ///< at a time, and not for long enough
};

/// Whether `lower` can be what `upper` rests on. Which rests on which is not recorded; but what waits above must come
/// by below, of members of a RAID each its share, and takes longer above, where the wait below is part of it.
bool canCarry(const Device& lower, const Device& upper)
{
    constexpr double half = 0.5, shareOfMember = 0.05;
    if (!upper.device().isStacked || !lower.isSaturated())
        return false;
    const TimeRange range = longestOf(upper.episodes());
    const bool isSpread = upper.device().name.starts_with("md") || upper.device().name.starts_with("dm-");
    if (lower.bytes(range) < (isSpread ? shareOfMember : half) * upper.bytes(range))
        return false;
    if (!lower.device().isStacked)
        return true;
    return lower.bytes(range) <= upper.bytes(range) / half && lower.await(range) < upper.await(range);
}

/// The lowest saturated device below a stacked one at the same time, or null.
const Device* saturatedBelow(const std::vector<Device>& devices, const Device& upper)
{
    constexpr double half = 0.5;
    const Device* lowest = nullptr;
    for (const Device& lower : devices) {
        if (&lower == &upper || !canCarry(lower, upper))
            continue;
        double common = 0;
        for (const Episode& episode : upper.episodes())
            common += overlapSeconds(lower.episodes(), episode.range);
        if (common < half * totalSeconds(upper.episodes()))
            continue;
        const TimeRange range = longestOf(upper.episodes());
        const bool isLower = !lowest || (lowest->device().isStacked && !lower.device().isStacked)
            || (lowest->device().isStacked == lower.device().isStacked && lower.await(range) < lowest->await(range));
        lowest = isLower ? &lower : lowest;
    }
    return lowest;
}

/// No device was measured: blocked tasks and the traffic of all devices together (vmstat) must do.
class WholeHost {
public:
    explicit WholeHost(const Inquiry& inquiry)
        : m_inquiry(inquiry)
        , m_blocked(inquiry.series("cpu.blocked"))
        , m_moved(signalOf(inquiry.series("paging.in")))
    {
        const Signal out = signalOf(inquiry.series("paging.out"));
        for (std::size_t i = 0; i < m_moved.values.size() && out.times == m_moved.times; ++i)
            m_moved.values[i] += out.values[i];
    }

    RuleResult result() const
    {
        RuleResult result;
        result.remark = "no disk was measured of its own: judged by blocked tasks and the traffic of all disks";
        const Term blocked{signalOf(m_blocked), Bound::AtLeast, m_inquiry.parameter("blocked")};
        Sustained held = sustained(std::span(&blocked, 1), m_inquiry.parameter("duration"));
        std::erase_if(held.episodes, [&](const Episode& episode) { return !isAtItsMost(episode.range); });
        if (held.episodes.empty()) {
            // Who waits for asynchronous I/O is not blocked: a full disk can show no blocked task and no I/O wait.
            result.isEvaluable = false;
            result.missing.push_back({"disk requests and their times",
                "not recorded, and blocked tasks alone cannot clear a disk: asynchronous I/O blocks none",
                "record /proc/diskstats"});
            result.looked.push_back(
                m_inquiry.compared(*m_blocked, m_inquiry.snapshot().range, Statistic::P95, "blocked"));
            sayNearlyFound(held.secondsBeyond, m_inquiry.parameter("duration"), result);
            return result;
        }
        result.findings.push_back(describe(held));
        return result;
    }

private:
    /// All traffic near its highest, or one direction at a level it does not get over: what one disk cannot exceed is
    /// seen even where others write beside it.
    bool isAtItsMost(TimeRange range) const
    {
        for (const char* name : {"paging.in", "paging.out"})
            if (const Series* series = m_inquiry.series(name); series && isLevel(*series, range))
                return true;
        double sum = 0, count = 0;
        for (std::size_t row = 0; row < m_moved.values.size(); ++row)
            if (range.contains((*m_moved.times)[row]) && !std::isnan(m_moved.values[row])) {
                sum += m_moved.values[row];
                ++count;
            }
        return count > 0 && sum / count >= nearItsMost();
    }

    double nearItsMost() const
    {
        constexpr double near = 0.8, p95 = 0.95;
        std::vector<double> values;
        for (const double value : m_moved.values)
            if (!std::isnan(value))
                values.push_back(value);
        if (values.empty())
            return notMeasured;
        std::sort(values.begin(), values.end());
        return near * values[static_cast<std::size_t>(p95 * static_cast<double>(values.size() - 1))];
    }

    Finding describe(const Sustained& held) const
    {
        Finding finding = m_inquiry.finding({ObjectKind::Host, "", ""}, held.episodes);
        const TimeRange range = finding.range();
        finding.evidence.push_back(m_inquiry.compared(*m_blocked, range, Statistic::Mean, "blocked"));
        for (const char* name : {"paging.in", "paging.out", "cpu.iowait"})
            if (const Series* series = m_inquiry.series(name))
                finding.evidence.push_back(m_inquiry.measured(*series, range, Statistic::Mean, EvidenceRole::Support));
        finding.mechanism =
            "tasks blocked for I/O while the disks' traffic stays at its highest; which disk is not known";
        finding.sentence =
            fmt::format("{} tasks blocked for I/O on average while the traffic of the disks stays at its highest",
                inNumber(finding.evidence[0].value));
        finding.culpritReason = "neither devices nor processes were recorded";
        finding.victimReason = finding.culpritReason;
        Certainty certainty;
        certainty.base = 0.4;
        certainty.isShort = isShort(held.episodes);
        certainty.isScaled = held.isScaled;
        finding.confidence = confidence(certainty);
        return finding;
    }

    const Inquiry& m_inquiry;
    const Series* m_blocked;
    Signal m_moved;
};

RuleResult check(const Inquiry& inquiry)
{
    const auto found = blockDevices(inquiry.snapshot());
    if (found.empty())
        return WholeHost(inquiry).result();
    std::vector<Device> devices;
    for (const BlockDevice& device : found)
        devices.emplace_back(inquiry, device);
    RuleResult result;
    for (const Device& device : devices) {
        if (!device.isSaturated() || saturatedBelow(devices, device))
            continue;
        std::string above;
        for (const Device& other : devices)
            if (other.isSaturated() && saturatedBelow(devices, other) == &device)
                above += (above.empty() ? "; above it " : ", ") + other.device().name;
        const bool isOne = above.find(',') == std::string::npos;
        result.findings.push_back(
            device.describe(above.empty() ? above : above + (isOne ? " waits with it" : " wait with it")));
    }
    if (!result.findings.empty())
        return result;
    const auto busiest = std::max_element(
        devices.begin(), devices.end(), [](const Device& a, const Device& b) { return a.peakQueue() < b.peakQueue(); });
    busiest->look(result);
    return result;
}

} // namespace

Rule disk_saturation()
{
    Rule rule;
    rule.id = "disk-saturation";
    rule.question = "Do requests queue at a disk?";
    rule.title = "Requests queue at a block device";
    rule.role = Role::Culprit;
    rule.resource = Resource::Disk;
    rule.useClass = Rule::Class::Saturation;
    rule.isOfWhatLasts = true;
    rule.needs = {
        {"disk requests and their times", {metric("disk.queue"), metric("cpu.blocked")}, {"proc/diskstats"},
            "record /proc/diskstats"},
        {"traffic of the disks", {metric("disk.await"), metric("paging.in")}, {"proc/diskstats"},
            "record /proc/diskstats, or give vmstat output"},
    };
    rule.parameters = {
        {"queue", 4, Unit::Count, "requests queued or being served, at a device that works in parallel",
            "man 1 iostat; house"},
        {"await_growth", 3, Unit::None, "await at least this many times its own quiet value", "house"},
        {"least_await", 0.001, Unit::Seconds, "and at least this", "house"},
        {"await", 0.020, Unit::Seconds, "await at least this when the device was never seen quiet", "house"},
        {"quiet_queue", 1, Unit::Count, "quiet is a queue below this", "house"},
        {"quiet_requests", 20, Unit::CountPerSecond, "requests per second, whose await tells best what quiet is",
            "house"},
        {"requests", 2, Unit::CountPerSecond, "requests per second, for a mean of fewer says nothing", "house"},
        {"deep_queue", 32, Unit::Count, "a queue that suffices when requests or bytes per second stay flat", "house"},
        {"duration", 10, Unit::Seconds, "for at least", "house"},
        {"serious_growth", 10, Unit::None, "await this many times the quiet value is serious", "house"},
        {"serious_least_await", 0.005, Unit::Seconds, "and at least this", "house"},
        {"serious_await", 0.050, Unit::Seconds, "await from here on serious", "house"},
        {"critical_await", 1, Unit::Seconds, "await from here on critical", "house"},
        {"critical_duration", 30, Unit::Seconds, "when it lasts this long", "house"},
        {"blocked", 4, Unit::Count, "tasks blocked for I/O, when no device was measured", "house"},
    };
    rule.causes = {"more requests than the device can serve", "small random I/O", "a backup or compaction beside it",
        "a flood of writes", "a degraded RAID", "a provisioned limit"};
    rule.checks = {"a flat rate at a round number points to a provisioned limit",
        "few requests, each slow, point to the device",
        "await must fall as soon as the process that reads or writes most stops"};
    rule.fixes = {"stop or limit the consumer (ionice, io.max)", "cache or index; larger requests", "separate devices",
        "a faster device"};
    rule.check = check;
    return rule;
}

} // namespace hindcast::diagnose
