#include "widgets/shortcut_sheet.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace hindcast {

namespace {

/// One column of the sheet: titled groups of two-column rows.
class SheetColumn : public QWidget {
public:
    explicit SheetColumn(QWidget* parent)
        : QWidget(parent)
        , m_grid(new QGridLayout(this))
    {
        m_grid->setContentsMargins(0, 0, 0, 0);
        m_grid->setHorizontalSpacing(24);
        m_grid->setVerticalSpacing(4);
        m_grid->setColumnStretch(0, 1);
    }

    void addTitle(const QString& title)
    {
        auto* label = new QLabel(title, this);
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        label->setContentsMargins(0, m_row > 0 ? 12 : 0, 0, 2);
        m_grid->addWidget(label, m_row++, 0, 1, 2);
    }

    void addRow(const QString& what, const QString& keys)
    {
        auto* keysLabel = new QLabel(keys, this);
        keysLabel->setForegroundRole(QPalette::PlaceholderText);
        m_grid->addWidget(new QLabel(what, this), m_row, 0);
        m_grid->addWidget(keysLabel, m_row++, 1, Qt::AlignRight);
    }

    void finish() { m_grid->setRowStretch(m_row, 1); }

private:
    QGridLayout* m_grid;
    int m_row = 0;
};

QString keysOf(const QAction& action)
{
    QStringList keys;
    for (const QKeySequence& sequence : action.shortcuts())
        keys.append(sequence.toString(QKeySequence::NativeText));
    return keys.join(QStringLiteral(", "));
}

QString plainText(const QAction& action)
{
    QString text = action.text();
    return text.remove(u'&').remove(QStringLiteral("…"));
}

} // namespace

ShortcutSheet::ShortcutSheet(const QList<Group>& groups, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys and gestures"));
    auto* actions = new SheetColumn(this);
    for (const Group& group : groups) {
        actions->addTitle(group.title);
        for (const QAction* action : group.actions)
            if (!action->shortcuts().isEmpty())
                actions->addRow(plainText(*action), keysOf(*action));
    }
    actions->finish();

    auto* gestures = new SheetColumn(this);
    gestures->addTitle(tr("On the lanes"));
    gestures->addRow(tr("Place the cursor"), tr("Click"));
    gestures->addRow(tr("Select a range"), tr("Left drag"));
    gestures->addRow(tr("Extend the range"), tr("Shift+click"));
    gestures->addRow(tr("Do not snap to samples"), tr("Alt while dragging"));
    gestures->addRow(tr("Move through time"), tr("Middle drag, Ctrl+left drag, Shift+wheel"));
    gestures->addRow(tr("Zoom about the pointer"), tr("Ctrl+wheel"));
    gestures->addRow(tr("Zoom to a region"), tr("Right drag"));
    gestures->addRow(tr("Scroll the lanes"), tr("Wheel"));
    gestures->addRow(tr("Show everything"), tr("Double-click on the time axis"));
    gestures->addRow(tr("Height of a lane"), tr("Drag the border below its title"));
    gestures->addRow(tr("Menu of a lane"), tr("Right click"));
    gestures->addTitle(tr("On the overview"));
    gestures->addRow(tr("Move the part on screen"), tr("Drag the window"));
    gestures->addRow(tr("Resize it"), tr("Drag its edges"));
    gestures->addRow(tr("Show another part"), tr("Drag beside it"));
    gestures->finish();

    auto* columns = new QHBoxLayout;
    columns->setSpacing(48);
    columns->addWidget(actions);
    columns->addWidget(gestures);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 16);
    layout->setSpacing(16);
    layout->addLayout(columns);
    layout->addWidget(buttons);
}

} // namespace hindcast
