// BundleRoots: the folders of an input which are plainly a host's own: a sosreport, a capture, a pt-stalk or OSWatcher
// folder. Two of them side by side are two hosts, which are never read as one.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::archive {

/// Of a path that only a bundle has, the folder the bundle lies in, with its slash at the end: "web1/" for
/// "web1/sos_commands/date/date", "" for "seg/0/manifest.json". Nothing for other paths.
std::optional<std::string_view> bundleRootOf(std::string_view path);

/// "sosreport-web1-…/" of any path in such a folder: sos gives its archives no other name. Nothing for other paths.
std::optional<std::string_view> sosRootOf(std::string_view path);

/// The folder in front of a capture's own tree: "web1/" of "web1/start/hindcast/uname", "" of "seg/0/pids.txt".
/// Nothing for paths that are not of a capture.
std::optional<std::string_view> captureRootOf(std::string_view path);

/// "2026_11_21_03_00_00" of "web1/2026_11_21_03_00_00-vmstat": the time at which a stalk began, as pt-stalk names what
/// it collects (PTDEST/%Y_%m_%d_%H_%M_%S-…). "" for other paths.
std::string_view stalkPrefixOf(std::string_view path);

class BundleRoots {
public:
    void add(std::string_view path);
    void addRoot(std::string root) { m_roots.insert(std::move(root)); }
    /// Those that lie in no other: a stalk kept below a sosreport's var is the same host's.
    std::vector<std::string> hosts() const;
    /// Names at the top of the input in which none of them lies.
    std::vector<std::string> beside() const;

private:
    std::set<std::string, std::less<>> m_roots;
    std::set<std::string, std::less<>> m_tops; ///< first parts of all paths, as far as they are worth telling
};

} // namespace hindcast::archive
