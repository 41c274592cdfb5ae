// Findings and verdicts as pages of rich text: what was found, the evidence with its places, who and whom, what to look
// at next. Evidence rows are links of the form "evidence:<index>".
#pragma once

#include "diagnose/finding.h"
#include "text/zone.h"

#include <QColor>
#include <QString>

#include <optional>

namespace hindcast {

struct FindingPage {
    const diagnose::Diagnosis& diagnosis;
    const text::Zone& zone;
    QColor dim; ///< of what stands back

    /// Several findings, or none, in a few lines.
    QString overview() const;
    QString finding(const diagnose::Finding& finding) const;
    QString verdict(const diagnose::Verdict& verdict) const;

    static QString evidenceLink(std::size_t index) { return QStringLiteral("evidence:%1").arg(index); }
    static QString findingLink(std::size_t index) { return QStringLiteral("finding:%1").arg(index); }

private:
    /// `known`: a range that goes without saying.
    QString evidenceTable(
        const std::vector<diagnose::Evidence>& evidence, bool isLinked, std::optional<TimeRange> known) const;
    QString place(const diagnose::Evidence& evidence, std::optional<TimeRange> known) const;
    QString when(TimeRange range) const;
    QString relations(const diagnose::Finding& finding) const;
    QString dimmed(const QString& html) const;
};

} // namespace hindcast
