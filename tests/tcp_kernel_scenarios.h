// Scenarios: connections made to go through every way of opening and closing that RFC 9293 knows, with both ends in the
// hands of one thread, so that the order of events is the scenario's own.
#pragma once

#include "tcp_kernel_network.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::test {

/// The sockets of one scenario: its own pair of ports, in one address family.
class Scene {
public:
    Scene(KernelNetwork& network, bool isV6, std::uint16_t clientPort, std::uint16_t serverPort)
        : m_network(network)
        , m_isV6(isV6)
        , m_clientPort(clientPort)
        , m_serverPort(serverPort)
    {
    }
    KernelNetwork& network() { return m_network; }
    std::uint16_t clientPort() const { return m_clientPort; }
    std::uint16_t serverPort() const { return m_serverPort; }

    /// Bound to that end's address and port, not connected yet.
    Descriptor bound(KernelNetwork::End end) const;
    Descriptor listener(int receiveBuffer = 0) const;
    /// Begins to connect a bound socket to the other end and returns at once.
    void connect(const Descriptor& socket, KernelNetwork::End end) const;
    Descriptor connecting(KernelNetwork::End end = KernelNetwork::End::Client) const;
    Descriptor connected() const;

private:
    KernelNetwork& m_network;
    bool m_isV6;
    std::uint16_t m_clientPort, m_serverPort;
};

struct Scenario {
    const char* name;
    /// Throws std::runtime_error when the kernel does not do what is asked.
    void (*run)(Scene&);
    int connections = 1;
};
const std::vector<Scenario>& tcpScenarios();

/// Sends `bytes` from the client to the server and closes; returns when both are done.
void sendInBulk(Scene& scene, std::size_t bytes);
/// So many small questions and answers on one connection, then closes.
void askAndAnswer(Scene& scene, int rounds);

} // namespace hindcast::test
