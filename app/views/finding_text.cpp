#include "views/finding_text.h"

#include "model/metrics.h"
#include "models/finding_model.h"
#include "text/format.h"

#include <QCoreApplication>

#include <cmath>

namespace hindcast {

namespace {

using diagnose::Evidence;

QString tr(const char* text)
{
    return QCoreApplication::translate("hindcast::FindingPage", text);
}

QString plain(std::string_view text)
{
    return text::fromBytes(text).toHtmlEscaped();
}

QString roleText(diagnose::EvidenceRole role)
{
    switch (role) {
    case diagnose::EvidenceRole::Trigger:
        return tr("shows it");
    case diagnose::EvidenceRole::Support:
        return tr("agrees");
    case diagnose::EvidenceRole::Contradict:
        return tr("speaks against it");
    case diagnose::EvidenceRole::Context:
        return tr("beside it");
    }
    return {};
}

QString statisticText(diagnose::Statistic statistic)
{
    switch (statistic) {
    case diagnose::Statistic::Value:
        return {};
    case diagnose::Statistic::Mean:
        return tr("mean");
    case diagnose::Statistic::Median:
        return tr("median");
    case diagnose::Statistic::P95:
        return tr("95th percentile");
    case diagnose::Statistic::Maximum:
        return tr("highest");
    case diagnose::Statistic::Minimum:
        return tr("lowest");
    case diagnose::Statistic::Change:
        return tr("change");
    case diagnose::Statistic::Sum:
        return tr("in all");
    }
    return {};
}

/// A line of a log: what it says is the evidence, there is no figure.
bool isMessage(const Evidence& evidence)
{
    return evidence.metric == evidence.source && !evidence.text.empty();
}

QString metricText(const Evidence& evidence)
{
    if (isMessage(evidence))
        return tr("Kernel log");
    const MetricInfo* info = metricInfo(evidence.metric);
    const QString title = info ? plain(info->title) : plain(evidence.metric);
    return title + (evidence.labels.empty() ? QString() : QLatin1Char(' ') + plain(labelText(evidence.labels)));
}

/// The figure, and below it what is to be said about it: on one line "646 7.76 %" would read as one number.
QString valueText(const Evidence& evidence, const QString& dimmedRemark)
{
    if (isMessage(evidence))
        return plain(evidence.text);
    QStringList words;
    if (!std::isnan(evidence.value)) {
        if (const QString statistic = statisticText(evidence.statistic); !statistic.isEmpty())
            words << statistic;
        words << QStringLiteral("<b>%1</b>").arg(text::formatValue(evidence.value, evidence.unit).toHtmlEscaped());
    }
    const QString value = words.join(QLatin1Char(' '));
    return value.isEmpty() || dimmedRemark.isEmpty() ? value + dimmedRemark
                                                     : value + QStringLiteral("<br>") + dimmedRemark;
}

QString list(const QString& title, const std::vector<std::string>& items)
{
    if (items.empty())
        return {};
    QString html = QStringLiteral("<p><b>%1</b></p><ul>").arg(title);
    for (const std::string& item : items)
        html += QStringLiteral("<li>%1</li>").arg(plain(item));
    return html + QStringLiteral("</ul>");
}

QString party(const QString& title, const std::optional<diagnose::Object>& object, const std::string& reason)
{
    if (!object && reason.empty())
        return {};
    if (!object)
        return QStringLiteral("<p><b>%1</b> %2</p>").arg(title, plain(reason));
    return QStringLiteral("<p><b>%1</b> %2%3</p>")
        .arg(title, plain(object->text()), reason.empty() ? QString() : QStringLiteral(" – ") + plain(reason));
}

} // namespace

QString FindingPage::dimmed(const QString& html) const
{
    return QStringLiteral("<span style='color:%1'>%2</span>").arg(dim.name(), html);
}

QString FindingPage::when(TimeRange range) const
{
    constexpr int milliseconds = 3;
    return (range.duration() < std::chrono::milliseconds{1} ? zone.timeOfDay(range.begin, milliseconds)
                                                            : zone.rangeText(range))
        .toHtmlEscaped();
}

QString FindingPage::place(const Evidence& evidence, std::optional<TimeRange> known) const
{
    QString where = plain(evidence.member.empty() ? evidence.source : evidence.member);
    if (evidence.line > 0)
        where += tr(", line %1").arg(evidence.line);
    if (!evidence.range.isEmpty() && evidence.range != known)
        where += QStringLiteral("<br>") + when(evidence.range);
    return where;
}

QString FindingPage::evidenceTable(
    const std::vector<Evidence>& evidence, bool isLinked, std::optional<TimeRange> known) const
{
    QString html = QStringLiteral("<table cellspacing='0' cellpadding='4' width='100%'>");
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        const Evidence& one = evidence[i];
        QString name = metricText(one);
        if (isLinked)
            name = QStringLiteral("<a href='%1'>%2</a>").arg(evidenceLink(i), name);
        const QString limit = one.limit ? tr("limit %1").arg(text::formatValue(*one.limit, one.unit).toHtmlEscaped())
                + (one.limitName.empty() ? QString() : QStringLiteral("<br>") + dimmed(plain(one.limitName)))
                                        : QString();
        html += QStringLiteral("<tr><td>%1</td><td>%2</td><td>%3</td><td>%4</td><td>%5</td></tr>")
                    .arg(dimmed(roleText(one.role)), name,
                        valueText(one, one.text.empty() ? QString() : dimmed(plain(one.text))), limit,
                        dimmed(place(one, known)));
    }
    return html + QStringLiteral("</table>");
}

QString FindingPage::relations(const diagnose::Finding& finding) const
{
    const auto link = [&](std::size_t index) {
        const diagnose::Finding& other = diagnosis.findings[index];
        return QStringLiteral("<a href='%1'>%2</a>")
            .arg(findingLink(index), plain(other.object.text() + ": " + other.title));
    };
    QString html;
    if (finding.explainedBy)
        html += QStringLiteral("<p>%1 %2</p>").arg(tr("A consequence of"), link(*finding.explainedBy));
    QStringList consequences;
    for (const std::size_t index : finding.explains)
        consequences << link(index);
    if (!consequences.isEmpty())
        html += QStringLiteral("<p>%1 %2</p>").arg(tr("Its consequences:"), consequences.join(QStringLiteral(", ")));
    return html;
}

QString FindingPage::finding(const diagnose::Finding& finding) const
{
    const QString kind = tr("%1 · confidence %2 · %3 · rule %4")
                             .arg(FindingModel::levelText(finding.level).toHtmlEscaped(),
                                 FindingModel::confidenceText(finding.confidence).toHtmlEscaped(),
                                 when(finding.range()), plain(finding.id));
    QString html = QStringLiteral("<h3>%1</h3><p>%2</p><p>%3</p>")
                       .arg(plain(finding.title), dimmed(kind), plain(finding.sentence));
    html +=
        QStringLiteral("<p><b>%1</b></p>").arg(tr("Evidence")) + evidenceTable(finding.evidence, true, finding.range());
    if (!finding.mechanism.empty())
        html += QStringLiteral("<p><b>%1</b> %2</p>").arg(tr("How it limits:"), plain(finding.mechanism));
    html += party(tr("Culprit:"), finding.culprit, finding.culpritReason);
    html += party(tr("Victim:"), finding.victim, finding.victimReason);
    html += relations(finding);
    html += list(tr("What may be behind it"), finding.causes);
    html += list(tr("Look at next"), finding.checks);
    html += list(tr("What helps"), finding.fixes);
    return html;
}

QString FindingPage::verdict(const diagnose::Verdict& verdict) const
{
    const bool isClear = verdict.answer == diagnose::Answer::Clear;
    const QString answer = isClear ? tr("No: everything it takes was measured, and it stayed below the limits.")
                                   : tr("Not known: what it takes was not recorded. That is no sign of health.");
    QString html = QStringLiteral("<h3>%1</h3><p>%2</p><p>%3</p>")
                       .arg(plain(verdict.question), dimmed(tr("rule %1").arg(plain(verdict.rule))), answer);
    if (!verdict.remark.empty())
        html += QStringLiteral("<p>%1</p>").arg(plain(verdict.remark));
    if (!verdict.missing.empty()) {
        html += QStringLiteral("<p><b>%1</b></p><ul>").arg(tr("Missing"));
        for (const diagnose::MissingInput& input : verdict.missing)
            html += QStringLiteral("<li>%1: %2%3</li>")
                        .arg(plain(input.input), plain(input.reason),
                            input.remedy.empty() ? QString() : QStringLiteral("<br>") + dimmed(plain(input.remedy)));
        html += QStringLiteral("</ul>");
    }
    if (!verdict.looked.empty())
        html += QStringLiteral("<p><b>%1</b></p>").arg(tr("Nearest to the limit"))
            + evidenceTable(verdict.looked, false, std::nullopt);
    return html;
}

QString FindingPage::overview() const
{
    QString html = QStringLiteral("<h3>%1</h3>").arg(plain(diagnosis.headline));
    if (!diagnosis.windowReason.empty())
        html += QStringLiteral("<p>%1 %2</p>").arg(tr("Judged over"), plain(diagnosis.windowReason));
    if (!diagnosis.exonerated.empty()) {
        QStringList names;
        for (const diagnose::Resource resource : diagnosis.exonerated)
            names << plain(diagnose::resourceName(resource));
        html += QStringLiteral("<p>%1 %2</p>").arg(tr("Measured and fine:"), names.join(QStringLiteral(", ")));
    }
    return html + QStringLiteral("<p>%1</p>").arg(dimmed(tr("Choose a line at the left to see why.")));
}

} // namespace hindcast
