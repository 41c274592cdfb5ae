// SocketView: the sockets as listed last at or before the cursor, how old that listing is, and how many are in which
// state. Choosing one chooses its conversation and its process, where the capture has them.
#pragma once

#include "latest_job.h"
#include "model/socket.h"
#include "views/view.h"

#include <QTimer>

#include <map>
#include <utility>

class QLabel;
class QLineEdit;
class QStackedWidget;
class QTableView;

namespace hindcast {

class ChipRow;
class SocketModel;

class SocketView : public View {
    Q_OBJECT

public:
    SocketView(Session& session, QWidget* parent);
    ~SocketView() override;

    QString title() const override { return tr("Sockets"); }
    SocketModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    ChipRow* chips() const { return m_chips; }
    QLineEdit* filter() const { return m_filter; }
    QString headline() const;
    /// What stands in place of the table; empty while the table is shown.
    QString emptyText() const;

Q_SIGNALS:
    /// The table shows what the selection asks for.
    void refreshed();

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Listing {
        SnapshotPointer snapshot;
        std::optional<Time> time; ///< nothing for a listing without a clock
        std::vector<SocketFigures> sockets;
    };

    using Ends = std::pair<std::string, std::string>; ///< sorted
    using FlowsByEnds = std::map<Ends, std::vector<std::uint32_t>>;

    void createTable();
    void connectSession();
    void forgetCapture();
    const FlowsByEnds& flowsByEnds();
    void scheduleRefresh();
    void refresh();
    void request(std::optional<Time> listed);
    void showListing(Listing listing);
    void showChips();
    void showSelectedSocket();
    void chooseRow(int row);
    void writeHeadline();
    void showNothing(const QString& headline, const QString& why);
    Time wantedTime() const;
    /// Index of the conversation a socket belonged to at that time.
    std::optional<std::uint32_t> flowOf(const SocketFigures& socket, Time time);

    SocketModel* m_model;
    QTableView* m_table;
    QStackedWidget* m_pages;
    QLabel* m_headline;
    QLabel* m_empty;
    QLineEdit* m_filter;
    ChipRow* m_chips;
    QTimer m_refreshTimer; ///< one refresh per frame however fast the cursor moves

    std::vector<Time> m_times; ///< of the listings
    std::optional<Nanoseconds> m_interval; ///< between them, usually
    std::optional<FlowsByEnds> m_flowsByEnds; ///< nothing until it is asked for
    std::optional<std::optional<Time>> m_asked; ///< the listing that is being read
    std::optional<std::optional<Time>> m_shown; ///< the listing in the table
    std::string m_selected; ///< identity of the chosen socket
    bool m_isShowingSelection = false;
    LatestJob<Listing> m_job; ///< last: its thread uses the rest
};

} // namespace hindcast
