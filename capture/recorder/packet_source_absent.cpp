// What stands for packet_source.cpp in a build without a static libpcap: it says so.
#include "packet_source.h"

struct pcap { };

namespace hindcast::recorder {

void PacketSource::Close::operator()(pcap*) const { }

PacketSource::Opening PacketSource::open(const PacketRequest&, unsigned)
{
    m_why = "this program was built without libpcap";
    return Opening::Unusable;
}

int PacketSource::descriptor() const
{
    return -1;
}

std::uint32_t PacketSource::linkType() const
{
    return 0;
}

int PacketSource::drain(int, PacketReceiver&)
{
    return -1;
}

PacketCounts PacketSource::counts()
{
    return m_counts;
}

} // namespace hindcast::recorder
