#include "tcp/socket_state.h"

#include <algorithm>

namespace hindcast::tcp {

void SocketState::begin(TcpState state, Time time)
{
    m_state = state;
    m_changes.push_back({state, time, time, 0, StateBasis::Assumed});
}

void SocketState::sent(const StateStep& step)
{
    if (step.isAck() && !step.isRst()) {
        m_receivedNext = m_hasReceived ? std::max(m_receivedNext, step.acknowledged) : step.acknowledged;
        m_hasReceived = true;
    }
    if (step.isFin() && step.isRepeated)
        forget(Trigger::FinAcknowledged); // or it would not have been sent again
    if (step.isSyn() && step.isAck())
        forget(Trigger::SynAcknowledged);
    if (m_place == Place::Near)
        applyArrived(step);
    else
        applyProvenBy(step);
    if (step.isRst())
        sentReset(step);
    else if (step.isSyn())
        sentSyn(step);
    else if (step.isAck() && (m_state == TcpState::SynSent || m_state == TcpState::Listen)
        && (!m_peerSynEnd || step.acknowledged >= *m_peerSynEnd))
        changeBySending(TcpState::Established, step); // the SYN-ACK was not captured
    if (step.isFin() && !step.isRst())
        sentFin(step);
}

void SocketState::sentSyn(const StateStep& step)
{
    m_synEnd = step.begin + 1;
    const bool isUnborn = m_state == TcpState::Closed || m_state == TcpState::Listen;
    if (!step.isAck()) {
        if (isUnborn && m_changes.size() <= 1)
            changeBySending(TcpState::SynSent, step);
        return;
    }
    if ((isUnborn && m_changes.size() <= 1) || m_state == TcpState::SynSent)
        changeBySending(TcpState::SynReceived, step);
    else if (m_state == TcpState::Established && m_changes.size() >= 2
        && m_changes[m_changes.size() - 2].state == TcpState::SynReceived) {
        m_changes.pop_back(); // the final ACK came, and was dropped: as when the accept queue is full
        m_state = TcpState::SynReceived;
    }
}

void SocketState::sentFin(const StateStep& step)
{
    if (m_finEnd)
        return;
    m_finEnd = step.end;
    if (m_state == TcpState::CloseWait)
        changeBySending(TcpState::LastAck, step);
    else if (m_state == TcpState::Established || m_state == TcpState::SynReceived)
        changeBySending(TcpState::FinWait1, step);
}

void SocketState::sentReset(const StateStep& step)
{
    applyDueAt(step);
    // In SYN-SENT it answers a segment of an older connection, and the opening goes on (RFC 9293, section 3.5.1)
    if (m_state != TcpState::Closed && m_state != TcpState::Listen && m_state != TcpState::SynSent)
        changeBySending(TcpState::Closed, step);
}

void SocketState::received(const StateStep& step)
{
    if (step.isRst()) {
        if (isValidReset(step))
            expect(Trigger::Reset, step);
        applyArrived(step);
        return;
    }
    if (!m_hasReceived && m_place == Place::Near) {
        m_receivedNext = step.begin;
        m_hasReceived = true;
    }
    if (m_place == Place::Near && step.begin <= m_receivedNext)
        m_receivedNext = std::max(m_receivedNext, step.end);
    if (step.isSyn())
        m_peerSynEnd = step.begin + 1;
    const bool acknowledgesSyn = step.isAck() && (!m_synEnd || step.acknowledged >= *m_synEnd);
    if (m_state == TcpState::SynSent && step.isSyn())
        expect(acknowledgesSyn ? Trigger::SynAck : Trigger::Syn, step, step.begin + 1);
    else if (m_state == TcpState::SynReceived && acknowledgesSyn)
        expect(Trigger::SynAcknowledged, step);
    if (m_finEnd && step.isAck() && step.acknowledged >= *m_finEnd)
        expect(Trigger::FinAcknowledged, step);
    if (step.isFin() && !m_hasPeerFin) {
        m_hasPeerFin = true;
        expect(Trigger::Fin, step, step.end);
    }
    applyArrived(step);
}

void SocketState::expire(TcpState state, TimeRange range)
{
    const std::uint32_t packet = m_changes.empty() ? 0 : m_changes.back().packet;
    change(state, range.begin, range.end, packet, StateBasis::Assumed);
}

void SocketState::finish()
{
    const auto isSilent = [](const Pending& pending) {
        return pending.trigger == Trigger::SynAcknowledged || pending.trigger == Trigger::FinAcknowledged
            || pending.trigger == Trigger::Reset;
    };
    const bool isNear = m_place == Place::Near;
    const auto last = isNear ? m_pending.rend() : std::find_if(m_pending.rbegin(), m_pending.rend(), isSilent);
    // A SYN-ACK or FIN that nothing shows to have arrived has not, as far as we know: both are always answered
    for (auto pending = m_pending.begin(); pending != last.base(); ++pending)
        apply(*pending, pending->time + m_trips.longest, pending->packet);
    m_pending.clear();
}

void SocketState::expect(Trigger trigger, const StateStep& step, std::int64_t needs)
{
    const bool isExpected = std::any_of(
        m_pending.begin(), m_pending.end(), [&](const Pending& pending) { return pending.trigger == trigger; });
    if (!isExpected)
        m_pending.push_back(
            {trigger, step.time, step.packet, needs, m_finEnd && step.isAck() && step.acknowledged >= *m_finEnd});
}

void SocketState::forget(Trigger trigger)
{
    std::erase_if(m_pending, [&](const Pending& pending) { return pending.trigger == trigger; });
}

/// RFC 9293, sections 3.5.3 and 3.10.7.4 (as tightened by RFC 5961): exactly the next number, in SYN-SENT the right
/// acknowledgment. Linux takes the number before it too when the FIN was received (tcp_reset_check()).
bool SocketState::isValidReset(const StateStep& step) const
{
    if (m_state == TcpState::SynSent)
        return !m_synEnd || !step.isAck() || step.acknowledged >= *m_synEnd;
    if (m_place == Place::Far) // it may have received more than it has said
        return !m_hasReceived || step.begin >= m_receivedNext - 1;
    return !m_hasReceived || step.begin == m_receivedNext || (m_hasPeerFin && step.begin == m_receivedNext - 1);
}

/// At the near end, everything arrives as it passes; a FIN counts once all before it is there.
void SocketState::applyArrived(const StateStep& step)
{
    if (m_place != Place::Near)
        return;
    for (auto pending = m_pending.begin(); pending != m_pending.end();) {
        if (pending->trigger == Trigger::Fin && pending->needs > m_receivedNext) {
            ++pending;
            continue;
        }
        const Pending arrived{pending->trigger, step.time, step.packet, 0, pending->acknowledgesFin};
        apply(arrived, step.time, step.packet);
        pending = m_pending.erase(pending);
    }
}

/// At the far end, what it sends shows what it had received by then, and whatever came before that.
void SocketState::applyProvenBy(const StateStep& step)
{
    const auto isProven = [&](const Pending& pending) {
        switch (pending.trigger) {
        case Trigger::Syn:
        case Trigger::Fin:
            return step.isAck() && step.acknowledged >= pending.needs;
        case Trigger::SynAck:
            return step.isAck() && !step.isSyn() && !step.isRst() && step.acknowledged >= pending.needs;
        case Trigger::SynAcknowledged:
            return !step.isSyn() && !step.isRst();
        case Trigger::FinAcknowledged:
        case Trigger::Reset:
            return false;
        }
        return false;
    };
    const auto last = std::find_if(m_pending.rbegin(), m_pending.rend(), isProven);
    for (auto pending = m_pending.begin(); pending != last.base(); ++pending)
        apply(*pending, step.time, step.packet);
    m_pending.erase(m_pending.begin(), last.base());
}

/// A reset proves little, but what passed here a round trip before it had most likely arrived at the far end when the
/// reset left (two thirds of one: few samples seldom hold the shortest); a FIN had not when the reset acknowledges
/// less.
void SocketState::applyDueAt(const StateStep& step)
{
    while (m_place == Place::Far && !m_pending.empty()) {
        const Pending due = m_pending.front();
        const bool isDue = due.time + m_trips.shortest * 2 / 3 <= step.time;
        const bool isDenied = due.trigger == Trigger::Fin && step.isAck() && step.acknowledged < due.needs;
        if (!isDue || isDenied || due.trigger == Trigger::Reset)
            return;
        apply(due, step.time, step.packet);
        m_pending.erase(m_pending.begin());
    }
}

void SocketState::apply(const Pending& pending, Time latest, std::uint32_t packet)
{
    struct Transition {
        Trigger trigger;
        TcpState from, to;
    };
    static constexpr Transition transitions[] = {
        {Trigger::Syn, TcpState::SynSent, TcpState::SynReceived},
        {Trigger::SynAck, TcpState::SynSent, TcpState::Established},
        {Trigger::SynAck, TcpState::SynReceived, TcpState::Established},
        {Trigger::SynAcknowledged, TcpState::SynReceived, TcpState::Established},
        {Trigger::FinAcknowledged, TcpState::FinWait1, TcpState::FinWait2},
        {Trigger::FinAcknowledged, TcpState::Closing, TcpState::TimeWait},
        {Trigger::FinAcknowledged, TcpState::LastAck, TcpState::Closed},
        {Trigger::Fin, TcpState::SynReceived, TcpState::CloseWait},
        {Trigger::Fin, TcpState::Established, TcpState::CloseWait},
        {Trigger::Fin, TcpState::FinWait1, TcpState::Closing},
        {Trigger::Fin, TcpState::FinWait2, TcpState::TimeWait},
    };
    const StateBasis basis = m_place == Place::Near ? StateBasis::Seen : StateBasis::Inferred;
    if (pending.trigger == Trigger::Reset) {
        if (m_state != TcpState::Listen)
            change(TcpState::Closed, pending.time, latest, packet, basis);
        return;
    }
    if (pending.trigger == Trigger::Fin && pending.acknowledgesFin && m_state == TcpState::FinWait1)
        change(TcpState::FinWait2, pending.time, latest, packet, basis);
    for (const Transition& transition : transitions)
        if (transition.trigger == pending.trigger && transition.from == m_state) {
            change(transition.to, pending.time, latest, packet, basis);
            return;
        }
}

void SocketState::changeBySending(TcpState state, const StateStep& step)
{
    if (m_place == Place::Near)
        change(state, step.time, step.time, step.packet, StateBasis::Seen);
    else // it left the far end one trip before it passed here
        change(state, step.time - m_trips.longest, step.time, step.packet, StateBasis::Inferred);
}

void SocketState::change(TcpState state, Time earliest, Time latest, std::uint32_t packet, StateBasis basis)
{
    if (state == m_state)
        return;
    if (!m_changes.empty()) {
        earliest = std::max(earliest, m_changes.back().earliest);
        latest = std::max(latest, m_changes.back().latest);
    }
    m_state = state;
    m_changes.push_back({state, earliest, std::max(earliest, latest), packet, basis});
}

} // namespace hindcast::tcp
