// Prints what a frame of twelve lanes of a day of one-second samples costs, next to stock QCPGraph in the same run:
// absolute times depend on the machine and on what else it does, the ratio does not. Judges nothing.
//
//   QT_QPA_PLATFORM=offscreen bench_app [frames]

#include "plots/time_plot.h"
#include "snapshot_maker.h"

#include <qcustomplot.h>

#include <QApplication>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t lanes = 12;
constexpr std::size_t samples = 86400;
constexpr QSize size{1600, 1200};

double threadMilliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

struct Cost {
    std::vector<double> wall, cpu;

    template <typename Work> void measure(Work work)
    {
        const double cpuBegin = threadMilliseconds();
        const auto begin = std::chrono::steady_clock::now();
        work();
        wall.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        cpu.push_back(threadMilliseconds() - cpuBegin);
    }
    static double percentile(std::vector<double> values, double share)
    {
        std::sort(values.begin(), values.end());
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    }
    void print(const char* what) const
    {
        std::printf("%-44s wall p50 %7.2f  p95 %7.2f   CPU p50 %7.2f  p95 %7.2f ms\n", what, percentile(wall, 0.5),
            percentile(wall, 0.95), percentile(cpu, 0.5), percentile(cpu, 0.95));
    }
};

std::shared_ptr<const Snapshot> noisyDay()
{
    std::mt19937 random(1);
    std::uniform_real_distribution<double> noise(0, 1);
    SnapshotMaker maker(noon(), 1s, samples);
    for (std::size_t lane = 0; lane < lanes; ++lane)
        maker.addGauge("made.up", Unit::Percent, {{"lane", std::to_string(lane)}}, [&, lane](std::size_t tick) {
            const double base = 40 + 30 * std::sin(static_cast<double>(tick) / (3000.0 + 100.0 * double(lane)));
            return std::round((base + 30 * noise(random) * noise(random)) * 100) / 100;
        });
    return maker.finish();
}

std::vector<Lane> lanesOf(const Snapshot& snapshot)
{
    std::vector<Lane> result;
    for (const Series& series : snapshot.series) {
        Lane lane;
        lane.id = QString::fromStdString(labelText(series.labels));
        lane.title = lane.id;
        lane.unit = series.unit;
        lane.traces.push_back({&series, {}, TraceColor::Blue, false, false});
        result.push_back(lane);
    }
    return result;
}

/// A slow pan at 90 % of the whole: nearly all samples are on screen in every frame.
TimeRange frameRange(TimeRange bounds, int frame, int frames)
{
    const auto span = bounds.duration() * 9 / 10;
    const auto begin = bounds.begin + (bounds.duration() - span) * frame / frames;
    return {begin, begin + span};
}

Cost measureOurs(const std::shared_ptr<const Snapshot>& snapshot, int frames)
{
    TimePlot plot;
    plot.resize(size);
    plot.setLanes(lanesOf(*snapshot), snapshot);
    plot.setVisibleRange(snapshot->range);
    plot.show();
    plot.renderNow();
    std::printf("lanes on screen: %zu of %zu, %zu samples\n", plot.lanesOnScreen(), lanes, plot.samples());
    Cost cost;
    for (int frame = 0; frame < frames; ++frame) {
        plot.setVisibleRange(frameRange(snapshot->range, frame, frames));
        cost.measure([&] { plot.renderNow(); });
        QCoreApplication::processEvents();
    }
    return cost;
}

Cost measureCursor(const std::shared_ptr<const Snapshot>& snapshot, int moves)
{
    TimePlot plot;
    plot.resize(size);
    plot.setLanes(lanesOf(*snapshot), snapshot);
    plot.setVisibleRange(snapshot->range);
    plot.show();
    plot.renderNow();
    Cost cost;
    for (int move = 0; move < moves; ++move) {
        const double x = plot.plotArea().left() + plot.plotArea().width() * double(move) / moves;
        cost.measure([&] { plot.renderOverlayNow(plot.timeAt(x)); });
        QCoreApplication::processEvents();
    }
    return cost;
}

Cost measureStock(const Snapshot& snapshot, int frames)
{
    QCustomPlot plot;
    plot.resize(size);
    plot.plotLayout()->clear();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        auto* rect = new QCPAxisRect(&plot);
        plot.plotLayout()->addElement(static_cast<int>(lane), 0, rect);
        QCPGraph* graph = plot.addGraph(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
        graph->setSelectable(QCP::stNone);
        const Series& series = snapshot.series[lane];
        QVector<double> keys, values;
        for (std::size_t i = 0; i < series.values.size(); ++i) {
            keys.append(toSeconds((*series.times)[i] - snapshot.range.begin));
            values.append(series.values.at(i));
        }
        graph->setData(keys, values, true);
        rect->axis(QCPAxis::atLeft)->setRange(0, 100);
    }
    plot.show();
    plot.replot();
    Cost cost;
    for (int frame = 0; frame < frames; ++frame) {
        const TimeRange range = frameRange(snapshot.range, frame, frames);
        for (QCPAxisRect* rect : plot.axisRects())
            rect->axis(QCPAxis::atBottom)
                ->setRange(toSeconds(range.begin - snapshot.range.begin), toSeconds(range.end - snapshot.range.begin));
        cost.measure([&] { plot.replot(QCustomPlot::rpImmediateRefresh); });
        QCoreApplication::processEvents();
    }
    return cost;
}

} // namespace

int main(int argumentCount, char** arguments)
{
    QApplication application(argumentCount, arguments);
    const int frames = argumentCount > 1 ? std::max(10, QByteArray(arguments[1]).toInt()) : 200;
    const auto snapshot = noisyDay();
    const Cost ours = measureOurs(snapshot, frames);
    ours.print("frame, 12 lanes x 86 400 samples, 1600x1200");
    measureCursor(snapshot, frames).print("cursor move over them");
    const Cost stock = measureStock(*snapshot, frames);
    stock.print("frame, stock QCPGraph, adaptive sampling");
    std::printf("ours / stock, CPU p50: %.2f\n", Cost::percentile(ours.cpu, 0.5) / Cost::percentile(stock.cpu, 0.5));
    return 0;
}
