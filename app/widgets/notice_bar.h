// NoticeBar: one line across the window that says something without stopping anybody, with an action to follow and a
// way to close it.
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace hindcast {

class NoticeBar : public QFrame {
    Q_OBJECT

public:
    explicit NoticeBar(QWidget* parent = nullptr);

    /// An empty `actionText` shows no action.
    void showNotice(const QString& text, const QString& actionText);
    QString text() const;

Q_SIGNALS:
    void actionTriggered();

protected:
    void changeEvent(QEvent* event) override;

private:
    void takeColors();

    QLabel* m_text;
    QPushButton* m_action;
    bool m_isTakingColors = false;
};

} // namespace hindcast
