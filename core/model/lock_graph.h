// Who waits for whom: threads that want a lock another thread holds. The same answer for the dumps of a Java process
// while they are read and when they are looked at.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hindcast {

/// A thread, as far as locks are concerned. Locks are told apart by their address within one dump.
struct LockUser {
    std::string name;
    std::string wants; ///< the lock it stands before, or is parked for; "" when it waits for none
    std::string wantsClass;
    std::string wantsFrom; ///< who is said to hold it, for dumps that do not list what threads hold
    std::vector<std::string> holds;
};

class LockGraph {
public:
    explicit LockGraph(std::span<const LockUser> users);

    /// Index of the user that holds what this one wants; nothing when nobody is known to.
    std::optional<std::size_t> blockerOf(std::size_t user) const;
    /// Threads that wait for each other in a ring, each the waiter of the next; beginning with the first of them in
    /// the order given.
    std::vector<std::vector<std::size_t>> cycles() const;
    /// For each user, how many wait for it, directly or through others. Those of a ring it is part of count, it itself
    /// does not.
    std::vector<std::size_t> blockedCounts() const;

private:
    std::span<const LockUser> m_users;
    std::unordered_map<std::string_view, std::size_t> m_holders; ///< by lock
    std::unordered_map<std::string_view, std::size_t> m_names; ///< of threads that hold or want anything
};

} // namespace hindcast
