#include "text/socket_state.h"

#include "text/format.h"

#include <QCoreApplication>

namespace hindcast::text {

namespace {

struct StateText {
    Q_DECLARE_TR_FUNCTIONS(hindcast::SocketState)
};

struct StateRow {
    TcpState state;
    const char* letters;
    int rank;
};

// In the order of TcpState.
constexpr StateRow rows[] = {
    {TcpState::Closed, "CD", 10},
    {TcpState::Listen, "LI", 9},
    {TcpState::SynSent, "SS", 2},
    {TcpState::SynReceived, "SR", 1},
    {TcpState::Established, "ES", 7},
    {TcpState::FinWait1, "F1", 4},
    {TcpState::FinWait2, "F2", 6},
    {TcpState::CloseWait, "CW", 0},
    {TcpState::Closing, "CG", 5},
    {TcpState::LastAck, "LA", 3},
    {TcpState::TimeWait, "TW", 8},
};

const StateRow& rowOf(TcpState state)
{
    return rows[static_cast<std::size_t>(state)];
}

} // namespace

QString stateName(TcpState state)
{
    return fromBytes(tcpStateName(state));
}

QString stateLetters(TcpState state)
{
    return QString::fromLatin1(rowOf(state).letters);
}

QString stateMeaning(TcpState state)
{
    switch (state) {
    case TcpState::Closed:
        return StateText::tr("No connection. A UDP socket that is not connected is listed with this state too.");
    case TcpState::Listen:
        return StateText::tr("Waits for others to connect. Its queues count connections: those that are complete and "
                             "not yet taken over by the program, and how many of them may wait.");
    case TcpState::SynSent:
        return StateText::tr(
            "This end has asked to connect and has no answer yet. Many of them, or old ones: the other "
            "end, or something on the way, does not answer.");
    case TcpState::SynReceived:
        return StateText::tr(
            "The other end has asked to connect, this end has answered, and the last step of the "
            "handshake is missing. Many at once: a burst of new clients, packets lost on the way back, "
            "or a SYN flood.");
    case TcpState::Established:
        return StateText::tr("Open: data may flow in both directions. A send queue that stays full says that the other "
                             "end or the network is slow; a receive queue that stays full says that the program here "
                             "does not read.");
    case TcpState::FinWait1:
        return StateText::tr("This end has closed; the other end has not confirmed that yet. Old ones: the other end "
                             "or the way to it is gone.");
    case TcpState::FinWait2:
        return StateText::tr("This end has closed and the other end knows, but has not closed its own side. The other "
                             "program may still be sending, or has forgotten to close.");
    case TcpState::CloseWait:
        return StateText::tr("The other end has closed; the program here has not. It ends only when the program closes "
                             "the socket: a number that grows is a leak in this program.");
    case TcpState::Closing:
        return StateText::tr("Both ends closed at the same moment; one confirmation is missing.");
    case TcpState::LastAck:
        return StateText::tr("Both ends have closed; the last confirmation from the other end is missing.");
    case TcpState::TimeWait:
        return StateText::tr("Closed here first. The kernel keeps the address pair for a minute (60 s on Linux), so "
                             "that late packets do no harm. Normal; a great many use up local ports.");
    }
    return {};
}

int stateRank(TcpState state)
{
    return rowOf(state).rank;
}

bool isSuspicious(TcpState state)
{
    return state == TcpState::CloseWait || state == TcpState::SynReceived;
}

} // namespace hindcast::text
