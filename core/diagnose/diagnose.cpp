#include "diagnose/diagnose.h"

#include "diagnose/causes.h"
#include "diagnose/inquiry.h"
#include "diagnose/needs.h"
#include "diagnose/ranking.h"
#include "diagnose/rule.h"

#include <utility>

namespace hindcast::diagnose {
namespace {

Verdict asked(const Rule& rule)
{
    Verdict verdict;
    verdict.rule = rule.id;
    verdict.question = rule.question;
    verdict.resource = rule.resource;
    return verdict;
}

Answer answerOf(const RuleResult& result)
{
    if (!result.findings.empty())
        return Answer::Found;
    return result.isEvaluable ? Answer::Clear : Answer::NotEvaluable;
}

/// Asks one rule; its findings are added to the diagnosis.
Verdict ask(const Snapshot& snapshot, const Rule& rule, const DiagnoseOptions& options, Diagnosis& diagnosis)
{
    Verdict verdict = asked(rule);
    verdict.missing = missingInputs(snapshot, rule);
    if (!verdict.missing.empty())
        return verdict;
    RuleResult result = rule.check(Inquiry(snapshot, rule, options));
    verdict.answer = answerOf(result);
    verdict.missing = std::move(result.missing);
    verdict.looked = std::move(result.looked);
    verdict.remark = std::move(result.remark);
    for (Finding& finding : result.findings) {
        verdict.findings.push_back(diagnosis.findings.size());
        diagnosis.findings.push_back(std::move(finding));
    }
    return verdict;
}

} // namespace

Diagnosis diagnose(const Snapshot& snapshot, const DiagnoseOptions& options, std::stop_token stop)
{
    Diagnosis diagnosis;
    for (const Rule& rule : allRules()) {
        if (stop.stop_requested())
            return {};
        diagnosis.verdicts.push_back(ask(snapshot, rule, options, diagnosis));
    }
    joinCauses(snapshot, diagnosis.findings);
    const auto window = problemWindow(snapshot, options, diagnosis);
    rank(snapshot, window, diagnosis);
    conclude(snapshot, diagnosis);
    return diagnosis;
}

} // namespace hindcast::diagnose
