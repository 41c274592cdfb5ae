#include "sockets.h"

#include "clocks.h"
#include "framing/block.h"
#include "socket_blocks.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t tooMany = 20'000; // sockets: from here on asking would delay the tick
constexpr std::uint64_t many = 5'000; // sockets: from here on counts stand in for most listings
constexpr std::uint64_t listingRounds = 6; // of the counts to one listing, when there are many
// Nanoseconds for one asking: within a tick half a second is too much already, a process of its own has more time.
constexpr std::int64_t patience = 500'000'000, patienceBeside = 5'000'000'000;
// Of the recorder's CPU time: a fifth for all.
constexpr double shareOfCounts = 0.1, shareOfListings = 0.06, shareOfOwners = 0.04;
constexpr std::int64_t nanosecondsPerByte = 6; // until it is written: checksum and compression
constexpr const char* files[] = {"/proc/net/tcp", "/proc/net/tcp6"};

/// Roughly how many sockets there are: "TCP: inuse 27 orphan 0 tw 12 …" of /proc/net/sockstat (net/ipv4/proc.c).
std::uint64_t roughTotal(const Root& root)
{
    std::uint64_t total = 0;
    for (const char* const path : {"/proc/net/sockstat", "/proc/net/sockstat6"}) {
        const int descriptor = root.openFile(path);
        char bytes[1024];
        const ssize_t got = descriptor < 0 ? -1 : read(descriptor, bytes, sizeof bytes);
        if (descriptor >= 0)
            close(descriptor);
        std::string_view rest(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
        for (const std::string_view name : {" inuse ", " tw "})
            for (auto at = rest.find(name); at != std::string_view::npos; at = rest.find(name, at + 1)) {
                std::uint64_t value = 0;
                std::from_chars(rest.data() + at + name.size(), rest.data() + rest.size(), value);
                total += value;
            }
    }
    return total;
}

/// What a process of its own says of the blocks it made; they themselves lie in memory both see.
struct Report {
    int failure = 0;
    std::uint64_t total = 0;
    std::int64_t cpuNanoseconds = 0;
};

class AskBeside final : public Work {
public:
    AskBeside(const SocketWish& wish, SocketOwners& owners, std::vector<char>& messages, int memory)
        : m_wish(wish)
        , m_owners(owners)
        , m_messages(messages)
        , m_memory(memory)
    {
    }
    int run(int descriptor) override
    {
        const std::int64_t begin = ownCpuNow();
        Report report;
        std::string blocks;
        report.failure = appendSocketBlocks(m_wish, m_owners, m_messages, blocks, report.total);
        for (std::string_view rest = blocks; !rest.empty();) {
            const ssize_t written = write(m_memory, rest.data(), rest.size());
            if (written <= 0)
                return 1;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        report.cpuNanoseconds = ownCpuNow() - begin;
        return write(descriptor, &report, sizeof report) == sizeof report ? 0 : 1;
    }

private:
    const SocketWish& m_wish;
    SocketOwners& m_owners;
    std::vector<char>& m_messages;
    int m_memory;
};

/// False when it could not be read; `blocks` is then as before.
bool appendWhole(int memory, std::string& blocks)
{
    struct stat status { };
    if (fstat(memory, &status) != 0)
        return false;
    const std::size_t begin = blocks.size();
    const auto size = static_cast<std::size_t>(status.st_size);
    blocks.resize(begin + size);
    for (std::size_t at = 0; at < size;) {
        const ssize_t got = pread(memory, blocks.data() + begin + at, size - at, static_cast<off_t>(at));
        if (got <= 0) {
            blocks.resize(begin);
            return false;
        }
        at += static_cast<std::size_t>(got);
    }
    return true;
}

} // namespace

bool CpuAllowance::hasSome(std::int64_t now)
{
    if (m_permille <= 0)
        return true;
    if (m_last != 0)
        m_left = std::min(most, m_left + static_cast<double>(now - m_last) * m_permille / 1000);
    m_last = now;
    return m_left > 0;
}

Sockets::Sockets(const Root& root, std::uint64_t everyTicks, unsigned cpuPermille, StuckHelpers& stuck)
    : m_root(root)
    , m_everyTicks(everyTicks)
    , m_way(root.hasLiveProc() ? Way::SockDiag : Way::Files)
    , m_owners(root, stuck)
    , m_helper(stuck)
    , m_forListings(shareOfListings * cpuPermille)
    , m_forCounts(shareOfCounts * cpuPermille)
    , m_forOwners(shareOfOwners * cpuPermille)
{
}

Sockets::~Sockets()
{
    if (m_memory >= 0)
        close(m_memory);
}

void Sockets::start()
{
    if (m_everyTicks == 0 || m_way != Way::SockDiag)
        return;
    m_total = roughTotal(m_root);
    m_owners.begin();
}

void Sockets::sample(const TickContext& context, std::string& blocks)
{
    const std::uint64_t tick = context.tick;
    const std::int64_t now = monotonicNow();
    m_forOwners.spend(m_owners.collect());
    const Extent extent = extentOf(context, now);
    collect(tick, blocks);
    if (extent != Extent::Nothing && m_way == Way::SockDiag)
        ask(extent, context, blocks);
    if (extent != Extent::Nothing && m_way == Way::Files && !context.isLeftOut(Degradation::Sockets))
        sampleFiles(tick, context.buffer, blocks);
    const bool isBeforeListing = m_total > many ? tick + 1 >= m_nextListing : tick + 1 >= m_nextTick;
    if (m_everyTicks > 0 && m_way == Way::SockDiag && isBeforeListing && context.turn != Turn::Burst
        && !context.isLeftOut(Degradation::Sockets) && m_forOwners.hasSome(now))
        m_owners.begin();
}

/// What is due. Whole listings only as often as the budget of CPU time bears them, except where everything is wanted.
Sockets::Extent Sockets::extentOf(const TickContext& context, std::int64_t now)
{
    const bool isScheduled = context.turn == Turn::Scheduled;
    if (m_everyTicks == 0 || context.turn == Turn::Burst || (isScheduled && context.tick < m_nextTick))
        return Extent::Nothing;
    const std::uint64_t round = context.tick / m_everyTicks;
    m_nextTick = (round + 1) * m_everyTicks;
    if (context.isLeftOut(Degradation::Sockets))
        return isScheduled && !m_forCounts.hasSome(now) ? Extent::Nothing : Extent::Counts;
    const bool isListingDue = m_total <= many || context.tick >= m_nextListing;
    if (!isScheduled || (isListingDue && m_forListings.hasSome(now))) {
        m_nextListing = (round / listingRounds + 1) * listingRounds * m_everyTicks;
        return Extent::Listing;
    }
    return m_forCounts.hasSome(now) ? Extent::Counts : Extent::Nothing;
}

void Sockets::ask(Extent extent, const TickContext& context, std::string& blocks)
{
    SocketWish wish;
    wish.isListing = extent == Extent::Listing;
    wish.inodeOfOwned = m_total > many ? InodeOfOwned::LeftOut : InodeOfOwned::Told;
    if (m_total > tooMany && context.turn != Turn::Last && askBeside(wish)) // the last tick has none to follow it
        return;
    wish.patienceNanoseconds = patience;
    const std::int64_t begin = ownCpuNow();
    const std::size_t bytes = blocks.size();
    const int failure = appendSocketBlocks(wish, m_owners, m_messages, blocks, m_total);
    spend(wish.isListing, ownCpuNow() - begin, blocks.size() - bytes);
    if (failure != 0)
        deny("sock_diag", failure, context.tick);
}

/// Whether the question is on its way.
bool Sockets::askBeside(SocketWish& wish)
{
    if (m_helper.state() == Helper::State::Running)
        return true; // the last one still is; nothing comes of asking twice
    m_memory = memfd_create("sockets", MFD_CLOEXEC); // since Linux 3.17
    if (m_memory < 0)
        return false;
    wish.patienceNanoseconds = patienceBeside;
    m_isListingAsked = wish.isListing;
    AskBeside work(wish, m_owners, m_messages, m_memory);
    if (m_helper.start(work, m_memory, patienceBeside * 2, sizeof(Report)) == 0)
        return true;
    close(std::exchange(m_memory, -1));
    return false;
}

/// Appends what a process of its own found, when it is ready.
void Sockets::collect(std::uint64_t tick, std::string& blocks)
{
    const Helper::State state = m_helper.poll();
    if (state == Helper::State::Idle || state == Helper::State::Running)
        return;
    Report report;
    report.cpuNanoseconds = patience; // so much at least, when it came to nothing
    const std::size_t bytes = blocks.size();
    if (state == Helper::State::Done && m_helper.exitStatus() == 0 && m_helper.bytes().size() == sizeof report) {
        std::memcpy(&report, m_helper.bytes().data(), sizeof report);
        m_owners.noteListing();
        m_total = report.total;
        if (report.failure != 0)
            deny("sock_diag", report.failure, tick);
        else
            appendWhole(m_memory, blocks);
    }
    spend(m_isListingAsked, report.cpuNanoseconds, blocks.size() - bytes);
    m_helper.clear();
    close(std::exchange(m_memory, -1));
}

void Sockets::spend(bool isListing, std::int64_t cpuNanoseconds, std::size_t bytes)
{
    (isListing ? m_forListings : m_forCounts)
        .spend(cpuNanoseconds + static_cast<std::int64_t>(bytes) * nanosecondsPerByte);
}

/// The raw texts. One that cannot be read is said and not asked again.
void Sockets::sampleFiles(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks)
{
    for (const char* const path : files) {
        if (std::any_of(m_denials.begin(), m_denials.end(), [&](const Denial& denial) { return denial.path == path; }))
            continue;
        std::string_view text;
        const std::int64_t begin = monotonicNow();
        const int descriptor = m_root.openFile(path);
        const int failure = descriptor < 0 ? errno : buffer.readWhole(descriptor, text);
        if (descriptor >= 0)
            close(descriptor);
        if (failure != 0)
            deny(path, failure, tick);
        framing::appendBlock(
            blocks, path, begin, (monotonicNow() - begin) / 1000, failure, failure == 0 ? text : std::string_view());
    }
}

void Sockets::addDenials(std::vector<Denial>& denials) const
{
    denials.insert(denials.end(), m_denials.begin(), m_denials.end());
    m_owners.addDenials(denials);
}

void Sockets::addIntentions(std::vector<std::string>& lines) const
{
    if (m_everyTicks == 0)
        return;
    const std::string when = "every " + std::to_string(m_everyTicks) + " ticks";
    if (m_way == Way::Files) {
        for (const char* const path : files)
            lines.push_back(path + ("  " + when));
        return;
    }
    lines.push_back("netlink NETLINK_SOCK_DIAG: dumps of the TCP, UDP and unix sockets  " + when);
    lines.push_back(
        "/proc/<pid>/fd/*  before such a listing: the links, which are not followed, by a process of its own");
}

void Sockets::deny(const char* path, int errorNumber, std::uint64_t tick)
{
    m_denials.push_back({path, errorNumber, tick});
    if (path == std::string_view("sock_diag"))
        m_way = Way::Files;
}

} // namespace hindcast::recorder
