#include "widgets/chip_row.h"

#include "text/format.h"

#include <QFocusEvent>
#include <QPainter>

#include <algorithm>

namespace hindcast {

namespace {

constexpr int chipHeight = 22;
constexpr int padding = 6;
constexpr int spacing = 5;
constexpr int iconPixels = 14;
constexpr double badgeHeight = 14;

QFont badgeFont(QFont font)
{
    font.setBold(true);
    font.setPointSizeF(font.pointSizeF() * 0.82);
    return font;
}

/// Black or white, whichever can be read on that colour (relative luminance, WCAG 2.1).
QColor inkOn(const QColor& color)
{
    const double luminance = 0.2126 * color.redF() + 0.7152 * color.greenF() + 0.0722 * color.blueF();
    return luminance > 0.52 ? QColor(0x101418) : QColor(Qt::white);
}

QColor withAlpha(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

} // namespace

void paintBadge(QPainter& painter, const QRectF& place, const QString& letters, const QColor& color)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(place, 3, 3);
    painter.setFont(badgeFont(painter.font()));
    painter.setPen(inkOn(color));
    painter.drawText(place, Qt::AlignCenter, letters);
    painter.restore();
}

Chip::Chip(QWidget* parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
}

void Chip::setItem(const ChipItem& item)
{
    m_item = item;
    setText(item.label);
    setAccessibleName(tr("%1: %2", "state: count").arg(item.label, countText()));
    setAccessibleDescription(item.meaning);
    setToolTip(item.meaning.isEmpty() ? QString{}
                                      : QStringLiteral("<p><b>%1</b></p><p>%2</p>")
                                            .arg(item.label.toHtmlEscaped(), item.meaning.toHtmlEscaped()));
    update();
}

void Chip::setForm(Form form)
{
    m_form = form;
    update();
}

QString Chip::countText() const
{
    return text::formatCount(m_item.count);
}

int Chip::badgeWidth() const
{
    if (!m_item.icon.isNull())
        return iconPixels;
    return m_item.letters.isEmpty() ? 0 : QFontMetrics(badgeFont(font())).horizontalAdvance(m_item.letters) + 8;
}

int Chip::widthOf(Form form) const
{
    const QFontMetrics metrics(font());
    const int badge = badgeWidth();
    int width = 2 * padding + metrics.horizontalAdvance(countText()) + (badge > 0 ? badge + spacing : 0);
    if (form == Form::Full || badge == 0)
        width += metrics.horizontalAdvance(m_item.label) + spacing;
    return width;
}

QSize Chip::sizeHint() const
{
    return {widthOf(m_form), chipHeight};
}

void Chip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor accent = palette().color(QPalette::Highlight);
    const QColor text = palette().color(QPalette::WindowText);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(isChecked() ? accent : withAlpha(text, underMouse() ? 110 : 60), isChecked() ? 1.5 : 1));
    painter.setBrush(isChecked() ? withAlpha(accent, 45) : Qt::transparent);
    painter.drawRoundedRect(frame, 4, 4);

    int x = padding;
    const int badge = badgeWidth();
    if (!m_item.icon.isNull())
        m_item.icon.paint(&painter, QRect(x, (height() - iconPixels) / 2, iconPixels, iconPixels));
    else if (badge > 0)
        paintBadge(painter, QRectF(x, (height() - badgeHeight) / 2, badge, badgeHeight), m_item.letters, m_item.color);
    x += badge > 0 ? badge + spacing : 0;
    const QFontMetrics metrics(font());
    painter.setPen(text);
    if (m_form == Form::Full || badge == 0) {
        painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, m_item.label);
        x += metrics.horizontalAdvance(m_item.label) + spacing;
    }
    painter.setPen(isChecked() ? text : palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignLeft | Qt::AlignVCenter, countText());
    if (hasFocus() && m_showsFocus) {
        painter.setPen(QPen(accent, 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(frame.adjusted(2, 2, -2, -2), 3, 3);
    }
}

void Chip::focusInEvent(QFocusEvent* event)
{
    m_showsFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason
        || event->reason() == Qt::ShortcutFocusReason;
    QAbstractButton::focusInEvent(event);
}

ChipRow::ChipRow(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ChipRow::setItems(const std::vector<ChipItem>& items)
{
    std::vector<Chip*> before = std::move(m_chips);
    m_chips.clear();
    bool hasLostACheck = false;
    for (const ChipItem& item : items) {
        const auto known =
            std::find_if(before.begin(), before.end(), [&](const Chip* chip) { return chip->item().key == item.key; });
        Chip* chip = nullptr;
        if (known != before.end()) {
            chip = *known;
            before.erase(known);
        } else {
            chip = new Chip(this);
            connect(chip, &Chip::toggled, this, &ChipRow::checkedKeysChanged);
            chip->show();
        }
        chip->setItem(item);
        m_chips.push_back(chip);
    }
    for (Chip* chip : before) {
        hasLostACheck = hasLostACheck || chip->isChecked();
        chip->hide();
        chip->disconnect(this);
        chip->deleteLater();
    }
    for (std::size_t i = 1; i < m_chips.size(); ++i)
        setTabOrder(m_chips[i - 1], m_chips[i]);
    place();
    updateGeometry();
    if (hasLostACheck)
        Q_EMIT checkedKeysChanged();
}

QStringList ChipRow::checkedKeys() const
{
    QStringList keys;
    for (const Chip* chip : m_chips)
        if (chip->isChecked())
            keys.append(chip->item().key);
    return keys;
}

void ChipRow::clearChecks()
{
    for (Chip* chip : m_chips)
        chip->setChecked(false);
}

Chip* ChipRow::chip(const QString& key) const
{
    const auto found =
        std::find_if(m_chips.begin(), m_chips.end(), [&](const Chip* chip) { return chip->item().key == key; });
    return found == m_chips.end() ? nullptr : *found;
}

int ChipRow::totalWidth(Chip::Form form) const
{
    int width = 0;
    for (const Chip* chip : m_chips)
        width += chip->widthOf(form) + spacing;
    return std::max(0, width - spacing);
}

QSize ChipRow::sizeHint() const
{
    return {totalWidth(Chip::Form::Full), chipHeight};
}

QSize ChipRow::minimumSizeHint() const
{
    return {60, chipHeight};
}

void ChipRow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    place();
}

void ChipRow::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        place();
}

void ChipRow::place()
{
    const Chip::Form form = totalWidth(Chip::Form::Full) <= width() ? Chip::Form::Full : Chip::Form::Compact;
    int x = 0;
    for (Chip* chip : m_chips) {
        chip->setForm(form);
        chip->setGeometry(x, (height() - chipHeight) / 2, chip->widthOf(form), chipHeight);
        x += chip->widthOf(form) + spacing;
    }
}

} // namespace hindcast
