#include "diagnose/diagnose.h"

#include "diagnose/causes.h"
#include "diagnose/figures.h"
#include "diagnose/inquiry.h"
#include "diagnose/needs.h"
#include "diagnose/ranking.h"
#include "diagnose/rule.h"

#include <algorithm>
#include <cmath>
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

/// What lasts cannot be told from a few seconds; a single listing is another matter, and says so itself.
void admitShortness(const Snapshot& snapshot, Verdict& verdict)
{
    using namespace std::chrono_literals;
    constexpr double least = 10, grace = 1.5; // the first sample has no interval before it
    const double seconds = toSeconds(snapshot.range.duration());
    const double interval = toSeconds(std::min<Nanoseconds>(snapshot.host.interval.value_or(1s), 1s));
    if (snapshot.range.duration() < 1s || seconds + grace * interval >= least)
        return;
    verdict.answer = Answer::NotEvaluable;
    verdict.missing.push_back({"a longer capture",
        "this one is too short (" + inSeconds(std::round(seconds * 10) / 10) + ") to tell what lasts",
        "record for " + inSeconds(least) + " or more"});
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
    verdict.isNearlyFound = result.isNearlyFound;
    if (rule.isOfWhatLasts && verdict.answer == Answer::Clear)
        admitShortness(snapshot, verdict);
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
