// SequenceSpace: 64-bit positions for the 32-bit sequence numbers of one direction, so that flows above 4 GB and
// numbers that wrap need no care anywhere else. Position 0 is the first number seen.
#pragma once

#include <cstdint>

namespace hindcast::tcp {

class SequenceSpace {
public:
    bool isAnchored() const { return m_isAnchored; }

    void anchor(std::uint32_t raw)
    {
        m_isAnchored = true;
        m_referenceRaw = raw;
        m_reference = 0;
    }
    /// The position nearest the furthest one seen: RFC 9293 section 3.4, comparison modulo 2^32.
    std::int64_t position(std::uint32_t raw) const
    {
        return m_reference + static_cast<std::int32_t>(raw - m_referenceRaw);
    }
    /// Bytes up to here were sent or acknowledged; numbers are compared with this from now on.
    void advance(std::int64_t position)
    {
        if (position <= m_reference)
            return;
        m_referenceRaw += static_cast<std::uint32_t>(position - m_reference);
        m_reference = position;
    }

private:
    bool m_isAnchored = false;
    std::uint32_t m_referenceRaw = 0;
    std::int64_t m_reference = 0;
};

} // namespace hindcast::tcp
