#include "widgets/message_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace hindcast {

namespace {

/// A red stripe at the left edge: seen at once, calmer than a red page.
class ErrorFrame : public QFrame {
public:
    explicit ErrorFrame(QWidget* parent)
        : QFrame(parent)
    {
        setObjectName(QStringLiteral("errorFrame"));
        setStyleSheet(QStringLiteral("#errorFrame { border-left: 4px solid #d1342f; background: palette(base);"
                                     " border-top-right-radius: 4px; border-bottom-right-radius: 4px; }"));
    }
};

} // namespace

MessagePage::MessagePage(QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel(tr("This could not be opened"), this))
    , m_what(new QLabel(this))
    , m_where(new QLabel(this))
    , m_frame(new ErrorFrame(this))
{
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setBold(true);
    m_title->setFont(large);
    for (QLabel* label : {m_what, m_where}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    }
    QFont mono(QStringLiteral("monospace"));
    mono.setStyleHint(QFont::Monospace);
    m_where->setFont(mono);

    auto* hint =
        new QLabel(tr("Hindcast reads captures of hindcast-record (*.hindcast.tar.zst), also when they were cut "
                      "short, folders of an unpacked capture, and logs of vmstat."),
            this);
    hint->setWordWrap(true);
    hint->setForegroundRole(QPalette::PlaceholderText);
    auto* open = new QPushButton(tr("Open another…"), this);
    auto* close = new QPushButton(tr("Back to the start page"), this);
    connect(open, &QPushButton::clicked, this, &MessagePage::openWanted);
    connect(close, &QPushButton::clicked, this, &MessagePage::closeWanted);

    auto* inner = new QVBoxLayout(m_frame);
    inner->setContentsMargins(24, 20, 24, 20);
    inner->setSpacing(12);
    inner->addWidget(m_title);
    inner->addWidget(m_what);
    inner->addWidget(m_where);
    inner->addWidget(hint);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(open);
    buttons->addWidget(close);
    buttons->addStretch();
    inner->addLayout(buttons);

    auto* outer = new QVBoxLayout(this);
    outer->addStretch(1);
    auto* centre = new QHBoxLayout;
    centre->addStretch(1);
    centre->addWidget(m_frame, 6);
    centre->addStretch(1);
    outer->addLayout(centre);
    outer->addStretch(2);
}

void MessagePage::showError(const QString& what, const QString& where)
{
    QString sentence = what;
    if (!sentence.isEmpty()) {
        sentence[0] = sentence[0].toUpper();
        if (!sentence.endsWith(u'.'))
            sentence += u'.';
    }
    m_what->setText(sentence);
    m_where->setText(where);
    m_where->setVisible(!where.isEmpty());
}

} // namespace hindcast
