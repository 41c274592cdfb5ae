// SysstatColumns: what the columns of sar and sadf mean. sysstat prints the same activities as text (sar), as separated
// values (sadf -d, -p) and as JSON (sadf -j); here every column has its metric once, so that the same figure is the
// same whichever way it was shown. Source: man 1 sar, man 1 sadf.
#pragma once

#include "base/unit.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// What a printed value tells about the interval that ends at its time.
enum class Nature : std::uint8_t {
    Instant, ///< measured at the time itself
    Interval, ///< a rate or a share of the interval
    MeanOfRequests, ///< of the requests that ended in the interval; printed as 0 when none did
};

struct SysstatColumn {
    std::string_view name; ///< as sar heads it: "rxkB/s"
    std::string_view metric; ///< "": text, which goes into a listing
    Unit unit = Unit::None;
    double factor = 1, divisor = 1; ///< the printed unit by ours: 1024 and 1 for KiB, 1 and 1000 for ms
    Nature nature = Nature::Interval;
    std::string_view jsonName = {}; ///< where sadf -j calls it otherwise than by sysstatName()
    std::string_view labelName = {}, labelValue = {}; ///< of the column itself
};
/// As the factor: the printed unit is a page, of which the size is not in the text.
constexpr double sysstatPages = 0;

/// Columns printed together, and what their rows are about.
struct SysstatActivity {
    std::string_view key; ///< heading of the column that names the row's item: "DEV"; "" when a row is of the host
    std::string_view label; ///< of that item: "device"
    std::string_view prefix; ///< of metrics of columns that are not known yet: "disk."
    std::string_view jsonName; ///< of the object or list of sadf -j: "disk"; several are separated by blanks
    std::span<const SysstatColumn> columns;
};

std::span<const SysstatActivity> sysstatActivities();
/// Null when no column of the heading is known.
const SysstatActivity* sysstatActivityOf(std::span<const std::string_view> heading);
const SysstatActivity* sysstatActivityOfJson(std::string_view name);

/// "rxkB/s", "%memused" and the "rxkB", "memused-percent" of sadf -j without what only one of them has: "rxkB",
/// "%memused".
std::string sysstatName(std::string_view column);
/// Whether a heading of any activity has that name, for a value, an item or a text.
bool isSysstatName(std::string_view name);

/// One column of a heading as it was met.
struct SysstatField {
    enum class Role : std::uint8_t {
        Key, ///< names the item
        Chip, ///< names it further: DEVICE of sensors
        Text, ///< goes into a listing
        Value,
    };
    Role role = Role::Value;
    std::string name; ///< as printed
    std::string metric;
    Unit unit = Unit::None;
    double factor = 1, divisor = 1;
    Nature nature = Nature::Interval;
    std::string labelName, labelValue; ///< of the column itself: "cpu" and "3" of "CPU3" in the table of interrupts
};

/// A whole heading.
struct SysstatLayout {
    const SysstatActivity* activity = nullptr; ///< null: not known
    std::string label; ///< of the key; "" when there is none
    std::vector<SysstatField> fields;
    bool isCpuShares = false; ///< the shares of all modes: they add up to 100 on a CPU that is online
};
SysstatLayout sysstatLayout(std::span<const std::string_view> heading);
/// Of the members of one object of sadf -j, which stands in `name`.
SysstatLayout sysstatJsonLayout(std::string_view name, std::span<const std::string_view> members);

} // namespace hindcast::parse
