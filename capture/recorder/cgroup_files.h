// What there is to read of control groups: the hierarchies of a mount table, and the files of a group that are worth
// recording in each of the two versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

enum class CgroupVersion { One = 1, Two = 2 };

struct CgroupHierarchy {
    std::string mount; ///< "/sys/fs/cgroup/memory"
    CgroupVersion version = CgroupVersion::Two;
    std::string controllers; ///< "cpu,cpuacct"; of version 2 its file cgroup.controllers says them
};

/// `mountinfo` is the text of /proc/<pid>/mountinfo (man 5 proc). Each hierarchy once, at its shortest mount point;
/// those of version 1 without controllers (name=systemd) tell nothing and are left out.
std::vector<CgroupHierarchy> cgroupHierarchies(std::string_view mountinfo);

/// Figures change all the time. Details do too, but are dear: memory.stat makes the kernel add up what all CPUs and
/// all groups below have counted (cgroup_rstat_flush). Settings hardly ever change.
enum class CgroupFileKind { Figure, Detail, Setting };

struct CgroupFile {
    const char* name; ///< "memory.stat"
    CgroupFileKind kind;
};
/// Those that may be there, of the controllers of the hierarchy. Which of them a group has depends on the kernel and on
/// its parent (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/*.rst).
std::vector<CgroupFile> cgroupFiles(const CgroupHierarchy& hierarchy);

} // namespace hindcast::recorder
