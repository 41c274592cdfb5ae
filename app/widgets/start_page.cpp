#include "widgets/start_page.h"

#include <QClipboard>
#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace hindcast {

namespace {

constexpr int columnWidth = 700;

/// The place to drop a file on: a dashed frame in the palette's colours.
class DropFrame : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(palette().color(QPalette::Mid), 1.5, Qt::DashLine));
        painter.setBrush(palette().color(QPalette::Base));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
    }
};

QLabel* heading(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    QFont bold = label->font();
    bold.setBold(true);
    label->setFont(bold);
    return label;
}

QString homely(const QString& path)
{
    const QString home = QDir::homePath();
    return path.startsWith(home + u'/') ? u'~' + path.mid(home.size()) : path;
}

} // namespace

StartPage::StartPage(QWidget* parent)
    : QWidget(parent)
    , m_recent(new QWidget(this))
    , m_recentRows(new QVBoxLayout(m_recent))
{
    auto* drop = new DropFrame(this);
    auto* title = new QLabel(tr("Drop a capture here"), drop);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 1.7);
    title->setFont(large);
    title->setAlignment(Qt::AlignCenter);
    auto* hint = new QLabel(tr("a file recorded by hindcast-record, an unpacked capture, or a vmstat log"), drop);
    hint->setAlignment(Qt::AlignCenter);
    hint->setForegroundRole(QPalette::PlaceholderText);
    auto* open = new QPushButton(tr("Open…  Ctrl+O"), drop);
    open->setDefault(true);
    connect(open, &QPushButton::clicked, this, &StartPage::openWanted);
    auto* dropLayout = new QVBoxLayout(drop);
    dropLayout->setContentsMargins(24, 26, 24, 26);
    dropLayout->setSpacing(10);
    dropLayout->addWidget(title);
    dropLayout->addWidget(hint);
    dropLayout->addWidget(open, 0, Qt::AlignHCenter);

    m_recentRows->setContentsMargins(0, 0, 0, 0);
    m_recentRows->setSpacing(2);

    auto* column = new QWidget(this);
    column->setMaximumWidth(columnWidth);
    auto* rows = new QVBoxLayout(column);
    rows->setSpacing(8);
    rows->addWidget(drop);
    rows->addSpacing(14);
    rows->addWidget(m_recent);
    rows->addSpacing(14);
    rows->addWidget(heading(tr("Record a server"), column));
    rows->addWidget(commandRow(tr("Copy the recorder there. It is one static program and needs no root."),
        QStringLiteral("scp hindcast-record server:")));
    rows->addWidget(commandRow(tr("Record ten minutes, one sample a second."),
        QStringLiteral("ssh server ./hindcast-record -i 1 -d 600 -o capture.hindcast.tar.zst")));
    rows->addWidget(commandRow(tr("Bring the file home and open it."),
        QStringLiteral("scp server:capture.hindcast.tar.zst . && hindcast capture.hindcast.tar.zst")));

    auto* across = new QHBoxLayout;
    across->addStretch(1);
    across->addWidget(column, 100);
    across->addStretch(1);
    auto* outer = new QVBoxLayout(this);
    outer->addStretch(1);
    outer->addLayout(across);
    outer->addStretch(2);
    setRecentFiles({});
}

QWidget* StartPage::commandRow(const QString& meaning, const QString& command)
{
    auto* row = new QWidget(this);
    auto* layout = new QVBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 4);
    layout->setSpacing(3);
    auto* explanation = new QLabel(meaning, row);
    explanation->setForegroundRole(QPalette::PlaceholderText);
    auto* line = new QHBoxLayout;
    auto* text = new QLineEdit(command, row);
    text->setReadOnly(true);
    text->setCursorPosition(0);
    QFont mono(QStringLiteral("monospace"));
    mono.setStyleHint(QFont::Monospace);
    mono.setPointSizeF(text->font().pointSizeF());
    text->setFont(mono);
    text->setAccessibleName(meaning);
    auto* copy = new QPushButton(tr("Copy"), row);
    copy->setToolTip(tr("Copy the command"));
    connect(copy, &QPushButton::clicked, this, [command] { QGuiApplication::clipboard()->setText(command); });
    line->addWidget(text, 1);
    line->addWidget(copy);
    layout->addWidget(explanation);
    layout->addLayout(line);
    return row;
}

void StartPage::setRecentFiles(const QList<RecentFile>& files)
{
    while (QLayoutItem* item = m_recentRows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_recent->setVisible(!files.isEmpty());
    if (files.isEmpty())
        return;
    m_recentRows->addWidget(heading(tr("Recent"), m_recent));
    for (const RecentFile& file : files) {
        auto* row = new QWidget(m_recent);
        auto* layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        auto* name = new QToolButton(row);
        name->setAutoRaise(true);
        name->setText(QFileInfo(file.path).fileName());
        name->setEnabled(file.isThere);
        name->setToolTip(file.path);
        connect(name, &QToolButton::clicked, this, [this, path = file.path] { Q_EMIT recentWanted(path); });
        auto* detail = new QLabel(file.isThere ? file.detail : tr("no longer there"), row);
        detail->setForegroundRole(QPalette::PlaceholderText);
        auto* folder = new QLabel(homely(QFileInfo(file.path).path()), row);
        folder->setForegroundRole(QPalette::PlaceholderText);
        layout->addWidget(name);
        layout->addWidget(detail);
        layout->addStretch(1);
        layout->addWidget(folder);
        m_recentRows->addWidget(row);
    }
}

} // namespace hindcast
