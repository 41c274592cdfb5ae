// MarkBeginnings: whether a line can hold any of many marks at all. It knows the first four bytes of each mark, so that
// nearly all lines of a log are done after one pass instead of one search for each mark.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hindcast::parse {

class MarkBeginnings {
public:
    /// Marks are at least this long.
    static constexpr std::size_t length = 4;

    void add(std::string_view mark) { m_known.set(place(mark)); }
    /// False: none of the marks is in `text`. True: one may be.
    bool occurIn(std::string_view text) const
    {
        for (std::size_t i = 0; i + length <= text.size(); ++i)
            if (m_known.test(place(text.substr(i))))
                return true;
        return false;
    }

private:
    static constexpr std::size_t bits = 16;
    static std::size_t place(std::string_view text)
    {
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < length; ++i)
            word = word << 8 | static_cast<unsigned char>(text[i]);
        constexpr std::uint32_t spread = 2654435761; // Knuth's multiplicative hash
        return word * spread >> (32 - bits);
    }

    std::bitset<std::size_t{1} << bits> m_known;
};

} // namespace hindcast::parse
