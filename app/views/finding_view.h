// FindingView: the suspected bottleneck in one sentence, all findings with their consequences, and for the chosen one
// its evidence, whose rows lead to the lane, the range and the object they are about.
#pragma once

#include "diagnose/finding.h"
#include "views/view.h"

#include <QList>

class QAction;
class QLabel;
class QTextBrowser;
class QTreeView;
class QUrl;

namespace hindcast {

class FindingModel;

class FindingView : public View {
    Q_OBJECT

public:
    FindingView(Session& session, QWidget* parent);

    QString title() const override { return tr("Findings"); }
    FindingModel* model() const { return m_model; }
    QTreeView* tree() const { return m_tree; }
    QTextBrowser* page() const { return m_page; }
    QString headline() const;
    /// For the menus: next and previous finding.
    const QList<QAction*>& navigationActions() const { return m_navigation; }

Q_SIGNALS:
    /// A key has chosen a finding: the view should be in sight.
    void wanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void createTree();
    void createActions();
    void takeIcons();
    void showDiagnosis();
    void showHeadline();
    void showPage();
    void choose(const QModelIndex& index);
    void step(int steps);
    void follow(const QUrl& link);
    void goTo(const diagnose::Finding& finding);
    void goTo(const diagnose::Evidence& evidence);
    void bringIntoSight(TimeRange range);
    /// The lane of the evidence, one that is shown already when there is one.
    void revealLane(const std::vector<diagnose::Evidence>& evidence);
    void chooseEvent(const diagnose::Evidence& evidence);

    FindingModel* m_model;
    QTreeView* m_tree;
    QTextBrowser* m_page;
    QLabel* m_headline;
    QList<QAction*> m_navigation;
    bool m_hasGone = false; ///< to the finding that was chosen by itself
};

} // namespace hindcast
