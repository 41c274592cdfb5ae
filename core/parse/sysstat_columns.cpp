#include "parse/sysstat_columns.h"

#include "base/text_scanner.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr double kibibyte = 1024, mebibyte = 1024.0 * 1024;

/// Items of sadf -j and what sar heads them.
struct JsonItem {
    string_view json, heading;
};
constexpr std::array jsonItems{JsonItem{"cpu", "CPU"}, JsonItem{"intr", "INTR"}, JsonItem{"line", "TTY"},
    JsonItem{"disk-device", "DEV"}, JsonItem{"iface", "IFACE"}, JsonItem{"fchost", "FCHOST"},
    JsonItem{"filesystem", "FILESYSTEM"}, JsonItem{"mountpoint", "MOUNTPOINT"}, JsonItem{"bus_number", "BUS"},
    JsonItem{"device", "DEVICE"}};

bool isCapitals(string_view name)
{
    return name.size() >= 2
        && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

bool isDigits(string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "CPU12" of the turned table of interrupts; "cpu12" in sadf -p.
bool isOneCpu(string_view name)
{
    return (name.starts_with("CPU") || name.starts_with("cpu")) && isDigits(name.substr(3));
}
/// "i012/s": one interrupt, in the table of CPUs up to sysstat 12.5.
bool isOneInterrupt(string_view name)
{
    return name.size() > 3 && name.starts_with('i') && name.ends_with("/s")
        && isDigits(name.substr(1, name.size() - 3));
}

const SysstatColumn* find(const SysstatActivity& activity, string_view name)
{
    for (const SysstatColumn& column : activity.columns)
        if (column.name == name)
            return &column;
    return nullptr;
}

/// "kbmemfree" is "memfree" there.
string_view withoutSize(string_view name)
{
    return name.starts_with("kb") ? name.substr(2) : name;
}

const SysstatColumn* findJson(const SysstatActivity& activity, string_view member)
{
    const std::string name = sysstatName(member);
    const auto isCalled = [&](const SysstatColumn& column) {
        if (!column.jsonName.empty())
            return column.jsonName == name || column.jsonName == member;
        const std::string heading = sysstatName(column.name);
        return heading == name || withoutSize(heading) == name;
    };
    for (const SysstatColumn& column : activity.columns)
        if (isCalled(column))
            return &column;
    // Shares of the CPU are called "user", not "user-percent".
    for (const SysstatColumn& column : activity.columns)
        if (column.name.starts_with('%') && column.name.substr(1) == name)
            return &column;
    return nullptr;
}

/// The first that has it: there is one.
const SysstatActivity& activityOfKey(string_view key)
{
    const auto all = sysstatActivities();
    return *std::find_if(all.begin(), all.end(), [key](const SysstatActivity& one) { return one.key == key; });
}

bool isCpuShares(const SysstatActivity& activity)
{
    return &activity == &activityOfKey("CPU");
}

void takeMeaning(SysstatField& field, const SysstatColumn& column)
{
    field.metric = column.metric;
    field.unit = column.unit;
    field.factor = column.factor;
    field.divisor = column.divisor;
    field.nature = column.nature;
    field.labelName = column.labelName;
    field.labelValue = column.labelValue;
    if (column.metric.empty())
        field.role = SysstatField::Role::Text;
}

/// A column that is not known yet has its unit in its name: "kb…", "MB…", "…kB/s", "…/s", "%…".
void guessMeaning(SysstatField& field, string_view prefix)
{
    string_view name = field.name;
    const bool isRate = name.ends_with("/s");
    if (isRate)
        name.remove_suffix(2);
    double size = 0;
    if (name.starts_with("kb") && name.size() > 2)
        size = kibibyte, name.remove_prefix(2);
    else if (name.starts_with("MB") && name.size() > 2)
        size = mebibyte, name.remove_prefix(2);
    else if (name.ends_with("kB") && name.size() > 2)
        size = kibibyte;
    field.metric = std::string(prefix) + snakeCase(name);
    if (size > 0) {
        field.unit = isRate ? Unit::BytesPerSecond : Unit::Bytes;
        field.factor = size;
    } else if (name.starts_with('%') || name.ends_with("-percent") || name.starts_with("percent-")) {
        field.unit = Unit::Percent;
        field.metric = std::string(prefix) + snakeCase(sysstatName(name)) + "_share";
    } else {
        field.unit = isRate ? Unit::CountPerSecond : Unit::None;
    }
    field.nature = isRate ? Nature::Interval : Nature::Instant;
}

SysstatField fieldNamed(const SysstatActivity* activity, string_view name, const SysstatColumn* known)
{
    SysstatField field;
    field.name = name;
    if (known) {
        takeMeaning(field, *known);
    } else if (activity && activity->key == "INTR" && isOneCpu(name)) {
        takeMeaning(field, activityOfKey("INTR").columns.front());
        field.labelName = "cpu";
        field.labelValue = name.substr(3);
    } else if (activity && activity->key == "CPU" && isOneInterrupt(name)) {
        takeMeaning(field, activityOfKey("INTR").columns.front());
        field.labelName = "interrupt";
        field.labelValue = std::to_string(parseInteger(name.substr(1, name.size() - 3)).value_or(0));
    } else if (isCapitals(name)) {
        field.role = name == "DEVICE" ? SysstatField::Role::Chip : SysstatField::Role::Text;
    } else {
        guessMeaning(field, activity ? activity->prefix : string_view("sysstat."));
    }
    return field;
}

/// The column that names the item: that of the activity, or of one that is not known the first in capitals.
void markKey(SysstatLayout& layout)
{
    for (SysstatField& field : layout.fields) {
        const bool isKey =
            layout.activity ? field.name == layout.activity->key : isCapitals(field.name) && field.name != "DEVICE";
        if (!isKey)
            continue;
        field.role = SysstatField::Role::Key;
        layout.label = layout.activity ? std::string(layout.activity->label) : snakeCase(field.name);
        return;
    }
}

void finishLayout(SysstatLayout& layout)
{
    markKey(layout);
    const auto has = [&](string_view metric) {
        return std::any_of(layout.fields.begin(), layout.fields.end(),
            [&](const SysstatField& field) { return field.metric == metric; });
    };
    layout.isCpuShares = has("cpu.idle") && has("cpu.user");
}

/// `names`: separated by blanks.
bool isOneOf(string_view names, string_view name)
{
    for (auto one = nextField(names); !one.empty(); one = nextField(names))
        if (one == name)
            return true;
    return false;
}

std::unordered_set<std::string_view> collectNames()
{
    std::unordered_set<std::string_view> names{"DEVICE", "CPU", "value"};
    for (const SysstatActivity& activity : sysstatActivities()) {
        if (!activity.key.empty())
            names.insert(activity.key);
        for (const SysstatColumn& column : activity.columns)
            names.insert(column.name);
    }
    return names;
}

} // namespace

const SysstatActivity* sysstatActivityOf(std::span<const string_view> heading)
{
    const auto has = [&](string_view name) { return std::find(heading.begin(), heading.end(), name) != heading.end(); };
    const SysstatActivity* best = nullptr;
    std::ptrdiff_t most = 0;
    for (const SysstatActivity& activity : sysstatActivities()) {
        if (!activity.key.empty() && !has(activity.key))
            continue;
        auto known = std::count_if(
            heading.begin(), heading.end(), [&](string_view name) { return find(activity, name) != nullptr; });
        if (activity.key == "INTR")
            known += std::count_if(heading.begin(), heading.end(), isOneCpu);
        if (isCpuShares(activity))
            known += std::count_if(heading.begin(), heading.end(), isOneInterrupt);
        // Of two with as many, the one whose items are named says more: "DEV tps" is no "tps".
        if (known > most || (known == most && known > 0 && best && best->key.empty() && !activity.key.empty())) {
            most = known;
            best = &activity;
        }
    }
    return best;
}

const SysstatActivity* sysstatActivityOfJson(string_view name)
{
    for (const SysstatActivity& activity : sysstatActivities())
        if (isOneOf(activity.jsonName, name))
            return &activity;
    return nullptr;
}

std::string sysstatName(string_view column)
{
    if (column.ends_with("/s"))
        column.remove_suffix(2);
    constexpr string_view suffix = "-percent", prefix = "percent-";
    if (column.ends_with(suffix))
        return "%" + std::string(column.substr(0, column.size() - suffix.size()));
    if (column.starts_with(prefix))
        return "%" + std::string(column.substr(prefix.size()));
    return std::string(column);
}

bool isSysstatName(string_view name)
{
    static const std::unordered_set<string_view> names = collectNames();
    return names.contains(name) || isOneCpu(name) || isOneInterrupt(name);
}

SysstatLayout sysstatLayout(std::span<const string_view> heading)
{
    SysstatLayout layout;
    layout.activity = sysstatActivityOf(heading);
    for (const string_view name : heading)
        layout.fields.push_back(
            fieldNamed(layout.activity, name, layout.activity ? find(*layout.activity, name) : nullptr));
    finishLayout(layout);
    return layout;
}

SysstatLayout sysstatJsonLayout(string_view name, std::span<const string_view> members)
{
    SysstatLayout layout;
    layout.activity = sysstatActivityOfJson(name);
    const bool isMount = std::find(members.begin(), members.end(), "mountpoint") != members.end();
    if (isMount)
        layout.activity = &activityOfKey("MOUNTPOINT");
    for (const string_view member : members) {
        string_view heading = member;
        for (const JsonItem& item : jsonItems)
            if (item.json == member)
                heading = item.heading;
        if (member == "number" && layout.activity)
            heading = layout.activity->key;
        const SysstatColumn* known = layout.activity ? findJson(*layout.activity, member) : nullptr;
        layout.fields.push_back(fieldNamed(layout.activity, heading, known));
    }
    finishLayout(layout);
    return layout;
}

} // namespace hindcast::parse
