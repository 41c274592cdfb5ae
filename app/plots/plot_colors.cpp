#include "plots/plot_colors.h"

namespace hindcast {

namespace {

QColor mixed(const QColor& a, const QColor& b, double shareOfB)
{
    const auto mix = [&](int x, int y) { return static_cast<int>(x + (y - x) * shareOfB + 0.5); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

PlotColors lightColors()
{
    PlotColors colors;
    colors.background = QColor(0xffffff);
    colors.header = QColor(0xf6f7f9);
    colors.separator = QColor(0xdfe3e8);
    colors.grid = QColor(0xeceff2);
    colors.text = QColor(0x1d2733);
    colors.dimText = QColor(0x68737f);
    colors.cursor = QColor(0x1d2733);
    colors.hover = QColor(0x9aa5b1);
    colors.selection = QColor(0x2f, 0x6f, 0xde, 38);
    colors.selectionEdge = QColor(0x2f6fde);
    colors.hatch = QColor(0xc3cad2);
    colors.limit = QColor(0xb3261e);
    colors.focus = QColor(0x2f6fde);
    colors.traces = {QColor(0x0068ad), QColor(0xd07c00), QColor(0x008a64), QColor(0xc94a00), QColor(0xa8528a),
        QColor(0x2b96cc), QColor(0xa89300), QColor(0x5f6b78)};
    colors.levels = {QColor(0x5f8bbd), QColor(0xd99a00), QColor(0xd9541e), QColor(0xa4123f)};
    return colors;
}

PlotColors darkColors()
{
    PlotColors colors;
    colors.background = QColor(0x15191e);
    colors.header = QColor(0x1b2026);
    colors.separator = QColor(0x2c333b);
    colors.grid = QColor(0x232930);
    colors.text = QColor(0xe4e8ed);
    colors.dimText = QColor(0x93a0ad);
    colors.cursor = QColor(0xf2f5f8);
    colors.hover = QColor(0x66727f);
    colors.selection = QColor(0x5b, 0x9b, 0xff, 46);
    colors.selectionEdge = QColor(0x6ea6ff);
    colors.hatch = QColor(0x3d4650);
    colors.limit = QColor(0xff7b72);
    colors.focus = QColor(0x6ea6ff);
    colors.traces = {QColor(0x4fa8ec), QColor(0xf0a830), QColor(0x2fc49a), QColor(0xff7f3f), QColor(0xd98fc0),
        QColor(0x85cdf5), QColor(0xe6d84e), QColor(0x9aa7b4)};
    colors.levels = {QColor(0x7fa9d8), QColor(0xf2b134), QColor(0xff7043), QColor(0xff4d7d)};
    return colors;
}

} // namespace

QColor PlotColors::envelope(TraceColor color) const
{
    QColor light = trace(color);
    light.setAlpha(95);
    return light;
}

PlotColors PlotColors::forPalette(const QPalette& palette)
{
    PlotColors colors = isDark(palette) ? darkColors() : lightColors();
    for (std::size_t i = 0; i < traceColorCount; ++i)
        colors.fills[i] = mixed(colors.traces[i], colors.background, 0.28);
    return colors;
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

} // namespace hindcast
