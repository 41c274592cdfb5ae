// KernelNetwork: two network namespaces of this machine's own kernel, joined by a wire with a delay that can lose
// chosen frames, and a capture at each end. Everything vanishes with the object; nothing leaves the machine.
#pragma once

#include "model/flow.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hindcast::test {

/// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int number = -1)
        : m_number(number)
    {
    }
    Descriptor(Descriptor&& other) noexcept
        : m_number(other.release())
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        close();
        m_number = other.release();
        return *this;
    }
    ~Descriptor() { close(); }
    int get() const { return m_number; }
    void close();

private:
    int release()
    {
        const int number = m_number;
        m_number = -1;
        return number;
    }
    int m_number;
};

/// "" when this machine can run it; else what is missing.
std::string whyNoKernelNetwork();

class KernelNetwork {
public:
    enum class End : std::uint8_t { Client, Server };
    /// What the wire knows of a frame when it decides whether to lose it.
    struct FrameSeen {
        End from = End::Client;
        std::uint16_t sourcePort = 0, destinationPort = 0;
        std::uint8_t flags = 0;
        std::size_t payload = 0;
    };

    /// Throws std::runtime_error with the reason when something cannot be set up.
    KernelNetwork();
    ~KernelNetwork();

    static constexpr const char* clientAddress = "10.213.77.1";
    static constexpr const char* serverAddress = "10.213.77.2";
    static constexpr const char* clientAddress6 = "fd13:77::1";
    static constexpr const char* serverAddress6 = "fd13:77::2";

    /// The calling thread is in that end's namespace from now on, as are the programs it starts.
    void enter(End end) const;
    /// Runs a shell command there; throws when it fails.
    void run(End end, const std::string& command) const;
    /// A file of /proc/net or /proc/sys/net as that end sees it.
    std::string read(End end, const std::string& path) const;
    /// "Tcp RetransSegs" of /proc/net/snmp and /proc/net/netstat.
    std::uint64_t counter(End end, std::string_view group, std::string_view name) const;

    /// Frames of the connection with this client port are lost when `loses` says so.
    void setLoss(std::uint16_t clientPort, std::function<bool(const FrameSeen&)> loses);
    /// Until every connection is closed but for TIME-WAIT; throws when that takes too long.
    void waitUntilClosed() const;

    void startCaptures();
    /// All that crossed until now is in the files when it returns.
    void stopCaptures();
    std::string captureFile(End end) const { return m_folder + (end == End::Client ? "/client.pcap" : "/server.pcap"); }

private:
    struct Tap;
    struct Waiting {
        std::int64_t due = 0;
        std::string frame;
    };

    void createNamespace(End end);
    void createTap(End end);
    void carry();
    void takeIn(End from, std::deque<Waiting>& queue);
    bool isLost(End from, std::string_view frame);
    void startCapture(End end);
    bool hasMarker(End end) const;

    std::string m_folder;
    Descriptor m_original;
    Descriptor m_namespaces[2], m_taps[2];
    std::vector<int> m_captures; ///< process ids
    std::mutex m_mutex;
    std::map<std::uint16_t, std::function<bool(const FrameSeen&)>> m_losses;
    std::atomic<bool> m_isStopping{false};
    std::thread m_wire;
};

/// Reads a capture file and analyses it.
PacketCapture analysedCapture(const std::string& path);

} // namespace hindcast::test
