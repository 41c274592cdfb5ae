// ChipRow: filters as a row of small buttons, each with a coloured badge, a name and a count. While none is pressed
// nothing is filtered; a narrow row leaves the names to the tooltips.
#pragma once

#include <QAbstractButton>
#include <QColor>
#include <QIcon>

#include <optional>
#include <vector>

namespace hindcast {

struct ChipItem {
    QString key; ///< stays the same while counts change
    QString label; ///< "CLOSE-WAIT"
    QString letters; ///< "CW", on the badge
    QColor color; ///< of the badge
    QIcon icon; ///< drawn in place of the badge when there is one
    std::size_t count = 0;
    QString meaning; ///< for the tooltip
};

class Chip : public QAbstractButton {
    Q_OBJECT

public:
    explicit Chip(QWidget* parent);

    void setItem(const ChipItem& item);
    const ChipItem& item() const { return m_item; }
    enum class Form : std::uint8_t { Full, Compact };
    void setForm(Form form);
    int widthOf(Form form) const;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

private:
    QString countText() const;
    int badgeWidth() const;

    ChipItem m_item;
    Form m_form = Form::Full;
    bool m_showsFocus = false; ///< it came by the keys
};

class ChipRow : public QWidget {
    Q_OBJECT

public:
    explicit ChipRow(QWidget* parent = nullptr);

    /// In this order; those with a key that was there stay pressed.
    void setItems(const std::vector<ChipItem>& items);
    /// Of the pressed ones; empty = no filter.
    QStringList checkedKeys() const;
    void clearChecks();
    Chip* chip(const QString& key) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void checkedKeysChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    int totalWidth(Chip::Form form) const;
    void place();

    std::vector<Chip*> m_chips;
};

/// A rounded badge with letters on it, as on a chip.
void paintBadge(QPainter& painter, const QRectF& place, const QString& letters, const QColor& color);

} // namespace hindcast
