#include "mount_list.h"

#include <algorithm>
#include <optional>

namespace hindcast::recorder {
namespace {

constexpr std::string_view localTypes[] = {"bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfsplus",
    "jfs", "msdos", "nilfs2", "ntfs", "ntfs3", "overlay", "reiserfs", "tmpfs", "ubifs", "vfat", "xfs", "zfs"};

std::string_view takeField(std::string_view& rest)
{
    const auto blank = rest.find(' ');
    const std::string_view field = rest.substr(0, blank);
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
    return field;
}

/// Blank, tab, newline and backslash are written as \040 and so on (fs/proc_namespace.c, mangle).
std::string unmangled(std::string_view field)
{
    const auto isOctal = [](char c) { return c >= '0' && c <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const bool isEscape = field[i] == '\\' && i + 3 < field.size() && isOctal(field[i + 1]) && isOctal(field[i + 2])
            && isOctal(field[i + 3]);
        if (isEscape) {
            plain += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
            i += 3;
        } else {
            plain += field[i];
        }
    }
    return plain;
}

struct Entry {
    std::string_view number; ///< "254:1", the same for all mounts of one file system
    LocalMount mount;
};

/// "36 35 98:0 /root /mount options [optional fields] - type device options"
std::optional<Entry> readEntry(std::string_view line)
{
    Entry entry;
    takeField(line);
    takeField(line);
    entry.number = takeField(line);
    takeField(line);
    entry.mount.mount = unmangled(takeField(line));
    const auto separator = line.find(" - ");
    if (separator == std::string_view::npos || entry.mount.mount.empty())
        return std::nullopt;
    line.remove_prefix(separator + 3);
    entry.mount.type = takeField(line);
    entry.mount.device = unmangled(takeField(line));
    return entry;
}

bool isLocal(std::string_view type)
{
    return std::find(std::begin(localTypes), std::end(localTypes), type) != std::end(localTypes);
}

/// A shorter path comes first, and of equally long ones the lesser.
bool isBefore(const std::string& a, const std::string& b)
{
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

} // namespace

std::vector<LocalMount> localMounts(std::string_view mountinfo)
{
    std::vector<Entry> entries;
    while (!mountinfo.empty()) {
        const auto end = std::min(mountinfo.find('\n'), mountinfo.size());
        auto entry = readEntry(mountinfo.substr(0, end));
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        if (!entry)
            continue;
        // The later mount covers the earlier one of the same place, also when it is none of ours.
        std::erase_if(entries, [&](const Entry& other) { return other.mount.mount == entry->mount.mount; });
        entries.push_back(std::move(*entry));
    }
    std::erase_if(entries, [](const Entry& entry) { return !isLocal(entry.mount.type); });
    std::vector<LocalMount> mounts;
    for (const Entry& entry : entries) {
        const bool hasShorter = std::any_of(entries.begin(), entries.end(), [&](const Entry& other) {
            return other.number == entry.number && isBefore(other.mount.mount, entry.mount.mount);
        });
        if (!hasShorter)
            mounts.push_back(entry.mount);
    }
    return mounts;
}

} // namespace hindcast::recorder
