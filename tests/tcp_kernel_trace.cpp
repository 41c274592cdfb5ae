#include "tcp_kernel_trace.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::test {
namespace {

constexpr const char* tracing = "/sys/kernel/tracing";
constexpr const char* events[] = {
    "sock/inet_sock_set_state", "tcp/tcp_retransmit_skb", "tcp/tcp_retransmit_synack", "tcp/tcp_cong_state_set"};

void write(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text << std::flush;
    if (!file)
        throw std::runtime_error("cannot write " + text + " to " + path);
}

/// "key=value" words behind the name of the event.
std::map<std::string, std::string> fieldsOf(const std::string& text)
{
    std::map<std::string, std::string> fields;
    std::istringstream words(text);
    std::string word;
    while (words >> word)
        if (const auto equals = word.find('='); equals != std::string::npos)
            fields[word.substr(0, equals)] = word.substr(equals + 1);
    return fields;
}

KernelSocket socketOf(std::map<std::string, std::string>& fields)
{
    const bool isV6 = fields["family"] == "AF_INET6";
    return {fields[isV6 ? "saddrv6" : "saddr"], fields[isV6 ? "daddrv6" : "daddr"],
        static_cast<std::uint16_t>(std::stoul(fields["sport"])),
        static_cast<std::uint16_t>(std::stoul(fields["dport"]))};
}

/// Which machinery was at work, by the congestion state the event left behind: 0 open, 1 disorder and 2 CWR send tail
/// loss probes only; 3 is fast recovery, 4 what follows a timeout (enum tcp_ca_state, include/uapi/linux/tcp.h).
RetransmissionCause causeOf(const std::string& socketState, const std::string& congestionState)
{
    if (socketState == "TCP_SYN_SENT")
        return RetransmissionCause::Syn;
    if (congestionState == "3")
        return RetransmissionCause::FastRetransmit;
    return congestionState == "4" ? RetransmissionCause::Timeout : RetransmissionCause::TailLossProbe;
}

} // namespace

KernelTrace::KernelTrace(std::uint16_t firstPort, std::uint16_t lastPort)
{
    if (!std::filesystem::exists(std::string(tracing) + "/events")) {
        if (::mount("nodev", tracing, "tracefs", 0, nullptr) != 0)
            throw std::runtime_error("tracefs cannot be mounted");
        m_isMountedByUs = true;
    }
    m_instance = std::string(tracing) + "/instances/hindcast-test-" + std::to_string(::getpid());
    if (::mkdir(m_instance.c_str(), 0700) != 0)
        throw std::runtime_error("no instance of tracefs can be made");
    write(m_instance + "/trace_clock", "tai");
    write(m_instance + "/buffer_size_kb", "8192");
    const std::string first = std::to_string(firstPort), last = std::to_string(lastPort);
    for (const char* event : events) {
        write(m_instance + "/events/" + event + "/filter",
            "(sport >= " + first + " && sport <= " + last + ") || (dport >= " + first + " && dport <= " + last + ")");
        write(m_instance + "/events/" + event + "/enable", "1");
    }
}

KernelTrace::~KernelTrace()
{
    for (const char* event : events)
        std::ofstream(m_instance + "/events/" + event + "/enable") << "0" << std::flush;
    ::rmdir(m_instance.c_str());
    if (m_isMountedByUs)
        ::umount(tracing);
}

std::map<KernelSocket, KernelRecord> KernelTrace::finish()
{
    write(m_instance + "/tracing_on", "0");
    std::ifstream trace(m_instance + "/trace");
    std::map<KernelSocket, KernelRecord> sockets;
    std::map<KernelSocket, std::string> congestion;
    std::string line;
    while (std::getline(trace, line)) {
        if (line.find("LOST") != std::string::npos)
            throw std::runtime_error("the kernel lost events: " + line);
        const auto name = line.find(": inet_sock_set_state: ") != std::string::npos ? 's'
            : line.find(": tcp_retransmit_skb: ") != std::string::npos              ? 'r'
            : line.find(": tcp_retransmit_synack: ") != std::string::npos           ? 'a'
            : line.find(": tcp_cong_state_set: ") != std::string::npos              ? 'c'
                                                                                    : ' ';
        if (name == ' ' || line.starts_with('#'))
            continue;
        auto fields = fieldsOf(line);
        const KernelSocket socket = socketOf(fields);
        const auto colon = line.find(": ");
        const double seconds = std::stod(line.substr(line.rfind(' ', colon - 1)));
        KernelRecord& record = sockets[socket];
        if (name == 'c')
            congestion[socket] = fields["cong_state"];
        else if (name == 's') {
            const TcpState state = tcpStateFromName(fields["newstate"]).value_or(TcpState::Closed);
            if (record.states.empty() || record.states.back() != state) // CLOSING is entered twice
                record.states.push_back(state);
        } else if (name == 'a')
            record.resends.push_back({timeFromSeconds(seconds), RetransmissionCause::SynAck});
        else if (fields.count("err") == 0 || fields["err"] == "0")
            record.resends.push_back({timeFromSeconds(seconds), causeOf(fields["state"], congestion[socket])});
    }
    return sockets;
}

} // namespace hindcast::test
