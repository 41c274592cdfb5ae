// parseTrigger: reads the expression of a --trigger, "disk.await{device=sda} > 50ms for 10s", into steps that a
// TriggerWatch can take at every tick. The language is described for users in capture/TRIGGERS.md.
#pragma once

#include "trigger_metric_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

enum class Comparison : std::uint8_t { Greater, AtLeast, Less, AtMost, Equal, Unequal };
bool compare(double value, Comparison comparison, double bound);
/// ">="
const char* symbol(Comparison comparison);

struct LabelPattern {
    std::size_t place; ///< among the metric's labels
    std::string pattern; ///< as of matches() in trigger_log.h, for the whole value
};

struct TriggerCondition {
    enum class Kind : std::uint8_t { Metric, KernelLog, LogFile, Command };

    Kind kind = Kind::Metric;
    TriggerMetric metric;
    std::vector<LabelPattern> labels;
    Comparison comparison = Comparison::Greater; ///< of a metric's value or a command's exit status
    double bound = 0; ///< in the metric's own unit
    std::string path; ///< of LogFile
    std::string command;
    std::string pattern; ///< of KernelLog and LogFile
    std::int64_t everyNanoseconds = 10'000'000'000; ///< of Command
    std::int64_t timeoutNanoseconds = 5'000'000'000;
};

/// Takes its operands off a stack and puts its result there: "a b and" for "a and b".
struct TriggerStep {
    enum class Kind : std::uint8_t { Condition, And, Or, For };

    Kind kind = Kind::Condition;
    std::size_t condition = 0;
    std::int64_t nanoseconds = 0; ///< of For
};

constexpr std::size_t mostConditions = 32;

struct TriggerExpression {
    std::vector<TriggerCondition> conditions; ///< at most mostConditions
    std::vector<TriggerStep> steps;
};

/// Nothing, or why the text is no expression: what was expected at which column, counted from 1 in characters, and a
/// second line with a caret below that place.
std::optional<std::string> parseTrigger(std::string_view text, TriggerExpression& expression);

/// "load.1", "disk.await{device=sd*}"; of the others "log", "log(…)", "command(…)".
std::string subjectOf(const TriggerCondition& condition);
/// The whole as it was understood, with every parenthesis.
std::string describe(const TriggerExpression& expression);

/// "31 ms", "4.2 GiB", "12.5 %": for people, three or four digits.
std::string valueText(double value, TriggerUnit unit);
/// "10 s", "500 ms", "2 min"
std::string durationText(std::int64_t nanoseconds);

} // namespace hindcast::recorder
