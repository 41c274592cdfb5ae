// block_devices: the disks of a capture as a rule wants them: whole ones, with the series that belong together.
#pragma once

#include "model/snapshot.h"

#include <string>
#include <vector>

namespace hindcast::diagnose {

struct BlockDevice {
    std::string name;
    const Series* queue = nullptr; ///< null = not measured; so all below
    const Series* await = nullptr;
    const Series* readAwait = nullptr;
    const Series* writeAwait = nullptr;
    const Series* requests = nullptr;
    const Series* readBytes = nullptr;
    const Series* writtenBytes = nullptr;
    const Series* util = nullptr;
    /// Rests on other block devices or on a file of one (dm, md, loop, …): when a device below it queues too, that one
    /// is to blame.
    bool isStacked = false;
};

/// Devices that can queue: no partitions, no RAM disks, no removable ones without a medium.
std::vector<BlockDevice> blockDevices(const Snapshot& snapshot);

/// "sda1" of sda, "nvme0n1p2" of nvme0n1, among the names given.
bool isPartition(std::string_view name, const std::vector<std::string>& names);

} // namespace hindcast::diagnose
