#include "sysctl_tree.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostFiles = 5000;
constexpr std::size_t mostInterfaces = 16; // each has 130 files
constexpr unsigned mostDepth = 12;
constexpr const char treeFolder[] = "/proc/sys";

/// Reading these does something, or tells a secret, or nothing that lasts.
constexpr std::string_view leftOutFiles[] = {
    "/proc/sys/vm/stat_refresh", // makes every CPU fold its counters in (mm/vmstat.c)
    "/proc/sys/net/ipv4/tcp_fastopen_key", // keys
    "/proc/sys/net/core/netdev_rss_key",
    "/proc/sys/kernel/random/uuid", // another one at each reading
    "/proc/sys/fs/binfmt_misc", // mounted by whoever looks at it, where systemd waits for that
};
/// A folder for each interface in them.
constexpr std::string_view interfaceFolders[] = {"/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv4/neigh",
    "/proc/sys/net/ipv6/conf", "/proc/sys/net/ipv6/neigh", "/proc/sys/net/mpls/conf"};
/// A folder for each CPU; the first stands for all.
constexpr std::string_view cpuFolder = "/proc/sys/kernel/sched_domain";

template <std::size_t size> bool isOneOf(const std::string_view (&list)[size], std::string_view path)
{
    return std::find(std::begin(list), std::end(list), path) != std::end(list);
}

/// An IPv6 interface's stable_secret is what its addresses are made of (RFC 7217).
bool isLeftOut(std::string_view path)
{
    return isOneOf(leftOutFiles, path) || path.ends_with("/stable_secret") || path.ends_with("/flush");
}

class Walk {
public:
    explicit Walk(const Root& root)
        : m_root(root)
    {
    }
    SysctlTree found()
    {
        enter(treeFolder, 0);
        std::sort(m_tree.paths.begin(), m_tree.paths.end());
        if (m_beyond > 0)
            note(treeFolder, m_beyond, "files");
        return std::move(m_tree);
    }

private:
    struct Names {
        std::vector<std::string> folders, files;
    };

    void enter(const std::string& folder, unsigned depth)
    {
        Names names;
        if (!list(folder, names))
            return;
        limit(folder, names.folders);
        for (const std::string& name : names.files) {
            if (isLeftOut(folder + '/' + name))
                continue;
            if (m_tree.paths.size() < mostFiles)
                m_tree.paths.push_back(folder + '/' + name);
            else
                ++m_beyond;
        }
        for (const std::string& name : names.folders)
            if (depth < mostDepth && !isLeftOut(folder + '/' + name))
                enter(folder + '/' + name, depth + 1);
    }

    bool list(const std::string& folder, Names& names)
    {
        const int descriptor = m_root.openFile(folder.c_str(), O_DIRECTORY | O_NOFOLLOW);
        DIR* const directory = descriptor < 0 ? nullptr : fdopendir(descriptor);
        if (!directory) {
            m_tree.denials.push_back({folder, errno, std::nullopt});
            return false;
        }
        struct stat own { };
        if (folder == treeFolder && fstat(descriptor, &own) == 0)
            m_device = own.st_dev;
        while (const dirent* entry = readdir(directory)) {
            if (entry->d_name[0] == '.')
                continue;
            struct stat status { };
            if (fstatat(descriptor, entry->d_name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
                continue;
            if (status.st_dev != m_device) // something mounted there
                continue;
            if (S_ISDIR(status.st_mode))
                names.folders.emplace_back(entry->d_name);
            else if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRUSR | S_IRGRP | S_IROTH)) != 0)
                names.files.emplace_back(entry->d_name); // the others only take, also from root
        }
        closedir(directory);
        std::sort(names.folders.begin(), names.folders.end());
        return true;
    }

    void limit(const std::string& folder, std::vector<std::string>& folders)
    {
        const std::size_t before = folders.size();
        if (isOneOf(interfaceFolders, folder)) {
            const auto isPlain = [&](const std::string& name) { // not one of many made for containers
                return name == "all" || name == "default" || name == "lo"
                    || m_root.exists(("/sys/class/net/" + name + "/device").c_str());
            };
            std::stable_partition(folders.begin(), folders.end(), isPlain);
            folders.resize(std::min(before, mostInterfaces));
        } else if (folder == cpuFolder) {
            folders.resize(std::min<std::size_t>(before, 1));
        }
        if (folders.size() < before)
            note(folder, before - folders.size(), "folders");
    }

    void note(const std::string& path, std::size_t count, const char* what)
    {
        m_tree.leftOut += path + ' ' + std::to_string(count) + ' ' + what + '\n';
    }

    const Root& m_root;
    SysctlTree m_tree;
    dev_t m_device = 0;
    std::size_t m_beyond = 0;
};

} // namespace

SysctlTree findSysctls(const Root& root)
{
    return Walk(root).found();
}

} // namespace hindcast::recorder
