// The wording of expressions and values: what events, messages and tests show of them.
#include "trigger_expression.h"

#include <array>
#include <cstdio>

namespace hindcast::recorder {
namespace {

std::string shortNumber(double value)
{
    char text[40];
    std::snprintf(text, sizeof text, "%.4g", value);
    if (std::string_view(text).find('e') != std::string_view::npos)
        std::snprintf(text, sizeof text, "%.0f", value);
    return text;
}

} // namespace

bool compare(double value, Comparison comparison, double bound)
{
    switch (comparison) {
    case Comparison::Greater:
        return value > bound;
    case Comparison::AtLeast:
        return value >= bound;
    case Comparison::Less:
        return value < bound;
    case Comparison::AtMost:
        return value <= bound;
    case Comparison::Equal:
        return value == bound;
    case Comparison::Unequal:
        break;
    }
    return value != bound;
}

const char* symbol(Comparison comparison)
{
    constexpr std::array symbols{">", ">=", "<", "<=", "==", "!="};
    return symbols[static_cast<std::size_t>(comparison)];
}

std::string subjectOf(const TriggerCondition& condition)
{
    switch (condition.kind) {
    case TriggerCondition::Kind::KernelLog:
        return "log";
    case TriggerCondition::Kind::LogFile:
        return "log(\"" + condition.path + "\")";
    case TriggerCondition::Kind::Command:
        return "command(\"" + condition.command + "\")";
    case TriggerCondition::Kind::Metric:
        break;
    }
    std::string text = condition.metric.name;
    for (const LabelPattern& label : condition.labels) {
        std::string_view names = condition.metric.labels;
        for (std::size_t i = 0; i < label.place; ++i)
            names.remove_prefix(names.find(' ') + 1);
        text += &label == &condition.labels.front() ? '{' : ',';
        (text += names.substr(0, names.find(' '))) += '=';
        text += label.pattern;
    }
    return condition.labels.empty() ? text : text + '}';
}

std::string describe(const TriggerExpression& expression)
{
    std::vector<std::string> stack;
    for (const TriggerStep& step : expression.steps) {
        if (step.kind == TriggerStep::Kind::Condition) {
            const TriggerCondition& condition = expression.conditions[step.condition];
            const bool isLog = !condition.pattern.empty();
            std::string text = subjectOf(condition) + (isLog ? " ~ \"" + condition.pattern + '"' : "");
            if (!isLog)
                ((text += ' ') += symbol(condition.comparison)) += ' ';
            if (condition.kind == TriggerCondition::Kind::Metric)
                text += valueText(condition.bound, condition.metric.unit);
            if (condition.kind == TriggerCondition::Kind::Command)
                text += shortNumber(condition.bound) + " every " + durationText(condition.everyNanoseconds)
                    + " timeout " + durationText(condition.timeoutNanoseconds);
            stack.push_back(std::move(text));
        } else if (step.kind == TriggerStep::Kind::For) {
            stack.back() += " for " + durationText(step.nanoseconds);
        } else {
            const std::string right = std::move(stack.back());
            stack.pop_back();
            const char* const word = step.kind == TriggerStep::Kind::And ? " and " : " or ";
            stack.back() = '(' + stack.back() + word + right + ')';
        }
    }
    return stack.empty() ? std::string() : stack.back();
}

std::string valueText(double value, TriggerUnit unit)
{
    if (unit == TriggerUnit::Percent)
        return shortNumber(value) + " %";
    if (unit == TriggerUnit::Seconds)
        return value >= 1                 ? shortNumber(value) + " s"
            : value >= 1e-3 || value == 0 ? shortNumber(value * 1e3) + " ms"
                                          : shortNumber(value * 1e6) + " us";
    if (unit == TriggerUnit::Number)
        return shortNumber(value);
    constexpr std::array prefixes{" B", " KiB", " MiB", " GiB", " TiB"};
    std::size_t prefix = 0;
    for (; value >= 1024 && prefix + 1 < prefixes.size(); ++prefix)
        value /= 1024;
    return shortNumber(value) + prefixes[prefix];
}

std::string durationText(std::int64_t nanoseconds)
{
    const double seconds = static_cast<double>(nanoseconds) / 1e9;
    if (seconds < 1)
        return shortNumber(seconds * 1e3) + " ms";
    constexpr double minute = 60;
    return seconds < 2 * minute ? shortNumber(seconds) + " s" : shortNumber(seconds / minute) + " min";
}

} // namespace hindcast::recorder
