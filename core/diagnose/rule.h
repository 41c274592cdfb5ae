// Rule: one question asked of a capture. It says what it needs to answer, which numbers it compares with, and how it
// finds out; diagnose() asks, and says "not evaluable" for it when what it needs was not recorded.
#pragma once

#include "diagnose/finding.h"
#include "diagnose/parameter.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::diagnose {

class Inquiry;

/// One thing that can satisfy a need.
struct Input {
    enum class Kind : std::uint8_t {
        Metric, ///< a series of `name`, with any labels
        Processes, ///< sampled processes
        Sockets, ///< a listing of sockets, from whatever source
        KernelLog, ///< the kernel's messages, from whatever source
        Packets, ///< captured packets
        Table, ///< a listing called `name`
    };
    Kind kind = Kind::Metric;
    std::string_view name;
};
constexpr Input metric(std::string_view name)
{
    return {Input::Kind::Metric, name};
}

/// Something without which the question has no answer: one of its inputs suffices.
struct Need {
    std::string what; ///< in the user's words: "run queue"
    std::vector<Input> anyOf;
    std::vector<std::string_view> members; ///< what records it, to tell a refusal: "proc/stat", "dev/kmsg"
    std::string remedy; ///< "record /proc/stat, or give vmstat output"
};

/// What a rule says. `missing` not empty and no findings = it could not be answered.
struct RuleResult {
    std::vector<Finding> findings;
    std::vector<Evidence> looked; ///< the values nearest to the limit
    std::vector<MissingInput> missing; ///< found out by the rule itself, beyond its needs
    std::string remark;
    bool isNearlyFound = false; ///< beyond the limits, though not for long enough (see `remark`)
    bool isEvaluable = true; ///< false: what it needs is there, but not enough of it (see `missing`)
};

struct Rule {
    std::string_view id; ///< "disk-saturation"
    std::string_view question; ///< "Do requests queue at a block device?"
    std::string_view title; ///< "Requests queue at a block device"
    Role role = Role::Culprit;
    Resource resource = Resource::Cpu;
    /// How the resource fails: breaks ties between equal candidates (error before saturation before utilisation).
    enum class Class : std::uint8_t { Utilization, Saturation, Error };
    Class useClass = Class::Saturation;
    bool isOfWhatLasts = false; ///< looks for what lasts: a capture of less than ten seconds cannot clear it
    std::vector<Need> needs;
    std::vector<Parameter> parameters;
    std::vector<std::string> causes;
    std::vector<std::string> checks;
    std::vector<std::string> fixes;
    RuleResult (*check)(const Inquiry& inquiry) = nullptr;
};

/// All rules, in the order of rules.inc.
std::span<const Rule> allRules();
const Rule* ruleById(std::string_view id);
/// By full name, "disk-saturation.queue"; null when there is none.
const Parameter* parameterByName(std::string_view fullName);

} // namespace hindcast::diagnose
