#include "views/finding_view.h"

#include "models/finding_model.h"
#include "plots/plot_colors.h"
#include "text/format.h"
#include "views/finding_text.h"
#include "widgets/level_icon.h"

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTextBrowser>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace hindcast {

FindingView::FindingView(Session& session, QWidget* parent)
    : View(session, parent)
    , m_model(new FindingModel(this))
    , m_tree(new QTreeView(this))
    , m_page(new QTextBrowser(this))
    , m_headline(new QLabel(this))
{
    m_headline->setContentsMargins(8, 6, 8, 6);
    m_headline->setWordWrap(true);
    m_headline->setTextFormat(Qt::PlainText);
    m_headline->setTextInteractionFlags(Qt::TextSelectableByMouse);
    createTree();
    m_page->setFrameShape(QFrame::NoFrame);
    m_page->setOpenLinks(false);
    m_page->setAccessibleName(tr("Evidence of the chosen finding"));
    connect(m_page, &QTextBrowser::anchorClicked, this, &FindingView::follow);

    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_tree);
    splitter->addWidget(m_page);
    splitter->setStretchFactor(0, 4);
    splitter->setStretchFactor(1, 5);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_headline);
    layout->addWidget(splitter, 1);
    createActions();
    takeIcons();
    connect(&session, &Session::diagnosisChanged, this, &FindingView::showDiagnosis);
    connect(&session, &Session::stateChanged, this, &FindingView::showHeadline);
    connect(&session, &Session::zoneChanged, this, [this] {
        m_model->setZone(this->session().zone());
        showPage();
    });
    showDiagnosis();
}

void FindingView::createTree()
{
    m_tree->setModel(m_model);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setAlternatingRowColors(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tree->setAccessibleName(tr("Findings"));
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(FindingModel::Title, QHeaderView::Stretch);
    for (const int column : {FindingModel::Level, FindingModel::Confidence, FindingModel::When})
        header->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &FindingView::showPage);
    // A click or Enter goes there; walking with the arrow keys only shows the page.
    connect(m_tree, &QTreeView::clicked, this, &FindingView::choose);
    connect(m_tree, &QTreeView::activated, this, &FindingView::choose);
}

void FindingView::createActions()
{
    const auto add = [&](const QString& text, const QKeySequence& key, int steps) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, [this, steps] { step(steps); });
        addAction(action);
        m_navigation.append(action);
    };
    add(tr("Next finding"), Qt::Key_F8, 1);
    add(tr("Previous finding"), Qt::SHIFT | Qt::Key_F8, -1);
}

void FindingView::takeIcons()
{
    const PlotColors colors = PlotColors::forPalette(palette());
    m_model->setIcons([colors](diagnose::Level level) {
        constexpr LevelShape shapes[] = {
            LevelShape::Circle, LevelShape::Triangle, LevelShape::Diamond, LevelShape::Octagon};
        return levelIcon(shapes[static_cast<std::size_t>(level)], colors.level(static_cast<SpanLevel>(level)));
    });
}

void FindingView::changeEvent(QEvent* event)
{
    View::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        takeIcons();
        showPage();
    }
}

QString FindingView::headline() const
{
    return m_headline->text();
}

void FindingView::showDiagnosis()
{
    m_model->setZone(session().zone());
    m_model->setDiagnosis(session().diagnosis());
    m_hasGone = false;
    showHeadline();
    const DiagnosisPointer& diagnosis = session().diagnosis();
    if (diagnosis) {
        for (int row = 0; row < m_model->rowCount(); ++row)
            m_tree->setExpanded(m_model->index(row, 0), m_model->finding(m_model->index(row, 0)) != nullptr);
        // The page opens with the answer; the lanes and the range on screen stay as they are.
        if (diagnosis->principal)
            m_tree->setCurrentIndex(m_model->indexOfFinding(*diagnosis->principal));
    }
    showPage();
}

void FindingView::showHeadline()
{
    QFont font = m_headline->font();
    font.setBold(session().diagnosis() != nullptr);
    m_headline->setFont(font);
    m_headline->setForegroundRole(session().diagnosis() ? QPalette::WindowText : QPalette::PlaceholderText);
    if (session().diagnosis())
        m_headline->setText(text::fromBytes(session().diagnosis()->headline));
    else if (session().isDiagnosing())
        m_headline->setText(tr("Looking for bottlenecks…"));
    else if (session().state() == Session::State::Loading)
        m_headline->setText(tr("Judged when the whole capture is read."));
    else if (session().snapshot())
        m_headline->setText(tr("Not judged: reading was stopped before the whole capture was there."));
    else
        m_headline->setText(tr("No capture is open."));
}

void FindingView::showPage()
{
    const DiagnosisPointer& diagnosis = session().diagnosis();
    if (!diagnosis) {
        m_page->clear();
        return;
    }
    const FindingPage text{*diagnosis, session().zone(), palette().color(QPalette::PlaceholderText)};
    const QModelIndex current = m_tree->currentIndex();
    if (const diagnose::Finding* finding = m_model->finding(current))
        m_page->setHtml(text.finding(*finding));
    else if (const diagnose::Verdict* verdict = m_model->verdict(current))
        m_page->setHtml(text.verdict(*verdict));
    else
        m_page->setHtml(text.overview());
}

void FindingView::choose(const QModelIndex& index)
{
    if (const diagnose::Finding* finding = m_model->finding(index)) {
        m_hasGone = true;
        goTo(*finding);
    }
}

void FindingView::step(int steps)
{
    const DiagnosisPointer& diagnosis = session().diagnosis();
    if (!diagnosis || diagnosis->findings.empty())
        return;
    const auto count = static_cast<std::ptrdiff_t>(diagnosis->findings.size());
    const diagnose::Finding* current = m_model->finding(m_tree->currentIndex());
    std::ptrdiff_t place = current ? current - diagnosis->findings.data() + steps : steps > 0 ? 0 : count - 1;
    if (current && !m_hasGone && steps > 0)
        place -= steps; // the answer is shown already: the first step goes to it
    place = (place % count + count) % count;
    Q_EMIT wanted();
    const QModelIndex index = m_model->indexOfFinding(static_cast<std::size_t>(place));
    m_tree->setCurrentIndex(index);
    choose(index);
}

void FindingView::follow(const QUrl& link)
{
    const QString target = link.toString();
    const QString number = target.section(QLatin1Char(':'), 1);
    if (target.startsWith(QLatin1String("finding:"))) {
        const QModelIndex index = m_model->indexOfFinding(number.toULongLong());
        if (index.isValid())
            m_tree->setCurrentIndex(index);
        return;
    }
    const diagnose::Finding* finding = m_model->finding(m_tree->currentIndex());
    if (finding && number.toULongLong() < finding->evidence.size())
        goTo(finding->evidence[number.toULongLong()]);
}

void FindingView::bringIntoSight(TimeRange range)
{
    TimeView* view = session().timeView();
    if (view->visible().begin <= range.begin && range.end <= view->visible().end)
        return;
    // An instant is shown with the width that is on screen, a stretch with a quarter of it on either side.
    const auto beside = std::max(range.duration() / 4,
        range.duration() < std::chrono::milliseconds{1} ? view->visible().duration() / 2 : Nanoseconds{0});
    view->setVisible({range.begin - beside, range.end + beside});
}

void FindingView::revealLane(const std::vector<diagnose::Evidence>& evidence)
{
    const SnapshotPointer& snapshot = session().snapshot();
    const Series* best = nullptr;
    for (const diagnose::Evidence& one : evidence) {
        if (one.role == diagnose::EvidenceRole::Context || !snapshot)
            continue;
        const Series* series = snapshot->find(one.metric, one.labels);
        if (series && session().lanes()->isShown(series)) {
            best = series;
            break;
        }
        if (series && !best)
            best = series;
    }
    if (best)
        session().lanes()->reveal(best);
}

void FindingView::chooseEvent(const diagnose::Evidence& evidence)
{
    const SnapshotPointer& snapshot = session().snapshot();
    if (!snapshot || evidence.text.empty())
        return;
    for (std::uint32_t i = 0; i < snapshot->events.size(); ++i) {
        const Event& event = snapshot->events[i];
        if (event.member == evidence.member && event.line == evidence.line && event.time == evidence.range.begin
            && event.text == evidence.text) {
            session().selection()->setEvent(i);
            return;
        }
    }
}

void FindingView::goTo(const diagnose::Finding& finding)
{
    Selection* selection = session().selection();
    const TimeRange range = finding.range();
    const bool isSpan = finding.episodes.front().extent == diagnose::Episode::Extent::Span;
    selection->setRange(isSpan ? std::optional(range) : std::nullopt);
    selection->setCursor(range.begin);
    bringIntoSight(range);
    revealLane(finding.evidence);
    const auto processKey = [](const std::optional<diagnose::Object>& object) {
        return object && object->kind == diagnose::ObjectKind::Process ? object->key : std::string();
    };
    const std::string own = processKey(finding.object);
    selection->setProcess(own.empty() ? processKey(finding.culprit) : own);
    const auto flow = std::find_if(finding.evidence.begin(), finding.evidence.end(),
        [](const diagnose::Evidence& evidence) { return evidence.flow.has_value(); });
    selection->setFlow(flow != finding.evidence.end() ? flow->flow : std::nullopt);
    if (!finding.evidence.empty())
        chooseEvent(finding.evidence.front());
}

void FindingView::goTo(const diagnose::Evidence& evidence)
{
    if (const SnapshotPointer& snapshot = session().snapshot())
        if (const Series* series = snapshot->find(evidence.metric, evidence.labels))
            session().lanes()->reveal(series);
    Selection* selection = session().selection();
    if (!evidence.range.isEmpty()) {
        const bool isLong = evidence.range.duration() > std::chrono::milliseconds{1};
        selection->setRange(isLong ? std::optional(evidence.range) : std::nullopt);
        selection->setCursor(evidence.range.begin);
        bringIntoSight(evidence.range);
    }
    if (evidence.flow)
        selection->setFlow(evidence.flow);
    chooseEvent(evidence);
}

} // namespace hindcast
