#include "diagnose/rule.h"

#include <algorithm>

namespace hindcast::diagnose {

#define RULE(name) Rule name();
#include "diagnose/rules.inc"
#undef RULE

std::span<const Rule> allRules()
{
    static const std::vector<Rule> rules{
#define RULE(name) name(),
#include "diagnose/rules.inc"
#undef RULE
    };
    return rules;
}

const Rule* ruleById(std::string_view id)
{
    const auto rules = allRules();
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
    return found == rules.end() ? nullptr : &*found;
}

const Parameter* parameterByName(std::string_view fullName)
{
    const auto dot = fullName.find('.');
    const Rule* rule = dot == std::string_view::npos ? nullptr : ruleById(fullName.substr(0, dot));
    if (!rule)
        return nullptr;
    for (const Parameter& parameter : rule->parameters)
        if (parameter.name == fullName.substr(dot + 1))
            return &parameter;
    return nullptr;
}

} // namespace hindcast::diagnose
