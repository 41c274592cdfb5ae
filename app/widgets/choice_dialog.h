// ChoiceDialog: one of many things by name, found by typing a part of it. The first may be "none of these".
#pragma once

#include <QDialog>
#include <QList>
#include <QString>

class QLineEdit;
class QListWidget;
class QPushButton;

namespace hindcast {

class ChoiceDialog : public QDialog {
    Q_OBJECT

public:
    struct Choice {
        QString id;
        QString title; ///< the id is shown beside it, unless they are the same
    };

    ChoiceDialog(const QString& title, const QString& question, const QList<Choice>& choices, QWidget* parent);

    void choose(const QString& id);
    /// Of the chosen row; null when none is.
    QString chosen() const;
    QLineEdit* filter() const { return m_filter; }
    QListWidget* list() const { return m_list; }

private:
    void applyFilter(const QString& text);
    void showWhetherOneIsChosen();

    QLineEdit* m_filter;
    QListWidget* m_list;
    QPushButton* m_accept;
};

} // namespace hindcast
