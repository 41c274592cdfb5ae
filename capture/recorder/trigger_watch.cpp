#include "trigger_watch.h"

#include "trigger_expression.h"
#include "trigger_log.h"
#include "trigger_metrics.h"

#include <algorithm>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t never = -1;
constexpr std::int64_t mostMissedIntervals = 3; // between two samples, for "for" to go on
constexpr std::size_t longestMessage = 200; // of the kernel, in an event
/// Ticks begin a little late or early (capture goal: 10 ms): "for 10s" is over with the tick ten seconds later.
constexpr std::int64_t slackOfInterval = 10;

/// "6,1234,5678901,-;message", then lines that begin with a blank and say which device it was
/// (Documentation/ABI/testing/dev-kmsg). The first message that matches; empty when none does.
std::string_view findMessage(std::string_view records, std::string_view pattern)
{
    while (!records.empty()) {
        const auto end = records.find('\n');
        const std::string_view line = records.substr(0, end);
        records.remove_prefix(end == std::string_view::npos ? records.size() : end + 1);
        const auto semicolon = line.find(';');
        if (line.starts_with(' ') || semicolon == std::string_view::npos)
            continue;
        const std::string_view message = line.substr(semicolon + 1);
        if (matchesAnywhere(pattern, message))
            return message.empty() ? line : message;
    }
    return {};
}

} // namespace

/// A condition as it stands at this tick.
struct Watching {
    std::size_t metric = 0; ///< as TriggerMetrics counts them
    std::unique_ptr<LogFollower> log;
    bool holds = false;
    std::string message; ///< the kernel's that matched
    // Of a command:
    int run = -1;
    std::int64_t nextStart = never;
    bool isMeasured = false;
    int exitStatus = 0;
    bool isSaid = false; ///< that it gave no answer
};

struct StepState {
    bool holds = false;
    std::int64_t since = never; ///< of "for": when what it is about began to hold
};

struct TriggerWatch::Watched {
    std::string text;
    TriggerExpression expression;
    std::unique_ptr<Watching[]> conditions; ///< as those of the expression
    std::unique_ptr<StepState[]> steps; ///< as well
};

struct TriggerWatch::State {
    explicit State(CommandRunner* commandRunner)
        : runner(commandRunner)
    {
    }

    void begin(Watched& watched);
    void look(const TriggerCondition& condition, Watching& watching, std::int64_t now);
    void lookAtCommand(const TriggerCondition& condition, Watching& watching, std::int64_t now);
    void saySilent(const TriggerCondition& condition, Watching& watching, const char* why);
    bool holds(Watched& watched, std::int64_t now, std::int64_t slack, bool isAfterGap) const;
    std::string conditionText(const TriggerCondition& condition, const Watching& watching) const;
    std::string reason(const Watched& watched, std::int64_t now) const;

    CommandRunner* runner;
    TriggerMetrics metrics;
    std::vector<std::unique_ptr<Watched>> watched;
    std::vector<std::string> remarks;
    std::int64_t lastSample = never;
};

TriggerWatch::TriggerWatch(CommandRunner* runner)
    : m_state(std::make_unique<State>(runner))
{
}

TriggerWatch::~TriggerWatch() = default;

std::optional<std::string> TriggerWatch::add(const std::string& expression)
{
    auto watched = std::make_unique<Watched>();
    if (auto failure = parseTrigger(expression, watched->expression))
        return failure;
    for (const TriggerCondition& condition : watched->expression.conditions)
        if (condition.kind == TriggerCondition::Kind::Command && !m_state->runner)
            return "trigger \"" + expression + "\": this recording runs no commands";
    watched->text = expression;
    m_state->begin(*watched);
    m_state->watched.push_back(std::move(watched));
    return std::nullopt;
}

bool TriggerWatch::isEmpty() const
{
    return m_state->watched.empty();
}

bool TriggerWatch::needsSockets() const
{
    for (const auto& watched : m_state->watched)
        for (const TriggerCondition& condition : watched->expression.conditions)
            if (condition.kind == TriggerCondition::Kind::Metric && condition.metric.source == TriggerSource::Sockets)
                return true;
    return false;
}

std::vector<std::string> TriggerWatch::logPaths() const
{
    std::vector<std::string> paths;
    for (const auto& watched : m_state->watched)
        for (const TriggerCondition& condition : watched->expression.conditions)
            if (condition.kind == TriggerCondition::Kind::LogFile)
                paths.push_back(condition.path);
    return paths;
}

std::vector<std::string> TriggerWatch::commands() const
{
    std::vector<std::string> commands;
    for (const auto& watched : m_state->watched)
        for (const TriggerCondition& condition : watched->expression.conditions)
            if (condition.kind == TriggerCondition::Kind::Command)
                commands.push_back(condition.command);
    return commands;
}

std::optional<TriggerWatch::Firing> TriggerWatch::evaluate(
    std::string_view blocks, std::int64_t monotonicNanoseconds, std::int64_t intervalNanoseconds)
{
    State& state = *m_state;
    if (state.watched.empty())
        return std::nullopt;
    state.metrics.take(blocks);
    const std::int64_t now = monotonicNanoseconds;
    const bool isAfterGap =
        state.lastSample != never && now - state.lastSample > mostMissedIntervals * intervalNanoseconds;
    std::optional<Firing> firing;
    for (const auto& watched : state.watched) { // all of them, because each has durations and logs to keep up with
        for (std::size_t i = 0; i < watched->expression.conditions.size(); ++i)
            state.look(watched->expression.conditions[i], watched->conditions[i], now);
        if (state.holds(*watched, now, intervalNanoseconds / slackOfInterval, isAfterGap) && !firing)
            firing = Firing{watched->text, state.reason(*watched, now)};
    }
    state.lastSample = now;
    return firing;
}

void TriggerWatch::reset()
{
    for (const auto& watched : m_state->watched)
        for (std::size_t i = 0; i < watched->expression.steps.size(); ++i)
            watched->steps[i].since = never;
}

std::vector<std::string> TriggerWatch::takeRemarks()
{
    std::vector<std::string> all = std::exchange(m_state->remarks, {});
    for (std::string& remark : m_state->metrics.takeRemarks())
        all.push_back(std::move(remark));
    return all;
}

void TriggerWatch::State::begin(Watched& added)
{
    const TriggerExpression& expression = added.expression;
    added.conditions = std::make_unique<Watching[]>(expression.conditions.size());
    added.steps = std::make_unique<StepState[]>(expression.steps.size());
    for (std::size_t i = 0; i < expression.conditions.size(); ++i) {
        const TriggerCondition& condition = expression.conditions[i];
        if (condition.kind == TriggerCondition::Kind::Metric)
            added.conditions[i].metric = metrics.watch(condition);
        else if (condition.kind == TriggerCondition::Kind::KernelLog)
            metrics.watchKernelLog();
        else if (condition.kind == TriggerCondition::Kind::LogFile)
            added.conditions[i].log = std::make_unique<LogFollower>(condition.path);
    }
}

void TriggerWatch::State::look(const TriggerCondition& condition, Watching& watching, std::int64_t now)
{
    switch (condition.kind) {
    case TriggerCondition::Kind::Metric:
        watching.holds = metrics.reading(watching.metric).holds;
        break;
    case TriggerCondition::Kind::KernelLog: // the first tick has what was in the log before us
        watching.message = lastSample == never
            ? std::string_view()
            : findMessage(metrics.kernelLog(), condition.pattern).substr(0, longestMessage);
        watching.holds = !watching.message.empty();
        break;
    case TriggerCondition::Kind::LogFile:
        watching.holds = watching.log->read(condition.pattern);
        if (std::string remark = watching.log->takeRemark(); !remark.empty())
            remarks.push_back("trigger: " + remark);
        break;
    case TriggerCondition::Kind::Command:
        lookAtCommand(condition, watching, now);
        watching.holds = watching.isMeasured && compare(watching.exitStatus, condition.comparison, condition.bound);
        break;
    }
}

/// Its last answer holds until the next one.
void TriggerWatch::State::lookAtCommand(const TriggerCondition& condition, Watching& watching, std::int64_t now)
{
    if (watching.run >= 0) {
        const CommandRunner::State answer = runner->poll(watching.run, watching.exitStatus);
        if (answer == CommandRunner::State::Running)
            return;
        watching.run = -1;
        watching.isMeasured = answer == CommandRunner::State::Ended;
        if (answer == CommandRunner::State::TimedOut)
            saySilent(condition, watching, "did not end in time");
        else if (answer == CommandRunner::State::Failed)
            saySilent(condition, watching, "could not be run");
    }
    if (watching.nextStart != never && now < watching.nextStart)
        return;
    watching.nextStart = now + condition.everyNanoseconds;
    watching.run = runner->start(condition.command, condition.timeoutNanoseconds);
    if (watching.run < 0) {
        watching.isMeasured = false;
        saySilent(condition, watching, "could not be started");
    }
}

void TriggerWatch::State::saySilent(const TriggerCondition& condition, Watching& watching, const char* why)
{
    if (!std::exchange(watching.isSaid, true))
        remarks.push_back("trigger: " + subjectOf(condition) + ' ' + why + ", so it has no exit status to compare");
}

bool TriggerWatch::State::holds(Watched& added, std::int64_t now, std::int64_t slack, bool isAfterGap) const
{
    bool stack[mostConditions]{};
    std::size_t depth = 0;
    for (std::size_t i = 0; i < added.expression.steps.size(); ++i) {
        const TriggerStep& step = added.expression.steps[i];
        if (step.kind == TriggerStep::Kind::Condition) {
            stack[depth++] = added.conditions[step.condition].holds;
        } else if (step.kind == TriggerStep::Kind::For) {
            std::int64_t& since = added.steps[i].since;
            if (!stack[depth - 1])
                since = never;
            else if (since == never || isAfterGap)
                since = now;
            stack[depth - 1] = stack[depth - 1] && now - since + slack >= step.nanoseconds;
        } else {
            const bool right = stack[--depth];
            bool& left = stack[depth - 1];
            left = step.kind == TriggerStep::Kind::And ? left && right : left || right;
        }
        added.steps[i].holds = stack[depth - 1];
    }
    return stack[depth - 1];
}

std::string TriggerWatch::State::conditionText(const TriggerCondition& condition, const Watching& watching) const
{
    switch (condition.kind) {
    case TriggerCondition::Kind::KernelLog:
        return "log: " + watching.message;
    case TriggerCondition::Kind::LogFile: // without the line, which may hold what nobody should see
        return subjectOf(condition) + " ~ \"" + condition.pattern + '"';
    case TriggerCondition::Kind::Command:
        return subjectOf(condition) + " = " + std::to_string(watching.exitStatus);
    case TriggerCondition::Kind::Metric:
        break;
    }
    const TriggerMetrics::Reading& reading = metrics.reading(watching.metric);
    const TriggerMetric& metric = condition.metric;
    std::string text = metric.name;
    if (!reading.first.empty())
        text += '{' + std::string(metric.labels.substr(0, metric.labels.find(' '))) + '=' + reading.first + '}';
    return text + " = " + valueText(reading.value, metric.unit);
}

/// What of the expression held, with its values: "(load.1 = 9.2 and cpu.iowait = 61 %) for 10 s".
std::string TriggerWatch::State::reason(const Watched& fired, std::int64_t now) const
{
    struct Part {
        std::string text; ///< empty: did not hold
        bool isCompound = false;
    };
    std::vector<Part> stack;
    for (std::size_t i = 0; i < fired.expression.steps.size(); ++i) {
        const TriggerStep& step = fired.expression.steps[i];
        if (step.kind == TriggerStep::Kind::Condition) {
            stack.push_back(
                {conditionText(fired.expression.conditions[step.condition], fired.conditions[step.condition])});
        } else if (step.kind == TriggerStep::Kind::For) {
            Part& part = stack.back();
            if (part.isCompound)
                part.text = '(' + part.text + ')';
            part.text += " for " + durationText(std::max(now - fired.steps[i].since, step.nanoseconds));
            part.isCompound = false;
        } else {
            const Part right = std::move(stack.back());
            stack.pop_back();
            Part& left = stack.back();
            if (!left.text.empty() && !right.text.empty())
                left = {left.text + (step.kind == TriggerStep::Kind::And ? " and " : " or ") + right.text, true};
            else if (left.text.empty())
                left = right;
        }
        if (!fired.steps[i].holds)
            stack.back() = {};
    }
    return stack.back().text;
}

} // namespace hindcast::recorder
