#include "sockets.h"

#include "clocks.h"
#include "framing/block.h"
#include "sock_diag.h"
#include "socket_counts.h"
#include "socket_line.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <string_view>
#include <sys/statfs.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t mostListed = 200'000; // about 40 MB of text
constexpr std::uint64_t many = 5'000; // sockets: from here on counts stand in for most listings
constexpr std::uint64_t listingRounds = 6; // of the counts to one listing, when there are many
constexpr std::int64_t patience =
    500'000'000; // nanoseconds for one listing; half a second of a tick is too much already
// Of the recorder's CPU time: a fifth for all.
constexpr double shareOfCounts = 0.1, shareOfListings = 0.06, shareOfOwners = 0.04;
constexpr std::int64_t nanosecondsPerByte = 6; // until it is written: checksum and compression
constexpr long procMagic = 0x9fa0; // linux/magic.h, PROC_SUPER_MAGIC
constexpr const char* files[] = {"/proc/net/tcp", "/proc/net/tcp6"};

/// Whether the root's /proc is the kernel's own: then it is this kernel that sock_diag asks.
bool hasLiveProc(const Root& root)
{
    if (root.isRealRoot())
        return true;
    const int descriptor = root.openFile("/proc/", O_DIRECTORY);
    struct statfs status { };
    const bool isLive = descriptor >= 0 && fstatfs(descriptor, &status) == 0 && status.f_type == procMagic;
    if (descriptor >= 0)
        close(descriptor);
    return isLive;
}

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

/// Counts everything, and writes a line each where `text` is wanted.
class Listing final : public SocketReceiver {
public:
    Listing(SocketOwners& owners, std::string* text, InodeOfOwned inodeOfOwned)
        : m_owners(owners)
        , m_text(text)
        , m_inodeOfOwned(inodeOfOwned)
    {
    }

    void take(SocketProtocol protocol, const inet_diag_msg& socket, const SocketDetails& details) override
    {
        m_counts.add(protocol, socket);
        if (!m_text)
            return;
        if (m_listed == mostListed) {
            ++m_leftOut;
            return;
        }
        ++m_listed;
        appendSocketLine(*m_text, protocol, socket, details, m_owners.of(socket.idiag_inode), m_inodeOfOwned);
    }
    void take(const unix_diag_msg& socket) override { m_counts.add(socket); }

    const SocketCounts& counts() const { return m_counts; }
    std::uint64_t leftOut() const { return m_leftOut; }

private:
    SocketOwners& m_owners;
    std::string* m_text;
    InodeOfOwned m_inodeOfOwned;
    SocketCounts m_counts;
    std::uint64_t m_listed = 0, m_leftOut = 0;
};

/// The block around the text that stands behind `begin`: moved once, because it can be large.
void closeBlock(std::string& blocks, std::size_t begin, const char* path, std::int64_t start)
{
    framing::BlockHeader header;
    header.path = path;
    header.startNanoseconds = start;
    header.durationMicroseconds = (monotonicNow() - start) / 1000;
    header.length = blocks.size() - begin;
    std::string line;
    framing::appendBlockHeader(line, header);
    blocks.insert(begin, line);
    blocks += '\n';
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
    , m_way(hasLiveProc(root) ? Way::SockDiag : Way::Files)
    , m_owners(root, stuck)
    , m_forListings(shareOfListings * cpuPermille)
    , m_forCounts(shareOfCounts * cpuPermille)
    , m_forOwners(shareOfOwners * cpuPermille)
{
}

Sockets::~Sockets() = default;

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
    if (extent != Extent::Nothing && m_way == Way::SockDiag) {
        const std::int64_t begin = ownCpuNow();
        const std::size_t bytes = blocks.size();
        const int failure = ask(extent, blocks);
        const std::int64_t cost =
            ownCpuNow() - begin + static_cast<std::int64_t>(blocks.size() - bytes) * nanosecondsPerByte;
        (extent == Extent::Listing ? m_forListings : m_forCounts).spend(cost);
        if (failure != 0) {
            deny("sock_diag", failure, tick);
            m_way = Way::Files;
        }
    }
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

/// 0, or why TCP over IPv4 cannot be listed. What else cannot (IPv6 switched off, no udp_diag) is remarked in the text.
int Sockets::ask(Extent extent, std::string& blocks)
{
    const bool isListing = extent == Extent::Listing;
    const std::int64_t start = monotonicNow();
    const std::size_t begin = blocks.size();
    if (isListing)
        blocks += socketColumnsLine;
    m_owners.beginListing();
    const InodeOfOwned inodeOfOwned = m_total > many ? InodeOfOwned::LeftOut : InodeOfOwned::Told;
    Listing listing(m_owners, isListing ? &blocks : nullptr, inodeOfOwned);
    std::string remarks; // behind the sockets, where they cannot be taken for names of fields
    bool isCut = false;
    for (const SocketKind kind : socketKinds) {
        const AskedDetails details = isListing ? AskedDetails::All : AskedDetails::None;
        const int failure = isCut ? ETIME : listSockets(kind, details, start + patience, m_messages, listing);
        isCut = isCut || failure == ETIME;
        if (failure != 0 && failure != ETIME && kind == SocketKind::Tcp4) {
            blocks.resize(begin);
            return failure;
        }
        if (failure != 0 && failure != ETIME)
            appendSocketRemark(remarks, std::string("not_listed ") + socketKindName(kind) + " errno",
                static_cast<std::uint64_t>(failure));
    }
    m_total = listing.counts().total();
    if (isListing) {
        blocks += remarks;
        if (isCut)
            blocks += "# left_out -\n"; // the deadline came: how many more there are is not known
        else if (listing.leftOut() > 0)
            appendSocketRemark(blocks, "left_out", listing.leftOut());
        closeBlock(blocks, begin, "hindcast/sockets", start);
    }
    std::string counts;
    listing.counts().appendStates(counts);
    if (!isListing)
        listing.counts().appendPeers(counts);
    counts += remarks;
    if (isCut)
        counts += "# left_out -\n";
    framing::appendBlock(blocks, "hindcast/socket_counts", start, (monotonicNow() - start) / 1000, 0, counts);
    return 0;
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
        "/proc/<pid>/fd  before such a listing: the links, which are not followed, by a process of its own");
}

void Sockets::deny(const char* path, int errorNumber, std::uint64_t tick)
{
    m_denials.push_back({path, errorNumber, tick});
}

} // namespace hindcast::recorder
