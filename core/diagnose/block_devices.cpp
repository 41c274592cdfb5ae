#include "diagnose/block_devices.h"

#include <algorithm>
#include <array>

namespace hindcast::diagnose {
namespace {

bool startsWithAny(std::string_view name, std::initializer_list<std::string_view> prefixes)
{
    return std::any_of(
        prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool isDigit(char letter)
{
    return letter >= '0' && letter <= '9';
}

} // namespace

bool isPartition(std::string_view name, const std::vector<std::string>& names)
{
    return std::any_of(names.begin(), names.end(), [&](const std::string& whole) {
        if (whole.empty() || !name.starts_with(whole) || name.size() == whole.size())
            return false;
        std::string_view rest = name.substr(whole.size());
        if (isDigit(whole.back())) { // nvme0n1p1, mmcblk0p2, loop0p1
            if (rest.front() != 'p')
                return false;
            rest.remove_prefix(1);
        }
        return !rest.empty() && std::all_of(rest.begin(), rest.end(), isDigit);
    });
}

std::vector<BlockDevice> blockDevices(const Snapshot& snapshot)
{
    std::vector<std::string> names;
    for (const Series* series : snapshot.findAll("disk.queue"))
        if (const auto device = labelValue(series->labels, "device"); !device.empty())
            names.emplace_back(device);
    std::vector<BlockDevice> devices;
    for (const std::string& name : names) {
        if (startsWithAny(name, {"ram", "zram", "sr", "fd"}) || isPartition(name, names))
            continue;
        const Labels labels{{"device", name}};
        BlockDevice device;
        device.name = name;
        device.queue = snapshot.find("disk.queue", labels);
        device.await = snapshot.find("disk.await", labels);
        device.readAwait = snapshot.find("disk.read_await", labels);
        device.writeAwait = snapshot.find("disk.write_await", labels);
        device.requests = snapshot.find("disk.requests", labels);
        device.readBytes = snapshot.find("disk.read_bytes", labels);
        device.writtenBytes = snapshot.find("disk.written_bytes", labels);
        device.util = snapshot.find("disk.util", labels);
        device.isStacked = startsWithAny(name, {"dm-", "md", "loop", "drbd", "bcache", "zd", "nbd"});
        devices.push_back(device);
    }
    return devices;
}

} // namespace hindcast::diagnose
