#include "models/metric_tree_model.h"

#include "model/metrics.h"
#include "text/format.h"

#include <QCoreApplication>

#include <algorithm>

namespace hindcast {

struct MetricTreeModel::Node {
    QString title;
    QString meaning;
    const Series* series = nullptr;
    Node* parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Node>> children;

    Node* add(const QString& childTitle, const Series* childSeries = nullptr)
    {
        auto child = std::make_unique<Node>();
        child->title = childTitle;
        child->series = childSeries;
        child->parent = this;
        child->row = static_cast<int>(children.size());
        children.push_back(std::move(child));
        return children.back().get();
    }
};

namespace {

std::string_view groupOf(std::string_view metric)
{
    return metric.substr(0, metric.find('.'));
}

QString groupTitle(std::string_view group)
{
    struct Known {
        std::string_view name;
        const char* title;
    };
    static constexpr Known known[]{{"cpu", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "CPU")},
        {"load", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Load")},
        {"memory", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Memory")},
        {"swap", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Swapping")},
        {"paging", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Paging")},
        {"vm", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Virtual memory (kernel counters)")},
        {"pressure", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Pressure")},
        {"disk", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Disk")},
        {"filesystem", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "File systems")},
        {"wire", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Captured packets")},
        {"net", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Network")},
        {"tcp", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "TCP")},
        {"tcpext", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "TCP (kernel counters)")},
        {"udp", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "UDP")},
        {"ip", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "IP")},
        {"icmp", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "ICMP")},
        {"icmpmsg", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "ICMP messages")},
        {"ipext", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "IP (kernel counters)")},
        {"mptcp", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Multipath TCP")},
        {"mptcpext", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Multipath TCP (kernel counters)")},
        {"reclaim", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Memory reclaim")},
        {"recorder", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Recorder")},
        {"sockets", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "Sockets")},
        {"udplite", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "UDP-Lite")},
        {"system", QT_TRANSLATE_NOOP("hindcast::MetricGroup", "System")}};
    for (const Known& entry : known)
        if (entry.name == group)
            return QCoreApplication::translate("hindcast::MetricGroup", entry.title);
    return text::fromBytes(group);
}

QString metricTitle(std::string_view metric)
{
    const MetricInfo* info = metricInfo(metric);
    return info ? QCoreApplication::translate("hindcast::Metric", std::string(info->title).c_str())
                : text::fromBytes(metric);
}

QString metricMeaning(std::string_view metric)
{
    const MetricInfo* info = metricInfo(metric);
    const QString name = QStringLiteral("<code>%1</code>").arg(text::fromBytes(metric).toHtmlEscaped());
    if (!info)
        return name;
    return QStringLiteral("<p>%1</p>%2")
        .arg(QCoreApplication::translate("hindcast::Metric", std::string(info->meaning).c_str()).toHtmlEscaped(), name);
}

QString labelsTitle(const Labels& labels)
{
    if (labels.empty())
        return MetricTreeModel::tr("whole machine");
    QStringList parts;
    for (const Label& label : labels)
        parts.append(QStringLiteral("%1 %2").arg(text::fromBytes(label.name), text::fromBytes(label.value)));
    return parts.join(QStringLiteral(", "));
}

} // namespace

MetricTreeModel::MetricTreeModel(QObject* parent)
    : QAbstractItemModel(parent)
    , m_root(std::make_unique<Node>())
{
}

MetricTreeModel::~MetricTreeModel() = default;

void MetricTreeModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot)
{
    beginResetModel();
    m_root = std::make_unique<Node>();
    m_snapshot = std::move(snapshot);
    if (m_snapshot) {
        std::string_view group;
        Node* groupNode = nullptr;
        const auto& all = m_snapshot->series;
        for (std::size_t i = 0; i < all.size();) {
            // Series are sorted by metric: one metric is one run.
            std::size_t end = i;
            std::vector<const Series*> gauges;
            for (; end < all.size() && all[end].metric == all[i].metric; ++end)
                if (all[end].kind == Kind::Gauge)
                    gauges.push_back(&all[end]);
            if (!gauges.empty()) {
                if (!groupNode || groupOf(all[i].metric) != group) {
                    group = groupOf(all[i].metric);
                    groupNode = m_root->add(groupTitle(group));
                }
                Node* metric = groupNode->add(metricTitle(all[i].metric));
                metric->meaning = metricMeaning(all[i].metric);
                if (gauges.size() == 1 && gauges.front()->labels.empty())
                    metric->series = gauges.front();
                else
                    for (const Series* series : gauges)
                        metric->add(labelsTitle(series->labels), series);
            }
            i = end;
        }
    }
    endResetModel();
}

void MetricTreeModel::setIsShown(IsShown isShown)
{
    m_isShown = std::move(isShown);
}

void MetricTreeModel::refreshChecks()
{
    announceChecks({});
}

void MetricTreeModel::announceChecks(const QModelIndex& parent)
{
    const int rows = rowCount(parent);
    if (rows == 0)
        return;
    Q_EMIT dataChanged(index(0, 0, parent), index(rows - 1, 0, parent), {Qt::CheckStateRole});
    for (int row = 0; row < rows; ++row)
        announceChecks(index(row, 0, parent));
}

const MetricTreeModel::Node& MetricTreeModel::nodeOf(const QModelIndex& index) const
{
    return index.isValid() ? *static_cast<const Node*>(index.constInternalPointer()) : *m_root;
}

const Series* MetricTreeModel::seriesAt(const QModelIndex& index) const
{
    return nodeOf(index).series;
}

QModelIndex MetricTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, nodeOf(parent).children[static_cast<std::size_t>(row)].get());
}

QModelIndex MetricTreeModel::parent(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    Node* above = nodeOf(index).parent;
    return !above || above == m_root.get() ? QModelIndex{} : createIndex(above->row, 0, above);
}

int MetricTreeModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent).children.size());
}

int MetricTreeModel::columnCount(const QModelIndex&) const
{
    return 1;
}

QVariant MetricTreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Node& node = nodeOf(index);
    switch (role) {
    case Qt::DisplayRole:
        return node.title;
    case Qt::ToolTipRole:
        return node.meaning.isEmpty() && node.parent ? node.parent->meaning : node.meaning;
    case Qt::CheckStateRole:
        if (node.series && m_isShown)
            return m_isShown(node.series) ? Qt::Checked : Qt::Unchecked;
        return {};
    default:
        return {};
    }
}

bool MetricTreeModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    const Series* series = index.isValid() ? seriesAt(index) : nullptr;
    if (!series || role != Qt::CheckStateRole)
        return false;
    Q_EMIT checkWanted(series, value.toInt() == Qt::Checked);
    return true;
}

Qt::ItemFlags MetricTreeModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const Qt::ItemFlags plain = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    return seriesAt(index) ? plain | Qt::ItemIsUserCheckable | Qt::ItemNeverHasChildren : plain;
}

} // namespace hindcast
