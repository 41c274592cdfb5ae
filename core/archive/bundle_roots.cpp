#include "archive/bundle_roots.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::archive {
namespace {

bool isDigits(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view fileName(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// What stands before the first folder of that name, with its slash at the end; nothing when there is none.
std::optional<std::string_view> before(std::string_view path, std::string_view folder)
{
    for (std::size_t place = 0; place < path.size();) {
        const auto rest = path.substr(place);
        if (rest.starts_with(folder) && rest.size() > folder.size() && rest[folder.size()] == '/')
            return path.substr(0, place);
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos)
            break;
        place += slash + 1;
    }
    return std::nullopt;
}

/// The archive folders of OSWatcher: "oswvmstat/web1_vmstat_26.11.21.0300.dat".
bool isWatcherFolder(std::string_view part)
{
    static constexpr std::array names{"oswvmstat", "oswiostat", "oswmpstat", "oswtop", "oswps", "oswnetstat",
        "oswmeminfo", "oswslabinfo", "oswifconfig", "oswprvtnet", "oswcpuinfo", "oswpidstat", "oswxentop", "oswarp",
        "oswpidstatd", "oswnfsiostat", "oswprocstat"};
    return std::find(names.begin(), names.end(), part) != names.end();
}

} // namespace

std::string_view stalkPrefixOf(std::string_view path)
{
    const auto name = fileName(path);
    constexpr std::string_view pattern = "dddd_dd_dd_dd_dd_dd-";
    if (name.size() <= pattern.size())
        return {};
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != pattern[i])
            return {};
    return name.substr(0, pattern.size() - 1);
}

std::optional<std::string_view> sosRootOf(std::string_view path)
{
    for (std::size_t place = 0; place < path.size();) {
        const auto slash = path.find('/', place);
        if (slash == std::string_view::npos)
            return std::nullopt;
        const auto part = path.substr(place, slash - place);
        const bool isArchive = part.find(".tar") != std::string_view::npos; // a sosreport that lies packed in another
        if (part.starts_with("sosreport-") && !isArchive)
            return path.substr(0, slash + 1);
        place = slash + 1;
    }
    return std::nullopt;
}

std::optional<std::string_view> captureRootOf(std::string_view path)
{
    if (const auto root = before(path, "seg")) {
        auto rest = path.substr(root->size() + 4);
        const auto number = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(rest.size(), number.size() + 1));
        if (isDigits(number) && (rest == "manifest.json" || rest == "pids.txt" || rest.starts_with("t/")))
            return root;
    }
    for (const std::string_view folder : {"start", "end"})
        if (const auto root = before(path, folder)) {
            const auto rest = path.substr(root->size() + folder.size() + 1);
            if (rest.starts_with("hindcast/") || rest.starts_with("proc/") || rest.starts_with("sys/"))
                return root;
        }
    return std::nullopt;
}

std::optional<std::string_view> bundleRootOf(std::string_view path)
{
    if (const auto root = sosRootOf(path))
        return root;
    if (const auto root = before(path, "sos_commands"))
        return root;
    if (const auto root = captureRootOf(path))
        return root;
    const auto name = fileName(path);
    const auto folder = path.substr(0, path.size() - name.size());
    if (!stalkPrefixOf(path).empty())
        return folder;
    if (folder.empty())
        return std::nullopt;
    const auto parent = folder.substr(0, folder.size() - 1);
    const auto part = fileName(parent);
    if (!isWatcherFolder(part))
        return std::nullopt;
    return parent.substr(0, parent.size() - part.size());
}

void BundleRoots::add(std::string_view path)
{
    constexpr std::size_t mostTops = 1000;
    const auto top = path.substr(0, path.find('/'));
    if (m_tops.size() < mostTops && m_tops.find(top) == m_tops.end())
        m_tops.emplace(top);
    const auto root = bundleRootOf(path);
    if (root && m_roots.find(*root) == m_roots.end())
        m_roots.emplace(*root);
}

std::vector<std::string> BundleRoots::hosts() const
{
    std::vector<std::string> hosts;
    for (const std::string& root : m_roots) // in order: a folder comes before what lies in it
        if (hosts.empty() || !root.starts_with(hosts.back()))
            hosts.push_back(root);
    return hosts;
}

std::vector<std::string> BundleRoots::beside() const
{
    std::vector<std::string> names;
    for (const std::string& top : m_tops) {
        const auto root = m_roots.lower_bound(top + '/');
        if (root == m_roots.end() || !root->starts_with(top + '/'))
            names.push_back(top);
    }
    return names;
}

} // namespace hindcast::archive
