// CRC-32C (one per tick) and SHA-256 (one per frame, chained). Written here because the recorder must stay under 2 MB
// and free of libraries; both follow their RFCs and are checked against their published vectors in tst_framing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hindcast::framing {

/// CRC-32C (Castagnoli) of `bytes`, continuing from `previous` (0 to begin). Source: RFC 3720 §12.1.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous = 0);

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256, fed piecewise. Source: RFC 6234.
class Sha256 {
public:
    Sha256();
    void add(std::string_view bytes);
    /// Ends the message; the object must not be used afterwards.
    Digest digest();

private:
    void compress(const std::uint8_t* block);

    std::array<std::uint32_t, 8> m_state;
    std::array<std::uint8_t, 64> m_block{};
    std::size_t m_fill = 0;
    std::uint64_t m_length = 0;
};

std::string toHex(const Digest& digest);
/// False when `text` is not 64 lower- or upper-case hexadecimal digits.
bool fromHex(std::string_view text, Digest& digest);

} // namespace hindcast::framing
