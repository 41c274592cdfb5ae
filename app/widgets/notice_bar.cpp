#include "widgets/notice_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QStyle>
#include <QToolButton>

namespace hindcast {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent)
    , m_text(new QLabel(this))
    , m_action(new QPushButton(this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 5, 8, 5);
    layout->setSpacing(10);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_action->setFlat(true);
    auto* close = new QToolButton(this);
    close->setAutoRaise(true);
    close->setText(QStringLiteral("\u2715"));
    close->setToolTip(tr("Close this notice"));
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    layout->addWidget(close);
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_action, &QPushButton::clicked, this, &NoticeBar::actionTriggered);
    setAutoFillBackground(true);
    takeColors();
    hide();
}

void NoticeBar::showNotice(const QString& text, const QString& actionText)
{
    m_text->setText(text);
    m_text->setToolTip(text);
    m_action->setText(actionText);
    m_action->setVisible(!actionText.isEmpty());
    show();
}

QString NoticeBar::text() const
{
    return m_text->text();
}

void NoticeBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_isTakingColors)
        takeColors();
}

void NoticeBar::takeColors()
{
    const QScopedValueRollback guard(m_isTakingColors, true); // setPalette announces a change of its own
    const QPalette around = parentWidget() ? parentWidget()->palette() : palette();
    const bool isDark = around.color(QPalette::Window).lightness() < 128;
    QPalette own = around;
    own.setColor(QPalette::Window, isDark ? QColor(0x4a3d12) : QColor(0xfff3cd));
    own.setColor(QPalette::WindowText, isDark ? QColor(0xffe9a8) : QColor(0x4d3b00));
    own.setColor(QPalette::ButtonText, isDark ? QColor(0xffd866) : QColor(0x7a5200));
    setPalette(own);
}

} // namespace hindcast
