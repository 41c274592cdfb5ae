#include "models/finding_model.h"

#include "text/format.h"

#include <QFont>

#include <algorithm>
#include <cmath>

namespace hindcast {

struct FindingModel::Node {
    Node* parent = nullptr;
    int row = 0;
    std::optional<std::size_t> finding, verdict; ///< indices into the diagnosis; neither: a group
    diagnose::Answer group = diagnose::Answer::Found;
    std::vector<std::unique_ptr<Node>> children;

    Node& add()
    {
        auto& child = children.emplace_back(std::make_unique<Node>());
        child->parent = this;
        child->row = static_cast<int>(children.size()) - 1;
        return *child;
    }
};

FindingModel::FindingModel(QObject* parent)
    : QAbstractItemModel(parent)
    , m_root(std::make_unique<Node>())
{
}

FindingModel::~FindingModel() = default;

void FindingModel::setDiagnosis(std::shared_ptr<const diagnose::Diagnosis> diagnosis)
{
    beginResetModel();
    m_diagnosis = std::move(diagnosis);
    build();
    endResetModel();
}

void FindingModel::setZone(const text::Zone& zone)
{
    m_zone = zone;
    announceColumn(m_root.get(), When);
}

void FindingModel::setIcons(IconOf iconOf)
{
    m_iconOf = std::move(iconOf);
    announceColumn(m_root.get(), Title);
}

/// Only what is shown has changed: who looks at the tree keeps the place.
void FindingModel::announceColumn(const Node* parent, int column)
{
    if (parent->children.empty())
        return;
    Q_EMIT dataChanged(createIndex(0, column, parent->children.front().get()),
        createIndex(parent->children.back()->row, column, parent->children.back().get()));
    for (const auto& child : parent->children)
        announceColumn(child.get(), column);
}

void FindingModel::build()
{
    m_root = std::make_unique<Node>();
    if (!m_diagnosis)
        return;
    for (std::size_t i = 0; i < m_diagnosis->findings.size(); ++i)
        if (!m_diagnosis->findings[i].explainedBy)
            addFinding(*m_root, i);
    addGroup(diagnose::Answer::NotEvaluable);
    addGroup(diagnose::Answer::Clear);
}

void FindingModel::addFinding(Node& parent, std::size_t finding)
{
    Node& node = parent.add();
    node.finding = finding;
    for (const std::size_t consequence : m_diagnosis->findings[finding].explains)
        if (m_diagnosis->findings[consequence].explainedBy == finding) // each stands once
            addFinding(node, consequence);
}

void FindingModel::addGroup(diagnose::Answer answer)
{
    Node group;
    for (std::size_t i = 0; i < m_diagnosis->verdicts.size(); ++i)
        if (m_diagnosis->verdicts[i].answer == answer)
            group.add().verdict = i;
    if (group.children.empty())
        return;
    Node& node = m_root->add();
    node.group = answer;
    node.children = std::move(group.children);
    for (auto& child : node.children)
        child->parent = &node;
}

const FindingModel::Node* FindingModel::nodeOf(const QModelIndex& index)
{
    return static_cast<const Node*>(index.internalPointer());
}

const diagnose::Finding* FindingModel::finding(const QModelIndex& index) const
{
    const Node* node = index.isValid() ? nodeOf(index) : nullptr;
    return node && node->finding ? &m_diagnosis->findings[*node->finding] : nullptr;
}

const diagnose::Verdict* FindingModel::verdict(const QModelIndex& index) const
{
    const Node* node = index.isValid() ? nodeOf(index) : nullptr;
    return node && node->verdict ? &m_diagnosis->verdicts[*node->verdict] : nullptr;
}

QModelIndex FindingModel::indexOfFinding(std::size_t finding) const
{
    std::vector<const Node*> open{m_root.get()};
    while (!open.empty()) {
        const Node* node = open.back();
        open.pop_back();
        if (node->finding == finding)
            return createIndex(node->row, 0, node);
        for (const auto& child : node->children)
            open.push_back(child.get());
    }
    return {};
}

QModelIndex FindingModel::index(int row, int column, const QModelIndex& parent) const
{
    const Node* node = parent.isValid() ? nodeOf(parent) : m_root.get();
    if (row < 0 || column < 0 || column >= ColumnCount || static_cast<std::size_t>(row) >= node->children.size())
        return {};
    return createIndex(row, column, node->children[static_cast<std::size_t>(row)].get());
}

QModelIndex FindingModel::parent(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const Node* parent = nodeOf(index)->parent;
    return parent == m_root.get() ? QModelIndex() : createIndex(parent->row, 0, parent);
}

int FindingModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    const Node* node = parent.isValid() ? nodeOf(parent) : m_root.get();
    return static_cast<int>(node->children.size());
}

int FindingModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QString FindingModel::levelText(diagnose::Level level)
{
    switch (level) {
    case diagnose::Level::Info:
        return tr("Note");
    case diagnose::Level::Warning:
        return tr("Warning");
    case diagnose::Level::Serious:
        return tr("Serious");
    case diagnose::Level::Critical:
        return tr("Critical");
    }
    return {};
}

QString FindingModel::confidenceText(double confidence)
{
    const QString word = confidence >= 0.75 ? tr("high")
        : confidence >= 0.5                 ? tr("medium")
        : confidence >= 0.3                 ? tr("low")
                                            : tr("very low");
    return tr("%1 %, %2", "confidence, in words").arg(std::lround(confidence * 100)).arg(word);
}

QString FindingModel::whenText(const diagnose::Finding& finding) const
{
    const TimeRange range = finding.range();
    if (finding.episodes.size() == 1 && finding.episodes.front().extent != diagnose::Episode::Extent::Span)
        return m_zone.timeOfDay(range.begin);
    return tr("%1, %2", "time of day, duration")
        .arg(m_zone.timeOfDay(range.begin), text::formatDuration(range.duration()));
}

QVariant FindingModel::findingData(const diagnose::Finding& finding, int column, int role) const
{
    const QString title = text::fromBytes(finding.title);
    if (role == Qt::ToolTipRole)
        return QStringLiteral("<p><b>%1</b></p><p>%2</p>")
            .arg(title.toHtmlEscaped(), text::fromBytes(finding.sentence).toHtmlEscaped());
    if (role == Qt::DecorationRole && column == Title && m_iconOf)
        return m_iconOf(finding.level);
    if (role == Qt::FontRole && column == Title && !finding.explainedBy && finding.level >= diagnose::Level::Serious) {
        QFont bold;
        bold.setBold(true);
        return bold;
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Title:
        return finding.object.name.empty()
            ? title
            : tr("%1: %2", "object: finding").arg(text::fromBytes(finding.object.text()), title);
    case Level:
        return levelText(finding.level);
    case Confidence:
        return confidenceText(finding.confidence);
    case When:
        return whenText(finding);
    default:
        return {};
    }
}

QVariant FindingModel::verdictData(const diagnose::Verdict& verdict, int column, int role) const
{
    if (role == Qt::ToolTipRole && !verdict.missing.empty()) {
        QStringList missing;
        for (const diagnose::MissingInput& input : verdict.missing)
            missing.append(
                tr("%1: %2", "missing input: why").arg(text::fromBytes(input.input), text::fromBytes(input.reason)));
        return missing.join(QLatin1Char('\n'));
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (column) {
    case Title:
        return text::fromBytes(verdict.question);
    case Level:
        return verdict.answer == diagnose::Answer::Clear ? tr("no") : tr("not known");
    default:
        return {};
    }
}

QVariant FindingModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    if (const diagnose::Finding* one = finding(index))
        return findingData(*one, index.column(), role);
    if (const diagnose::Verdict* one = verdict(index))
        return verdictData(*one, index.column(), role);
    if (role != Qt::DisplayRole || index.column() != Title)
        return {};
    const auto count = static_cast<int>(nodeOf(index)->children.size());
    return nodeOf(index)->group == diagnose::Answer::Clear
        ? text::plural(count, tr("1 looked for and not found"), tr("%n looked for and not found", nullptr, count))
        : text::plural(count, tr("1 could not be judged"), tr("%n could not be judged", nullptr, count));
}

QVariant FindingModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Title:
        return tr("Finding");
    case Level:
        return tr("How bad");
    case Confidence:
        return tr("How sure");
    case When:
        return tr("From, for");
    default:
        return {};
    }
}

} // namespace hindcast
