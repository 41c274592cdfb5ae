#include "model/derive.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>

namespace hindcast {
namespace {

constexpr double percent = 100;

using Values = std::vector<double>;

/// All series of one source that share their times, found by name; and the lengths of the intervals between the times.
class Group {
public:
    explicit Group(TimeColumn times)
        : m_times(std::move(times))
        , m_intervals(m_times->size(), notMeasured)
    {
        for (std::size_t i = 1; i < m_intervals.size(); ++i)
            m_intervals[i] = toSeconds((*m_times)[i] - (*m_times)[i - 1]);
    }

    void add(const Series& series) { m_series[series.metric].push_back(&series); }

    const std::map<std::string_view, std::vector<const Series*>>& byMetric() const { return m_series; }
    std::span<const Series* const> all(std::string_view metric) const
    {
        const auto found = m_series.find(metric);
        return found == m_series.end() ? std::span<const Series* const>{} : found->second;
    }
    /// Null when it was not recorded.
    const Series* find(std::string_view metric, Kind kind, const Labels& labels = {}) const
    {
        for (const Series* series : all(metric))
            if (series->kind == kind && series->labels == labels)
                return series;
        return nullptr;
    }
    const Series* counter(std::string_view metric, const Labels& labels = {}) const
    {
        return find(metric, Kind::Counter, labels);
    }
    const Series* gauge(std::string_view metric, const Labels& labels = {}) const
    {
        return find(metric, Kind::Gauge, labels);
    }

    /// Seconds of the interval that ends at each time; the first is NaN.
    const Values& intervals() const { return m_intervals; }

private:
    TimeColumn m_times;
    Values m_intervals;
    std::map<std::string_view, std::vector<const Series*>> m_series;
};

Values valuesOf(const Series& series)
{
    Values values(series.values.size());
    series.values.copy(0, values.size(), values.data());
    return values;
}

/// Increase over the interval that ends at each sample. NaN: the first, after a decrease, next to a NaN.
Values increases(const Series& counter)
{
    Values values = valuesOf(counter);
    double previous = notMeasured;
    for (double& value : values) {
        const double current = value;
        const double delta = current - previous;
        value = delta >= 0 ? delta : notMeasured;
        previous = current;
    }
    return values;
}

/// As `increases`, but what was not recorded is an empty vector.
Values increasesIfThere(const Series* counter)
{
    return counter ? increases(*counter) : Values{};
}

/// A series of the same source and times. Single precision is beyond the accuracy of the sampling, and packs in half.
Series derived(const Series& from, std::string_view metric, Labels labels, Unit unit, Values values)
{
    Series series;
    series.metric = metric;
    series.labels = std::move(labels);
    series.unit = unit;
    series.kind = Kind::Gauge;
    series.isDerived = true;
    series.clock = from.clock;
    series.source = from.source;
    series.member = from.member;
    series.times = from.times;
    for (double& value : values)
        value = static_cast<double>(static_cast<float>(value));
    series.values.append(values.data(), values.size());
    series.values.seal();
    series.pyramid = Pyramid(series.values);
    return series;
}

Values& operator+=(Values& sum, const Values& more)
{
    for (std::size_t i = 0; i < sum.size() && i < more.size(); ++i)
        sum[i] += more[i];
    return sum;
}

/// a / b where something was counted in b; NaN elsewhere: a mean of nothing is not 0.
Values meanOf(Values sum, const Values& count)
{
    for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] = count[i] > 0 ? sum[i] / count[i] : notMeasured;
    return sum;
}

Values scaled(Values values, double factor)
{
    for (double& value : values)
        value *= factor;
    return values;
}

Values perInterval(Values increase, const Values& intervals)
{
    for (std::size_t i = 0; i < increase.size(); ++i)
        increase[i] = intervals[i] > 0 ? increase[i] / intervals[i] : notMeasured;
    return increase;
}

// Rates

bool isCpuTime(const Series& series)
{
    return series.metric.starts_with("cpu.") && series.unit == Unit::Seconds;
}
bool isStallTime(const Series& series)
{
    return series.metric.starts_with("pressure.") && series.unit == Unit::Seconds;
}

/// Of a stall time (PSI) the share of the interval, of every other counter the rate per second.
/// source kernel Documentation/accounting/psi.rst: the averages lag, the increase of total over an interval does not
Series rateOf(const Series& counter, const Group& group)
{
    Values rates = perInterval(increases(counter), group.intervals());
    if (isStallTime(counter))
        return derived(counter, counter.metric, counter.labels, Unit::Percent, scaled(std::move(rates), percent));
    return derived(counter, counter.metric, counter.labels, perSecond(counter.unit), std::move(rates));
}

void deriveRates(const Group& group, std::vector<Series>& out)
{
    for (const auto& [metric, all] : group.byMetric())
        for (const Series* series : all)
            if (series->kind == Kind::Counter && !isCpuTime(*series))
                out.push_back(rateOf(*series, group));
}

// CPU shares

enum Mode : std::size_t { User, Nice, System, Idle, IoWait, Irq, SoftIrq, Steal, Guest, GuestNice, modeCount };
constexpr std::array<std::string_view, modeCount> modeMetrics{"cpu.user", "cpu.nice", "cpu.system", "cpu.idle",
    "cpu.iowait", "cpu.irq", "cpu.softirq", "cpu.steal", "cpu.guest", "cpu.guest_nice"};

/// Seconds one CPU (or all together) spent in each mode during an interval; then their shares.
struct Shares {
    std::array<double, modeCount> modes{}; ///< a mode the kernel does not print stays 0
    double busy = notMeasured;
    double total = 0;

    void forget()
    {
        modes.fill(notMeasured);
        busy = notMeasured;
    }
};

/// Time in guest mode is in user (and nice) as well. The guest's counter may run a tick ahead of the other: the shares
/// must still add up, so what goes missing is added to the total, as mpstat does.
void takeOutGuest(Shares& shares, Mode host, Mode guest)
{
    const double rest = shares.modes[host] - shares.modes[guest];
    constexpr double halfTick =
        0.0004; // of the fastest clock, 1024 a second: less is what subtracting fractions leaves over
    if (rest < -halfTick)
        shares.total -= rest;
    shares.modes[host] = rest < halfTick ? 0 : rest;
}

/// A sleeping CPU without a tick may not have booked its idle time yet (and then mpstat shows a total of nothing as
/// idle). What is missing from the interval is idle time; a tenth is far below what any booking by tick would leave
/// out.
void addUnbookedIdleTime(Shares& shares, double interval)
{
    constexpr double smallestBooked = 0.1;
    if (shares.total < smallestBooked * interval) {
        shares.modes[Idle] += interval - shares.total;
        shares.total = interval;
    }
}

/// before, after: the counters; a NaN makes the interval NaN, except in iowait, which may go down (man 5 proc_stat):
/// then only its own share is unknown and the rest of the interval is right without it.
/// most: seconds there can have been; NaN = not known.
Shares sharesOf(const std::array<double, modeCount>& before, const std::array<double, modeCount>& after,
    double interval, bool isOneCpu, double most)
{
    Shares shares;
    bool isWaitKnown = true;
    for (std::size_t mode = 0; mode < modeCount; ++mode) {
        double spent = after[mode] - before[mode];
        if (mode == IoWait && spent < 0) {
            spent = 0;
            isWaitKnown = false;
        }
        // Less than before: the counters were reset, as by a CPU that comes back online.
        if (!(spent >= 0) || !(interval > 0)) {
            shares.forget();
            return shares;
        }
        shares.modes[mode] = spent;
        if (mode < Guest)
            shares.total += spent;
    }
    if (shares.total > most) {
        shares.forget();
        return shares;
    }
    takeOutGuest(shares, User, Guest);
    takeOutGuest(shares, Nice, GuestNice);
    constexpr double twoTicks = 0.02; // below that, no booking is no news
    if (interval >= twoTicks && (isOneCpu || shares.total <= 0))
        addUnbookedIdleTime(shares, interval);
    if (!(shares.total > 0)) {
        shares.forget();
        return shares;
    }
    shares.busy = percent * (shares.total - shares.modes[Idle] - shares.modes[IoWait]) / shares.total;
    for (double& mode : shares.modes)
        mode = percent * mode / shares.total;
    if (!isWaitKnown)
        shares.modes[IoWait] = notMeasured;
    return shares;
}

/// What all CPUs together can have spent in each interval; NaN where the CPUs are not named. A CPU that is switched off
/// makes the kernel book its idle time anew, minutes of it in one interval (fs/proc/stat.c, get_idle_time): such an
/// interval says nothing of the others. Bookings by tick and clocks read one after the other are given a tenth.
Values mostSpentByAll(const Group& group, std::size_t size)
{
    Values cpus(size, 0.0);
    for (const Series* user : group.all("cpu.user")) {
        if (user->labels.empty() || user->values.size() != size)
            continue;
        const Values values = valuesOf(*user);
        for (std::size_t i = 0; i < size; ++i)
            cpus[i] += std::isnan(values[i]) ? 0 : 1;
    }
    Values most(size, notMeasured);
    constexpr double tolerance = 1.1, ticks = 0.05;
    for (std::size_t i = 1; i < size; ++i)
        if (const double inUse = std::max(cpus[i - 1], cpus[i]); inUse > 0)
            most[i] = inUse * (tolerance * group.intervals()[i] + ticks);
    return most;
}

void deriveCpuShares(const Group& group, const Series& user, std::vector<Series>& out)
{
    std::array<const Series*, modeCount> counters;
    for (std::size_t mode = 0; mode < modeCount; ++mode)
        counters[mode] = group.counter(modeMetrics[mode], user.labels);
    if (!counters[Nice] || !counters[System] || !counters[Idle])
        return;
    const std::size_t size = user.values.size();
    std::array<Values, modeCount> modes;
    for (std::size_t mode = 0; mode < modeCount; ++mode)
        modes[mode] = counters[mode] ? valuesOf(*counters[mode]) : Values(size, 0.0);
    Values busy(size, notMeasured);
    std::array<double, modeCount> before;
    before.fill(notMeasured);
    const bool isOneCpu = !user.labels.empty();
    const Values most = isOneCpu ? Values(size, notMeasured) : mostSpentByAll(group, size);
    for (std::size_t i = 0; i < size; ++i) {
        std::array<double, modeCount> after;
        for (std::size_t mode = 0; mode < modeCount; ++mode)
            after[mode] = modes[mode][i];
        const Shares shares = sharesOf(before, after, group.intervals()[i], isOneCpu, most[i]);
        for (std::size_t mode = 0; mode < modeCount; ++mode)
            modes[mode][i] = shares.modes[mode];
        busy[i] = shares.busy;
        before = after;
    }
    for (std::size_t mode = 0; mode < modeCount; ++mode)
        if (counters[mode])
            out.push_back(derived(user, modeMetrics[mode], user.labels, Unit::Percent, std::move(modes[mode])));
    out.push_back(derived(user, "cpu.busy", user.labels, Unit::Percent, std::move(busy)));
}

/// For sources that print shares themselves (vmstat).
void deriveBusyShare(const Group& group, const Series& idle, std::vector<Series>& out)
{
    const Series* wait = group.gauge("cpu.iowait", idle.labels);
    if (!wait)
        return;
    Values busy = valuesOf(idle);
    busy += valuesOf(*wait);
    for (double& share : busy)
        share = percent - share;
    out.push_back(derived(idle, "cpu.busy", idle.labels, Unit::Percent, std::move(busy)));
}

void deriveCpu(const Group& group, std::vector<Series>& out)
{
    for (const Series* user : group.all("cpu.user"))
        if (user->kind == Kind::Counter)
            deriveCpuShares(group, *user, out);
    for (const Series* idle : group.all("cpu.idle"))
        if (idle->kind == Kind::Gauge)
            deriveBusyShare(group, *idle, out);
}

// Disks

/// One kind of request: how many, how long, how much. Empty where the kernel does not count it.
struct Requests {
    Values count, time, bytes;
};

class DiskDerivation {
public:
    DiskDerivation(const Group& group, const Series& reads, std::vector<Series>& out)
        : m_group(group)
        , m_reads(reads)
        , m_out(out)
    {
    }

    void run()
    {
        const Requests reads = requests("disk.reads", "disk.read_time", "disk.read_bytes");
        const Requests writes = requests("disk.writes", "disk.write_time", "disk.written_bytes");
        const Requests discards = requests("disk.discards", "disk.discard_time", "disk.discarded_bytes");
        const Requests flushes = requests("disk.flushes", "disk.flush_time", "");
        addMeans("disk.read_await", "disk.read_size", reads);
        addMeans("disk.write_await", "disk.write_size", writes);
        addMeans("disk.discard_await", "disk.discard_size", discards);
        addMeans("disk.flush_await", "", flushes);
        // Flushes are not added: the request that asks for one is counted as a write already (iostat leaves them out
        // too).
        addAll(reads, writes, discards);
        addQueue();
    }

private:
    Requests requests(std::string_view count, std::string_view time, std::string_view bytes) const
    {
        return {of(count), of(time), of(bytes)};
    }
    Values of(std::string_view metric) const { return increasesIfThere(m_group.counter(metric, m_reads.labels)); }

    void addMeans(std::string_view await, std::string_view size, const Requests& requests)
    {
        if (!requests.count.empty() && !requests.time.empty())
            add(await, Unit::Seconds, meanOf(requests.time, requests.count));
        if (!requests.count.empty() && !requests.bytes.empty())
            add(size, Unit::Bytes, meanOf(requests.bytes, requests.count));
    }

    void addAll(Requests all, const Requests& writes, const Requests& discards)
    {
        if (all.count.empty() || writes.count.empty())
            return;
        for (const Requests* more : {&writes, &discards}) {
            all.count += more->count;
            all.time += more->time;
            all.bytes += more->bytes;
        }
        if (!all.time.empty() && !writes.time.empty())
            add("disk.await", Unit::Seconds, meanOf(std::move(all.time), all.count));
        if (!all.bytes.empty() && !writes.bytes.empty())
            add("disk.request_size", Unit::Bytes, meanOf(std::move(all.bytes), all.count));
        add("disk.requests", Unit::CountPerSecond, perInterval(std::move(all.count), m_group.intervals()));
    }

    /// The utilisation is not capped at 100, as in iostat: the kernel books time by the millisecond or the tick, so a
    /// busy device may show a little more.
    void addQueue()
    {
        if (Values weighted = of("disk.weighted_io_time"); !weighted.empty())
            add("disk.queue", Unit::None, perInterval(std::move(weighted), m_group.intervals()));
        if (Values busy = of("disk.io_time"); !busy.empty())
            add("disk.util", Unit::Percent, scaled(perInterval(std::move(busy), m_group.intervals()), percent));
    }

    void add(std::string_view metric, Unit unit, Values values)
    {
        m_out.push_back(derived(m_reads, metric, m_reads.labels, unit, std::move(values)));
    }

    const Group& m_group;
    const Series& m_reads;
    std::vector<Series>& m_out;
};

/// What tools print for reads, writes and discards apart (iostat -x of sysstat 11.6 and later), for all requests
/// together: their number, and their mean time and size weighted by it. NaN where none ended.
class DiskTotals {
public:
    DiskTotals(const Group& group, const Series& reads)
        : m_group(group)
        , m_reads(reads)
    {
    }

    void run(std::vector<Series>& out)
    {
        const Series* writes = of("disk.writes");
        if (!writes || of("disk.requests"))
            return;
        Values count = valuesOf(m_reads);
        count += valuesOf(*writes);
        if (const Series* discards = of("disk.discards"))
            count += valuesOf(*discards);
        addMean("disk.await", {"disk.read_await", "disk.write_await", "disk.discard_await"}, Unit::Seconds, count, out);
        addMean(
            "disk.request_size", {"disk.read_size", "disk.write_size", "disk.discard_size"}, Unit::Bytes, count, out);
        out.push_back(derived(m_reads, "disk.requests", m_reads.labels, Unit::CountPerSecond, std::move(count)));
    }

private:
    static constexpr std::array<std::string_view, 3> counts{"disk.reads", "disk.writes", "disk.discards"};

    const Series* of(std::string_view metric) const { return m_group.gauge(metric, m_reads.labels); }

    /// `means`: of reads, writes and discards; one that is not printed with its count makes the whole unknown.
    void addMean(std::string_view metric, const std::array<std::string_view, 3>& means, Unit unit, const Values& count,
        std::vector<Series>& out) const
    {
        if (of(metric))
            return;
        Values sum(count.size(), 0.0);
        for (std::size_t kind = 0; kind < means.size(); ++kind) {
            const Series* number = of(counts[kind]);
            const Series* mean = of(means[kind]);
            if (!number)
                continue;
            if (!mean)
                return;
            Values part = valuesOf(*number);
            const Values each = valuesOf(*mean);
            for (std::size_t i = 0; i < part.size(); ++i)
                part[i] = part[i] > 0 ? part[i] * each[i] : part[i];
            sum += part;
        }
        out.push_back(derived(m_reads, metric, m_reads.labels, unit, meanOf(std::move(sum), count)));
    }

    const Group& m_group;
    const Series& m_reads;
};

void deriveDisks(const Group& group, std::vector<Series>& out)
{
    for (const Series* reads : group.all("disk.reads")) {
        if (reads->kind == Kind::Counter)
            DiskDerivation(group, *reads, out).run();
        else
            DiskTotals(group, *reads).run(out);
    }
}

// Memory

Values difference(const Series& from, const Series& what)
{
    Values values = valuesOf(from);
    const Values less = valuesOf(what);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] -= less[i];
    return values;
}

/// Page cache and the slab that can be given back, which `free` and vmstat of procps print as "cache".
void deriveCache(const Group& group, std::vector<Series>& out)
{
    const Series* cached = group.gauge("memory.cached");
    if (!cached)
        return;
    Values values = valuesOf(*cached);
    if (const Series* slab = group.gauge("memory.slab_reclaimable"))
        values += valuesOf(*slab);
    out.push_back(derived(*cached, "memory.cache", {}, Unit::Bytes, std::move(values)));
}

/// What is in use is what is not available. Kernels before 3.14 do not say what is available; free, buffers and cached
/// together are not the same (part of the cache cannot be given back) and so have names of their own.
void deriveMemoryUse(const Group& group, const Series& total, std::vector<Series>& out)
{
    if (const Series* available = group.gauge("memory.available")) {
        Values used = difference(total, *available);
        out.push_back(derived(total, "memory.used", {}, Unit::Bytes, used));
        out.push_back(derived(
            total, "memory.used_share", {}, Unit::Percent, scaled(meanOf(std::move(used), valuesOf(total)), percent)));
        return;
    }
    const Series* free = group.gauge("memory.free");
    const Series* buffers = group.gauge("memory.buffers");
    const Series* cached = group.gauge("memory.cached");
    if (!free || !buffers || !cached)
        return;
    Values freeAndCache = valuesOf(*free);
    freeAndCache += valuesOf(*buffers);
    freeAndCache += valuesOf(*cached);
    Values used = valuesOf(total);
    for (std::size_t i = 0; i < used.size(); ++i)
        used[i] -= freeAndCache[i];
    out.push_back(derived(total, "memory.free_and_cache", {}, Unit::Bytes, std::move(freeAndCache)));
    out.push_back(derived(total, "memory.used_without_cache", {}, Unit::Bytes, std::move(used)));
}

void deriveMemory(const Group& group, std::vector<Series>& out)
{
    const Series* total = group.gauge("memory.total");
    if (!total)
        return;
    deriveMemoryUse(group, *total, out);
    deriveCache(group, out);
    const Series* swapTotal = group.gauge("memory.swap_total");
    const Series* swapFree = group.gauge("memory.swap_free");
    if (swapTotal && swapFree)
        out.push_back(derived(*swapTotal, "memory.swap_used", {}, Unit::Bytes, difference(*swapTotal, *swapFree)));
}

// Sums and ratios

Labels without(Labels labels, std::string_view name)
{
    labels.erase(std::remove_if(labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; }),
        labels.end());
    return labels;
}

/// Reclaim counters come per zone (or page type) on some kernels and as one on others: the sum makes them comparable.
void deriveSumsOver(
    std::string_view label, const Group& group, std::span<const Series* const> all, std::vector<Series>& out)
{
    std::map<Labels, Values> sums;
    for (const Series* series : all) {
        if (series->kind != Kind::Counter || labelValue(series->labels, label).empty())
            continue;
        Labels rest = without(series->labels, label);
        if (group.counter(series->metric, rest))
            continue; // the kernel prints the sum itself
        const auto [sum, isFirst] = sums.try_emplace(std::move(rest));
        if (isFirst)
            sum->second = increases(*series);
        else
            sum->second += increases(*series);
    }
    for (auto& [labels, sum] : sums)
        out.push_back(derived(*all.front(), all.front()->metric, labels, perSecond(all.front()->unit),
            perInterval(std::move(sum), group.intervals())));
}

void deriveReclaim(const Group& group, std::vector<Series>& out)
{
    for (const auto& [metric, all] : group.byMetric())
        if (metric.starts_with("reclaim.")) {
            deriveSumsOver("zone", group, all, out);
            deriveSumsOver("type", group, all, out);
        }
}

/// Segments sent again, of all that were sent (OutSegs counts both). Nothing sent: no ratio.
void deriveTcp(const Group& group, std::vector<Series>& out)
{
    const Series* retransmitted = group.counter("tcp.retransmitted_segments");
    const Series* sent = group.counter("tcp.segments_out");
    if (retransmitted && sent)
        out.push_back(derived(*retransmitted, "tcp.retransmission_ratio", {}, Unit::Percent,
            scaled(meanOf(increases(*retransmitted), increases(*sent)), percent)));
}

/// For each series `sum` whose labels `count` has too: the increase of the one by that of the other.
void deriveMeans(std::string_view sum, std::string_view count, std::string_view metric, Unit unit, double factor,
    const Group& group, std::vector<Series>& out)
{
    for (const Series* one : group.all(sum))
        if (const Series* many = one->kind == Kind::Counter ? group.counter(count, one->labels) : nullptr)
            out.push_back(
                derived(*one, metric, one->labels, unit, scaled(meanOf(increases(*one), increases(*many)), factor)));
}

/// Share of a control group's periods in which its limit on CPU time held it up. No period passed: no share.
/// source kernel Documentation/scheduler/sched-bwc.rst
void deriveControlGroups(const Group& group, std::vector<Series>& out)
{
    deriveMeans("cgroup.cpu.throttled_periods", "cgroup.cpu.periods", "cgroup.cpu.throttled_share", Unit::Percent,
        percent, group, out);
}

/// Mean times of a request to an NFS server. Nothing asked: no mean.
void deriveNfs(const Group& group, std::vector<Series>& out)
{
    deriveMeans("nfs.operation.round_trip_time", "nfs.operation.requests", "nfs.operation.round_trip", Unit::Seconds, 1,
        group, out);
    deriveMeans(
        "nfs.operation.execute_time", "nfs.operation.requests", "nfs.operation.await", Unit::Seconds, 1, group, out);
}

void deriveGroup(const Group& group, std::vector<Series>& out)
{
    deriveRates(group, out);
    deriveCpu(group, out);
    deriveDisks(group, out);
    deriveMemory(group, out);
    deriveReclaim(group, out);
    deriveTcp(group, out);
    deriveControlGroups(group, out);
    deriveNfs(group, out);
}

} // namespace

void deriveMetrics(Snapshot& snapshot)
{
    std::map<std::pair<std::string_view, const void*>, Group> groups; // by source, so that the order is always the same
    for (const Series& series : snapshot.series)
        if (!series.isDerived)
            groups.try_emplace({series.member, series.times.get()}, series.times).first->second.add(series);
    std::vector<Series> derivedSeries;
    for (const auto& [key, group] : groups) {
        std::vector<Series> ofGroup;
        deriveGroup(group, ofGroup);
        for (Series& series : ofGroup) // what the source printed itself is not computed once more
            if (!group.find(series.metric, Kind::Gauge, series.labels))
                derivedSeries.push_back(std::move(series));
    }
    snapshot.series.insert(snapshot.series.end(), std::make_move_iterator(derivedSeries.begin()),
        std::make_move_iterator(derivedSeries.end()));
}

} // namespace hindcast
