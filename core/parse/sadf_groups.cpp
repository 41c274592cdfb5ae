#include "parse/sadf_groups.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <deque>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view repeated = "[...]", perCpu = "CPU*";

bool hasColumn(const SysstatActivity& activity, string_view name)
{
    return std::any_of(activity.columns.begin(), activity.columns.end(),
        [name](const SysstatColumn& column) { return column.name == name; });
}

bool isKey(string_view name)
{
    const auto all = sysstatActivities();
    return std::any_of(
        all.begin(), all.end(), [name](const SysstatActivity& one) { return !name.empty() && one.key == name; });
}

bool belongsTo(const SadfGroup& group, string_view name)
{
    if (name == perCpu)
        return group.names.front() == "INTR";
    // The name behind the key tells which of its activities it is.
    if (group.names.size() == 1 && isKey(group.names.front()))
        return true;
    return !group.activity || hasColumn(*group.activity, name) || !isSysstatName(name);
}

/// "CPU3", of sadf -p "cpu3"
bool isOneCpuName(string_view name)
{
    return (name.starts_with("CPU") || name.starts_with("cpu")) && parseInteger(name.substr(3));
}

/// "CPU0", "CPU1", …: names that live as long as the program.
string_view cpuName(std::size_t number)
{
    static const std::deque<std::string> names = [] {
        constexpr std::size_t most = 8192; // CONFIG_NR_CPUS of the largest kernels
        std::deque<std::string> all;
        for (std::size_t i = 0; i < most; ++i)
            all.push_back("CPU" + std::to_string(i));
        return all;
    }();
    return number < names.size() ? names[number] : string_view();
}

/// Whether a value may name the next item: CPUs are numbered.
bool isItem(const SadfGroup& group, string_view value)
{
    return group.names.front() != "CPU" || value == "-1" || value == "all" || parseInteger(value);
}

/// How many items a list at the front of `values` has, where the lists behind it need at least `reserved` values.
std::size_t itemsAtFront(const SadfGroup& group, std::span<const string_view> values, std::size_t reserved)
{
    std::size_t count = 0;
    while ((count + 1) * group.names.size() + reserved <= values.size()
        && isItem(group, values[count * group.names.size()]))
        ++count;
    return count;
}

SadfItem itemOf(const SadfGroup& group, std::span<const string_view> values)
{
    return {group.names, {values.begin(), values.end()}, false};
}

/// "INTR;CPU*": the values of an interrupt on all CPUs together and on each.
SadfItem interruptOf(std::span<const string_view> values)
{
    SadfItem item{{"INTR", "all"}, {values.begin(), values.end()}, values.size() > 2};
    while (item.names.size() < values.size())
        item.names.push_back(cpuName(item.names.size() - 2));
    return item;
}

} // namespace

std::vector<SadfGroup> sadfGroups(std::span<const string_view> heading)
{
    std::vector<SadfGroup> groups;
    bool isOpen = false;
    for (string_view name : heading) {
        const bool isLast = name.ends_with(repeated);
        if (isLast)
            name.remove_suffix(repeated.size());
        if (!isOpen || isKey(name) || !belongsTo(groups.back(), name)) {
            groups.emplace_back();
            isOpen = true;
        }
        SadfGroup& group = groups.back();
        group.names.push_back(name);
        group.hasCpus = group.hasCpus || name == perCpu;
        group.isRepeated = isLast;
        group.activity = sysstatActivityOf(group.names);
        isOpen = !isLast;
    }
    return groups;
}

std::optional<std::vector<SadfItem>> sadfItems(std::span<const SadfGroup> groups, std::span<const string_view> values)
{
    if (groups.size() == 1 && groups.front().hasCpus)
        return values.size() < 2 ? std::nullopt : std::optional(std::vector{interruptOf(values)});
    std::vector<SadfItem> items;
    for (std::size_t place = 0; place < groups.size(); ++place) {
        const SadfGroup& group = groups[place];
        const auto behind = groups.subspan(place + 1);
        std::size_t reserved = 0;
        for (const SadfGroup& other : behind)
            reserved += other.names.size();
        const bool isLastList =
            std::none_of(behind.begin(), behind.end(), [](const SadfGroup& other) { return other.isRepeated; });
        if (group.hasCpus || (group.isRepeated && !isLastList && group.names.front() != "CPU"))
            return std::nullopt;
        const std::size_t count = group.isRepeated ? itemsAtFront(group, values, reserved) : 1;
        if (count * group.names.size() + reserved > values.size())
            return std::nullopt;
        for (std::size_t i = 0; i < count; ++i) {
            items.push_back(itemOf(group, values.subspan(0, group.names.size())));
            values = values.subspan(group.names.size());
        }
    }
    return values.empty() ? std::optional(std::move(items)) : std::nullopt;
}

const SysstatActivity* sadfActivityOf(string_view name, bool hasItem, const SysstatActivity* last)
{
    const auto fits = [&](const SysstatActivity& activity) {
        return activity.key.empty() != hasItem
            && (hasColumn(activity, name) || (activity.key == "INTR" && isOneCpuName(name)));
    };
    // "retrans/s" is of NFS and of TCP: it goes with its neighbours.
    if (last && fits(*last))
        return last;
    for (const SysstatActivity& activity : sysstatActivities())
        if (fits(activity))
            return &activity;
    return nullptr;
}

} // namespace hindcast::parse
