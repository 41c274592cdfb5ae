#include "diagnose/filesystem_fill.h"

#include <algorithm>
#include <cmath>

namespace hindcast::diagnose {
namespace {

/// Values of a series at given times; NaN where it has none.
std::vector<double> valuesAt(const Series* series, const std::vector<Time>& times)
{
    std::vector<double> values(times.size(), notMeasured);
    if (!series)
        return values;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto place = std::lower_bound(series->times->begin(), series->times->end(), times[i]);
        if (place != series->times->end() && *place == times[i])
            values[i] = series->values.at(static_cast<std::size_t>(place - series->times->begin()));
    }
    return values;
}

/// Squashfs and ISO 9660 have no room by nature; the kind is told by some sources only, the device by all.
bool looksLikeImage(const FilesystemFill& fill, std::string_view type)
{
    if (type == "squashfs" || type == "iso9660" || type == "udf" || type == "erofs" || type == "cramfs")
        return true;
    const bool isLoop = fill.device.starts_with("/dev/loop") || fill.device.starts_with("/dev/sr");
    return isLoop
        && (fill.mount.starts_with("/snap/") || fill.mount.starts_with("/media")
            || fill.mount.starts_with("/run/live"));
}

std::vector<FilesystemFill> ofSeries(const Snapshot& snapshot)
{
    std::vector<FilesystemFill> fills;
    for (const Series* size : snapshot.findAll("filesystem.size")) {
        FilesystemFill fill;
        fill.mount = labelValue(size->labels, "mount");
        fill.device = labelValue(size->labels, "device");
        fill.source = size->source;
        fill.member = size->member;
        std::vector<double> bytes(size->values.size());
        size->values.copy(0, bytes.size(), bytes.data());
        std::vector<double> kept;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (!std::isnan(bytes[i])) { // a tick at which it was not asked
                fill.times.push_back((*size->times)[i]);
                kept.push_back(bytes[i]);
            }
        const auto free = valuesAt(snapshot.find("filesystem.free", size->labels), fill.times);
        fill.available = valuesAt(snapshot.find("filesystem.available", size->labels), fill.times);
        fill.inodes = valuesAt(snapshot.find("filesystem.inodes", size->labels), fill.times);
        fill.inodesFree = valuesAt(snapshot.find("filesystem.inodes_free", size->labels), fill.times);
        for (std::size_t i = 0; i < kept.size(); ++i) // as df: what root keeps for itself is neither used nor available
            fill.total.push_back(std::isnan(free[i]) ? kept[i] : kept[i] - free[i] + fill.available[i]);
        fill.isImage = looksLikeImage(fill, labelValue(size->labels, "type"));
        fills.push_back(std::move(fill));
    }
    return fills;
}

double numberIn(const Table& table, const std::vector<Cell>& row, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        for (std::size_t i = 0; i < table.columns.size() && i < row.size(); ++i)
            if (table.columns[i].name == name)
                if (const auto* number = std::get_if<double>(&row[i]))
                    return *number;
    return notMeasured;
}

std::string textIn(const Table& table, const std::vector<Cell>& row, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        for (std::size_t i = 0; i < table.columns.size() && i < row.size(); ++i)
            if (table.columns[i].name == name)
                if (const auto* text = std::get_if<std::string>(&row[i]))
                    return *text;
    return {};
}

/// Rows of df, with the times of their listings.
void addTables(const Snapshot& snapshot, std::vector<FilesystemFill>& fills)
{
    for (const Table& table : snapshot.tables) {
        if (table.name != "filesystems")
            continue;
        for (const auto& row : table.rows) {
            const std::string mount = textIn(table, row, {"mount", "mounted_on"});
            auto fill =
                std::find_if(fills.begin(), fills.end(), [&](const FilesystemFill& one) { return one.mount == mount; });
            if (fill == fills.end()) {
                FilesystemFill fresh;
                fresh.mount = mount;
                fresh.device = textIn(table, row, {"device", "filesystem"});
                fresh.source = table.source;
                fresh.member = table.member;
                fresh.isImage = looksLikeImage(fresh, textIn(table, row, {"type"}));
                fill = fills.insert(fills.end(), std::move(fresh));
            }
            const Time time = table.time.value_or(snapshot.range.begin);
            if (fill->times.empty() || fill->times.back() != time) {
                fill->times.push_back(time);
                for (auto* column : {&fill->available, &fill->total, &fill->inodes, &fill->inodesFree})
                    column->push_back(notMeasured);
            }
            const auto set = [](std::vector<double>& column, double value) {
                if (!std::isnan(value))
                    column.back() = value;
            };
            const double available = numberIn(table, row, {"available", "available_bytes"});
            set(fill->available, available);
            set(fill->total, available + numberIn(table, row, {"used", "used_bytes"}));
            set(fill->inodes, numberIn(table, row, {"inodes"}));
            set(fill->inodesFree, numberIn(table, row, {"inodes_free", "inodes_available"}));
        }
    }
}

} // namespace

std::vector<FilesystemFill> filesystemFills(const Snapshot& snapshot)
{
    std::vector<FilesystemFill> fills = ofSeries(snapshot);
    addTables(snapshot, fills);
    std::erase_if(fills, [](const FilesystemFill& fill) { return fill.times.empty(); });
    // A device mounted twice is one file system: the shortest mount stands for it.
    std::stable_sort(fills.begin(), fills.end(),
        [](const FilesystemFill& a, const FilesystemFill& b) { return a.mount.size() < b.mount.size(); });
    std::vector<FilesystemFill> once;
    for (FilesystemFill& fill : fills)
        if (!fill.device.starts_with("/dev/") || std::none_of(once.begin(), once.end(), [&](const FilesystemFill& one) {
                return one.device == fill.device;
            }))
            once.push_back(std::move(fill));
    std::sort(
        once.begin(), once.end(), [](const FilesystemFill& a, const FilesystemFill& b) { return a.mount < b.mount; });
    return once;
}

std::optional<MissingInput> laterLook(const Snapshot& snapshot, const std::vector<FilesystemFill>& fills)
{
    constexpr std::chrono::seconds least{15};
    if (fills.empty())
        return std::nullopt;
    Time last = fills.front().times.back();
    for (const FilesystemFill& fill : fills)
        last = std::max(last, fill.times.back());
    const Nanoseconds unseen = snapshot.range.end - last;
    if (unseen < least || unseen <= snapshot.range.duration() / 2)
        return std::nullopt;
    return MissingInput{"how full the file systems were later",
        "last looked at " + formatDuration(unseen) + " before the end of the capture",
        "record with hindcast-record, or give the output of df at the end too"};
}

} // namespace hindcast::diagnose
