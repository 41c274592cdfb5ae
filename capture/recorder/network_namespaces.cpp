#include "network_namespaces.h"

#include "framing/block.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <iterator>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t everyTicks = 5;
constexpr std::uint64_t offset = 2; // not in the tick in which much else is read
constexpr std::uint64_t searchTicks = 60; // a link of every process is read: 2 ms for 1000
constexpr std::size_t mostNamespaces = 32;
constexpr std::ptrdiff_t mostOthers = 8;
constexpr const char* files[] = {"dev", "snmp", "netstat", "sockstat"};

/// "net:[4026532178]" of `process` ("self" or a number): its number. "" with errno.
std::string namespaceOf(int folder, const std::string& process)
{
    char target[64];
    const ssize_t length = readlinkat(folder, (process + "/ns/net").c_str(), target, sizeof target);
    if (length <= 0)
        return {};
    const std::string_view text(target, static_cast<std::size_t>(length));
    errno = EINVAL;
    if (!text.starts_with("net:[") || !text.ends_with("]"))
        return {};
    return std::string(text.substr(5, text.size() - 6));
}

class ProcFolder {
public:
    explicit ProcFolder(const Root& root)
        : m_descriptor(root.openFile("/proc/", O_DIRECTORY))
    {
    }
    ~ProcFolder()
    {
        if (m_descriptor >= 0)
            close(m_descriptor);
    }
    ProcFolder(const ProcFolder&) = delete;
    ProcFolder& operator=(const ProcFolder&) = delete;
    int descriptor() const { return m_descriptor; }

private:
    int m_descriptor;
};

std::vector<std::int64_t> allPids(int folder)
{
    std::vector<std::int64_t> pids;
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const directory = copy < 0 ? nullptr : fdopendir(copy);
    if (!directory)
        return pids;
    while (const dirent* entry = readdir(directory)) {
        std::int64_t pid = 0;
        const char* const end = entry->d_name + std::strlen(entry->d_name);
        const auto [rest, failure] = std::from_chars(entry->d_name, end, pid);
        if (failure == std::errc{} && rest == end)
            pids.push_back(pid);
    }
    closedir(directory);
    std::sort(pids.begin(), pids.end());
    return pids;
}

} // namespace

void NetworkNamespaces::sample(const TickContext& context, std::string& blocks)
{
    if (context.pass == Pass::Keyframe)
        ++m_segment;
    if (context.turn == Turn::Burst || context.isLeftOut(Degradation::GlobalsOnly))
        return;
    const bool isTurn = context.isTurnOf(everyTicks, offset);
    if (!isTurn && context.pass != Pass::Keyframe)
        return;
    const ProcFolder proc(m_root);
    if (proc.descriptor() < 0)
        return;
    if (context.tick >= m_nextSearch)
        search(context.tick);
    else
        replaceEnded(proc.descriptor(), context.tick);
    appendList(blocks);
    m_unread.clear();
    for (Namespace& space : m_namespaces)
        readFiles(space, context, blocks);
}

/// A process may have ended, and its number may be another's now. Then another that is known shows the namespace. When
/// there is none it has most likely ended, too: where containers come and go all the time, not each of them is worth a
/// look at every process.
void NetworkNamespaces::replaceEnded(int folder, std::uint64_t tick)
{
    bool isOneLost = false;
    for (Namespace& space : m_namespaces) {
        const auto shows = [&](std::int64_t pid) { return namespaceOf(folder, std::to_string(pid)) == space.inode; };
        if (shows(space.pid))
            continue;
        const auto other = std::find_if(space.others.begin(), space.others.end(), shows);
        space.pid = other != space.others.end() ? *other : 0;
        space.written = {}; // its files have other paths now
        isOneLost = isOneLost || space.pid == 0;
    }
    if (isOneLost && tick >= m_nextEarlySearch) {
        m_nextEarlySearch = tick + searchTicks;
        search(tick);
    }
    std::erase_if(m_namespaces, [](const Namespace& space) { return space.pid == 0; });
}

/// The process that showed a namespace goes on doing so while it lives; else the oldest number in it.
void NetworkNamespaces::search(std::uint64_t tick)
{
    m_nextSearch = tick + searchTicks;
    const ProcFolder proc(m_root);
    std::vector<Namespace> found;
    m_leftOut = 0;
    for (const auto& [inode, pids] : processesByNamespace(proc.descriptor(), tick)) {
        if (found.size() == mostNamespaces) {
            ++m_leftOut;
            continue;
        }
        const auto known = std::find_if(m_namespaces.begin(), m_namespaces.end(),
            [&, &number = inode](const Namespace& space) { return space.inode == number; });
        if (known != m_namespaces.end() && std::find(pids.begin(), pids.end(), known->pid) != pids.end())
            found.push_back(std::move(*known));
        else
            found.push_back({inode, pids.front(), {}});
        found.back().others.assign(pids.begin(), pids.begin() + std::min(std::ssize(pids), mostOthers));
    }
    m_namespaces = std::move(found);
}

/// Without the recorder's own namespace, which /proc/net shows. A folder that stands for the root has no "self".
std::map<std::string, std::vector<std::int64_t>> NetworkNamespaces::processesByNamespace(int folder, std::uint64_t tick)
{
    std::map<std::string, std::vector<std::int64_t>> processes;
    std::string own = namespaceOf(folder, "self");
    if (own.empty())
        own = namespaceOf(folder, "1");
    Denial denial;
    for (const std::int64_t pid : allPids(folder)) {
        std::string inode = namespaceOf(folder, std::to_string(pid));
        if (!inode.empty()) {
            if (inode != own)
                processes[std::move(inode)].push_back(pid);
        } else if (isRefusal(errno)) {
            denial = {"/proc/<pid>/ns/net", errno, m_denial.errorNumber != 0 ? m_denial.tick : tick, denial.count + 1};
        }
    }
    if (denial.errorNumber != 0)
        --denial.count; // it began at 1
    m_denial = denial;
    return processes;
}

void NetworkNamespaces::readFiles(Namespace& space, const TickContext& context, std::string& blocks)
{
    const std::string folder = "/proc/" + std::to_string(space.pid) + "/net/";
    for (std::size_t index = 0; index < filesEach; ++index) {
        const std::string path = folder + files[index];
        std::string_view text;
        const std::int64_t begin = monotonicNow();
        const int descriptor = m_root.openFile(path.c_str());
        const int failure = descriptor < 0 ? errno : context.buffer.readWhole(descriptor, text);
        if (descriptor >= 0)
            close(descriptor);
        if (failure == 0 && space.written[index].isNews(m_segment, text))
            framing::appendBlock(blocks, path, begin, (monotonicNow() - begin) / 1000, 0, text);
        else if (failure != 0 && failure != ENOENT && failure != ESRCH) // these when the process has ended
            noteFailure(std::string("/proc/<pid>/net/") + files[index], failure, context.tick);
    }
}

void NetworkNamespaces::noteFailure(const std::string& path, int errorNumber, std::uint64_t tick)
{
    const auto known = std::find_if(m_unread.begin(), m_unread.end(),
        [&](const Denial& denial) { return denial.path == path && denial.errorNumber == errorNumber; });
    if (known != m_unread.end())
        ++known->count;
    else
        m_unread.push_back({path, errorNumber, tick});
}

void NetworkNamespaces::appendList(std::string& blocks)
{
    std::string text = "# inode pid\n";
    for (const Namespace& space : m_namespaces)
        text.append(space.inode).append(" ").append(std::to_string(space.pid)) += '\n';
    if (m_leftOut > 0)
        text.append("# left_out ").append(std::to_string(m_leftOut)) += '\n';
    if (m_listed.isNews(m_segment, text))
        framing::appendBlock(blocks, "hindcast/netns", monotonicNow(), 0, 0, text);
}

void NetworkNamespaces::addDenials(std::vector<Denial>& denials) const
{
    if (m_denial.errorNumber != 0)
        denials.push_back(m_denial);
    denials.insert(denials.end(), m_unread.begin(), m_unread.end());
}

void NetworkNamespaces::addIntentions(std::vector<std::string>& lines) const
{
    lines.emplace_back("/proc/self/ns/net: its own network namespace");
    lines.emplace_back("/proc/<pid>/ns/net of all processes, every 60 ticks: which network namespaces there are");
    lines.emplace_back("/proc/<pid>/net/{dev,snmp,netstat,sockstat} of one process of each other namespace, every 5 "
                       "ticks");
}

} // namespace hindcast::recorder
