// MessagePage: fills the centre of the window when an input could not be read: what, where, and what can be done.
#pragma once

#include <QWidget>

class QLabel;

namespace hindcast {

class MessagePage : public QWidget {
    Q_OBJECT

public:
    explicit MessagePage(QWidget* parent = nullptr);

    void showError(const QString& what, const QString& where);

Q_SIGNALS:
    void openWanted();
    void closeWanted();

private:
    QLabel* m_title;
    QLabel* m_what;
    QLabel* m_where;
    QWidget* m_frame;
};

} // namespace hindcast
