#include "main_window.h"

#include "icons.h"
#include "models/source_model.h"
#include "plots/time_plot.h"
#include "text/format.h"
#include "views/conversation_view.h"
#include "views/finding_view.h"
#include "views/timeline_view.h"
#include "views/view.h"
#include "widgets/choice_dialog.h"
#include "widgets/message_page.h"
#include "widgets/notice_bar.h"
#include "widgets/shortcut_sheet.h"
#include "widgets/start_page.h"

#include <QAction>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace hindcast {

namespace {

constexpr int layoutVersion = 1;
constexpr int recentFiles = 10;

QString countOfProblems(const Snapshot& snapshot)
{
    const auto& members = snapshot.members;
    const auto troubled = std::count_if(members.begin(), members.end(), SourceModel::hasProblem);
    if (troubled == 0)
        return {};
    return text::plural(troubled, MainWindow::tr("1 source with a problem"),
        MainWindow::tr("%n sources with a problem", nullptr, static_cast<int>(troubled)));
}

/// The most serious thing the reading has to say, in the words of its first note.
const ImportNote* worstNote(const Snapshot& snapshot)
{
    const ImportNote* worst = nullptr;
    for (const ImportNote& note : snapshot.notes)
        if (note.severity != NoteSeverity::Info && (!worst || note.severity > worst->severity))
            worst = &note;
    return worst;
}

} // namespace

MainWindow::MainWindow(QWidget* parent)
    : MainWindow(readCapture, parent)
{
}

MainWindow::MainWindow(Loader::ReadFunction read, QWidget* parent)
    : QMainWindow(parent)
    , m_session(std::move(read), nullptr)
{
    setAcceptDrops(true);
    setWindowIcon(programIcon());
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    resize(1440, 940);
    createCentre();
    createDocks();
    createActions();
    createToolBar();
    createStatusBar();
    connectSession();
    takeIcons();
    m_firstLayout = saveState(layoutVersion);
    restoreSettings();
    showRecent();
    showState();
}

MainWindow::~MainWindow()
{
    // The views go before the session they look at.
    qDeleteAll(m_views);
}

void MainWindow::createCentre()
{
    m_startPage = new StartPage(this);
    m_errorPage = new MessagePage(this);
    m_notice = new NoticeBar(this);
    m_centre = new QStackedWidget(this);
    m_centre->addWidget(m_startPage);
    m_centre->addWidget(m_errorPage);
    for (const ViewKind& kind : allViews()) {
        View* view = kind.create(m_session, this);
        m_views.insert(QLatin1String(kind.id), view);
        if (kind.area == ViewArea::Centre) {
            m_centre->addWidget(view);
            m_timeline = qobject_cast<TimelineView*>(view);
        }
    }
    auto* frame = new QWidget(this);
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_notice);
    layout->addWidget(m_centre, 1);
    setCentralWidget(frame);
    connect(m_startPage, &StartPage::openWanted, this, &MainWindow::openByDialog);
    connect(m_startPage, &StartPage::recentWanted, this, [this](const QString& path) { openFiles({path}); });
    connect(m_errorPage, &MessagePage::openWanted, this, &MainWindow::openByDialog);
    connect(m_errorPage, &MessagePage::closeWanted, &m_session, &Session::close);
    connect(m_notice, &NoticeBar::actionTriggered, this, [this] {
        m_docks.value(QStringLiteral("sources"))->show();
        m_docks.value(QStringLiteral("sources"))->raise();
    });
}

void MainWindow::createDocks()
{
    QDockWidget* previousBelow = nullptr;
    QDockWidget* firstBelow = nullptr;
    for (const ViewKind& kind : allViews()) {
        if (kind.area == ViewArea::Centre)
            continue;
        const QString id = QLatin1String(kind.id);
        View* view = m_views.value(id);
        auto* dock = new QDockWidget(view->title(), this);
        dock->setObjectName(id);
        dock->setWidget(view);
        m_docks.insert(id, dock);
        if (kind.area == ViewArea::Left) {
            addDockWidget(Qt::LeftDockWidgetArea, dock);
            continue;
        }
        addDockWidget(Qt::BottomDockWidgetArea, dock);
        if (previousBelow)
            tabifyDockWidget(previousBelow, dock);
        else
            firstBelow = dock;
        previousBelow = dock;
    }
    if (firstBelow) {
        firstBelow->raise();
        resizeDocks({firstBelow}, {250}, Qt::Vertical);
    }
    if (QDockWidget* left = m_docks.value(QStringLiteral("metrics")))
        resizeDocks({left}, {230}, Qt::Horizontal);
}

void MainWindow::createActions()
{
    createFileMenu();
    createViewMenu();
    createGoMenu();
    createHelpMenu();
}

void MainWindow::createFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    m_open = menu->addAction(tr("&Open…"));
    m_open->setShortcut(QKeySequence::Open);
    m_open->setToolTip(tr("Open a capture (%1)").arg(m_open->shortcut().toString(QKeySequence::NativeText)));
    connect(m_open, &QAction::triggered, this, &MainWindow::openByDialog);
    m_openAs = menu->addAction(tr("Open &as…"));
    m_openAs->setShortcut(Qt::CTRL | Qt::SHIFT | Qt::Key_O);
    m_openAs->setToolTip(tr("Open a file that is not recognised, or taken for something else"));
    connect(m_openAs, &QAction::triggered, this, &MainWindow::openAsByDialog);
    m_recentMenu = menu->addMenu(tr("Open &recent"));
    m_close = menu->addAction(tr("&Close"));
    m_close->setShortcut(QKeySequence::Close);
    connect(m_close, &QAction::triggered, &m_session, &Session::close);
    m_cancel = menu->addAction(tr("Cancel &loading"));
    connect(m_cancel, &QAction::triggered, &m_session, &Session::cancel);
    menu->addSeparator();
    m_quit = menu->addAction(tr("&Quit"));
    m_quit->setShortcut(Qt::CTRL | Qt::Key_Q);
    connect(m_quit, &QAction::triggered, this, &QWidget::close);
}

void MainWindow::createViewMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    int number = 1;
    for (const ViewKind& kind : allViews()) {
        if (kind.area == ViewArea::Centre)
            continue;
        QAction* toggle = m_docks.value(QLatin1String(kind.id))->toggleViewAction();
        toggle->setShortcut(Qt::ALT | static_cast<Qt::Key>(Qt::Key_0 + number++));
        menu->addAction(toggle);
    }
    menu->addSeparator();
    menu->addActions(m_timeline->laneActions());
    menu->addSeparator();
    connect(menu->addAction(tr("&Reset layout")), &QAction::triggered, this, &MainWindow::resetLayout);
    QAction* fullScreen = menu->addAction(tr("&Full screen"));
    fullScreen->setShortcut(QKeySequence(Qt::Key_F11));
    fullScreen->setCheckable(true);
    connect(fullScreen, &QAction::toggled, this, [this](bool isFull) { isFull ? showFullScreen() : showNormal(); });
}

void MainWindow::createGoMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Go"));
    m_back = menu->addAction(tr("&Back"));
    m_back->setShortcut(Qt::ALT | Qt::Key_Left);
    m_back->setToolTip(tr("Back to the range of time before"));
    connect(m_back, &QAction::triggered, m_session.timeView(), &TimeView::goBack);
    m_forward = menu->addAction(tr("&Forward"));
    m_forward->setShortcut(Qt::ALT | Qt::Key_Right);
    m_forward->setToolTip(tr("Forward again"));
    connect(m_forward, &QAction::triggered, m_session.timeView(), &TimeView::goForward);
    menu->addSeparator();
    if (const auto* findings = qobject_cast<FindingView*>(view(QStringLiteral("findings")))) {
        menu->addActions(findings->navigationActions());
        menu->addSeparator();
        connect(findings, &FindingView::wanted, this, [this] {
            QDockWidget* found = dock(QStringLiteral("findings"));
            found->show();
            found->raise();
        });
    }
    menu->addActions(m_timeline->navigationActions());
}

void MainWindow::createHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    m_sheet = menu->addAction(tr("&Keys and gestures"));
    m_sheet->setShortcut(QKeySequence(Qt::Key_Question));
    connect(m_sheet, &QAction::triggered, this, &MainWindow::showShortcuts);
    connect(menu->addAction(tr("&About Hindcast")), &QAction::triggered, this, &MainWindow::showAbout);
}

void MainWindow::createToolBar()
{
    m_toolBar = addToolBar(tr("Main tool bar"));
    m_toolBar->setObjectName(QStringLiteral("toolbar"));
    m_toolBar->setMovable(false);
    m_toolBar->setIconSize({20, 20});
    m_toolBar->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_toolBar->addAction(m_open);
    m_toolBar->addSeparator();
    m_toolBar->addAction(m_back);
    m_toolBar->addAction(m_forward);
    m_rangeLabel = new QLabel(m_toolBar);
    m_rangeLabel->setContentsMargins(10, 0, 10, 0);
    m_rangeLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_toolBar->addWidget(m_rangeLabel);
    auto* space = new QWidget(m_toolBar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_toolBar->addWidget(space);
    m_zoneBox = new QComboBox(m_toolBar);
    m_zoneBox->setToolTip(tr("Time zone of everything shown"));
    m_zoneBox->setAccessibleName(tr("Time zone"));
    m_zoneBox->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_zoneAction = m_toolBar->addWidget(m_zoneBox);
    connect(m_zoneBox, &QComboBox::currentIndexChanged, this, [this](int index) {
        const auto zones = m_session.zones();
        if (!m_isFillingZones && index >= 0 && index < static_cast<int>(zones.size()))
            m_session.setZone(zones[static_cast<std::size_t>(index)]);
    });
}

void MainWindow::createStatusBar()
{
    m_statusText = new QLabel(this);
    m_statusText->setTextFormat(Qt::PlainText);
    m_statusText->setContentsMargins(8, 2, 8, 2);
    m_progressText = new QLabel(this);
    m_progressBar = new QProgressBar(this);
    m_progressBar->setFixedWidth(180);
    m_progressBar->setTextVisible(false);
    m_cancelButton = new QToolButton(this);
    m_cancelButton->setText(tr("Cancel  Esc"));
    m_cancelButton->setAutoRaise(true);
    connect(m_cancelButton, &QToolButton::clicked, &m_session, &Session::cancel);
    statusBar()->addWidget(m_statusText, 1);
    statusBar()->addPermanentWidget(m_progressText);
    statusBar()->addPermanentWidget(m_progressBar);
    statusBar()->addPermanentWidget(m_cancelButton);
    statusBar()->setSizeGripEnabled(false);

    // Esc means "stop loading" wherever the focus is; only while something loads, so that it stays free otherwise.
    m_cancel->setShortcut(Qt::Key_Escape);
    m_cancel->setEnabled(false);
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::stateChanged, this, &MainWindow::showState);
    connect(&m_session, &Session::snapshotChanged, this, [this] {
        showZones();
        showState();
    });
    connect(&m_session, &Session::zoneChanged, this, [this] {
        showZones();
        showRange();
    });
    connect(&m_session, &Session::progressed, this, &MainWindow::showProgress);
    connect(m_session.timeView(), &TimeView::visibleChanged, this, [this] {
        showRange();
        showStatus();
    });
    connect(m_session.timeView(), &TimeView::historyChanged, this, &MainWindow::showRange);
    connect(m_session.lanes(), &LaneSet::lanesChanged, this, &MainWindow::showStatus);
}

View* MainWindow::view(const QString& id) const
{
    return m_views.value(id);
}

QWidget* MainWindow::startPage() const
{
    return m_startPage;
}

QWidget* MainWindow::errorPage() const
{
    return m_errorPage;
}

QWidget* MainWindow::centralPage() const
{
    return m_centre->currentWidget();
}

QString MainWindow::notice() const
{
    return m_notice->isHidden() ? QString{} : m_notice->text();
}

bool MainWindow::isProgressShown() const
{
    return !m_progressBar->isHidden();
}

void MainWindow::showState()
{
    const bool isLoading = m_session.state() == Session::State::Loading;
    if (m_session.state() == Session::State::Failed) {
        m_errorPage->showError(m_session.errorText(), m_session.errorPlace());
        m_centre->setCurrentWidget(m_errorPage);
    } else if (m_session.snapshot() || isLoading) {
        m_centre->setCurrentWidget(m_timeline);
    } else {
        m_centre->setCurrentWidget(m_startPage);
    }
    const bool hasCapture = m_session.snapshot() != nullptr;
    showDocks(hasCapture || isLoading);
    m_cancel->setEnabled(isLoading);
    for (QWidget* part : {static_cast<QWidget*>(m_progressBar), static_cast<QWidget*>(m_progressText),
             static_cast<QWidget*>(m_cancelButton)})
        part->setVisible(isLoading);
    if (isLoading) {
        m_progressBar->setRange(0, 0);
        m_progressText->setText(m_session.snapshot() ? tr("Reading everything…") : tr("Opening…"));
    }
    m_close->setEnabled(m_session.state() != Session::State::Empty);
    if (m_session.state() == Session::State::Ready && hasCapture)
        remember(m_session.path());
    showNotice();
    showTitle();
    showRange();
    showStatus();
}

void MainWindow::showDocks(bool isWanted)
{
    if (isWanted == m_areDocksShown)
        return;
    m_areDocksShown = isWanted;
    if (!isWanted)
        m_captureLayout = saveState(layoutVersion);
    else
        restoreState(m_captureLayout, layoutVersion);
    for (QDockWidget* dock : std::as_const(m_docks)) {
        if (!isWanted)
            dock->hide();
        dock->toggleViewAction()->setEnabled(isWanted);
    }
}

void MainWindow::showNotice()
{
    const SnapshotPointer& snapshot = m_session.snapshot();
    if (m_session.state() == Session::State::Empty)
        m_openNotice.clear();
    QString text = m_openNotice;
    QString action;
    if (snapshot && snapshot->isCoarse) {
        text = m_session.state() == Session::State::Loading
            ? tr("First look: one sample of each segment. Everything else is being read.")
            : tr("First look: one sample of each segment. Reading was cancelled before everything was there.");
    } else if (snapshot && m_session.state() == Session::State::Ready) {
        const ImportNote* note = worstNote(*snapshot);
        if (note || snapshot->isPartial) {
            const QString what = note ? text::fromBytes(note->message) : tr("a part of the capture is missing");
            const QString place = note && !note->member.empty() ? text::fromBytes(note->member) : QString{};
            text = place.isEmpty() ? tr("Not everything could be read: %1").arg(what)
                                   : tr("Not everything could be read: %1: %2", "member: message").arg(place, what);
            action = tr("Show sources");
        }
    }
    if (text.isEmpty())
        m_notice->hide();
    else
        m_notice->showNotice(text, action);
}

void MainWindow::showTitle()
{
    const QString file = QFileInfo(m_session.path()).fileName();
    if (file.isEmpty())
        setWindowTitle(tr("Hindcast"));
    else
        setWindowTitle(tr("%1 – Hindcast", "file").arg(file));
}

void MainWindow::showRange()
{
    const SnapshotPointer& snapshot = m_session.snapshot();
    m_back->setEnabled(snapshot && m_session.timeView()->canGoBack());
    m_forward->setEnabled(snapshot && m_session.timeView()->canGoForward());
    const TimeRange visible = m_session.timeView()->visible();
    const bool hasTime = snapshot && !visible.isEmpty();
    m_zoneAction->setVisible(hasTime);
    if (!hasTime) {
        m_rangeLabel->clear();
        return;
    }
    const text::Zone& zone = m_session.zone();
    const QString day = zone.date(visible.begin);
    const QString times = zone.rangeText(visible);
    const QString length = text::formatDuration(visible.duration());
    m_rangeLabel->setText(day.isEmpty() || zone.date(visible.end) != day
            ? tr("%1   %2", "range, length").arg(times, length)
            : tr("%1  %2   %3", "date, range, length").arg(day, times, length));
}

void MainWindow::showZones()
{
    m_isFillingZones = true;
    m_zoneBox->clear();
    const auto zones = m_session.zones();
    const Time when = m_session.snapshot() ? m_session.snapshot()->range.begin : Time{};
    for (const text::Zone& zone : zones) {
        const QString title = zone.title(when);
        switch (zone.kind()) {
        case text::ZoneKind::Server:
            m_zoneBox->addItem(tr("Server: %1", "zone").arg(title));
            break;
        case text::ZoneKind::Mine:
            m_zoneBox->addItem(tr("Mine: %1", "zone").arg(title));
            break;
        case text::ZoneKind::Utc:
        case text::ZoneKind::Elapsed:
            m_zoneBox->addItem(title);
            break;
        }
        if (zone == m_session.zone())
            m_zoneBox->setCurrentIndex(m_zoneBox->count() - 1);
    }
    m_isFillingZones = false;
}

void MainWindow::showStatus()
{
    const SnapshotPointer& snapshot = m_session.snapshot();
    if (!snapshot) {
        m_statusText->setText(
            m_session.state() == Session::State::Loading ? tr("Opening %1").arg(m_session.path()) : tr("Ready"));
        return;
    }
    QStringList parts;
    parts.append(QFileInfo(m_session.path()).fileName());
    const QString host = text::fromBytes(snapshot->host.hostname);
    if (!host.isEmpty())
        parts.append(host);
    const Nanoseconds visible = m_session.timeView()->visible().duration();
    if (visible > Nanoseconds::zero())
        parts.append(text::formatDuration(snapshot->range.duration()));
    const int lanes = static_cast<int>(m_session.lanes()->lanes().size());
    parts.append(text::plural(lanes, tr("1 lane"), tr("%n lanes", nullptr, lanes)));
    const auto columns = std::max(1, m_timeline->plot()->plotArea().width());
    if (visible > Nanoseconds::zero())
        parts.append(tr("1 pixel = %1").arg(text::formatDuration(visible / columns)));
    if (!snapshot->isFinished)
        parts.append(tr("the recorder did not close the file"));
    if (const QString problems = countOfProblems(*snapshot); !problems.isEmpty())
        parts.append(problems);
    m_statusText->setText(parts.join(QStringLiteral("   \u00b7   ")));
}

void MainWindow::showProgress(quint64 bytesDone, quint64 bytesTotal)
{
    const QString done = text::formatValue(static_cast<double>(bytesDone), Unit::Bytes);
    if (bytesTotal == 0) {
        m_progressBar->setRange(0, 0);
        m_progressText->setText(tr("%1 read", "bytes").arg(done));
        return;
    }
    m_progressBar->setRange(0, 1000);
    m_progressBar->setValue(static_cast<int>(bytesDone * 1000 / bytesTotal));
    m_progressText->setText(
        tr("%1 of %2", "bytes").arg(done, text::formatValue(static_cast<double>(bytesTotal), Unit::Bytes)));
}

void MainWindow::takeIcons()
{
    m_open->setIcon(themedIcon(QStringLiteral("open"), palette()));
    m_back->setIcon(themedIcon(QStringLiteral("back"), palette()));
    m_forward->setIcon(themedIcon(QStringLiteral("forward"), palette()));
}

void MainWindow::openByDialog()
{
    const QString folder = m_usesSettings ? QSettings().value(QStringLiteral("lastFolder")).toString() : QString{};
    const QStringList paths = QFileDialog::getOpenFileNames(this, tr("Open a capture"), folder,
        tr("Captures (*.hindcast.tar.zst *.hindcast.tar.zst.part *.tar.zst *.tar.gz *.tar.xz *.tar);;All files (*)"));
    if (paths.isEmpty())
        return;
    if (m_usesSettings)
        QSettings().setValue(QStringLiteral("lastFolder"), QFileInfo(paths.front()).path());
    openFiles(paths);
}

/// A file that could not be opened is most likely the one that is meant.
void MainWindow::openAsByDialog()
{
    const bool hasFailed = m_session.state() == Session::State::Failed && QFileInfo(m_session.path()).isFile();
    const QString folder = m_usesSettings ? QSettings().value(QStringLiteral("lastFolder")).toString() : QString{};
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Open a file as"), hasFailed ? m_session.path() : folder, tr("All files (*)"));
    if (!path.isEmpty())
        openAs(path);
}

void MainWindow::openAs(const QString& path)
{
    QList<ChoiceDialog::Choice> choices;
    for (const SourceKind& kind : sourceKinds())
        choices.append({kind.id, kind.title});
    auto* dialog = new ChoiceDialog(tr("Open as"), tr("%1 is:", "file").arg(QFileInfo(path).fileName()), choices, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, path] {
        if (m_usesSettings)
            QSettings().setValue(QStringLiteral("lastFolder"), QFileInfo(path).path());
        m_openNotice.clear();
        m_session.open(path, dialog->chosen());
        showNotice();
    });
    dialog->open();
}

void MainWindow::openFiles(const QStringList& paths)
{
    if (paths.isEmpty())
        return;
    m_session.open(paths.front());
    m_openNotice.clear();
    if (paths.size() > 1)
        m_openNotice = tr("Opened the first of %n files. Comparing captures is not possible yet.", nullptr,
            static_cast<int>(paths.size()));
    showNotice();
    m_timeline->setFocus(Qt::OtherFocusReason);
}

void MainWindow::remember(const QString& path)
{
    if (!m_usesSettings || path.isEmpty() || path == QStringLiteral("-"))
        return;
    QSettings settings;
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList paths = settings.value(QStringLiteral("recent")).toStringList();
    paths.removeAll(absolute);
    paths.prepend(absolute);
    while (paths.size() > recentFiles)
        settings.remove(QStringLiteral("recentDetail/") + QString::fromLatin1(paths.takeLast().toUtf8().toHex()));
    settings.setValue(QStringLiteral("recent"), paths);

    const Snapshot& snapshot = *m_session.snapshot();
    QStringList detail;
    if (!snapshot.host.hostname.empty())
        detail.append(text::fromBytes(snapshot.host.hostname));
    detail.append(text::formatDuration(snapshot.range.duration()));
    const QFileInfo file(absolute);
    if (file.isFile())
        detail.append(text::formatValue(static_cast<double>(file.size()), Unit::Bytes));
    settings.setValue(QStringLiteral("recentDetail/") + QString::fromLatin1(absolute.toUtf8().toHex()),
        detail.join(QStringLiteral(", ")));
    showRecent();
}

void MainWindow::showRecent()
{
    QList<RecentFile> files;
    if (m_usesSettings) {
        const QSettings settings;
        for (const QString& path : settings.value(QStringLiteral("recent")).toStringList()) {
            const QString detail =
                settings.value(QStringLiteral("recentDetail/") + QString::fromLatin1(path.toUtf8().toHex())).toString();
            files.append({path, detail, QFileInfo::exists(path)});
        }
    }
    m_startPage->setRecentFiles(files);
    m_recentMenu->clear();
    m_recentMenu->setEnabled(!files.isEmpty());
    for (const RecentFile& file : files) {
        QAction* action = m_recentMenu->addAction(QFileInfo(file.path).fileName());
        action->setToolTip(file.path);
        action->setEnabled(file.isThere);
        connect(action, &QAction::triggered, this, [this, path = file.path] { openFiles({path}); });
    }
}

void MainWindow::showShortcuts()
{
    QList<QAction*> file{m_open, m_openAs, m_close, m_quit, m_cancel};
    QList<QAction*> view;
    for (QDockWidget* dock : std::as_const(m_docks))
        view.append(dock->toggleViewAction());
    view.append(m_timeline->laneActions());
    QList<QAction*> go{m_back, m_forward};
    go.append(m_timeline->navigationActions());
    QList<QAction*> conversation;
    if (const auto* findings = qobject_cast<FindingView*>(this->view(QStringLiteral("findings"))))
        go.append(findings->navigationActions());
    if (const auto* packets = qobject_cast<ConversationView*>(this->view(QStringLiteral("conversation"))))
        conversation = packets->actionsOfKeys();
    auto* sheet = new ShortcutSheet({{tr("File"), file}, {tr("View"), view}, {tr("Through time"), go},
                                        {tr("Conversation"), conversation}, {tr("Help"), {m_sheet}}},
        this);
    sheet->setAttribute(Qt::WA_DeleteOnClose);
    sheet->show();
}

void MainWindow::showAbout()
{
    QMessageBox::about(this, tr("About Hindcast"),
        tr("<p><b>Hindcast %1</b></p><p>What a Linux server was doing, recorded into one file and read back later, "
           "offline.</p><p>Free software under the GNU General Public License, version 3 or later.</p>")
            .arg(QStringLiteral(HINDCAST_VERSION)));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const auto urls = event->mimeData()->urls();
    if (std::any_of(urls.begin(), urls.end(), [](const QUrl& url) { return url.isLocalFile(); }))
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
    event->acceptProposedAction();
    openFiles(paths);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    saveSettings();
    QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_open)
        takeIcons();
}

void MainWindow::resetLayout()
{
    if (m_areDocksShown)
        restoreState(m_firstLayout, layoutVersion);
    else
        m_captureLayout = m_firstLayout;
}

void MainWindow::forgetSettings()
{
    m_usesSettings = false;
    setAnimated(false); // a picture must not catch a dock halfway
    resetLayout();
    showRecent();
}

void MainWindow::restoreSettings()
{
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    restoreState(settings.value(QStringLiteral("layout")).toByteArray(), layoutVersion);
}

void MainWindow::saveSettings() const
{
    if (!m_usesSettings)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("layout"), m_areDocksShown ? saveState(layoutVersion) : m_captureLayout);
}

} // namespace hindcast
