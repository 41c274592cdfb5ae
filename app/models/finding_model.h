// FindingModel: a diagnosis as a tree: findings by rank with their consequences below them, then what could not be
// judged, then what was looked at and is fine.
#pragma once

#include "diagnose/finding.h"
#include "text/zone.h"

#include <QAbstractItemModel>
#include <QIcon>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace hindcast {

class FindingModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { Title, Level, Confidence, When, ColumnCount };
    /// Draws the mark of a level; given by the view, because a model knows no colours.
    using IconOf = std::function<QIcon(diagnose::Level level)>;

    explicit FindingModel(QObject* parent = nullptr);
    ~FindingModel() override;

    void setDiagnosis(std::shared_ptr<const diagnose::Diagnosis> diagnosis);
    void setZone(const text::Zone& zone);
    void setIcons(IconOf iconOf);

    /// Null for a group or a verdict.
    const diagnose::Finding* finding(const QModelIndex& index) const;
    /// Null for a group or a finding.
    const diagnose::Verdict* verdict(const QModelIndex& index) const;
    /// Invalid when it is not in the tree.
    QModelIndex indexOfFinding(std::size_t finding) const;

    static QString levelText(diagnose::Level level);
    /// "82 %, high"
    static QString confidenceText(double confidence);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Node;

    static const Node* nodeOf(const QModelIndex& index);
    void build();
    void announceColumn(const Node* parent, int column);
    void addFinding(Node& parent, std::size_t finding);
    void addGroup(diagnose::Answer answer);
    QVariant findingData(const diagnose::Finding& finding, int column, int role) const;
    QVariant verdictData(const diagnose::Verdict& verdict, int column, int role) const;
    QString whenText(const diagnose::Finding& finding) const;

    std::shared_ptr<const diagnose::Diagnosis> m_diagnosis;
    std::unique_ptr<Node> m_root;
    text::Zone m_zone;
    IconOf m_iconOf;
};

} // namespace hindcast
