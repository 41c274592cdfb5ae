// KernelTrace: what the kernel itself says of its TCP connections: an instance of tracefs that is ours alone, with the
// events of socket states and of segments sent again.
#pragma once

#include "model/flow.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hindcast::test {

/// One end of a connection, as the kernel names it.
struct KernelSocket {
    std::string localAddress, remoteAddress;
    std::uint16_t localPort = 0, remotePort = 0;
    friend auto operator<=>(const KernelSocket&, const KernelSocket&) = default;
};

struct KernelResend {
    Time time{};
    RetransmissionCause cause = RetransmissionCause::None;
};

/// What happened to one end.
struct KernelRecord {
    std::vector<TcpState> states; ///< in order, as the kernel spells them: TIME-WAIT is CLOSED to it
    std::vector<KernelResend> resends;
};

class KernelTrace {
public:
    /// Records sockets with a port in [firstPort, lastPort]. Throws std::runtime_error where tracefs is not to be had.
    KernelTrace(std::uint16_t firstPort, std::uint16_t lastPort);
    ~KernelTrace();
    KernelTrace(const KernelTrace&) = delete;
    KernelTrace& operator=(const KernelTrace&) = delete;

    /// Stops and reads everything. Throws when events were lost.
    std::map<KernelSocket, KernelRecord> finish();

private:
    std::string m_instance;
    bool m_isMountedByUs = false;
};

} // namespace hindcast::test
