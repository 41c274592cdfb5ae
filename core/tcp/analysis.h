// Analysis: turns segments in capture order into conversations: flows with both ends' states, handshakes,
// retransmissions and their causes, round-trip times, and who closed first.
#pragma once

#include "model/snapshot.h"
#include "tcp/segment.h"

#include <memory>

namespace hindcast::tcp {

class Analysis {
public:
    Analysis();
    ~Analysis();
    Analysis(Analysis&&) noexcept;
    Analysis& operator=(Analysis&&) noexcept;

    void add(const Segment& segment);
    void add(const IcmpError& error);
    /// All that was added; `sources` are the reader's. The analysis is empty afterwards.
    PacketCapture finish(std::vector<PacketSource> sources);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace hindcast::tcp
