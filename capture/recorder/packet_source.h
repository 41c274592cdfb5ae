// PacketSource: the packets of one interface, by libpcap: opened, filtered, and handed over as they wait in the kernel.
#pragma once

#include "options.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct pcap;

namespace hindcast::recorder {

struct Packet {
    std::int64_t realNanoseconds = 0;
    std::uint32_t length = 0; ///< on the wire
    std::string_view bytes; ///< what was captured of it
};

class PacketReceiver {
public:
    virtual ~PacketReceiver() = default;
    virtual void take(const Packet& packet) = 0;
};

/// Since the source was opened.
struct PacketCounts {
    std::uint64_t dropped = 0; ///< by the kernel: its buffer was full
    std::uint64_t droppedByInterface = 0;
};

class PacketSource {
public:
    PacketSource() = default;
    PacketSource(const PacketSource&) = delete;
    PacketSource& operator=(const PacketSource&) = delete;

    /// Unusable: there is no such interface, the filter is wrong, or this system captures no packets; why() says.
    enum class Opening { Ready, Refused, Unusable };
    Opening open(const PacketRequest& request, unsigned snapLength);
    const std::string& why() const { return m_why; }
    /// errno of what was refused.
    int errorNumber() const { return m_errorNumber; }

    /// For poll(); -1 when closed.
    int descriptor() const;
    /// LINKTYPE_… of the packets (https://www.tcpdump.org/linktypes.html).
    std::uint32_t linkType() const;
    /// Hands over at most `most` of the packets that wait, without waiting for any. Their number; -1 when the source
    /// has failed for good: why() says, and it is closed.
    int drain(int most, PacketReceiver& receiver);
    PacketCounts counts();

private:
    struct Close {
        void operator()(pcap* handle) const;
    };

    Opening unusable(std::string why);
    Opening refuse(const PacketRequest& request, unsigned snapLength, int errorNumber);
    bool setFilter(pcap* handle, const std::string& filter);

    std::unique_ptr<pcap, Close> m_handle;
    bool m_hasNanoseconds = false;
    int m_errorNumber = 0;
    std::string m_why;
    PacketCounts m_counts; ///< as last told
};

} // namespace hindcast::recorder
