#include "plots/value_ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace hindcast {

namespace {

bool isBinary(Unit unit)
{
    return unit == Unit::Bytes || unit == Unit::BytesPerSecond;
}

/// Largest power of the unit's base at or below `value`: of 10, or of 1024.
double powerBelow(double value, Unit unit)
{
    if (isBinary(unit) && value >= 1)
        return std::pow(1024.0, std::floor(std::log2(value) / 10 + 1e-12));
    return std::pow(10.0, std::floor(std::log10(value) + 1e-12));
}

double roundedUp(double value, Unit unit, std::span<const double> decimal, std::span<const double> binary)
{
    const double power = powerBelow(value, unit);
    const auto candidates = isBinary(unit) && value >= 1 ? binary : decimal;
    for (double candidate : candidates)
        if (candidate * power >= value * (1 - 1e-9))
            return candidate * power;
    return value;
}

constexpr std::array<double, 9> decimalEnds{1, 1.5, 2, 2.5, 3, 4, 5, 8, 10};
constexpr std::array<double, 20> binaryEnds{
    1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 768, 1024};
constexpr std::array<double, 4> decimalSteps{1, 2, 5, 10};
constexpr std::array<double, 11> binarySteps{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

} // namespace

double roundScaleEnd(double value, Unit unit)
{
    if (!(value > 0) || !std::isfinite(value))
        return isBinary(unit) ? 1024 : 1;
    return roundedUp(value, unit, decimalEnds, binaryEnds);
}

std::vector<double> valueTicks(double lower, double upper, int most, Unit unit)
{
    std::vector<double> ticks;
    if (!(upper > lower) || !std::isfinite(upper - lower))
        return ticks;
    // Whole halves of the scale read best where only two steps fit.
    double step = roundedUp((upper - lower) / std::max(1, most), unit, decimalSteps, binarySteps);
    const bool countsThings = unit == Unit::Count || unit == Unit::Packets;
    if (countsThings || isBinary(unit))
        step = std::max(step, 1.0);
    for (double tick = std::ceil(lower / step - 1e-9) * step; tick <= upper + step * 1e-9; tick += step)
        ticks.push_back(std::abs(tick) < step * 1e-9 ? 0 : tick);
    return ticks;
}

} // namespace hindcast
