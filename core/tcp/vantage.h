// Vantage: which end of each conversation the capture was taken at. The nearer end answers sooner; what one
// conversation leaves open, its address shows in others.
#pragma once

#include "tcp/flow_tracker.h"

#include <map>
#include <optional>

namespace hindcast::tcp {

class Vantage {
public:
    /// Hears one conversation; all of them before the first question.
    void add(const Flow& flow, const FlowTracker& tracker);
    std::optional<Side> of(const Flow& flow, const FlowTracker& tracker) const;

private:
    struct Votes {
        std::uint32_t near = 0, far = 0;
    };
    static std::optional<Side> evidence(const FlowTracker& tracker);
    /// Part of the votes that say it is near; a half when nobody voted.
    double nearness(const IpAddress& address) const;

    std::map<IpAddress, Votes> m_votes;
};

} // namespace hindcast::tcp
