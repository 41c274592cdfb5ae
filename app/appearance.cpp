#include "appearance.h"

#include "plots/plot_colors.h"

#include <QApplication>
#include <QPalette>
#include <QStyleFactory>

namespace hindcast {

namespace {

struct Tones {
    QColor window, base, alternate, button, text, dimText, disabled, highlight, highlightedText, mid, link, tip,
        tipText;
};

Tones lightTones()
{
    return {QColor(0xf6f7f9), QColor(0xffffff), QColor(0xf4f6f8), QColor(0xeef0f3), QColor(0x1d2733), QColor(0x68737f),
        QColor(0xa3acb5), QColor(0x2f6fde), QColor(0xffffff), QColor(0xc3cad2), QColor(0x1f5fcc), QColor(0xffffff),
        QColor(0x1d2733)};
}

Tones darkTones()
{
    return {QColor(0x1b2026), QColor(0x15191e), QColor(0x1a1f25), QColor(0x2a3138), QColor(0xe4e8ed), QColor(0x93a0ad),
        QColor(0x5c6772), QColor(0x3f7fe8), QColor(0xffffff), QColor(0x3d4650), QColor(0x7db0ff), QColor(0x2a3138),
        QColor(0xe4e8ed)};
}

QPalette paletteFrom(const Tones& tones)
{
    QPalette palette(tones.button, tones.window);
    palette.setColor(QPalette::Window, tones.window);
    palette.setColor(QPalette::Base, tones.base);
    palette.setColor(QPalette::AlternateBase, tones.alternate);
    palette.setColor(QPalette::Button, tones.button);
    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(role, tones.text);
    palette.setColor(QPalette::PlaceholderText, tones.dimText);
    palette.setColor(QPalette::Highlight, tones.highlight);
    palette.setColor(QPalette::HighlightedText, tones.highlightedText);
    palette.setColor(QPalette::Mid, tones.mid);
    palette.setColor(QPalette::Link, tones.link);
    palette.setColor(QPalette::ToolTipBase, tones.tip);
    palette.setColor(QPalette::ToolTipText, tones.tipText);
    for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, tones.disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, tones.mid);
    return palette;
}

} // namespace

void applyTheme(QApplication& application, Theme theme)
{
    const bool dark = theme == Theme::Dark || (theme == Theme::System && isDark(QApplication::palette()));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(paletteFrom(dark ? darkTones() : lightTones()));
    application.setStyleSheet(QStringLiteral(
        "QToolBar { border: none; border-bottom: 1px solid palette(mid); spacing: 4px; padding: 4px; }"
        "QStatusBar { border-top: 1px solid palette(mid); }"
        "QStatusBar::item { border: none; }"
        "QHeaderView::section { border: none; border-bottom: 1px solid palette(mid); background: palette(window);"
        "  padding: 4px 4px 4px 3px; color: palette(placeholder-text); }"
        "QTableView { selection-background-color: palette(highlight); selection-color: palette(highlighted-text); }"
        "QHeaderView::down-arrow, QHeaderView::up-arrow { subcontrol-origin: border; subcontrol-position: top center;"
        "  width: 8px; height: 5px; }"
        "QHeaderView::down-arrow { image: url(:/icons/sort-down.svg); }"
        "QHeaderView::up-arrow { image: url(:/icons/sort-up.svg); }"
        "QPushButton { border: 1px solid palette(mid); border-radius: 4px; padding: 5px 14px;"
        "  background: palette(button); color: palette(button-text); }"
        "QPushButton:hover { border-color: palette(highlight); }"
        "QPushButton:pressed { background: palette(mid); }"
        "QPushButton:focus { border-color: palette(highlight); }"
        "QPushButton:default { background: palette(highlight); border-color: palette(highlight);"
        "  color: palette(highlighted-text); }"
        "QPushButton:disabled { color: palette(mid); }"
        "QPushButton:flat { border: none; background: transparent; padding: 2px 8px; text-decoration: underline; }"
        "QLineEdit { border: 1px solid palette(mid); border-radius: 4px; padding: 4px 6px; background: palette(base); }"
        "QLineEdit:focus { border-color: palette(highlight); }"
        "QDockWidget::title { padding: 5px 8px; background: palette(window); }"
        "QToolTip { padding: 4px; border: 1px solid palette(mid); color: palette(tool-tip-text);"
        "  background: palette(tool-tip-base); }"));
}

} // namespace hindcast
