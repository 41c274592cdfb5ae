#include "widgets/choice_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace hindcast {

ChoiceDialog::ChoiceDialog(const QString& title, const QString& question, const QList<Choice>& choices, QWidget* parent)
    : QDialog(parent)
    , m_filter(new QLineEdit(this))
    , m_list(new QListWidget(this))
{
    setWindowTitle(title);
    resize(460, 480);
    auto* label = new QLabel(question, this);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    m_filter->setPlaceholderText(tr("Type a part of the name"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter"));
    m_list->setAccessibleName(title);
    m_list->setAlternatingRowColors(true);
    m_list->setUniformItemSizes(true);
    for (const Choice& choice : choices) {
        const bool isPlain = choice.id.isEmpty() || choice.id == choice.title;
        auto* item = new QListWidgetItem(
            isPlain ? choice.title : tr("%1 (%2)", "title, id").arg(choice.title, choice.id), m_list);
        item->setData(Qt::UserRole, choice.id.isNull() ? QStringLiteral("") : choice.id);
    }
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_accept = buttons->button(QDialogButtonBox::Ok);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(label);
    layout->addWidget(m_filter);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_filter, &QLineEdit::textChanged, this, &ChoiceDialog::applyFilter);
    connect(m_list, &QListWidget::itemDoubleClicked, this, &QDialog::accept);
    connect(m_list, &QListWidget::itemSelectionChanged, this, &ChoiceDialog::showWhetherOneIsChosen);
    m_filter->setFocus();
    showWhetherOneIsChosen();
}

void ChoiceDialog::choose(const QString& id)
{
    for (int row = 0; row < m_list->count(); ++row)
        if (m_list->item(row)->data(Qt::UserRole).toString() == id) {
            m_list->setCurrentRow(row);
            m_list->scrollToItem(m_list->item(row), QAbstractItemView::PositionAtCenter);
        }
}

QString ChoiceDialog::chosen() const
{
    const auto selected = m_list->selectedItems();
    return selected.isEmpty() ? QString() : selected.front()->data(Qt::UserRole).toString();
}

/// The choice follows the filter: with Enter the first that is left is taken.
void ChoiceDialog::applyFilter(const QString& text)
{
    QListWidgetItem* first = nullptr;
    for (int row = 0; row < m_list->count(); ++row) {
        QListWidgetItem* item = m_list->item(row);
        const bool fits = item->text().contains(text.trimmed(), Qt::CaseInsensitive);
        item->setHidden(!fits);
        if (fits && !first)
            first = item;
    }
    const auto selected = m_list->selectedItems();
    if (selected.isEmpty() || selected.front()->isHidden()) {
        m_list->clearSelection();
        m_list->setCurrentItem(first);
    }
    showWhetherOneIsChosen();
}

void ChoiceDialog::showWhetherOneIsChosen()
{
    const auto selected = m_list->selectedItems();
    m_accept->setEnabled(!selected.isEmpty() && !selected.front()->isHidden());
}

} // namespace hindcast
