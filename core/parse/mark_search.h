// MarkSearch: which rows of a table of marks a line may fit, found in one pass over the line instead of one search for
// each mark. It looks up every four bytes of the line among the beginnings of the marks; nearly all lines hold none.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

class MarkSearch {
public:
    /// Marks are at least this long.
    static constexpr std::size_t shortest = 4;

    void add(std::string_view mark, std::size_t row)
    {
        m_known.set(place(word(mark)));
        m_rows[word(mark)].push_back({mark, row});
    }

    /// The lowest row whose mark is in `text` and that `fits(row)`.
    template <typename Fits> std::optional<std::size_t> lowest(std::string_view text, Fits fits) const
    {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i + shortest <= text.size(); ++i) {
            const std::uint32_t here = word(text.substr(i));
            if (!m_known.test(place(here)))
                continue;
            const auto rows = m_rows.find(here);
            if (rows == m_rows.end())
                continue;
            for (const Row& row : rows->second)
                if ((!found || row.number < *found) && text.substr(i).starts_with(row.mark) && fits(row.number))
                    found = row.number;
        }
        return found;
    }

private:
    struct Row {
        std::string_view mark;
        std::size_t number;
    };
    static constexpr std::size_t bits = 16;
    static std::uint32_t word(std::string_view text)
    {
        std::uint32_t value = 0;
        std::memcpy(&value, text.data(), shortest);
        return value;
    }
    static std::size_t place(std::uint32_t value)
    {
        constexpr std::uint32_t spread = 2654435761; // Knuth's multiplicative hash
        return value * spread >> (32 - bits);
    }

    std::bitset<std::size_t{1} << bits> m_known;
    std::unordered_map<std::uint32_t, std::vector<Row>> m_rows;
};

} // namespace hindcast::parse
