// SadfGroups: the columns of a row of `sadf -d`, which holds the values of one activity, or with -h of all, the items
// of a list one behind the other.
#pragma once

#include "parse/sysstat_columns.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// One activity in a heading.
struct SadfGroup {
    const SysstatActivity* activity = nullptr; ///< null: not known
    std::vector<std::string_view> names;
    bool isRepeated = false; ///< "[...]" behind its last name: as many items as there are
    bool hasCpus = false; ///< "CPU*": one value a CPU, and one of all
};
std::vector<SadfGroup> sadfGroups(std::span<const std::string_view> heading);

/// One item's part of a row.
struct SadfItem {
    std::vector<std::string_view> names, values;
    bool isCpuNumbered = false; ///< the names of its CPUs are our own
};
/// Nothing when the row does not fit the heading, or when how many items its lists have cannot be told.
std::optional<std::vector<SadfItem>> sadfItems(
    std::span<const SadfGroup> groups, std::span<const std::string_view> values);

/// The activity of a single name, for `sadf -p`, which prints one value a line; `last`: that of the line before.
const SysstatActivity* sadfActivityOf(std::string_view name, bool hasItem, const SysstatActivity* last);

} // namespace hindcast::parse
