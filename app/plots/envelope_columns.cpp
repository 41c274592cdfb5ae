#include "plots/envelope_columns.h"

#include <cmath>

namespace hindcast {

namespace {

EnvelopeColumn absent(const Trace& trace, std::size_t sample)
{
    EnvelopeColumn column;
    // A rate has no value at its first sample by nature: nothing is missing there.
    if (sample == 0)
        return column;
    column.state = trace.isAbsentWhenIdle ? ColumnState::Idle : ColumnState::Gap;
    return column;
}

EnvelopeColumn flat(double value)
{
    const auto narrowed = static_cast<float>(value);
    return {narrowed, narrowed, narrowed, ColumnState::Measured};
}

/// What holds between two instants: the line from one to the other, or the first until the second.
enum class Between : std::uint8_t { Line, Step };

/// A column that no sample falls into, lying between samples next - 1 and next.
EnvelopeColumn between(const Trace& trace, const PixelIndex& index, std::size_t next, double share, Between form)
{
    const Series& series = *trace.series;
    if (next == 0 || next >= series.values.size())
        return {};
    if (index.isGapBefore(*series.times, next))
        return {0, 0, 0, ColumnState::Gap};
    const double after = series.values.at(next);
    const double before = series.values.at(next - 1);
    if (form == Between::Step && !trace.holdsOverInterval)
        return std::isnan(before) ? absent(trace, next - 1) : flat(before);
    if (std::isnan(after))
        return absent(trace, next);
    if (trace.holdsOverInterval)
        return flat(after);
    if (std::isnan(before))
        return absent(trace, next - 1);
    return flat(before + (after - before) * share);
}

EnvelopeColumn over(const Trace& trace, const MeanBlocks& means, std::size_t begin, std::size_t end)
{
    const Series& series = *trace.series;
    if (end - begin == 1) {
        const double value = series.values.at(begin);
        return std::isnan(value) ? absent(trace, begin) : flat(value);
    }
    const MinMax extremes = series.pyramid.range(series.values, begin, end);
    if (std::isnan(extremes.minimum))
        return absent(trace, begin);
    const double mean = means.mean(series.values, begin, end);
    // The mean of widened blocks may lie outside what this column holds.
    const float shown = std::isnan(mean) ? extremes.maximum : static_cast<float>(mean);
    return {extremes.minimum, extremes.maximum, std::fmin(std::fmax(shown, extremes.minimum), extremes.maximum),
        ColumnState::Measured};
}

EnvelopeColumn meanOver(const Trace& trace, const MeanBlocks& means, std::size_t begin, std::size_t end)
{
    const double mean = means.mean(trace.series->values, begin, end);
    return std::isnan(mean) ? absent(trace, begin) : flat(mean);
}

/// `over` summarises the samples [begin, end) of one pixel column.
template <typename Over>
void compute(
    const Trace& trace, const PixelIndex& index, std::vector<EnvelopeColumn>& columns, Between form, Over overSamples)
{
    columns.resize(index.columns());
    std::size_t runBegin = 0; // first of the columns without samples that wait for their run's end
    const auto closeRun = [&](std::size_t runEnd) {
        if (runBegin == runEnd)
            return;
        const std::size_t next = index.first(runBegin);
        const auto length = static_cast<double>(runEnd - runBegin + 1);
        for (std::size_t column = runBegin; column < runEnd; ++column)
            columns[column] = between(trace, index, next, static_cast<double>(column - runBegin + 1) / length, form);
    };
    for (std::size_t column = 0; column < index.columns(); ++column) {
        const std::size_t begin = index.first(column);
        const std::size_t end = index.first(column + 1);
        if (begin == end)
            continue;
        closeRun(column);
        columns[column] = overSamples(begin, end);
        runBegin = column + 1;
    }
    closeRun(index.columns());
}

} // namespace

void computeColumns(
    const Trace& trace, const MeanBlocks& means, const PixelIndex& index, std::vector<EnvelopeColumn>& columns)
{
    compute(trace, index, columns, Between::Line,
        [&](std::size_t begin, std::size_t end) { return over(trace, means, begin, end); });
}

void computeMeans(
    const Trace& trace, const MeanBlocks& means, const PixelIndex& index, std::vector<EnvelopeColumn>& columns)
{
    compute(trace, index, columns, Between::Step,
        [&](std::size_t begin, std::size_t end) { return meanOver(trace, means, begin, end); });
}

} // namespace hindcast
