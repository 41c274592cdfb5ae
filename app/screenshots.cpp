#include "screenshots.h"

#include "main_window.h"
#include "plots/time_plot.h"
#include "views/process_view.h"
#include "views/statistics_view.h"
#include "views/timeline_view.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QEventLoop>
#include <QPixmap>
#include <QTimer>

#include <cstdio>

namespace hindcast {

namespace {

constexpr int exitFine = 0;
constexpr int exitUnreadable = 3;
constexpr QSize windowSize{1600, 1000};

void complain(const QString& where, const QString& what)
{
    const QString line = where.isEmpty() ? what : QStringLiteral("%1: %2").arg(where, what);
    std::fprintf(stderr, "hindcast: %s\n", qPrintable(line));
}

class Photographer {
public:
    Photographer(MainWindow& window, const QDir& folder)
        : m_window(window)
        , m_folder(folder)
    {
    }

    /// Everything that was asked for has been laid out, computed and drawn.
    void settle() const
    {
        for (int turn = 0; turn < 4; ++turn) {
            QApplication::sendPostedEvents();
            QApplication::processEvents();
        }
        m_window.timeline()->plot()->renderNow();
    }

    bool save(QWidget& widget, const QString& name)
    {
        settle();
        const QString path = m_folder.filePath(name + QStringLiteral(".png"));
        if (widget.grab().save(path, "PNG"))
            return true;
        complain(path, MainWindow::tr("the picture could not be written"));
        return false;
    }

    /// A dock alone, at a size at which its contents can be read.
    bool saveDock(const QString& id)
    {
        QDockWidget* dock = m_window.dock(id);
        dock->setFloating(true);
        const bool isTall = m_window.dockWidgetArea(dock) == Qt::LeftDockWidgetArea;
        dock->resize(isTall ? QSize(340, 800) : QSize(1280, 480));
        dock->show();
        if (QWidget* focus = QApplication::focusWidget())
            focus->clearFocus();
        const bool isSaved = save(*dock->widget(), id);
        dock->setFloating(false);
        return isSaved;
    }

private:
    MainWindow& m_window;
    QDir m_folder;
};

bool waitUntilLoaded(Session& session)
{
    QEventLoop loop;
    const auto check = [&] {
        if (session.state() != Session::State::Loading && !session.isDiagnosing())
            loop.quit();
    };
    QObject::connect(&session, &Session::stateChanged, &loop, check);
    QObject::connect(&session, &Session::diagnosisChanged, &loop, check);
    if (session.state() == Session::State::Loading || session.isDiagnosing())
        loop.exec();
    return session.state() == Session::State::Ready && session.snapshot();
}

/// Runs `change` and the event loop until `signal` has come.
template <typename Sender, typename Signal, typename Change>
void changeAndWait(Sender* sender, Signal signal, Change change)
{
    QEventLoop loop;
    QObject::connect(sender, signal, &loop, &QEventLoop::quit);
    // A view without anything to refresh stays silent: a picture of it is right as well.
    QTimer::singleShot(5000, &loop, &QEventLoop::quit);
    change();
    loop.exec();
}

/// The page of an input that cannot be opened: the real one, so that the picture tells what happened.
void photographError(MainWindow& window, Photographer& photographer)
{
    photographer.save(window, QStringLiteral("error"));
}

bool photographCapture(MainWindow& window, Photographer& photographer)
{
    Session& session = window.session();
    const TimeRange bounds = session.timeView()->bounds();
    const auto at = [&](double share) {
        const auto offset = static_cast<double>(bounds.duration().count()) * share;
        return window.timeline()->plot()->snapped(bounds.begin + Nanoseconds{static_cast<std::int64_t>(offset)}, 0);
    };
    auto* processes = qobject_cast<ProcessView*>(window.view(QStringLiteral("processes")));
    auto* statistics = qobject_cast<StatisticsView*>(window.view(QStringLiteral("statistics")));

    if (!photographer.save(window, QStringLiteral("window")))
        return false;
    changeAndWait(processes, &ProcessView::refreshed, [&] { session.selection()->setCursor(at(0.6)); });
    if (!photographer.save(window, QStringLiteral("window_cursor")))
        return false;
    for (const ViewKind& kind : allViews()) {
        const QString id = QLatin1String(kind.id);
        const bool isSaved =
            kind.area == ViewArea::Centre ? photographer.save(*window.view(id), id) : photographer.saveDock(id);
        if (!isSaved)
            return false;
    }
    window.resetLayout();
    window.dock(QStringLiteral("statistics"))->raise();
    changeAndWait(statistics, &StatisticsView::refreshed, [&] {
        session.selection()->setRange(TimeRange{at(0.35), at(0.65)});
    });
    if (!photographer.save(window, QStringLiteral("window_range")))
        return false;
    session.timeView()->setVisible({at(0.5), at(0.5) + bounds.duration() / 20});
    return photographer.save(window, QStringLiteral("window_zoomed"));
}

} // namespace

int takeScreenshots(MainWindow& window, const QStringList& inputs, const QString& folder)
{
    QDir directory(folder);
    if (!directory.mkpath(QStringLiteral("."))) {
        complain(folder, MainWindow::tr("the folder for the pictures cannot be made"));
        return exitUnreadable;
    }
    window.forgetSettings();
    window.resize(windowSize);
    window.show();
    Photographer photographer(window, directory);
    if (!photographer.save(window, QStringLiteral("start")))
        return exitUnreadable;
    if (inputs.isEmpty())
        return exitFine;
    window.openFiles(inputs);
    if (inputs.size() > 1)
        complain({}, MainWindow::tr("only the first input is pictured: captures cannot be compared yet"));
    if (!waitUntilLoaded(window.session())) {
        complain(window.session().errorPlace(), window.session().errorText());
        photographError(window, photographer);
        return exitUnreadable;
    }
    return photographCapture(window, photographer) ? exitFine : exitUnreadable;
}

} // namespace hindcast
