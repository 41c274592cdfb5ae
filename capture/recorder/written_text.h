// WrittenText: whether a text is to be written again. Within a segment what did not change is left out, and a reader
// takes the last one for the present one.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace hindcast::recorder {

class WrittenText {
public:
    /// Whether the text is another than the last one of this segment, or the first. Segments count from 1.
    /// Only a digest of 64 bits is kept: of 10^9 changes one would be missed with a probability of 10^-10.
    bool isNews(std::uint64_t segment, std::string_view text)
    {
        const std::size_t digest = std::hash<std::string_view>{}(text);
        if (segment == m_segment && digest == m_digest && text.size() == m_size)
            return false;
        m_segment = segment;
        m_digest = digest;
        m_size = text.size();
        return true;
    }
    /// Nothing was asked of it in this segment.
    bool isOld(std::uint64_t segment) const { return segment != m_segment; }
    /// Nothing was written: the next text is news.
    void forget() { m_segment = 0; }

private:
    std::uint64_t m_segment = 0;
    std::size_t m_digest = 0, m_size = 0;
};

} // namespace hindcast::recorder
