// XXH64, the checksum at the end of a zstd frame: CaptureWriter ends a frame itself when it leaves a tick out whose
// bytes the encoder has seen already.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hindcast::framing {

/// Fed piecewise, seed 0. Source: RFC 8878 §3.1.1 (its low 4 bytes close a frame) and the XXH64 specification there
/// cited. Copies go their own ways.
class ContentChecksum {
public:
    void add(std::string_view bytes);
    std::uint64_t value() const;

private:
    void addStripe(const unsigned char* stripe);

    static constexpr std::size_t stripeBytes = 32;
    std::array<std::uint64_t, 4> m_lanes{
        0x60EA27EEADC0B5D6U, 0xC2B2AE3D27D4EB4FU, 0, 0x61C8864E7A143579U}; ///< prime1 + prime2, prime2, 0, -prime1
    std::array<unsigned char, stripeBytes> m_rest{};
    std::size_t m_fill = 0;
    std::uint64_t m_length = 0;
};

} // namespace hindcast::framing
