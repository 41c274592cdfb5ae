// /proc/loadavg: "0.00 0.01 0.05 2/111 2039": three load averages, runnable and existing threads, the newest process
// id. Source: man 5 proc_loadavg; kernel fs/proc/loadavg.c. The fourth field counts scheduling entities, so threads.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>

namespace hindcast::parse {
namespace {

struct LoadAverage {
    std::array<double, 3> loads;
    std::uint64_t runnable = 0, threads = 0;
    std::optional<std::uint64_t> newestProcess;
};

std::optional<LoadAverage> readLoadAverage(std::string_view line)
{
    LoadAverage result;
    for (double& load : result.loads) {
        const auto value = parseDouble(nextField(line));
        if (!value || *value < 0)
            return std::nullopt;
        load = *value;
    }
    const auto counts = nextField(line);
    const auto slash = counts.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto runnable = parseInteger(counts.substr(0, slash));
    const auto threads = parseInteger(counts.substr(slash + 1));
    if (!runnable || !threads)
        return std::nullopt;
    result.runnable = *runnable;
    result.threads = *threads;
    result.newestProcess = parseInteger(nextField(line));
    return result;
}

struct LoadSeries {
    std::array<SeriesRef, 3> loads;
    SeriesRef runnable, threads, newestProcess;
};

LoadSeries makeSeries(Builder& out)
{
    return {{out.series("load.1", {}, Unit::None, Kind::Gauge), out.series("load.5", {}, Unit::None, Kind::Gauge),
                out.series("load.15", {}, Unit::None, Kind::Gauge)},
        out.series("cpu.run_queue", {}, Unit::Count, Kind::Gauge),
        out.series("system.threads", {}, Unit::Count, Kind::Gauge),
        out.series("system.newest_process", {}, Unit::None, Kind::Gauge)};
}

void addSample(const LoadSeries& series, Time time, const LoadAverage& load, Builder& out)
{
    for (std::size_t i = 0; i < load.loads.size(); ++i)
        out.add(series.loads[i], time, load.loads[i]);
    out.add(series.runnable, time, static_cast<double>(load.runnable));
    out.add(series.threads, time, static_cast<double>(load.threads));
    if (load.newestProcess)
        out.add(series.newestProcess, time, static_cast<double>(*load.newestProcess));
}

void parse(const Input& input, Builder& out)
{
    std::optional<LoadSeries> series;
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        auto rest = sample.text;
        bool isFirst = true;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            const auto load = isFirst ? readLoadAverage(line) : std::nullopt;
            if (!load) {
                out.skipped(line, "expected three load averages and runnable/existing threads, once");
                continue;
            }
            isFirst = false;
            if (!series)
                series = makeSeries(out);
            addSample(*series, sample.time, *load, out);
        }
    }
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    if (!nextLine(beginning, line) || !readLoadAverage(line))
        return 0;
    return trimmed(beginning).empty() ? 90 : 0;
}

} // namespace

Parser proc_loadavg()
{
    return {.id = "proc_loadavg",
        .title = "Load averages",
        .members = "proc/loadavg",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
