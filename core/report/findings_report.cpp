#include "report/findings_report.h"

#include "diagnose/rule.h"
#include "report/value_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace hindcast::report {
namespace {

using namespace diagnose;
using Align = TextTable::Align;

std::string percentText(double ratio)
{
    constexpr double percent = 100;
    return fmt::format("{:.0f} %", ratio * percent);
}

std::string_view confidenceWord(double confidence)
{
    constexpr double high = 0.75, medium = 0.5, low = 0.3; // findings catalogue, section 3
    return confidence >= high ? "high" : confidence >= medium ? "medium" : confidence >= low ? "low" : "very low";
}

constexpr std::size_t episodesShown = 5;

class FindingsText {
public:
    FindingsText(const Snapshot& snapshot, const Diagnosis& diagnosis, const FindingsTextOptions& options)
        : m_snapshot(snapshot)
        , m_diagnosis(diagnosis)
        , m_options(options)
    {
    }

    std::string whole()
    {
        headline();
        for (std::size_t i = 0; i < m_diagnosis.findings.size(); ++i)
            if (!m_diagnosis.findings[i].explainedBy)
                root(i);
        clear();
        notEvaluable();
        return std::move(m_out);
    }

    std::string brief()
    {
        headline();
        for (std::size_t i = 0; i < m_diagnosis.findings.size(); ++i)
            if (m_diagnosis.principal == i || m_diagnosis.equalPrincipal == i)
                evidence(m_diagnosis.findings[i], "  ");
            else
                m_out += fmt::format("  {}{}: {}\n", levelName(m_diagnosis.findings[i].level), explanation(i),
                    safeText(m_diagnosis.findings[i].sentence));
        std::size_t clearCount = 0;
        std::string unjudged;
        for (const Verdict& verdict : m_diagnosis.verdicts) {
            clearCount += verdict.answer == Answer::Clear ? 1 : 0;
            if (verdict.answer == Answer::NotEvaluable)
                unjudged += (unjudged.empty() ? "" : ", ") + verdict.rule;
        }
        m_out += fmt::format("  {} question{} clear", clearCount, clearCount == 1 ? "" : "s");
        m_out += unjudged.empty() ? "\n" : "; could not be judged: " + unjudged + " (see hindcast-report findings)\n";
        return std::move(m_out);
    }

private:
    /// `own`: the clock of an event, which need not be the capture's.
    std::string shown(Time time, std::optional<Clock> own = {}) const
    {
        const Clock clock = own.value_or(m_snapshot.clock);
        if (clock == Clock::Boot)
            return formatDuration(time.time_since_epoch()) + " after boot";
        if (clock == Clock::None)
            return fmt::format("sample {:.0f}", toSeconds(time));
        const bool isWhole = time.time_since_epoch().count() % 1'000'000'000 == 0;
        return formatWithOffset(time, m_options.utcOffset, isWhole ? 0 : 3);
    }

    std::string duration(TimeRange range) const
    {
        return m_snapshot.clock == Clock::Wall ? formatDuration(range.duration())
                                               : fmt::format("{:.0f} samples", toSeconds(range.duration()));
    }

    void headline()
    {
        m_out += "Bottleneck: " + safeText(m_diagnosis.headline) + '\n';
        if (!m_diagnosis.principal && m_diagnosis.findings.empty() && m_snapshot.range.isEmpty())
            return;
        if (m_diagnosis.windowReason != "the whole capture")
            m_out += fmt::format("  looked at: {} to {} ({})\n", shown(m_diagnosis.window.begin),
                shown(m_diagnosis.window.end), safeText(m_diagnosis.windowReason));
        std::string cleared;
        for (const Resource resource : m_diagnosis.exonerated)
            cleared += (cleared.empty() ? "" : ", ") + std::string(resourceName(resource));
        if (!cleared.empty())
            m_out += "  cleared: " + cleared + '\n';
    }

    std::string explanation(std::size_t index) const
    {
        const auto cause = m_diagnosis.findings[index].explainedBy;
        return cause ? ", explained by " + m_diagnosis.findings[*cause].id : std::string();
    }

    void root(std::size_t index)
    {
        m_out += '\n';
        if (m_diagnosis.principal == index)
            m_out += "Principal bottleneck\n";
        else if (m_diagnosis.equalPrincipal == index)
            m_out += "Just as likely\n";
        finding(index, "");
    }

    void finding(std::size_t index, const std::string& indent)
    {
        const Finding& one = m_diagnosis.findings[index];
        m_out += fmt::format(
            "{}{}: {} [{}, {}]\n", indent, levelName(one.level), safeText(one.sentence), one.id, roleName(one.role));
        const std::string inner = indent + "  ";
        line(inner, "confidence", fmt::format("{} ({})", percentText(one.confidence), confidenceWord(one.confidence)));
        for (std::size_t i = 0; i < std::min(episodesShown, one.episodes.size()); ++i)
            line(inner, "when", when(one.episodes[i]));
        if (one.episodes.size() > episodesShown)
            line(inner, "",
                fmt::format(
                    "and {} more times, the last {}", one.episodes.size() - episodesShown, when(one.episodes.back())));
        line(inner, "object", safeText(one.object.text()));
        if (!one.mechanism.empty())
            line(inner, "mechanism", safeText(one.mechanism));
        party(inner, "by", one.culprit, one.culpritReason);
        party(inner, "waiting", one.victim, one.victimReason);
        evidence(one, inner);
        list(inner, "could be", one.causes);
        list(inner, "check", one.checks);
        list(inner, "remedy", one.fixes);
        for (const std::size_t consequence : one.explains) {
            m_out += inner + "and in consequence\n";
            finding(consequence, inner + "  ");
        }
    }

    std::string when(const Episode& episode) const
    {
        switch (episode.extent) {
        case Episode::Extent::Span:
            return fmt::format("{} to {} ({})", shown(episode.range.begin, episode.clock),
                shown(episode.range.end, episode.clock), duration(episode.range));
        case Episode::Extent::Instant:
            return shown(episode.range.begin, episode.clock);
        case Episode::Extent::Snapshot:
            return shown(episode.range.begin, episode.clock) + " (seen once, so for how long is not known)";
        }
        return {};
    }

    void party(const std::string& indent, std::string_view what, const std::optional<Object>& object,
        const std::string& reason)
    {
        if (object)
            line(indent, what, safeText(object->text()) + (reason.empty() ? "" : " (" + safeText(reason) + ')'));
        else if (!reason.empty())
            line(indent, what, safeText(reason)); // why it could not be identified, or that there is no one
    }

    void line(const std::string& indent, std::string_view what, const std::string& text)
    {
        m_out += fmt::format("{}{:<11}{}\n", indent, what, text);
    }

    void list(const std::string& indent, std::string_view what, const std::vector<std::string>& items)
    {
        std::string all;
        for (const std::string& item : items)
            all += (all.empty() ? "" : "; ") + item;
        if (!all.empty())
            line(indent, what, all);
    }

    std::string place(const Evidence& one) const
    {
        std::string text = safeText(one.member);
        if (one.line > 0)
            text += ':' + std::to_string(one.line);
        return text;
    }

    std::vector<std::string> row(const Evidence& one) const
    {
        std::string limit;
        if (one.limit)
            limit = fmt::format("limit {} ({})", valueText(*one.limit, one.unit), one.limitName);
        return {std::string(evidenceRoleName(one.role)),
            safeText(one.metric + (one.text.empty() || one.unit != Unit::Count ? labelText(one.labels) : "")),
            std::string(statisticName(one.statistic)), valueText(one.value, one.unit), limit, place(one),
            shown(one.range.begin, one.clock), safeText(one.text)};
    }

    void evidence(const Finding& finding, const std::string& indent)
    {
        TextTable table(
            {Align::Left, Align::Left, Align::Left, Align::Right, Align::Left, Align::Left, Align::Left, Align::Left});
        for (const Evidence& one : finding.evidence)
            table.add(row(one));
        m_out += table.text(indent + "  ");
    }

    void clear()
    {
        bool isFirst = true;
        for (const Verdict& verdict : m_diagnosis.verdicts) {
            if (verdict.answer != Answer::Clear)
                continue;
            if (std::exchange(isFirst, false))
                m_out += "\nClear\n";
            m_out +=
                fmt::format("  {}: no [{}]\n", verdict.question.substr(0, verdict.question.find('?')), verdict.rule);
            TextTable table({Align::Left, Align::Left, Align::Right, Align::Left});
            for (const Evidence& one : verdict.looked)
                table.add({safeText(one.metric + labelText(one.labels)), std::string(statisticName(one.statistic)),
                    valueText(one.value, one.unit),
                    one.limit ? fmt::format("limit {} ({})", valueText(*one.limit, one.unit), one.limitName) : ""});
            m_out += table.text("    ");
            remark(verdict);
        }
    }

    void remark(const Verdict& verdict)
    {
        if (!verdict.remark.empty())
            m_out += "    " + safeText(verdict.remark) + '\n';
    }

    void notEvaluable()
    {
        bool isFirst = true;
        for (const Verdict& verdict : m_diagnosis.verdicts) {
            if (verdict.answer != Answer::NotEvaluable && verdict.missing.empty())
                continue;
            if (std::exchange(isFirst, false))
                m_out += "\nCould not be judged\n";
            m_out += fmt::format("  {} [{}]{}\n", verdict.question, verdict.rule,
                verdict.answer == Answer::NotEvaluable ? "" : " in part");
            for (const MissingInput& missing : verdict.missing)
                m_out += fmt::format(
                    "    needs {}: {}; to have it: {}\n", missing.input, safeText(missing.reason), missing.remedy);
            if (verdict.answer == Answer::NotEvaluable)
                remark(verdict);
        }
    }

    const Snapshot& m_snapshot;
    const Diagnosis& m_diagnosis;
    const FindingsTextOptions& m_options;
    std::string m_out;
};

} // namespace

std::string findingsText(const Snapshot& snapshot, const Diagnosis& diagnosis, const FindingsTextOptions& options)
{
    return FindingsText(snapshot, diagnosis, options).whole();
}

std::string bottleneckText(const Snapshot& snapshot, const Diagnosis& diagnosis, const FindingsTextOptions& options)
{
    return FindingsText(snapshot, diagnosis, options).brief();
}

} // namespace hindcast::report
