// SocketOwners: which processes hold a socket, by its inode. The folders /proc/<pid>/fd are gone through by a process
// of its own, for they can be many; a listing takes what was found last.
#pragma once

#include "denial.h"
#include "helper.h"
#include "root.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class SocketOwners {
public:
    /// An entry of the helper's answer, which comes sorted.
    struct Holding {
        std::uint32_t inode, pid;
    };

    SocketOwners(const Root& root, StuckHelpers& stuck);

    /// Begins to look, when a listing had sockets that were never looked for, or the last look is long ago.
    void begin();
    /// Takes the answer when it is there. Returns the CPU nanoseconds it took, 0 = none came.
    std::int64_t collect();

    /// Around one listing: what is asked for and not known in between is looked for the next time.
    void beginListing() { m_missing.clear(); }
    /// A listing was made in another process: what it missed is not known here.
    void noteListing() { m_isSomeNew = true; }
    /// "4711,4712", or "" when it is not known. Valid until the next call.
    std::string_view of(std::uint32_t inode);

    void addDenials(std::vector<Denial>& denials) const;

private:
    const Holding* holdingsOf(std::uint32_t inode) const;
    bool isNew(std::uint32_t missing) const;

    const Root& m_root;
    Helper m_helper;
    std::int64_t m_lastBegin = 0; ///< CLOCK_MONOTONIC; 0 = never
    std::vector<Holding> m_holdings;
    std::vector<std::uint32_t> m_missing; ///< inodes of the last listing that nobody is known to hold
    std::vector<std::uint32_t> m_sought; ///< the missing ones when the helper began to look, sorted
    std::vector<std::uint32_t> m_unheld; ///< those that were looked for in vain, sorted
    bool m_isSomeNew = true; ///< of the missing: never looked for
    std::uint32_t m_denied = 0; ///< processes whose folder was refused, in the last look
    char m_text[16 * 11]; ///< of(): so many owners are named
};

} // namespace hindcast::recorder
