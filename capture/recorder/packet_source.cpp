#include "packet_source.h"

#include <cerrno>
#include <net/if.h>
#include <pcap/pcap.h>
#include <utility>

namespace hindcast::recorder {
namespace {

/// A kernel without packet sockets, or an emulator of one: no fault of the command line.
bool isMissingFromKernel(int errorNumber)
{
    return errorNumber == ENOSYS || errorNumber == EAFNOSUPPORT || errorNumber == EPROTONOSUPPORT;
}

// The kernel keeps what comes while a tick is taken or the output is waited for: about 40 000 packets of 96 bytes.
constexpr int ringBytes = 8 << 20;
constexpr int blockMilliseconds = 100; // after which the kernel hands over a block that is not full

struct Handover {
    PacketReceiver& receiver;
    std::int64_t nanosecondsPerUnit; ///< of tv_usec
};

void handOver(unsigned char* user, const pcap_pkthdr* header, const unsigned char* bytes)
{
    auto& handover = *reinterpret_cast<Handover*>(user);
    handover.receiver.take(
        {std::int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec * handover.nanosecondsPerUnit,
            header->len, {reinterpret_cast<const char*>(bytes), header->caplen}});
}

bool isEveryInterface(const std::string& name)
{
    return name == "any";
}

} // namespace

void PacketSource::Close::operator()(pcap* handle) const
{
    pcap_close(handle);
}

PacketSource::Opening PacketSource::unusable(std::string why)
{
    m_why = std::move(why);
    m_handle.reset();
    return Opening::Unusable;
}

PacketSource::Opening PacketSource::open(const PacketRequest& request, unsigned snapLength)
{
    const char* const name = request.interface.c_str();
    // Asked first: without the privilege libpcap says "not permitted" for a name that does not exist, too.
    if (!isEveryInterface(request.interface) && if_nametoindex(name) == 0)
        return unusable("there is no interface of that name");
    char error[PCAP_ERRBUF_SIZE] = "";
    errno = 0;
    m_handle.reset(pcap_create(name, error));
    if (!m_handle)
        return isMissingFromKernel(errno) ? refuse(request, snapLength, errno) : unusable(error);
    pcap_t* const handle = m_handle.get();
    pcap_set_snaplen(handle, static_cast<int>(snapLength));
    pcap_set_timeout(handle, blockMilliseconds);
    pcap_set_buffer_size(handle, ringBytes);
    m_hasNanoseconds = pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) == 0;
    errno = 0;
    const int status = pcap_activate(handle);
    if (status < 0 && isMissingFromKernel(errno))
        return refuse(request, snapLength, errno);
    if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
        return refuse(request, snapLength, EPERM);
    if (status < 0) {
        const std::string detail = pcap_geterr(handle);
        return unusable(detail.empty() ? pcap_statustostr(status) : detail);
    }
    if (isEveryInterface(request.interface))
        pcap_set_datalink(handle, DLT_LINUX_SLL2); // says which interface; else, before libpcap 1.10, SLL it stays
    // Also the empty filter is set: it is what makes the kernel copy no more than the first bytes of each packet.
    if (!setFilter(handle, request.filter))
        return unusable(m_why);
    if (pcap_setnonblock(handle, 1, error) != 0)
        return unusable(error);
    return Opening::Ready;
}

/// A wrong filter is said all the same; the link layer is then not known and taken for the usual one.
PacketSource::Opening PacketSource::refuse(const PacketRequest& request, unsigned snapLength, int errorNumber)
{
    m_handle.reset();
    const int linkLayer = isEveryInterface(request.interface) ? DLT_LINUX_SLL2 : DLT_EN10MB;
    const std::unique_ptr<pcap, Close> dead(pcap_open_dead(linkLayer, static_cast<int>(snapLength)));
    bpf_program program{};
    if (dead && pcap_compile(dead.get(), &program, request.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
        return unusable(pcap_geterr(dead.get()));
    pcap_freecode(&program);
    m_errorNumber = errorNumber;
    return Opening::Refused;
}

bool PacketSource::setFilter(pcap* handle, const std::string& filter)
{
    bpf_program program{};
    bool isSet = pcap_compile(handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (isSet) {
        isSet = pcap_setfilter(handle, &program) == 0;
        pcap_freecode(&program);
    }
    if (!isSet)
        m_why = pcap_geterr(handle);
    return isSet;
}

int PacketSource::descriptor() const
{
    return m_handle ? pcap_get_selectable_fd(m_handle.get()) : -1;
}

/// The numbers of the file format are those of the kernel interface, but for the oldest (pcap-common.c,
/// dlt_to_linktype).
std::uint32_t PacketSource::linkType() const
{
    constexpr std::uint32_t linkTypeRaw = 101, linkTypeAtm = 100;
    const int kind = pcap_datalink(m_handle.get());
    return kind == DLT_RAW ? linkTypeRaw : kind == DLT_ATM_RFC1483 ? linkTypeAtm : static_cast<std::uint32_t>(kind);
}

int PacketSource::drain(int most, PacketReceiver& receiver)
{
    Handover handover{receiver, m_hasNanoseconds ? 1 : 1000};
    const int taken = pcap_dispatch(m_handle.get(), most, handOver, reinterpret_cast<unsigned char*>(&handover));
    if (taken >= 0)
        return taken;
    m_why = pcap_geterr(m_handle.get());
    counts(); // the last that can be had
    m_handle.reset();
    return -1;
}

PacketCounts PacketSource::counts()
{
    pcap_stat status{};
    if (m_handle && pcap_stats(m_handle.get(), &status) == 0)
        m_counts = {status.ps_drop, status.ps_ifdrop};
    return m_counts;
}

} // namespace hindcast::recorder
