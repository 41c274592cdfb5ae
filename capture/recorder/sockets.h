// Sockets: the TCP and UDP sockets of the recorder's network namespace, asked of sock_diag now and then (block
// hindcast/sockets), how many there are of them and of unix sockets (hindcast/socket_counts), and what is read from
// /proc/net/tcp where sock_diag is refused.
#pragma once

#include "helper.h"
#include "root.h"
#include "socket_blocks.h"
#include "socket_owners.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

/// CPU time that comes in at a steady rate and is spent in lumps.
class CpuAllowance {
public:
    /// `permille` of one core; 0 = as much as is wanted.
    explicit CpuAllowance(double permille)
        : m_permille(permille)
    {
    }
    bool hasSome(std::int64_t now);
    void spend(std::int64_t nanoseconds) { m_left -= static_cast<double>(nanoseconds); }

private:
    static constexpr double most = 100e6; ///< nanoseconds: what is saved up, and what there is at first

    double m_permille;
    double m_left = most;
    std::int64_t m_last = 0; ///< CLOCK_MONOTONIC
};

class Sockets final : public Source {
public:
    /// `everyTicks` 0 = never. A root that is not this system's is not asked by sock_diag, which knows no roots: its
    /// files are read. `cpuPermille`: what the whole recorder may take of a core, 0 = no limit.
    Sockets(const Root& root, std::uint64_t everyTicks, unsigned cpuPermille, StuckHelpers& stuck);
    ~Sockets() override;

    const char* name() const override { return "sockets"; }
    /// Begins to look for the owners, before the first tick, so that it has them.
    void start();
    /// Appends the blocks, when the tick is one of those that have them.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    enum class Way { SockDiag, Files };
    enum class Extent { Nothing, Counts, Listing };

    Extent extentOf(const TickContext& context, std::int64_t now);
    void ask(Extent extent, const TickContext& context, std::string& blocks);
    bool askBeside(SocketWish& wish);
    void collect(std::uint64_t tick, std::string& blocks);
    void spend(bool isListing, std::int64_t cpuNanoseconds, std::size_t bytes);
    void sampleFiles(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks);
    void deny(const char* path, int errorNumber, std::uint64_t tick);

    const Root& m_root;
    std::uint64_t m_everyTicks;
    std::uint64_t m_nextTick = 0, m_nextListing = 0;
    std::uint64_t m_total = 0; ///< sockets at the last asking
    Way m_way = Way::SockDiag;
    SocketOwners m_owners;
    Helper m_helper; ///< where there are too many to ask within a tick
    int m_memory = -1; ///< in which it leaves the blocks
    bool m_isListingAsked = false; ///< of it
    CpuAllowance m_forListings, m_forCounts, m_forOwners;
    std::vector<char> m_messages; ///< what the kernel writes into
    std::vector<Denial> m_denials;
};

} // namespace hindcast::recorder
