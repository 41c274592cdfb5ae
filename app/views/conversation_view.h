// ConversationView: the TCP conversations of the capture, and one of them as a ladder, a time-sequence graph and a
// table of packets that point at the same packet. Nothing chosen = the most interesting one is shown, and said to be.
#pragma once

#include "model/conversation.h"
#include "text/packet_text.h"
#include "views/view.h"

#include <functional>
#include <optional>

class QAction;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTableView;

namespace hindcast {

class ElidedLabel;
class FlowList;
class LadderPlot;
class PacketModel;
class SequencePlot;

class ConversationView : public View {
    Q_OBJECT

public:
    ConversationView(Session& session, QWidget* parent);
    ~ConversationView() override;

    QString title() const override { return tr("Conversation"); }
    FlowList* flows() const { return m_flows; }
    LadderPlot* ladder() const { return m_ladder; }
    SequencePlot* graph() const { return m_graph; }
    PacketModel* packets() const { return m_packetModel; }
    QTableView* packetTable() const { return m_packetTable; }
    /// What is shown, chosen or not; null when there is nothing to show.
    const std::shared_ptr<const Conversation>& conversation() const { return m_conversation; }
    std::optional<std::uint32_t> highlightedRow() const { return m_row; }
    QString headline() const;
    /// What is said instead of conversations; empty when there are some.
    QString emptyText() const;
    QString statusLine() const;
    /// Its keys, for the list of all keys.
    QList<QAction*> actionsOfKeys() const { return m_keys; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void createParts();
    void createPacketTable();
    void createActions();
    QAction* addKey(const QString& text, const QList<QKeySequence>& keys, const std::function<void()>& action);
    QAction* addSwitch(
        const QString& text, const QString& meaning, Qt::Key key, const std::function<void(bool)>& change);
    QWidget* createToolRow();
    void layOut();
    void connectParts();
    void connectSession();

    void showSnapshot();
    void showSelectedFlow();
    void showFlow(std::optional<std::uint32_t> flow);
    void writeHeadline();
    void writeStatus();
    void setStyle(const text::PacketStyle& style);
    void setDirection(Side from);
    void chooseFlow(std::uint32_t flow);
    void chooseRow(std::uint32_t row);
    void step(int rows);
    void highlight(std::optional<std::uint32_t> row);
    void hover(std::optional<std::uint32_t> row);
    void followCursor();
    void followPacket();

    FlowList* m_flows = nullptr;
    LadderPlot* m_ladder = nullptr;
    SequencePlot* m_graph = nullptr;
    PacketModel* m_packetModel = nullptr;
    QTableView* m_packetTable = nullptr;
    QStackedWidget* m_pages = nullptr;
    QLabel* m_empty = nullptr;
    ElidedLabel* m_headline = nullptr;
    ElidedLabel* m_status = nullptr;
    QSplitter* m_split = nullptr;
    QSplitter* m_right = nullptr;
    QList<QAction*> m_keys, m_switches;
    QAction* m_directionSwitch = nullptr;

    std::shared_ptr<const Conversation> m_conversation;
    SnapshotPointer m_shownSnapshot;
    std::optional<std::uint32_t> m_row, m_hovered;
    text::PacketStyle m_style;
    bool m_isChoosing = false; ///< the selection changes because of us
};

} // namespace hindcast
