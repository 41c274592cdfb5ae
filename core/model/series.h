// Series: one quantity of one thing over time, as a parser read it (counter or gauge) or as it was derived from that.
#pragma once

#include "base/time.h"
#include "base/unit.h"
#include "model/column.h"
#include "model/pyramid.h"

#include <compare>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

struct Label {
    std::string name;
    std::string value;
    friend auto operator<=>(const Label&, const Label&) = default;
};
/// Sorted by name. No label = the whole host ("all CPUs").
using Labels = std::vector<Label>;

/// Value of a label, or "" when it is absent.
std::string_view labelValue(const Labels& labels, std::string_view name);
/// "{cpu=3,mode=user}", "" when there are none.
std::string labelText(const Labels& labels);

enum class Kind : std::uint8_t {
    Gauge, ///< an instant value, or a rate over the interval that ends at its time
    Counter, ///< cumulative, as the kernel prints it; decreases only by reset or wrap
};

/// What tells series of one source apart, as one text to look up by.
std::string seriesKey(std::string_view metric, const Labels& labels, Kind kind);

/// Strictly increasing; shared by all series of a source.
using TimeColumn = std::shared_ptr<const std::vector<Time>>;

/// A counter and the rate derived from it carry the same metric name and labels and differ in kind and unit
/// ("net.rx.bytes": counter in bytes, gauge in bytes/s), so that a rate has one name whether we derived it or a tool
/// printed it.
struct Series {
    std::string metric; ///< dotted, in the field's own words: "cpu.iowait", "disk.await"
    Labels labels;
    Unit unit = Unit::None;
    Kind kind = Kind::Gauge;
    bool isDerived = false; ///< computed by us from other series of the same source
    Clock clock = Clock::Wall;
    std::string source; ///< id of the parser: "proc_stat"
    std::string member; ///< where it was read: "samples/proc/stat"
    TimeColumn times; ///< never null
    Column values; ///< as many as times; NaN = not measured
    Pyramid pyramid; ///< of gauges only
};

} // namespace hindcast
