// The window under real mouse and key events: every view empty and full, every gesture of the timeline.

#include "main_window.h"
#include "models/process_model.h"
#include "models/source_model.h"
#include "models/statistics_model.h"
#include "plots/time_plot.h"
#include "snapshot_maker.h"
#include "views/process_view.h"
#include "views/source_view.h"
#include "views/statistics_view.h"
#include "views/timeline_view.h"
#include "widgets/choice_dialog.h"
#include "widgets/overview_strip.h"

#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include <condition_variable>
#include <mutex>

using namespace hindcast;
using namespace std::chrono_literals;

namespace {

using Outcome = Result<SnapshotPointer>;
using FirstLook = std::function<void(SnapshotPointer)>;

/// A file that is there is read; every other name stands for something made up.
Outcome readMadeUp(
    const OpenRequest& request, const FirstLook& firstLook, const Progress& progress, std::stop_token stop)
{
    const std::string& path = request.path;
    if (QFileInfo::exists(QString::fromStdString(path)))
        return readCapture(request, firstLook, progress, stop);
    if (path.find("slow") != std::string::npos) {
        progress({1, 1000});
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; });
        return SnapshotPointer{};
    }
    if (path.find("bad") != std::string::npos)
        return Error{"not a capture: it holds no manifest", path};
    return fullSnapshot(600);
}

/// For people who want to see it: HINDCAST_PICTURES names the folder.
void keepPicture(QWidget& widget, const QString& name)
{
    if (const QString folder = qEnvironmentVariable("HINDCAST_PICTURES"); !folder.isEmpty())
        widget.grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
}

} // namespace

class TstViews : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<MainWindow> m_window;

    Session& session() { return m_window->session(); }
    TimePlot* plot() { return m_window->timeline()->plot(); }
    template <typename Kind> Kind* viewOf(const char* id)
    {
        return qobject_cast<Kind*>(m_window->view(QLatin1String(id)));
    }

    void showFull()
    {
        m_window->openFiles({QStringLiteral("made-up")});
        QTRY_COMPARE(session().state(), Session::State::Ready);
        plot()->renderNow();
    }

    /// The widget under a point of the plot gets the event, as it does from the window system.
    QWidget* target(QPoint& position)
    {
        QWidget* child = plot()->childAt(position);
        if (!child)
            return plot();
        position = child->mapFrom(plot(), position);
        return child;
    }
    void press(QPoint position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers = {})
    {
        QWidget* widget = target(position);
        QTest::mousePress(widget, button, modifiers, position);
    }
    void move(QPoint position, Qt::MouseButtons buttons, Qt::KeyboardModifiers modifiers = {})
    {
        QWidget* widget = target(position);
        QMouseEvent event(QEvent::MouseMove, position, widget->mapToGlobal(position), Qt::NoButton, buttons, modifiers);
        QCoreApplication::sendEvent(widget, &event);
    }
    void release(QPoint position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers = {})
    {
        QWidget* widget = target(position);
        QTest::mouseRelease(widget, button, modifiers, position);
    }
    void drag(QPoint from, QPoint to, Qt::MouseButton button, Qt::KeyboardModifiers modifiers = {})
    {
        press(from, button, modifiers);
        move((from + to) / 2, button, modifiers);
        move(to, button, modifiers);
        release(to, button, modifiers);
    }
    void wheel(QPoint position, int notches, Qt::KeyboardModifiers modifiers)
    {
        QWidget* widget = target(position);
        QWheelEvent event(position, widget->mapToGlobal(position), {}, {0, 120 * notches}, Qt::NoButton, modifiers,
            Qt::NoScrollPhase, false);
        // Only events of the window system travel from child to parent.
        QSpontaneKeyEvent::setSpontaneous(&event);
        QCoreApplication::instance()->notify(widget, &event);
    }
    /// A point of the plot at that share of its width, in the first lane.
    QPoint at(double share)
    {
        const QRect area = plot()->plotArea();
        return {area.left() + int(area.width() * share), 40};
    }
    void key(Qt::Key which, Qt::KeyboardModifiers modifiers = {})
    {
        plot()->setFocus();
        QTest::keyClick(plot(), which, modifiers);
    }

private Q_SLOTS:
    void init()
    {
        QStandardPaths::setTestModeEnabled(true);
        m_window = std::make_unique<MainWindow>(readMadeUp, nullptr);
        m_window->forgetSettings();
        m_window->resize(1300, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->activateWindow();
    }
    void cleanup() { m_window.reset(); }

    void eachViewShowsNothingAndEverything_data()
    {
        QTest::addColumn<QString>("id");
        for (const ViewKind& kind : allViews())
            QTest::newRow(kind.id) << QString(QLatin1String(kind.id));
    }
    void eachViewShowsNothingAndEverything()
    {
        QFETCH(QString, id);
        View* view = m_window->view(id);
        QVERIFY(view);
        QVERIFY(!view->title().isEmpty());
        QVERIFY(!view->grab().isNull());
        // A snapshot without anything in it is shown without harm.
        session().show(SnapshotMaker(noon(), 1s, 0).finish());
        QVERIFY(!view->grab().isNull());
        session().show(SnapshotMaker(noon(), 1s, 1).finish());
        QVERIFY(!view->grab().isNull());
        const QImage little = view->grab().toImage();
        showFull();
        QCoreApplication::processEvents();
        m_window->dock(id) ? m_window->dock(id)->raise() : void();
        QTRY_VERIFY(view->grab().toImage() != little);
        session().close();
        QCOMPARE(m_window->centralPage(), m_window->startPage());
    }

    void startPageIsShownUntilSomethingIsOpen()
    {
        QCOMPARE(m_window->centralPage(), m_window->startPage());
        QVERIFY(!m_window->dock(QStringLiteral("processes"))->isVisible());
        showFull();
        QCOMPARE(m_window->centralPage(), static_cast<QWidget*>(m_window->timeline()));
        QVERIFY(m_window->dock(QStringLiteral("processes"))->isVisible());
        QVERIFY(plot()->lanesOnScreen() >= 3);
    }

    void leftDragSelectsARangeAndItsStatistics()
    {
        showFull();
        auto* statistics = viewOf<StatisticsView>("statistics");
        QSignalSpy refreshed(statistics, &StatisticsView::refreshed);
        drag(at(0.6), at(0.8), Qt::LeftButton);
        const auto range = session().selection()->range();
        QVERIFY(range);
        // Both edges stand on samples, which are whole seconds here.
        QCOMPARE((range->begin - noon()) % 1s, Nanoseconds(0));
        QCOMPARE((range->end - noon()) % 1s, Nanoseconds(0));
        const double seconds = toSeconds(range->duration());
        QVERIFY2(std::abs(seconds - 120) < 4, qPrintable(QString::number(seconds)));
        // The figures are those of the second half, where user is 20 %.
        QTRY_VERIFY(!statistics->model()->rows().empty()
            && std::abs(statistics->model()->rows().front().values.mean - 20) < 1e-6);
        QCOMPARE(statistics->model()->rows().front().values.samples, static_cast<std::size_t>(seconds + 1.5));
        QVERIFY(refreshed.count() > 0);
    }

    void altDragDoesNotSnap()
    {
        showFull();
        session().timeView()->setVisible({noon() + 100s, noon() + 110s});
        plot()->renderNow();
        drag(at(0.123), at(0.777), Qt::LeftButton, Qt::AltModifier);
        const auto range = session().selection()->range();
        QVERIFY(range);
        QVERIFY((range->begin - noon()) % 1s != Nanoseconds(0));
    }

    void shiftClickExtendsTheRange()
    {
        showFull();
        drag(at(0.2), at(0.4), Qt::LeftButton);
        const auto before = *session().selection()->range();
        press(at(0.7), Qt::LeftButton, Qt::ShiftModifier);
        release(at(0.7), Qt::LeftButton, Qt::ShiftModifier);
        const auto after = *session().selection()->range();
        QCOMPARE(after.begin, before.begin);
        QVERIFY(after.end > before.end + 100s);
    }

    void edgeOfTheRangeCanBeDragged()
    {
        showFull();
        drag(at(0.2), at(0.4), Qt::LeftButton);
        const auto before = *session().selection()->range();
        const QPoint edge{int(std::lround(plot()->xOf(before.end))), 40};
        drag(edge, at(0.55), Qt::LeftButton);
        QCOMPARE(session().selection()->range()->begin, before.begin);
        QVERIFY(session().selection()->range()->end > before.end + 60s);
    }

    void clickSetsTheCursorAndTheProcesses()
    {
        showFull();
        auto* processes = viewOf<ProcessView>("processes");
        press(at(0.25), Qt::LeftButton);
        release(at(0.25), Qt::LeftButton);
        QVERIFY(session().selection()->cursor());
        QTRY_COMPARE(processes->model()->rowCount(), 2);
        QVERIFY(processes->headline().startsWith(QStringLiteral("2 processes at 12:02:")));
        press(at(0.75), Qt::LeftButton);
        release(at(0.75), Qt::LeftButton);
        QTRY_COMPARE(processes->model()->rowCount(), 3); // busy-loop began halfway
        QVERIFY(processes->model()->rowOf("boot/200/1000") == 0);
    }

    void rangeShowsProcessesOverIt()
    {
        showFull();
        auto* processes = viewOf<ProcessView>("processes");
        drag(at(0.1), at(0.3), Qt::LeftButton);
        QTRY_COMPARE(processes->model()->shownSpan(), ProcessModel::Span::Range);
        QCOMPARE(processes->model()->rowCount(), 2);
        QVERIFY(processes->headline().contains(QStringLiteral("over")));
    }

    void ageOfTheSampleIsSaid()
    {
        showFull();
        session().selection()->setCursor(noon() + 100s + 400ms);
        QTRY_VERIFY(viewOf<ProcessView>("processes")->headline().contains(QStringLiteral("400 ms old")));
    }

    void hoverChangesNoSelection()
    {
        showFull();
        QSignalSpy hovered(plot(), &TimePlot::hovered);
        move(at(0.3), Qt::NoButton);
        move(at(0.4), Qt::NoButton);
        QCOMPARE(hovered.count(), 2);
        QVERIFY(!session().selection()->cursor());
        QVERIFY(!session().selection()->range());
    }

    void controlWheelZoomsAboutThePointer()
    {
        showFull();
        session().timeView()->setVisible({noon() + 100s, noon() + 500s});
        plot()->renderNow();
        const QPoint pointer = at(0.3);
        const Time before = plot()->timeAt(pointer.x());
        wheel(pointer, 3, Qt::ControlModifier);
        plot()->renderNow();
        const TimeRange visible = session().timeView()->visible();
        QVERIFY(visible.duration() < 250s);
        const auto moved = plot()->timeAt(pointer.x()) - before;
        const auto pixel = visible.duration() / plot()->plotArea().width();
        QVERIFY2(std::chrono::abs(moved) <= pixel, qPrintable(QString::number(moved.count())));
        wheel(pointer, -3, Qt::ControlModifier);
        QVERIFY(std::chrono::abs(session().timeView()->visible().duration() - Nanoseconds(400s)) < Nanoseconds(1ms));
    }

    void shiftWheelPansAndPlainWheelScrolls()
    {
        showFull();
        session().timeView()->setVisible({noon() + 100s, noon() + 200s});
        plot()->renderNow();
        wheel(at(0.5), -1, Qt::ShiftModifier);
        QCOMPARE(session().timeView()->visible(), (TimeRange{noon() + 125s, noon() + 225s}));
        wheel(at(0.5), -1, {});
        QCOMPARE(session().timeView()->visible(), (TimeRange{noon() + 125s, noon() + 225s}));
    }

    void middleAndControlDragPan_data()
    {
        QTest::addColumn<Qt::MouseButton>("button");
        QTest::addColumn<Qt::KeyboardModifiers>("modifiers");
        QTest::newRow("middle") << Qt::MiddleButton << Qt::KeyboardModifiers();
        QTest::newRow("ctrl+left") << Qt::LeftButton << Qt::KeyboardModifiers(Qt::ControlModifier);
    }
    void middleAndControlDragPan()
    {
        QFETCH(Qt::MouseButton, button);
        QFETCH(Qt::KeyboardModifiers, modifiers);
        showFull();
        session().timeView()->setVisible({noon() + 200s, noon() + 300s});
        plot()->renderNow();
        drag(at(0.7), at(0.2), button, modifiers);
        const double moved = toSeconds(session().timeView()->visible().begin - noon());
        QVERIFY2(std::abs(moved - 250) < 1, qPrintable(QString::number(moved)));
        QVERIFY(!session().selection()->range());
    }

    void rightDragZoomsToTheRegion()
    {
        showFull();
        drag(at(0.25), at(0.5), Qt::RightButton);
        const TimeRange visible = session().timeView()->visible();
        QVERIFY(std::abs(toSeconds(visible.begin - noon()) - 150) < 2);
        QVERIFY(std::abs(toSeconds(visible.end - noon()) - 300) < 2);
    }

    void keysMoveThroughTime()
    {
        showFull();
        const TimeRange all = session().timeView()->visible();
        session().selection()->setRange(TimeRange{noon() + 100s, noon() + 200s});
        key(Qt::Key_Z);
        QCOMPARE(session().timeView()->visible(), (TimeRange{noon() + 100s, noon() + 200s}));
        key(Qt::Key_W);
        QVERIFY(session().timeView()->visible().duration() < 100s);
        key(Qt::Key_S);
        key(Qt::Key_D);
        QVERIFY(session().timeView()->visible().begin > noon() + 110s);
        key(Qt::Key_F);
        key(Qt::Key_F);
        QCOMPARE(session().timeView()->visible(), all);
        session().selection()->setCursor(noon() + 50s);
        key(Qt::Key_Right);
        QCOMPARE(session().selection()->cursor(), std::optional(noon() + 51s));
        key(Qt::Key_Left);
        key(Qt::Key_Left);
        QCOMPARE(session().selection()->cursor(), std::optional(noon() + 49s));
        key(Qt::Key_Escape);
        QVERIFY(!session().selection()->cursor());
        QVERIFY(!session().selection()->range());
    }

    void doubleClickOnTheAxisFits()
    {
        showFull();
        session().timeView()->setVisible({noon() + 100s, noon() + 110s});
        plot()->renderNow();
        QPoint axis{at(0.5).x(), plot()->plotArea().bottom() + 20};
        QWidget* widget = target(axis);
        QTest::mouseDClick(widget, Qt::LeftButton, {}, axis);
        QCOMPARE(session().timeView()->visible(), session().timeView()->bounds());
    }

    void overviewWindowCanBeDragged_data()
    {
        QTest::addColumn<int>("milliseconds");
        QTest::newRow("wide") << 100'000;
        QTest::newRow("narrower than its handles") << 1000;
    }
    void overviewWindowCanBeDragged()
    {
        QFETCH(int, milliseconds);
        showFull();
        OverviewStrip* strip = m_window->timeline()->overview();
        const auto half = std::chrono::milliseconds(milliseconds / 2);
        session().timeView()->setVisible({noon() + 150s - half, noon() + 150s + half});
        const auto point = [&](std::chrono::seconds offset) {
            return QPoint(int(std::lround(strip->xOf(noon() + offset))), strip->height() / 2);
        };
        const Time pressed = strip->timeAt(point(150s).x());
        const Nanoseconds shift = strip->timeAt(point(350s).x()) - pressed;
        // The middle of a window narrower than a pixel may round to its outside: press where it is.
        session().timeView()->setVisible({pressed - half, pressed + half});
        QTest::mousePress(strip, Qt::LeftButton, {}, point(150s));
        QMouseEvent move(
            QEvent::MouseMove, point(350s), strip->mapToGlobal(point(350s)), Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(strip, &move);
        QTest::mouseRelease(strip, Qt::LeftButton, {}, point(350s));
        const TimeRange visible = session().timeView()->visible();
        QVERIFY(std::abs(toSeconds(visible.begin - (pressed - half + shift))) < 3);
        QVERIFY(std::abs(toSeconds(visible.duration()) - milliseconds / 1000.0) < 0.1);
    }

    void filteringKeepsTheChosenProcess()
    {
        showFull();
        auto* processes = viewOf<ProcessView>("processes");
        press(at(0.75), Qt::LeftButton);
        release(at(0.75), Qt::LeftButton);
        QTRY_COMPARE(processes->model()->rowCount(), 3);
        const std::string chosen = "boot/200/1000";
        auto* table = processes->findChild<QTableView*>();
        table->setCurrentIndex(processes->model()->index(processes->model()->rowOf(chosen), 0));
        const std::string selected = session().selection()->process();
        QCOMPARE(selected, chosen);
        auto* filter = processes->findChild<QLineEdit*>();
        filter->setText(QStringLiteral("database"));
        QCOMPARE(processes->model()->rowCount(), 1);
        QCOMPARE(session().selection()->process(), selected);
        filter->clear();
        QCOMPARE(processes->model()->rowCount(), 3);
        QCOMPARE(table->currentIndex().row(), processes->model()->rowOf(chosen));
    }

    void dropOpens()
    {
        QMimeData data;
        data.setUrls(
            {QUrl::fromLocalFile(QStringLiteral("/made/up/one")), QUrl::fromLocalFile(QStringLiteral("/made/up/two"))});
        QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window.get(), &drop);
        QTRY_COMPARE(session().state(), Session::State::Ready);
        QCOMPARE(session().path(), QStringLiteral("/made/up/one"));
        QVERIFY(m_window->notice().contains(QStringLiteral("first of 2 files")));
    }

    void escapeCancelsLoading()
    {
        m_window->openFiles({QStringLiteral("slow")});
        QCOMPARE(session().state(), Session::State::Loading);
        QVERIFY(m_window->isProgressShown());
        QTest::keyClick(m_window.get(), Qt::Key_Escape);
        QCOMPARE(session().state(), Session::State::Empty);
        QVERIFY(!m_window->isProgressShown());
        QCOMPARE(m_window->centralPage(), m_window->startPage());
        QVERIFY(m_window->notice().isEmpty());
    }

    void escapeCancelsLoadingWithTheFocusInTheTimeline()
    {
        m_window->openFiles({QStringLiteral("slow")});
        plot()->setFocus();
        QTest::keyClick(plot(), Qt::Key_Escape);
        QCOMPARE(session().state(), Session::State::Empty);
    }

    void unreadableInputIsSaidInOnePlace()
    {
        m_window->openFiles({QStringLiteral("/made/up/bad")});
        QTRY_COMPARE(session().state(), Session::State::Failed);
        QCOMPARE(m_window->centralPage(), m_window->errorPage());
        QStringList texts;
        for (const QLabel* label : m_window->errorPage()->findChildren<QLabel*>())
            texts.append(label->text());
        QVERIFY(texts.contains(QStringLiteral("Not a capture: it holds no manifest.")));
        QVERIFY(texts.contains(QStringLiteral("/made/up/bad")));
    }

    void damagedCaptureIsAnnounced()
    {
        SnapshotMaker maker(noon(), 1s, 10);
        maker.snapshot().isPartial = true;
        maker.snapshot().notes = {{"seg/4", 0, NoteSeverity::DataLoss, "frame checksum disagrees", 1}};
        session().show(maker.finish());
        QVERIFY(m_window->notice().contains(QStringLiteral("seg/4: frame checksum disagrees")));
        session().show(fullSnapshot(60));
        QVERIFY(m_window->notice().isEmpty());
    }

    void sourcesAreListed()
    {
        showFull();
        auto* sources = viewOf<SourceView>("sources");
        QCOMPARE(sources->sources()->rowCount(), 3);
    }

    void aFileIsOpenedAsWhatTheUserSays()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("x.txt"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("Dirty:  100 kB\n"); // too little for anything to be sure of
        file.close();
        m_window->openFiles({path});
        QTRY_COMPARE(m_window->session().state(), Session::State::Failed);
        m_window->openAs(path);
        auto* dialog = m_window->findChild<ChoiceDialog*>();
        QVERIFY(dialog);
        keepPicture(*dialog, QStringLiteral("open_as"));
        QTest::keyClicks(dialog->filter(), QStringLiteral("(proc_meminfo)"));
        QCOMPARE(dialog->chosen(), QStringLiteral("proc_meminfo"));
        dialog->accept();
        QTRY_COMPARE(m_window->session().state(), Session::State::Ready);
        QVERIFY(m_window->session().snapshot()->find("memory.dirty"));
    }

    void aMemberIsReadAsWhatTheUserSays()
    {
        QTemporaryDir folder;
        const std::string headed = "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
                                   " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n"
                                   " 1  0      0   1000    100   2000    0    0     1     2  100  200  3  4 93  0  0\n"
                                   " 2  0      0   1000    100   2000    0    0     1     2  100  200  3  4 93  0  0\n";
        for (const auto& [name, text] :
            {std::pair("a.txt", headed), std::pair("b.txt", std::string("Dirty: 5 kB\n"))}) {
            QFile file(folder.filePath(QLatin1String(name)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text.data(), static_cast<qint64>(text.size()));
        }
        m_window->openFiles({folder.path()});
        QTRY_COMPARE(m_window->session().state(), Session::State::Ready);
        QVERIFY(!m_window->session().snapshot()->find("memory.dirty"));
        auto* sources = viewOf<SourceView>("sources");
        const int rows = sources->table()->model()->rowCount();
        for (int row = 0; row < rows; ++row)
            if (sources->table()->model()->index(row, 0).data().toString() == QStringLiteral("b.txt"))
                sources->table()->setCurrentIndex(sources->table()->model()->index(row, 0));
        sources->readAsAction()->trigger();
        auto* dialog = sources->findChild<ChoiceDialog*>();
        QVERIFY(dialog);
        dialog->choose(QStringLiteral("proc_meminfo"));
        keepPicture(*dialog, QStringLiteral("read_as"));
        keepPicture(*m_window, QStringLiteral("read_as_window"));
        dialog->accept();
        QTRY_VERIFY(m_window->session().state() == Session::State::Ready
            && m_window->session().snapshot()->find("memory.dirty") != nullptr);
        QVERIFY(m_window->session().snapshot()->find("cpu.user"));
    }

    void textsWithoutAZoneAreOfTheOneChosen()
    {
        showFull();
        auto* sources = viewOf<SourceView>("sources");
        sources->zoneAction()->trigger();
        auto* dialog = sources->findChild<ChoiceDialog*>();
        QVERIFY(dialog);
        QVERIFY(dialog->list()->count() > 1);
        dialog->choose(QStringLiteral(""));
        QCOMPARE(dialog->chosen(), QString());
        dialog->reject();
    }
};

QTEST_MAIN(TstViews)
#include "tst_views.moc"
