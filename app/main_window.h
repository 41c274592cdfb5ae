// MainWindow: the frame around the views: menus, tool bar, docks, status bar; opening by dialog, drop, command line and
// the list of recent files.
#pragma once

#include "session.h"

#include <QMainWindow>
#include <QMap>

#include <memory>

class QActionGroup;
class QComboBox;
class QDockWidget;
class QLabel;
class QProgressBar;
class QStackedWidget;
class QToolButton;

namespace hindcast {

class MessagePage;
class NoticeBar;
class StartPage;
class TimelineView;
class View;

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(QWidget* parent = nullptr);
    /// With another way of reading captures, for tests.
    MainWindow(Loader::ReadFunction read, QWidget* parent);
    ~MainWindow() override;

    Session& session() { return m_session; }
    TimelineView* timeline() const { return m_timeline; }
    /// By the id of views.inc; null when there is none.
    View* view(const QString& id) const;
    QDockWidget* dock(const QString& id) const { return m_docks.value(id); }
    QWidget* startPage() const;
    QWidget* errorPage() const;
    QWidget* centralPage() const;
    /// Text of the yellow bar; empty when it is not shown.
    QString notice() const;
    bool isProgressShown() const;

    /// Several inputs: the first is opened and the bar says that comparing is not there yet.
    void openFiles(const QStringList& paths);
    /// Asks what the file is, then opens it as that.
    void openAs(const QString& path);

    /// The layout of docks a first start has.
    void resetLayout();
    /// Neither reads nor writes the user's settings: for pictures and measurements.
    void forgetSettings();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void createCentre();
    void createDocks();
    void createActions();
    void createFileMenu();
    void createViewMenu();
    void createGoMenu();
    void createHelpMenu();
    void createToolBar();
    void createStatusBar();
    void connectSession();
    void restoreSettings();
    void saveSettings() const;

    void showState();
    void showNotice();
    /// Docks have nothing to show without a capture: they make room for the start page.
    void showDocks(bool isWanted);
    void showTitle();
    void showStatus();
    void showRange();
    void showZones();
    void showProgress(quint64 bytesDone, quint64 bytesTotal);
    void takeIcons();

    void openByDialog();
    void openAsByDialog();
    void cancelOrClear();
    void remember(const QString& path);
    void showRecent();
    void showShortcuts();
    void showAbout();

    Session m_session;
    QStackedWidget* m_centre = nullptr;
    StartPage* m_startPage = nullptr;
    MessagePage* m_errorPage = nullptr;
    TimelineView* m_timeline = nullptr;
    NoticeBar* m_notice = nullptr;
    QMap<QString, View*> m_views;
    QMap<QString, QDockWidget*> m_docks;

    QAction* m_open = nullptr;
    QAction* m_openAs = nullptr;
    QAction* m_close = nullptr;
    QAction* m_quit = nullptr;
    QAction* m_back = nullptr;
    QAction* m_forward = nullptr;
    QAction* m_cancel = nullptr;
    QAction* m_sheet = nullptr;
    QMenu* m_recentMenu = nullptr;
    QToolBar* m_toolBar = nullptr;
    QLabel* m_rangeLabel = nullptr;
    QComboBox* m_zoneBox = nullptr;
    QAction* m_zoneAction = nullptr; ///< of m_zoneBox: in a tool bar only an action can be hidden

    QLabel* m_statusText = nullptr;
    QLabel* m_progressText = nullptr;
    QProgressBar* m_progressBar = nullptr;
    QToolButton* m_cancelButton = nullptr;

    QByteArray m_firstLayout;
    QByteArray m_captureLayout; ///< of the docks while a capture is open; kept while they are away
    bool m_areDocksShown = true;
    bool m_usesSettings = true;
    bool m_isFillingZones = false;
    QString m_openNotice; ///< about the way of opening, beside what the capture itself gives reason to say
};

} // namespace hindcast
