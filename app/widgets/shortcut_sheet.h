// ShortcutSheet: every action with its keys, and the mouse gestures of the timeline, on one page.
#pragma once

#include <QDialog>
#include <QList>

class QAction;

namespace hindcast {

class ShortcutSheet : public QDialog {
    Q_OBJECT

public:
    struct Group {
        QString title;
        QList<QAction*> actions;
    };

    ShortcutSheet(const QList<Group>& groups, QWidget* parent);
};

} // namespace hindcast
