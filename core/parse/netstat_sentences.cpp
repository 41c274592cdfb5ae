#include "parse/netstat_sentences.h"

#include "base/text_scanner.h"

#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

/// "#" stands for the number. Source: net-tools statistics.c, Iptab … Tcpexttab, of 1.60 and 2.10.
struct Sentence {
    string_view text, name;
};

constexpr std::array ipSentences{
    Sentence{"Default TTL is #", "DefaultTTL"},
    Sentence{"# total packets received", "InReceives"},
    Sentence{"# with invalid headers", "InHdrErrors"},
    Sentence{"# with packets too big", "InTooBigErrors"},
    Sentence{"# incoming packets with no route", "InNoRoutes"},
    Sentence{"# with invalid addresses", "InAddrErrors"},
    Sentence{"# forwarded", "ForwDatagrams"},
    Sentence{"# with unknown protocol", "InUnknownProtos"},
    Sentence{"# with truncated packets", "InTruncatedPkts"},
    Sentence{"# incoming multicast packets", "InMcastPkts"},
    Sentence{"# outgoing multicast packets", "OutMcastPkts"},
    Sentence{"# incoming packets discarded", "InDiscards"},
    Sentence{"# incoming packets delivered", "InDelivers"},
    Sentence{"# requests sent out", "OutRequests"},
    Sentence{"# outgoing packets dropped", "OutDiscards"},
    Sentence{"# dropped because of missing route", "OutNoRoutes"},
    Sentence{"# fragments dropped after timeout", "ReasmTimeout"},
    Sentence{"# reassemblies required", "ReasmReqds"},
    Sentence{"# packets reassembled ok", "ReasmOKs"},
    Sentence{"# packet reassembles failed", "ReasmFails"},
    Sentence{"# packet reassemblies failed", "ReasmFails"},
    Sentence{"# fragments received ok", "FragOKs"},
    Sentence{"# fragments failed", "FragFails"},
    Sentence{"# fragments created", "FragCreates"},
};
constexpr std::array icmpSentences{
    Sentence{"# ICMP messages received", "InMsgs"},
    Sentence{"# input ICMP message failed", "InErrors"},
    Sentence{"# ICMP messages sent", "OutMsgs"},
    Sentence{"# ICMP messages failed", "OutErrors"},
};
/// Of both histograms; "In" or "Out" comes before the name.
constexpr std::array icmpKinds{
    Sentence{"destination unreachable: #", "DestUnreachs"},
    Sentence{"packets too big: #", "PktTooBigs"},
    Sentence{"timeout in transit: #", "TimeExcds"},
    Sentence{"time exceeded: #", "TimeExcds"},
    Sentence{"received ICMPv6 time exceeded: #", "TimeExcds"},
    Sentence{"wrong parameters: #", "ParmProbs"},
    Sentence{"parameter problem: #", "ParmProblems"},
    Sentence{"source quenches: #", "SrcQuenchs"},
    Sentence{"source quench: #", "SrcQuenchs"},
    Sentence{"redirects: #", "Redirects"},
    Sentence{"redirect: #", "Redirects"},
    Sentence{"echo requests: #", "Echos"},
    Sentence{"echo request: #", "Echos"},
    Sentence{"echo replies: #", "EchoReps"},
    Sentence{"echo reply: #", "EchoReps"},
    Sentence{"timestamp requests: #", "Timestamps"},
    Sentence{"timestamp request: #", "Timestamps"},
    Sentence{"timestamp replies: #", "TimestampReps"},
    Sentence{"timestamp reply: #", "TimestampReps"},
    Sentence{"address mask requests: #", "AddrMasks"},
    Sentence{"address mask request: #", "AddrMasks"},
    Sentence{"address mask replies: #", "AddrMaskReps"},
    Sentence{"group member queries: #", "GroupMembQueries"},
    Sentence{"group member responses: #", "GroupMembResponses"},
    Sentence{"group member reductions: #", "GroupMembReductions"},
    Sentence{"router solicits: #", "RouterSolicits"},
    Sentence{"router advertisement: #", "RouterAdvertisements"},
    Sentence{"neighbour solicits: #", "NeighborSolicits"},
    Sentence{"neighbor solicits: #", "NeighborSolicits"},
    Sentence{"neighbor advertisement: #", "NeighborAdvertisements"},
    Sentence{"neighbour advertisement: #", "NeighborAdvertisements"},
};
constexpr std::array tcpSentences{
    Sentence{"# active connections openings", "ActiveOpens"},
    Sentence{"# active connection openings", "ActiveOpens"},
    Sentence{"# passive connection openings", "PassiveOpens"},
    Sentence{"# failed connection attempts", "AttemptFails"},
    Sentence{"# connection resets received", "EstabResets"},
    Sentence{"# connections established", "CurrEstab"},
    Sentence{"# segments received", "InSegs"},
    Sentence{"# segments sent out", "OutSegs"},
    Sentence{"# segments send out", "OutSegs"},
    Sentence{"# segments retransmitted", "RetransSegs"},
    Sentence{"# segments retransmited", "RetransSegs"},
    Sentence{"# bad segments received", "InErrs"},
    Sentence{"# resets sent", "OutRsts"},
};
constexpr std::array udpSentences{
    Sentence{"# packets received", "InDatagrams"},
    Sentence{"# packets to unknown port received", "NoPorts"},
    Sentence{"# packet receive errors", "InErrors"},
    Sentence{"# packets sent", "OutDatagrams"},
    Sentence{"# receive buffer errors", "RcvbufErrors"},
    Sentence{"# send buffer errors", "SndbufErrors"},
};
constexpr std::array tcpExtendedSentences{
    Sentence{"# SYN cookies sent", "SyncookiesSent"},
    Sentence{"# SYN cookies received", "SyncookiesRecv"},
    Sentence{"# invalid SYN cookies received", "SyncookiesFailed"},
    Sentence{"# resets received for embryonic SYN_RECV sockets", "EmbryonicRsts"},
    Sentence{"# packets pruned from receive queue because of socket buffer overrun", "PruneCalled"},
    Sentence{"# packets pruned from receive queue", "RcvPruned"},
    Sentence{"# packets dropped from out-of-order queue because of socket buffer overrun", "OfoPruned"},
    Sentence{"# ICMP packets dropped because they were out-of-window", "OutOfWindowIcmps"},
    Sentence{"# ICMP packets dropped because socket was locked", "LockDroppedIcmps"},
    Sentence{"# TCP sockets finished time wait in fast timer", "TW"},
    Sentence{"# time wait sockets recycled by time stamp", "TWRecycled"},
    Sentence{"# TCP sockets finished time wait in slow timer", "TWKilled"},
    Sentence{"# passive connections rejected because of time stamp", "PAWSPassive"},
    Sentence{"# active connections rejected because of time stamp", "PAWSActive"},
    Sentence{"# packets rejects in established connections because of timestamp", "PAWSEstab"},
    Sentence{"# packets rejected in established connections because of timestamp", "PAWSEstab"},
    Sentence{"# delayed acks sent", "DelayedACKs"},
    Sentence{"# delayed acks further delayed because of locked socket", "DelayedACKLocked"},
    Sentence{"Quick ack mode was activated # times", "DelayedACKLost"},
    Sentence{"# times the listen queue of a socket overflowed", "ListenOverflows"},
    Sentence{"# SYNs to LISTEN sockets ignored", "ListenDrops"},
    Sentence{"# SYNs to LISTEN sockets dropped", "ListenDrops"},
    Sentence{"# packets directly queued to recvmsg prequeue", "TCPPrequeued"},
    Sentence{"# of bytes directly received from backlog", "TCPDirectCopyFromBacklog"},
    Sentence{"# bytes directly in process context from backlog", "TCPDirectCopyFromBacklog"},
    Sentence{"# of bytes directly received from prequeue", "TCPDirectCopyFromPrequeue"},
    Sentence{"# bytes directly received in process context from prequeue", "TCPDirectCopyFromPrequeue"},
    Sentence{"# packets dropped from prequeue", "TCPPrequeueDropped"},
    Sentence{"# packet headers predicted", "TCPHPHits"},
    Sentence{"# packets header predicted and directly queued to user", "TCPHPHitsToUser"},
    Sentence{"# acknowledgments not containing data received", "TCPPureAcks"},
    Sentence{"# acknowledgments not containing data payload received", "TCPPureAcks"},
    Sentence{"# predicted acknowledgments", "TCPHPAcks"},
    Sentence{"# times recovered from packet loss due to fast retransmit", "TCPRenoRecovery"},
    Sentence{"# times recovered from packet loss due to SACK data", "TCPSackRecovery"},
    Sentence{"# times recovered from packet loss by selective acknowledgements", "TCPSackRecovery"},
    Sentence{"# bad SACKs received", "TCPSACKReneging"},
    Sentence{"# bad SACK blocks received", "TCPSACKReneging"},
    Sentence{"Detected reordering # times using FACK", "TCPFACKReorder"},
    Sentence{"Detected reordering # times using SACK", "TCPSACKReorder"},
    Sentence{"Detected reordering # times using time stamp", "TCPTSReorder"},
    Sentence{"Detected reordering # times using reno fast retransmit", "TCPRenoReorder"},
    Sentence{"# congestion windows fully recovered", "TCPFullUndo"},
    Sentence{"# congestion windows fully recovered without slow start", "TCPFullUndo"},
    Sentence{"# congestion windows partially recovered using Hoe heuristic", "TCPPartialUndo"},
    Sentence{"# congestion window recovered using DSACK", "TCPDSACKUndo"},
    Sentence{"# congestion windows recovered without slow start by DSACK", "TCPDSACKUndo"},
    Sentence{"# congestion windows recovered after partial ack", "TCPLossUndo"},
    Sentence{"# congestion windows recovered without slow start after partial ack", "TCPLossUndo"},
    Sentence{"# TCP data loss events", "TCPLoss"},
    Sentence{"# retransmits lost", "TCPLostRetransmit"},
    Sentence{"# timeouts after reno fast retransmit", "TCPRenoFailures"},
    Sentence{"# timeouts after SACK recovery", "TCPSackFailures"},
    Sentence{"# timeouts in loss state", "TCPLossFailures"},
    Sentence{"# fast retransmits", "TCPFastRetrans"},
    Sentence{"# forward retransmits", "TCPForwardRetrans"},
    Sentence{"# retransmits in slow start", "TCPSlowStartRetrans"},
    Sentence{"# other TCP timeouts", "TCPTimeouts"},
    Sentence{"# reno fast retransmits failed", "TCPRenoRecoveryFail"},
    Sentence{"# classic Reno fast retransmits failed", "TCPRenoRecoveryFail"},
    Sentence{"# sack retransmits failed", "TCPSackRecoveryFail"},
    Sentence{"# SACK retransmits failed", "TCPSackRecoveryFail"},
    Sentence{"# times receiver scheduled too late for direct processing", "TCPSchedulerFailed"},
    Sentence{"# packets collapsed in receive queue due to low socket buffer", "TCPRcvCollapsed"},
    Sentence{"# DSACKs sent for old packets", "TCPDSACKOldSent"},
    Sentence{"# DSACKs sent for out of order packets", "TCPDSACKOfoSent"},
    Sentence{"# DSACKs received", "TCPDSACKRecv"},
    Sentence{"# DSACKs for out of order packets received", "TCPDSACKOfoRecv"},
    Sentence{"# connections reset due to unexpected SYN", "TCPAbortOnSyn"},
    Sentence{"# connections reset due to unexpected data", "TCPAbortOnData"},
    Sentence{"# connections reset due to early user close", "TCPAbortOnClose"},
    Sentence{"# connections aborted due to memory pressure", "TCPAbortOnMemory"},
    Sentence{"# connections aborted due to timeout", "TCPAbortOnTimeout"},
    Sentence{"# connections aborted after user close in linger timeout", "TCPAbortOnLinger"},
    Sentence{"# times unabled to send RST due to no memory", "TCPAbortFailed"},
    Sentence{"# times unable to send RST due to no memory", "TCPAbortFailed"},
    Sentence{"TCP ran low on memory # times", "TCPMemoryPressures"},
};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

template <std::size_t Count> string_view nameOf(const std::array<Sentence, Count>& sentences, string_view text)
{
    for (const Sentence& sentence : sentences)
        if (sentence.text == text)
            return sentence.name;
    return {};
}

/// "428 segments retransmitted." -> "# segments retransmitted".
std::string withoutNumber(string_view line)
{
    line = trimmed(line);
    if (line.ends_with('.'))
        line.remove_suffix(1);
    const auto begin = line.find_first_of("0123456789");
    if (begin == string_view::npos)
        return std::string(line);
    auto end = begin;
    while (end < line.size() && isDigit(line[end]))
        ++end;
    return std::string(line.substr(0, begin)).append("#").append(line.substr(end));
}

/// "TCPLossProbes: 12": one word of ASCII letters and digits with the number behind.
string_view kernelName(string_view line)
{
    line = trimmed(line);
    const auto colon = line.find(": ");
    const auto name = line.substr(0, colon);
    if (colon == string_view::npos || !parseInteger(trimmed(line.substr(colon + 2))))
        return {};
    for (const char c : name)
        if (!isDigit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_')
            return {};
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' ? name : string_view{};
}

} // namespace

std::optional<std::uint64_t> numberIn(string_view line)
{
    const auto begin = line.find_first_of("0123456789");
    if (begin == string_view::npos)
        return std::nullopt;
    auto end = begin;
    while (end < line.size() && isDigit(line[end]))
        ++end;
    return parseInteger(line.substr(begin, end - begin));
}

std::string netstatCounterName(const NetstatPlace& place, string_view line)
{
    if (const auto name = kernelName(line); !name.empty())
        return std::string(name);
    const std::string text = withoutNumber(line);
    const auto protocol = place.protocol;
    if (protocol == "Ip" || protocol == "Ip6")
        return std::string(nameOf(ipSentences, text));
    if (protocol == "Tcp")
        return std::string(nameOf(tcpSentences, text));
    if (protocol == "TcpExt")
        return std::string(nameOf(tcpExtendedSentences, text));
    if (protocol.starts_with("Udp"))
        return std::string(nameOf(udpSentences, text));
    if (protocol != "Icmp" && protocol != "Icmp6")
        return {};
    if (const auto name = nameOf(icmpSentences, text); !name.empty())
        return std::string(name);
    const auto kind = nameOf(icmpKinds, text);
    return kind.empty() ? std::string() : (place.isOutputHistogram ? "Out" : "In") + std::string(kind);
}

} // namespace hindcast::parse
