// A digest of a text, to see whether it has changed without keeping it: of many thousand texts that is all there is
// room for. 64 bits: that a change goes unnoticed is less likely than a fault of the memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace hindcast::recorder {

/// Never 0. Multiplication and rotation of eight bytes at a time, then Stafford's mix 13 (the finisher of splitmix64).
inline std::uint64_t textDigest(std::string_view text)
{
    constexpr std::uint64_t factor = 0x9E3779B97F4A7C15; // 2^64 / golden ratio, odd
    std::uint64_t digest = text.size() * factor;
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t length = text.size() < sizeof word ? text.size() : sizeof word;
        std::memcpy(&word, text.data(), length);
        text.remove_prefix(length);
        digest = (digest ^ word) * factor;
        digest ^= digest >> 29;
    }
    digest = (digest ^ (digest >> 30)) * 0xBF58476D1CE4E5B9;
    digest = (digest ^ (digest >> 27)) * 0x94D049BB133111EB;
    digest ^= digest >> 31;
    return digest != 0 ? digest : 1;
}

} // namespace hindcast::recorder
