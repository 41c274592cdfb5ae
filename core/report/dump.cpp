#include "report/dump.h"

#include "model/process.h"
#include "model/series_math.h"
#include "report/json_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>

namespace hindcast::report {
namespace {

std::string_view clockName(Clock clock)
{
    switch (clock) {
    case Clock::Wall:
        return "wall";
    case Clock::Boot:
        return "boot";
    case Clock::None:
        return "none";
    }
    return "none";
}

void appendKey(std::string& out, std::string_view key)
{
    out += out.back() == '{' ? "\"" : ",\"";
    out += key;
    out += "\":";
}

void appendText(std::string& out, std::string_view key, std::string_view value)
{
    appendKey(out, key);
    if (value.empty())
        out += "null";
    else
        appendJsonText(out, value);
}

template <typename Number> void appendNumber(std::string& out, std::string_view key, const std::optional<Number>& value)
{
    appendKey(out, key);
    if (value)
        appendJsonNumber(out, static_cast<double>(*value));
    else
        out += "null";
}

void appendCount(std::string& out, std::string_view key, std::uint64_t value)
{
    appendKey(out, key);
    out += std::to_string(value);
}

void appendLabels(std::string& out, const Labels& labels)
{
    appendKey(out, "labels");
    out += '{';
    for (const Label& label : labels) {
        if (out.back() != '{')
            out += ',';
        appendJsonText(out, label.name);
        out += ':';
        appendJsonText(out, label.value);
    }
    out += '}';
}

class Dump {
public:
    Dump(const Snapshot& snapshot, const DumpOptions& options, Output& out)
        : m_snapshot(snapshot)
        , m_options(options)
        , m_out(out)
    {
    }

    void run()
    {
        host();
        for (const MemberReport& report : m_snapshot.members)
            member(report);
        for (const Series& one : m_snapshot.series)
            if (isWanted(one.metric))
                series(one);
        for (const Entity& entity : m_snapshot.entities)
            this->entity(entity);
        for (const Table& one : m_snapshot.tables)
            table(one);
        for (const Event& one : m_snapshot.events)
            event(one);
        for (const Gap& gap : m_snapshot.gaps)
            note({"", 0, NoteSeverity::DataLoss,
                fmt::format("not measured from {} to {}: {}", formatUtc(gap.range.begin, 3),
                    formatUtc(gap.range.end, 3), gap.reason),
                1});
        for (const ImportNote& one : m_snapshot.notes)
            note(one);
    }

private:
    bool isWanted(std::string_view metric) const
    {
        return m_options.metrics.empty()
            || std::any_of(m_options.metrics.begin(), m_options.metrics.end(),
                [&](const std::string& pattern) { return matchesPattern(pattern, metric); });
    }

    IndexRange wantedSamples(const TimeColumn& times, Clock clock) const
    {
        if (!m_options.range || clock != Clock::Wall)
            return {0, times->size()};
        return indexRange(times, *m_options.range);
    }

    void line(const std::function<void(std::string&)>& fill)
    {
        std::string& out = m_out.buffer();
        out += '{';
        fill(out);
        out += "}\n";
        m_out.write("");
    }

    void host()
    {
        const Host& host = m_snapshot.host;
        line([&](std::string& out) {
            appendText(out, "shape", "host");
            appendText(out, "hostname", host.hostname);
            appendText(out, "kernel", host.kernel);
            appendText(out, "machine", host.machine);
            appendText(out, "distribution", host.distribution);
            appendText(out, "boot_id", host.bootId);
            appendNumber(out, "cpus", host.cpus);
            appendNumber(out, "clock_ticks", host.clockTicks);
            appendNumber(out, "page_size", host.pageSizeBytes);
            appendNumber(out, "memory", host.memoryBytes);
            appendKey(out, "boot_time");
            if (host.bootTime)
                appendJsonTime(out, *host.bootTime);
            else
                out += "null";
            appendText(out, "timezone", host.timezone);
            appendKey(out, "utc_offset_s");
            out += host.utcOffset ? std::to_string(host.utcOffset->count()) : "null";
            appendText(out, "tool", host.tool);
        });
    }

    void member(const MemberReport& report)
    {
        line([&](std::string& out) {
            appendText(out, "shape", "member");
            appendText(out, "path", report.path);
            appendKey(out, "source");
            appendJsonText(out, report.source);
            appendCount(out, "bytes", report.bytes);
            appendCount(out, "samples", report.samples);
            appendCount(out, "skipped", report.skipped);
            if (report.errorNumber != 0)
                appendCount(out, "errno", static_cast<std::uint64_t>(report.errorNumber));
            if (report.isTimeInferred)
                (appendKey(out, "time_inferred"), out += "true");
        });
    }

    void beginSeries(std::string& out, std::string_view source, std::string_view member, std::string_view metric,
        const Labels& labels, Unit unit, Kind kind, Clock clock)
    {
        appendText(out, "shape", "series");
        appendText(out, "source", source);
        appendText(out, "member", member);
        appendText(out, "metric", metric);
        appendLabels(out, labels);
        appendKey(out, "unit");
        appendJsonText(out, unitName(unit));
        appendText(out, "kind", kind == Kind::Counter ? "counter" : "gauge");
        if (clock != Clock::Wall)
            appendText(out, "clock", clockName(clock));
    }

    void series(const Series& one)
    {
        const IndexRange wanted = wantedSamples(one.times, one.clock);
        if (wanted.begin >= wanted.end)
            return;
        std::vector<double> values(wanted.end - wanted.begin);
        one.values.copy(wanted.begin, wanted.end, values.data());
        line([&](std::string& out) {
            beginSeries(out, one.source, one.member, one.metric, one.labels, one.unit, one.kind, one.clock);
            if (one.isDerived)
                (appendKey(out, "derived"), out += "true");
            appendPoints(out, *one.times, wanted.begin, values, one.isDerived);
        });
    }

    void appendPoints(std::string& out, const std::vector<Time>& times, std::size_t first,
        const std::vector<double>& values, bool isSinglePrecision)
    {
        appendKey(out, "points");
        out += '[';
        for (std::size_t i = 0; i < values.size(); ++i) {
            out += i == 0 ? "[" : ",[";
            appendJsonTime(out, times[first + i]);
            out += ',';
            if (isSinglePrecision)
                appendJsonNumber(out, static_cast<float>(values[i]));
            else
                appendJsonNumber(out, values[i]);
            out += ']';
        }
        out += ']';
    }

    void entity(const Entity& one)
    {
        if (one.kind == EntityKind::Process)
            process(one);
        else if (one.kind == EntityKind::Thread)
            figures(one, one.attributes, "proc_pid_task_stat", "samples/proc/[pid]/task/[tid]/stat");
        else
            socket(one);
    }

    /// A process: one series per figure over its whole life in the capture. Where its text did not change between two
    /// ticks nothing was stored; those ticks are written out here, since "unchanged" is a measurement.
    void process(const Entity& entity)
    {
        const IndexRange wanted = wantedSamples(entity.times, Clock::Wall);
        const std::size_t begin = std::max<std::size_t>(wanted.begin, entity.firstTick);
        const std::size_t end = std::min<std::size_t>(wanted.end, std::size_t{entity.lastTick} + 1);
        if (begin >= end)
            return;
        const Labels labels{{"comm", std::string(entity.attribute("comm"))},
            {"pid", std::string(entity.attribute("pid"))},
            {"start_ticks", std::string(entity.attribute("start_ticks"))}};
        constexpr std::string_view source = "proc_pid_stat", member = "samples/proc/[pid]/stat";
        const auto emit = [&](std::string_view metric, Unit unit, Kind kind, const std::vector<double>& values,
                              bool isDerived) {
            line([&](std::string& out) {
                beginSeries(out, source, member, metric, labels, unit, kind, Clock::Wall);
                if (isDerived)
                    (appendKey(out, "derived"), out += "true");
                appendPoints(out, *entity.times, begin, values, isDerived);
            });
        };
        if (isWanted("process.cpu")) {
            const std::vector<double> whole = processCpuPercent(entity);
            const auto from = whole.begin() + static_cast<std::ptrdiff_t>(begin - entity.firstTick);
            emit("process.cpu", Unit::Percent, Kind::Gauge, {from, from + static_cast<std::ptrdiff_t>(end - begin)},
                true);
        }
        const auto& columns = processColumns();
        for (std::size_t column = 0; column < columns.size(); ++column) {
            if (!isWanted(columns[column].metric))
                continue;
            const std::vector<double> values = heldValues(entity, column, begin, end);
            if (isTold(values))
                emit(columns[column].metric, columns[column].unit, columns[column].kind, values, false);
        }
    }

    void socket(const Entity& entity)
    {
        const auto space = entity.key.find(' ');
        const bool hasCookie = entity.key.find(' ', space + 1) == std::string::npos;
        Labels labels = entity.attributes;
        if (hasCookie)
            labels.insert(labels.begin(), {"cookie", entity.key.substr(space + 1)});
        figures(entity, labels, hasCookie ? "hindcast_sockets" : "proc_net_tcp",
            hasCookie ? "samples/hindcast/sockets" : "samples/proc/net/tcp");
    }

    /// A socket or a thread: one series per figure that was told, at the readings from its first to its last.
    void figures(const Entity& entity, const Labels& labels, std::string_view source, std::string_view member)
    {
        const IndexRange wanted = wantedSamples(entity.times, Clock::Wall);
        const std::size_t begin = std::max<std::size_t>(wanted.begin, entity.firstTick);
        const std::size_t end = std::min<std::size_t>(wanted.end, std::size_t{entity.lastTick} + 1);
        if (begin >= end)
            return;
        const auto& columns = entityColumns(entity.kind);
        for (std::size_t column = 0; column < columns.size() && column < entity.columns.size(); ++column) {
            const std::vector<double> values = heldValues(entity, column, begin, end);
            if (!isTold(values) || !isWanted(columns[column].metric))
                continue;
            line([&](std::string& out) {
                beginSeries(out, source, member, columns[column].metric, labels, columns[column].unit,
                    columns[column].kind, Clock::Wall);
                appendPoints(out, *entity.times, begin, values, false);
            });
        }
    }

    static bool isTold(const std::vector<double>& values)
    {
        return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
    }

    /// A column's values at all ticks in [begin, end): a sample holds until the next.
    static std::vector<double> heldValues(const Entity& entity, std::size_t column, std::size_t begin, std::size_t end)
    {
        std::vector<double> values;
        values.reserve(end - begin);
        std::size_t sample = entity.sampleAt(static_cast<std::uint32_t>(begin)).value_or(0);
        for (std::size_t tick = begin; tick < end; ++tick) {
            while (sample + 1 < entity.ticks.size() && entity.ticks[sample + 1] <= tick)
                ++sample;
            values.push_back(entity.columns[column].at(sample));
        }
        return values;
    }

    void table(const Table& one)
    {
        line([&](std::string& out) {
            appendText(out, "shape", "table");
            appendText(out, "source", one.source);
            appendText(out, "member", one.member);
            appendText(out, "name", one.name);
            appendKey(out, "time");
            if (one.time)
                appendJsonTime(out, *one.time);
            else
                out += "null";
            if (one.firstLine > 0)
                appendCount(out, "first_line", one.firstLine);
            appendKey(out, "columns");
            out += '[';
            for (const TableColumn& column : one.columns) {
                out += out.back() == '[' ? "{\"name\":" : ",{\"name\":";
                appendJsonText(out, column.name);
                out += ",\"unit\":";
                appendJsonText(out, unitName(column.unit));
                out += '}';
            }
            out += ']';
            appendKey(out, "rows");
            out += '[';
            for (const auto& row : one.rows) {
                out += out.back() == '[' ? "[" : ",[";
                for (std::size_t i = 0; i < row.size(); ++i) {
                    if (i > 0)
                        out += ',';
                    if (const double* number = std::get_if<double>(&row[i]))
                        appendJsonNumber(out, *number);
                    else if (const std::string* text = std::get_if<std::string>(&row[i]))
                        appendJsonText(out, *text);
                    else
                        out += "null";
                }
                out += ']';
            }
            out += ']';
        });
    }

    void event(const Event& one)
    {
        if (m_options.range && one.clock == Clock::Wall && !m_options.range->contains(one.time))
            return;
        static constexpr std::string_view severities[] = {"info", "warning", "error"};
        line([&](std::string& out) {
            appendText(out, "shape", "event");
            appendText(out, "source", one.source);
            appendText(out, "member", one.member);
            if (one.line > 0)
                appendCount(out, "line", one.line);
            appendKey(out, "time");
            appendJsonTime(out, one.time);
            appendText(out, "clock", clockName(one.clock));
            appendText(out, "severity", severities[static_cast<std::size_t>(one.severity)]);
            appendKey(out, "text");
            appendJsonText(out, one.text);
            appendLabels(out, one.labels);
        });
    }

    void note(const ImportNote& one)
    {
        static constexpr std::string_view severities[] = {"info", "data_loss", "error"};
        line([&](std::string& out) {
            appendText(out, "shape", "note");
            appendKey(out, "member");
            appendJsonText(out, one.member);
            appendKey(out, "line");
            out += one.line ? std::to_string(one.line) : "null";
            appendText(out, "severity", severities[static_cast<std::size_t>(one.severity)]);
            appendKey(out, "message");
            appendJsonText(out, one.message);
            appendCount(out, "count", one.count);
        });
    }

    const Snapshot& m_snapshot;
    const DumpOptions& m_options;
    Output& m_out;
};

} // namespace

bool matchesPattern(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

void writeDump(const Snapshot& snapshot, const DumpOptions& options, Output& out)
{
    Dump(snapshot, options, out).run();
}

} // namespace hindcast::report
