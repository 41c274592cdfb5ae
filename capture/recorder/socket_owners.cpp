#include "socket_owners.h"

#include "clocks.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t patience = 10'000'000'000; // nanoseconds
constexpr std::int64_t leastPause = 5'000'000'000; // from one look to the next
constexpr std::int64_t mostAge = 60'000'000'000; // a descriptor may have been handed on since
constexpr std::size_t mostHoldings = 500'000;
constexpr std::size_t namedOwners = 16;

using Holding = SocketOwners::Holding;

/// Before the holdings in the helper's answer.
struct Heading {
    std::uint32_t denied = 0;
    std::uint32_t cpuMicroseconds = 0;
};

/// 0 when it is no number
std::uint32_t numberOf(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() ? number : 0;
}

/// man 5 proc: a descriptor of a socket is a link to "socket:[inode]".
std::uint32_t socketInode(int folder, const char* descriptor)
{
    constexpr std::string_view beginning = "socket:[";
    char target[40];
    const ssize_t length = readlinkat(folder, descriptor, target, sizeof target);
    if (length <= static_cast<ssize_t>(beginning.size()) || static_cast<std::size_t>(length) == sizeof target)
        return 0;
    std::string_view text(target, static_cast<std::size_t>(length));
    if (!text.starts_with(beginning) || text.back() != ']')
        return 0;
    text.remove_prefix(beginning.size());
    text.remove_suffix(1);
    return numberOf(text);
}

class LookForOwners final : public Work {
public:
    explicit LookForOwners(const Root& root)
        : m_root(root)
    {
    }

    int run(int descriptor) override
    {
        [[maybe_unused]] const int niceness = nice(10);
        const int proc = m_root.openFile("/proc/", O_DIRECTORY);
        DIR* const folder = proc < 0 ? nullptr : fdopendir(proc);
        if (!folder)
            return 1;
        while (const dirent* const entry = readdir(folder))
            if (const std::uint32_t pid = numberOf(entry->d_name))
                lookInto(proc, pid);
        std::sort(m_holdings.begin(), m_holdings.end(),
            [](const Holding& a, const Holding& b) { return a.inode != b.inode ? a.inode < b.inode : a.pid < b.pid; });
        // A process may hold several descriptors of one socket.
        m_holdings.erase(std::unique(m_holdings.begin(), m_holdings.end(),
                             [](const Holding& a, const Holding& b) { return a.inode == b.inode && a.pid == b.pid; }),
            m_holdings.end());
        return send(descriptor);
    }

private:
    void lookInto(int proc, std::uint32_t pid)
    {
        char path[24];
        char* const end = std::to_chars(path, path + 12, pid).ptr;
        std::memcpy(end, "/fd", 4);
        const int descriptor = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) {
            m_heading.denied += isRefusal(errno) ? 1 : 0;
            return;
        }
        DIR* const folder = fdopendir(descriptor);
        if (!folder) {
            close(descriptor);
            return;
        }
        while (const dirent* const entry = readdir(folder))
            if (entry->d_name[0] != '.' && m_holdings.size() < mostHoldings)
                if (const std::uint32_t inode = socketInode(descriptor, entry->d_name))
                    m_holdings.push_back({inode, pid});
        closedir(folder);
    }

    int send(int descriptor)
    {
        constexpr int pipeBytes = 1 << 20; // what everybody may ask for (man 7 pipe): the answer waits until a tick
        fcntl(descriptor, F_SETPIPE_SZ, pipeBytes);
        timespec cpu{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        m_heading.cpuMicroseconds = static_cast<std::uint32_t>(cpu.tv_sec * 1'000'000 + cpu.tv_nsec / 1000);
        std::string answer(reinterpret_cast<const char*>(&m_heading), sizeof m_heading);
        answer.append(reinterpret_cast<const char*>(m_holdings.data()), m_holdings.size() * sizeof(Holding));
        for (std::string_view rest = answer; !rest.empty();) {
            const ssize_t written = write(descriptor, rest.data(), rest.size());
            if (written <= 0)
                return 1;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        return 0;
    }

    const Root& m_root;
    Heading m_heading;
    std::vector<Holding> m_holdings;
};

} // namespace

SocketOwners::SocketOwners(const Root& root, StuckHelpers& stuck)
    : m_root(root)
    , m_helper(stuck)
{
}

void SocketOwners::begin()
{
    const std::int64_t age = monotonicNow() - m_lastBegin;
    const bool isFirst = m_lastBegin == 0;
    if (m_helper.state() == Helper::State::Running || (!isFirst && age < (m_isSomeNew ? leastPause : mostAge)))
        return;
    LookForOwners work(m_root);
    m_sought = m_missing;
    std::sort(m_sought.begin(), m_sought.end());
    m_lastBegin = monotonicNow();
    m_helper.start(work, m_root.descriptor(), patience, sizeof(Heading) + mostHoldings * sizeof(Holding));
}

std::int64_t SocketOwners::collect()
{
    const Helper::State state = m_helper.poll();
    if (state == Helper::State::Idle || state == Helper::State::Running)
        return 0;
    const std::string& answer = m_helper.bytes();
    Heading heading;
    std::int64_t cost = 0;
    if (state == Helper::State::Done && m_helper.exitStatus() == 0 && answer.size() >= sizeof heading) {
        std::memcpy(&heading, answer.data(), sizeof heading);
        m_denied = heading.denied;
        m_holdings.resize((answer.size() - sizeof heading) / sizeof(Holding));
        if (!m_holdings.empty())
            std::memcpy(m_holdings.data(), answer.data() + sizeof heading, m_holdings.size() * sizeof(Holding));
        m_unheld.swap(m_sought);
        m_isSomeNew =
            std::any_of(m_missing.begin(), m_missing.end(), [this](std::uint32_t inode) { return isNew(inode); });
        cost = std::int64_t{heading.cpuMicroseconds} * 1000;
    }
    m_helper.clear();
    return cost;
}

std::string_view SocketOwners::of(std::uint32_t inode)
{
    if (inode == 0) // TIME-WAIT and the like: no file belongs to it, so nobody holds it
        return {};
    const Holding* const last = m_holdings.data() + m_holdings.size();
    char* end = m_text;
    std::size_t named = 0;
    for (const Holding* place = holdingsOf(inode); place != last && place->inode == inode && named < namedOwners;
         ++place, ++named) {
        if (named > 0)
            *end++ = ',';
        end = std::to_chars(end, m_text + sizeof m_text, place->pid).ptr;
    }
    if (named == 0) {
        m_missing.push_back(inode);
        m_isSomeNew = m_isSomeNew || isNew(inode);
    }
    return {m_text, static_cast<std::size_t>(end - m_text)};
}

/// Where they stand, or would.
const Holding* SocketOwners::holdingsOf(std::uint32_t inode) const
{
    return std::lower_bound(m_holdings.data(), m_holdings.data() + m_holdings.size(), inode,
        [](const Holding& holding, std::uint32_t wanted) { return holding.inode < wanted; });
}

bool SocketOwners::isNew(std::uint32_t missing) const
{
    const Holding* const place = holdingsOf(missing);
    const bool isHeld = place != m_holdings.data() + m_holdings.size() && place->inode == missing;
    return !isHeld && !std::binary_search(m_unheld.begin(), m_unheld.end(), missing);
}

void SocketOwners::addDenials(std::vector<Denial>& denials) const
{
    if (m_denied > 0)
        denials.push_back({"/proc/<pid>/fd", EACCES, std::nullopt, m_denied});
}

} // namespace hindcast::recorder
