#include "cgroup_files.h"

#include <algorithm>
#include <cstddef>

namespace hindcast::recorder {
namespace {

using enum CgroupFileKind;

constexpr CgroupFile versionTwo[] = {
    {"cpu.stat", Figure},
    {"memory.current", Figure},
    {"memory.swap.current", Figure},
    {"memory.events", Figure},
    {"io.stat", Figure},
    {"cpu.pressure", Figure},
    {"memory.pressure", Figure},
    {"io.pressure", Figure},
    {"pids.current", Figure},
    {"cgroup.events", Figure},
    {"memory.stat", Detail},
    {"cpu.max", Setting},
    {"cpu.weight", Setting},
    {"memory.max", Setting},
    {"memory.high", Setting},
    {"memory.low", Setting},
    {"memory.swap.max", Setting},
    {"io.max", Setting},
    {"pids.max", Setting},
    {"pids.events", Setting},
    {"cpuset.cpus.effective", Setting},
    {"cgroup.stat", Setting},
};

struct ControllerFile {
    std::string_view controller;
    CgroupFile file;
};

constexpr ControllerFile versionOne[] = {
    {"cpuacct", {"cpuacct.usage", Figure}},
    {"cpu", {"cpu.stat", Figure}},
    {"cpu", {"cpu.cfs_quota_us", Setting}},
    {"cpu", {"cpu.cfs_period_us", Setting}},
    {"cpu", {"cpu.shares", Setting}},
    {"cpuset", {"cpuset.cpus", Setting}},
    {"cpuset", {"cpuset.mems", Setting}},
    {"memory", {"memory.usage_in_bytes", Figure}},
    {"memory", {"memory.memsw.usage_in_bytes", Figure}},
    {"memory", {"memory.failcnt", Figure}},
    {"memory", {"memory.memsw.failcnt", Figure}},
    {"memory", {"memory.oom_control", Figure}},
    {"memory", {"memory.stat", Detail}},
    {"memory", {"memory.limit_in_bytes", Setting}},
    {"memory", {"memory.memsw.limit_in_bytes", Setting}},
    {"blkio", {"blkio.throttle.io_service_bytes", Figure}},
    {"blkio", {"blkio.throttle.io_serviced", Figure}},
    {"blkio", {"blkio.throttle.read_bps_device", Setting}},
    {"blkio", {"blkio.throttle.write_bps_device", Setting}},
    {"blkio", {"blkio.throttle.read_iops_device", Setting}},
    {"blkio", {"blkio.throttle.write_iops_device", Setting}},
    {"pids", {"pids.current", Figure}},
    {"pids", {"pids.events", Figure}},
    {"pids", {"pids.max", Setting}},
    {"freezer", {"freezer.state", Figure}},
};

constexpr std::string_view controllerNames[] = {"cpu", "cpuacct", "cpuset", "memory", "blkio", "pids", "freezer"};

std::string_view takeUntil(std::string_view& rest, char separator)
{
    const auto end = rest.find(separator);
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return taken;
}

/// Blanks, tabs, newlines and backslashes stand there as \ooo (fs/proc_namespace.c).
std::string withoutOctal(std::string_view field)
{
    std::string text;
    for (std::size_t at = 0; at < field.size(); ++at) {
        const auto isDigit = [&](std::size_t i) { return i < field.size() && field[i] >= '0' && field[i] <= '7'; };
        if (field[at] == '\\' && isDigit(at + 1) && isDigit(at + 2) && isDigit(at + 3)) {
            text += static_cast<char>((field[at + 1] - '0') * 64 + (field[at + 2] - '0') * 8 + (field[at + 3] - '0'));
            at += 3;
        } else {
            text += field[at];
        }
    }
    return text;
}

/// Of the options of the super block those that are names of controllers.
std::string controllersOf(std::string_view options)
{
    std::string controllers;
    while (!options.empty()) {
        const std::string_view option = takeUntil(options, ',');
        if (std::find(std::begin(controllerNames), std::end(controllerNames), option) == std::end(controllerNames))
            continue;
        controllers += controllers.empty() ? "" : ",";
        controllers += option;
    }
    return controllers;
}

bool holds(std::string_view list, std::string_view name)
{
    while (!list.empty())
        if (takeUntil(list, ',') == name)
            return true;
    return false;
}

/// "36 35 98:0 /root /mount options [tags] - type source superoptions"
bool readMount(std::string_view line, CgroupHierarchy& hierarchy)
{
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos)
        return false;
    std::string_view before = line.substr(0, dash), after = line.substr(dash + 3);
    const std::string_view type = takeUntil(after, ' ');
    if (type != "cgroup" && type != "cgroup2")
        return false;
    for (int field = 0; field < 4; ++field)
        takeUntil(before, ' ');
    hierarchy.mount = withoutOctal(takeUntil(before, ' '));
    hierarchy.version = type == "cgroup2" ? CgroupVersion::Two : CgroupVersion::One;
    takeUntil(after, ' ');
    hierarchy.controllers = hierarchy.version == CgroupVersion::One ? controllersOf(after) : std::string();
    return hierarchy.mount.starts_with('/')
        && (hierarchy.version == CgroupVersion::Two || !hierarchy.controllers.empty());
}

} // namespace

std::vector<CgroupHierarchy> cgroupHierarchies(std::string_view mountinfo)
{
    std::vector<CgroupHierarchy> hierarchies;
    while (!mountinfo.empty()) {
        CgroupHierarchy one;
        if (!readMount(takeUntil(mountinfo, '\n'), one))
            continue;
        const auto same = std::find_if(hierarchies.begin(), hierarchies.end(), [&](const CgroupHierarchy& other) {
            return other.version == one.version && other.controllers == one.controllers;
        });
        if (same == hierarchies.end())
            hierarchies.push_back(std::move(one));
        else if (one.mount.size() < same->mount.size())
            *same = std::move(one);
    }
    return hierarchies;
}

std::vector<CgroupFile> cgroupFiles(const CgroupHierarchy& hierarchy)
{
    if (hierarchy.version == CgroupVersion::Two)
        return {std::begin(versionTwo), std::end(versionTwo)};
    std::vector<CgroupFile> files;
    for (const auto& [controller, file] : versionOne)
        if (holds(hierarchy.controllers, controller))
            files.push_back(file);
    return files;
}

} // namespace hindcast::recorder
