// FlowTable: from a pair of endpoints to the newest conversation between them. Keys are the endpoints themselves, never
// a hash of them: two flows whose hashes collide stay two flows.
#pragma once

#include "model/flow.h"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace hindcast::tcp {

/// Both endpoints, the smaller one first, so that both directions find the same entry.
struct FlowKey {
    Endpoint low, high;

    static FlowKey of(const Endpoint& one, const Endpoint& other)
    {
        return one < other ? FlowKey{one, other} : FlowKey{other, one};
    }
    friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

struct FlowKeyHash {
    std::size_t operator()(const FlowKey& key) const noexcept;
};

class FlowTable {
public:
    /// Index of the newest flow of these endpoints.
    std::optional<std::uint32_t> find(const FlowKey& key) const;
    /// From now on this one is the newest.
    void set(const FlowKey& key, std::uint32_t flow) { m_flows[key] = flow; }

private:
    std::unordered_map<FlowKey, std::uint32_t, FlowKeyHash> m_flows;
};

} // namespace hindcast::tcp
