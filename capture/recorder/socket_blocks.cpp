#include "socket_blocks.h"

#include "clocks.h"
#include "framing/block.h"
#include "sock_diag.h"
#include "socket_counts.h"

#include <cerrno>
#include <linux/inet_diag.h>

namespace hindcast::recorder {
namespace {

constexpr std::uint64_t mostListed = 200'000; // about 40 MB of text

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

int appendSocketBlocks(const SocketWish& wish, SocketOwners& owners, std::vector<char>& messages, std::string& blocks,
    std::uint64_t& total)
{
    const bool isListing = wish.isListing;
    const std::int64_t start = monotonicNow();
    const std::size_t begin = blocks.size();
    if (isListing)
        blocks += socketColumnsLine;
    owners.beginListing();
    Listing listing(owners, isListing ? &blocks : nullptr, wish.inodeOfOwned);
    std::string remarks; // behind the sockets, where they cannot be taken for names of fields
    bool isCut = false;
    for (const SocketKind kind : socketKinds) {
        const AskedDetails details = isListing ? AskedDetails::All : AskedDetails::None;
        const int failure =
            isCut ? ETIME : listSockets(kind, details, start + wish.patienceNanoseconds, messages, listing);
        isCut = isCut || failure == ETIME;
        if (failure != 0 && failure != ETIME && kind == SocketKind::Tcp4) {
            blocks.resize(begin);
            return failure;
        }
        if (failure != 0 && failure != ETIME)
            appendSocketRemark(remarks, std::string("not_listed ") + socketKindName(kind) + " errno",
                static_cast<std::uint64_t>(failure));
    }
    total = listing.counts().total();
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

} // namespace hindcast::recorder
