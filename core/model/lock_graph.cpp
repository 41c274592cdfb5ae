#include "model/lock_graph.h"

#include <algorithm>

namespace hindcast {

LockGraph::LockGraph(std::span<const LockUser> users)
    : m_users(users)
{
    for (std::size_t user = 0; user < users.size(); ++user) {
        m_names.try_emplace(users[user].name, user);
        for (const std::string& lock : users[user].holds)
            if (lock != users[user].wants) // in Object.wait() a monitor is listed as locked though it was given back
                m_holders.try_emplace(lock, user);
    }
}

std::optional<std::size_t> LockGraph::blockerOf(std::size_t user) const
{
    const LockUser& waiter = m_users[user];
    if (waiter.wants.empty())
        return std::nullopt;
    auto holder = m_holders.find(waiter.wants);
    bool isKnown = holder != m_holders.end();
    if (!isKnown && !waiter.wantsFrom.empty()) {
        holder = m_names.find(waiter.wantsFrom);
        isKnown = holder != m_names.end();
    }
    return !isKnown || holder->second == user ? std::nullopt : std::optional(holder->second);
}

std::vector<std::vector<std::size_t>> LockGraph::cycles() const
{
    // Each thread wants at most one lock: following who holds it is a walk without branches.
    std::vector<std::size_t> seenInWalk(m_users.size(), 0); // number of the walk, from 1
    std::vector<std::vector<std::size_t>> found;
    for (std::size_t start = 0; start < m_users.size(); ++start) {
        auto user = std::optional(start);
        while (user && seenInWalk[*user] == 0) {
            seenInWalk[*user] = start + 1;
            user = blockerOf(*user);
        }
        if (!user || seenInWalk[*user] != start + 1)
            continue;
        std::vector<std::size_t> ring;
        auto member = *user;
        do {
            ring.push_back(member);
            member = *blockerOf(member);
        } while (member != *user);
        std::rotate(ring.begin(), std::min_element(ring.begin(), ring.end()), ring.end());
        found.push_back(std::move(ring));
    }
    return found;
}

std::vector<std::size_t> LockGraph::blockedCounts() const
{
    std::vector<std::size_t> counts(m_users.size(), 0), lastWaiter(m_users.size(), SIZE_MAX);
    for (std::size_t waiter = 0; waiter < m_users.size(); ++waiter)
        for (auto blocker = blockerOf(waiter); blocker && *blocker != waiter && lastWaiter[*blocker] != waiter;
             blocker = blockerOf(*blocker)) {
            lastWaiter[*blocker] = waiter;
            ++counts[*blocker];
        }
    return counts;
}

} // namespace hindcast
