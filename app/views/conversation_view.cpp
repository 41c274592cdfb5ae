#include "views/conversation_view.h"

#include "models/packet_model.h"
#include "plots/ladder_plot.h"
#include "plots/sequence_plot.h"
#include "text/format.h"
#include "views/flow_list.h"
#include "widgets/elided_label.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace hindcast {

namespace {

constexpr int rowHeight = 20;
/// Below that height and from that width on, graph and packets stand side by side.
constexpr int lowHeight = 360;
constexpr int wideWidth = 1300;

int widthOf(int column)
{
    switch (column) {
    case PacketModel::Direction:
        return 26;
    case PacketModel::Time:
        return 84;
    case PacketModel::Flags:
        return 64;
    case PacketModel::Sequence:
    case PacketModel::Acknowledgment:
        return 70;
    case PacketModel::Verdict:
        return 116;
    case PacketModel::Tshark:
        return 140;
    default:
        return 52;
    }
}

} // namespace

ConversationView::ConversationView(Session& session, QWidget* parent)
    : View(session, parent)
{
    createParts();
    createPacketTable();
    createActions();
    layOut();
    connectParts();
    connectSession();
    showSnapshot();
}

ConversationView::~ConversationView() = default;

void ConversationView::createParts()
{
    m_flows = new FlowList(this);
    m_ladder = new LadderPlot(this);
    m_graph = new SequencePlot(this);
    m_packetModel = new PacketModel(this);
    m_packetTable = new QTableView(this);
    m_headline = new ElidedLabel(this);
    m_status = new ElidedLabel(this);
    m_status->setContentsMargins(8, 2, 8, 2);
    m_status->setForegroundRole(QPalette::PlaceholderText);
    m_empty = new QLabel(this);
    m_empty->setTextFormat(Qt::PlainText);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(24);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setTextInteractionFlags(Qt::TextSelectableByMouse);
}

void ConversationView::createPacketTable()
{
    m_packetTable->setModel(m_packetModel);
    m_packetTable->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_packetTable->setSelectionMode(QAbstractItemView::SingleSelection);
    m_packetTable->setShowGrid(false);
    m_packetTable->setAlternatingRowColors(true);
    m_packetTable->setWordWrap(false);
    m_packetTable->setFrameShape(QFrame::NoFrame);
    m_packetTable->setTabKeyNavigation(false);
    m_packetTable->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_packetTable->setMinimumSize(160, 60);
    m_packetTable->setAccessibleName(tr("Packets of the conversation"));
    m_packetTable->verticalHeader()->hide();
    m_packetTable->verticalHeader()->setDefaultSectionSize(rowHeight);
    m_packetTable->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_packetTable->horizontalHeader()->setHighlightSections(false);
    m_packetTable->horizontalHeader()->setMinimumSectionSize(20);
    for (int column = 0; column < PacketModel::ColumnCount; ++column)
        m_packetTable->setColumnWidth(column, widthOf(column));
    // The numbers stand in the ladder as well; the verdict must be in sight in a narrow dock.
    m_packetTable->horizontalHeader()->moveSection(PacketModel::Verdict, PacketModel::Sequence);
    m_packetTable->horizontalHeader()->setSectionsMovable(true);
}

QAction* ConversationView::addKey(
    const QString& text, const QList<QKeySequence>& keys, const std::function<void()>& action)
{
    auto* created = new QAction(text, this);
    created->setShortcuts(keys);
    // Letters and arrows belong to ladder and graph only while these have the focus: elsewhere they are typing.
    created->setShortcutContext(Qt::WidgetShortcut);
    connect(created, &QAction::triggered, this, action);
    m_ladder->addAction(created);
    m_graph->addAction(created);
    m_keys.append(created);
    return created;
}

QAction* ConversationView::addSwitch(
    const QString& text, const QString& meaning, Qt::Key key, const std::function<void(bool)>& change)
{
    QAction* created = addKey(text, {key}, [] {});
    created->setCheckable(true);
    created->setToolTip(QStringLiteral("%1 (%2)").arg(meaning, created->shortcut().toString(QKeySequence::NativeText)));
    connect(created, &QAction::toggled, this, change);
    m_packetTable->addAction(created);
    m_switches.append(created);
    return created;
}

void ConversationView::createActions()
{
    addKey(tr("Packet before"), {Qt::Key_Up, Qt::Key_Comma}, [this] { step(-1); });
    addKey(tr("Packet after"), {Qt::Key_Down, Qt::Key_Period}, [this] { step(1); });
    const auto toFlow = [this](int step) {
        if (const auto flow = m_flows->neighbour(step))
            chooseFlow(*flow);
    };
    addKey(tr("Conversation before"), {Qt::Key_PageUp}, [toFlow] { toFlow(-1); });
    addKey(tr("Conversation after"), {Qt::Key_PageDown}, [toFlow] { toFlow(1); });
    addKey(tr("First packet"), {Qt::Key_Home}, [this] {
        if (m_conversation && m_conversation->rows() > 0)
            chooseRow(0);
    });
    addKey(tr("Last packet"), {Qt::Key_End}, [this] {
        if (m_conversation && m_conversation->rows() > 0)
            chooseRow(m_conversation->rows() - 1);
    });
    addKey(tr("Zoom the graph in"), {Qt::Key_Plus, Qt::CTRL | Qt::Key_Plus}, [this] { m_graph->zoomIn(); });
    addKey(tr("Zoom the graph out"), {Qt::Key_Minus, Qt::CTRL | Qt::Key_Minus}, [this] { m_graph->zoomOut(); });
    addKey(tr("Move the graph earlier"), {Qt::SHIFT | Qt::Key_Left}, [this] { m_graph->pan(-0.25); });
    addKey(tr("Move the graph later"), {Qt::SHIFT | Qt::Key_Right}, [this] { m_graph->pan(0.25); });
    addKey(tr("Show the whole graph"), {Qt::Key_0, Qt::Key_F}, [this] { m_graph->fit(); });
    // The conversation stays: without one another would be shown.
    QAction* clear = addKey(tr("Clear the selection"), {Qt::Key_Escape}, [this] {
        Selection* selection = session().selection();
        selection->setRange(std::nullopt);
        selection->setPacket(std::nullopt);
        selection->setCursor(std::nullopt);
    });
    // While something loads, Esc cancels that: one key, one meaning at a time.
    connect(&session(), &Session::stateChanged, clear,
        [this, clear] { clear->setEnabled(session().state() != Session::State::Loading); });

    addSwitch(tr("To scale"), tr("Distances down the ladder are times; off: a row per packet, pauses cut"), Qt::Key_C,
        [this](bool isOn) { m_ladder->setScale(isOn ? LadderLayout::Scale::True : LadderLayout::Scale::Rows); });
    addSwitch(tr("Raw seq"), tr("Sequence numbers as on the wire; off: counted from the first"), Qt::Key_S,
        [this](bool isOn) {
            text::PacketStyle style = m_style;
            style.numbering = isOn ? text::Numbering::Absolute : text::Numbering::Relative;
            setStyle(style);
        });
    addSwitch(tr("Clock"), tr("Time of day in the chosen zone; off: seconds since the first packet"), Qt::Key_T,
        [this](bool isOn) {
            text::PacketStyle style = m_style;
            style.origin = isOn ? text::TimeOrigin::Clock : text::TimeOrigin::FlowStart;
            setStyle(style);
        });
    m_directionSwitch =
        addSwitch(tr("Graph \u2192"), tr("The graph shows the bytes from server to client; off: from client to server"),
            Qt::Key_D, [this](bool isOn) {
                m_directionSwitch->setText(isOn ? tr("Graph \u2190") : tr("Graph \u2192"));
                m_graph->setDirection(isOn ? Side::Server : Side::Client);
            });
}

QWidget* ConversationView::createToolRow()
{
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 3, 6, 3);
    layout->setSpacing(4);
    layout->addWidget(m_headline, 1);
    for (QAction* action : m_switches) {
        auto* button = new QToolButton(row);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        button->setFocusPolicy(Qt::TabFocus);
        layout->addWidget(button);
    }
    return row;
}

void ConversationView::layOut()
{
    m_right = new QSplitter(Qt::Vertical, this);
    m_right->setObjectName(QStringLiteral("conversation.right"));
    m_right->addWidget(m_graph);
    m_right->addWidget(m_packetTable);
    m_right->setSizes({500, 400});
    auto* lower = new QSplitter(Qt::Horizontal, this);
    lower->setObjectName(QStringLiteral("conversation.charts"));
    lower->addWidget(m_ladder);
    lower->addWidget(m_right);
    lower->setStretchFactor(0, 5);
    lower->setStretchFactor(1, 4);
    lower->setSizes({600, 360});

    auto* chosen = new QWidget(this);
    auto* chosenLayout = new QVBoxLayout(chosen);
    chosenLayout->setContentsMargins(0, 0, 0, 0);
    chosenLayout->setSpacing(0);
    chosenLayout->addWidget(createToolRow());
    chosenLayout->addWidget(lower, 1);
    chosenLayout->addWidget(m_status);

    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setObjectName(QStringLiteral("conversation.split"));
    m_split->addWidget(m_flows);
    m_split->addWidget(chosen);
    m_split->setStretchFactor(0, 1);
    m_split->setStretchFactor(1, 3);
    m_split->setSizes({330, 950});

    m_pages = new QStackedWidget(this);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(m_split);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_pages);
    setFocusProxy(m_ladder);
}

void ConversationView::resizeEvent(QResizeEvent* event)
{
    View::resizeEvent(event);
    const bool isLow = height() < lowHeight && width() >= wideWidth;
    m_right->setOrientation(isLow ? Qt::Horizontal : Qt::Vertical);
}

void ConversationView::connectParts()
{
    connect(m_flows, &FlowList::flowWanted, this, &ConversationView::chooseFlow);
    connect(m_ladder, &LadderPlot::rowWanted, this, &ConversationView::chooseRow);
    connect(m_graph, &SequencePlot::rowWanted, this, &ConversationView::chooseRow);
    connect(m_ladder, &LadderPlot::rowHovered, this, &ConversationView::hover);
    connect(m_graph, &SequencePlot::rowHovered, this, &ConversationView::hover);
    connect(m_graph, &SequencePlot::rangeWanted, session().selection(), &Selection::setRange);
    const auto choose = [this](const QModelIndex& index) {
        if (!m_isChoosing && index.isValid())
            chooseRow(static_cast<std::uint32_t>(index.row()));
    };
    connect(m_packetTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this, choose);
    connect(m_packetTable, &QTableView::clicked, this, choose);
}

void ConversationView::connectSession()
{
    Selection* selection = session().selection();
    connect(&session(), &Session::snapshotChanged, this, &ConversationView::showSnapshot);
    connect(&session(), &Session::stateChanged, this, [this] {
        if (!m_conversation)
            showSnapshot();
    });
    connect(&session(), &Session::zoneChanged, this, [this] {
        m_flows->setZone(session().zone());
        text::PacketStyle style = m_style;
        style.zone = session().zone();
        setStyle(style);
    });
    connect(selection, &Selection::flowChanged, this, [this] {
        if (!m_isChoosing)
            showSelectedFlow();
    });
    connect(selection, &Selection::packetChanged, this, &ConversationView::followPacket);
    connect(selection, &Selection::cursorChanged, this, &ConversationView::followCursor);
    connect(selection, &Selection::rangeChanged, this, [this, selection] {
        m_graph->setSelectedRange(selection->range());
        m_flows->setRange(selection->range());
    });
}

QString ConversationView::emptyText() const
{
    return m_pages->currentWidget() == m_empty ? m_empty->text() : QString{};
}

QString ConversationView::headline() const
{
    return m_headline->fullText();
}

QString ConversationView::statusLine() const
{
    return m_status->fullText();
}

void ConversationView::showSnapshot()
{
    const SnapshotPointer& snapshot = session().snapshot();
    m_conversation.reset();
    m_flows->setZone(session().zone());
    m_style.zone = session().zone();
    m_flows->setSnapshot(snapshot);
    if (!snapshot)
        m_empty->setText(tr("No capture is open."));
    else if (snapshot->packets.isEmpty() && session().state() == Session::State::Loading)
        m_empty->setText(tr("Reading the capture\u2026"));
    else if (snapshot->packets.isEmpty())
        m_empty->setText(tr("No packets were captured.\n\nRecord with   hindcast-record --packets eth0 \u2026   to see "
                            "the conversations on eth0: who opened and closed them, and what was sent again and why."));
    else if (snapshot->packets.flows.empty())
        m_empty->setText(tr("Packets were captured, but no TCP conversation is among them."));
    const bool hasFlows = snapshot && !snapshot->packets.flows.empty();
    m_pages->setCurrentWidget(hasFlows ? static_cast<QWidget*>(m_split) : m_empty);
    showSelectedFlow();
    followCursor();
}

void ConversationView::showSelectedFlow()
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot)
        return showFlow(std::nullopt);
    auto flow = session().selection()->flow();
    if (!flow || *flow >= snapshot->packets.flows.size())
        flow = mostInterestingFlow(snapshot->packets);
    showFlow(flow);
    followPacket();
}

void ConversationView::showFlow(std::optional<std::uint32_t> flow)
{
    const SnapshotPointer& snapshot = session().snapshot();
    m_flows->showFlow(flow);
    if (flow && m_conversation && m_conversation->flowIndex() == *flow && m_shownSnapshot == snapshot) {
        writeHeadline();
        return;
    }
    m_shownSnapshot = snapshot;
    m_conversation = flow ? std::make_shared<const Conversation>(snapshot, *flow) : nullptr;
    m_row.reset();
    m_hovered.reset();
    {
        const QScopedValueRollback guard(m_isChoosing, true);
        m_packetModel->setConversation(m_conversation);
        m_packetTable->scrollToTop();
    }
    m_ladder->setConversation(m_conversation, {});
    m_graph->setConversation(m_conversation, {});
    if (m_conversation)
        setDirection(busierSide(m_conversation->flow()));
    writeHeadline();
    writeStatus();
}

void ConversationView::setDirection(Side from)
{
    m_directionSwitch->setChecked(from == Side::Server);
    m_graph->setDirection(from);
}

void ConversationView::writeHeadline()
{
    if (!m_conversation) {
        m_headline->setFullText({});
        return;
    }
    const Flow& flow = m_conversation->flow();
    QStringList parts;
    const QString causes = causeSummary(flow);
    parts.append(causes.isEmpty() ? tr("nothing sent again") : tr("sent again: %1", "causes").arg(causes));
    if (const auto handshake = handshakeTime(flow))
        parts.append(tr("handshake %1", "duration").arg(text::formatDuration(*handshake)));
    if (flow.medianRtt)
        parts.append(tr("RTT %1", "duration").arg(text::formatDuration(*flow.medianRtt)));
    parts.append(closeText(flow));
    parts.append(text::fromBytes(flowName(flow))); // last: the ladder names both ends as well
    QString text = parts.join(QStringLiteral("  \u00b7  "));
    const bool isChosen = session().selection()->flow() == m_conversation->flowIndex();
    if (!isChosen)
        text = (flow.retransmissions() > 0 ? tr("Most retransmissions of all  \u00b7  %1").arg(text)
                                           : tr("Longest of all  \u00b7  %1").arg(text));
    m_headline->setFullText(text);
    m_headline->setToolTip(
        isChosen ? text : tr("No conversation is chosen: the most interesting one is shown.") + u'\n' + text);
    m_headline->setForegroundRole(isChosen ? QPalette::WindowText : QPalette::PlaceholderText);
}

void ConversationView::writeStatus()
{
    const auto row = m_hovered ? m_hovered : m_row;
    if (!m_conversation || !row) {
        const int count = m_conversation ? static_cast<int>(m_conversation->rows()) : 0;
        m_status->setFullText(m_conversation
                ? text::plural(count, tr("1 packet"), tr("%1 packets").arg(text::formatCount(m_conversation->rows())))
                : QString{});
        return;
    }
    m_status->setFullText(text::packetLine(*m_conversation, *row, m_style));
}

void ConversationView::setStyle(const text::PacketStyle& style)
{
    m_style = style;
    m_ladder->setStyle(style);
    m_graph->setStyle(style);
    m_packetModel->setStyle(style);
    writeStatus();
}

void ConversationView::chooseFlow(std::uint32_t flow)
{
    // Also when it is shown already: it may be so without having been chosen.
    session().selection()->setFlow(flow);
    showFlow(flow);
}

void ConversationView::chooseRow(std::uint32_t row)
{
    if (!m_conversation || row >= m_conversation->rows())
        return;
    hover(std::nullopt); // the pointer may rest anywhere: what was chosen is what is told about
    {
        const QScopedValueRollback guard(m_isChoosing, true);
        Selection* selection = session().selection();
        selection->setFlow(m_conversation->flowIndex());
        selection->setPacket(m_conversation->packetIndex(row));
        selection->setCursor(m_conversation->packet(row).time);
    }
    writeHeadline();
    highlight(row);
}

void ConversationView::step(int rows)
{
    if (!m_conversation || m_conversation->rows() == 0)
        return;
    const auto last = static_cast<std::int64_t>(m_conversation->rows()) - 1;
    const std::int64_t wanted = m_row ? std::clamp<std::int64_t>(*m_row + std::int64_t{rows}, 0, last) : 0;
    chooseRow(static_cast<std::uint32_t>(wanted));
}

void ConversationView::highlight(std::optional<std::uint32_t> row)
{
    m_row = row;
    m_ladder->setSelectedRow(row);
    m_graph->setSelectedRow(row);
    const QScopedValueRollback guard(m_isChoosing, true);
    if (row) {
        const QModelIndex index =
            m_packetModel->index(static_cast<int>(*row), std::max(0, m_packetTable->currentIndex().column()));
        m_packetTable->selectionModel()->setCurrentIndex(
            index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        m_packetTable->scrollTo(index);
    } else {
        m_packetTable->selectionModel()->clear();
    }
    writeStatus();
}

void ConversationView::hover(std::optional<std::uint32_t> row)
{
    m_hovered = row;
    m_ladder->setHoveredRow(row);
    m_graph->setHoveredRow(row);
    writeStatus();
}

void ConversationView::followCursor()
{
    const auto cursor = session().selection()->cursor();
    m_graph->setCursorTime(cursor);
    if (m_isChoosing || !m_conversation || m_conversation->rows() == 0)
        return;
    if (!cursor)
        return highlight(std::nullopt);
    const auto row = static_cast<std::uint32_t>(m_ladder->scene().layout.rowAt(*cursor));
    // Several packets may stand at that instant: the one that is highlighted is as near as any.
    if (m_row && m_conversation->packet(*m_row).time == m_conversation->packet(row).time)
        return;
    if (session().selection()->flow() == m_conversation->flowIndex()) {
        const QScopedValueRollback guard(m_isChoosing, true);
        session().selection()->setPacket(m_conversation->packetIndex(row));
    }
    highlight(row);
}

void ConversationView::followPacket()
{
    const auto packet = session().selection()->packet();
    const SnapshotPointer& snapshot = session().snapshot();
    if (m_isChoosing || !packet || !snapshot || *packet >= snapshot->packets.packets.size())
        return;
    const std::uint32_t flow = snapshot->packets.packets[*packet].flow;
    if (flow >= snapshot->packets.flows.size())
        return;
    showFlow(flow);
    if (const auto row = m_conversation->rowOf(*packet))
        highlight(*row);
}

} // namespace hindcast
