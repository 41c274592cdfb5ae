#include "framing/content_checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hindcast::framing {
namespace {

constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87U, prime2 = 0xC2B2AE3D27D4EB4FU, prime3 = 0x165667B19E3779F9U,
                        prime4 = 0x85EBCA77C2B2AE63U, prime5 = 0x27D4EB2F165667C5U;
static_assert(std::endian::native == std::endian::little); // as all the recorder runs on

template <typename Word> Word load(const unsigned char* bytes)
{
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input)
{
    return std::rotl(lane + input * prime2, 31) * prime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane)
{
    return (hash ^ round(0, lane)) * prime1 + prime4;
}

std::uint64_t finish(std::uint64_t hash, const unsigned char* bytes, std::size_t size)
{
    for (; size >= 8; bytes += 8, size -= 8)
        hash = std::rotl(hash ^ round(0, load<std::uint64_t>(bytes)), 27) * prime1 + prime4;
    if (size >= 4) {
        hash = std::rotl(hash ^ load<std::uint32_t>(bytes) * prime1, 23) * prime2 + prime3;
        bytes += 4;
        size -= 4;
    }
    for (; size > 0; ++bytes, --size)
        hash = std::rotl(hash ^ *bytes * prime5, 11) * prime1;
    hash = (hash ^ hash >> 33) * prime2;
    hash = (hash ^ hash >> 29) * prime3;
    return hash ^ hash >> 32;
}

} // namespace

void ContentChecksum::addStripe(const unsigned char* stripe)
{
    for (std::size_t i = 0; i < m_lanes.size(); ++i)
        m_lanes[i] = round(m_lanes[i], load<std::uint64_t>(stripe + 8 * i));
}

void ContentChecksum::add(std::string_view bytes)
{
    m_length += bytes.size();
    const auto* next = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = bytes.size();
    if (m_fill > 0) {
        const std::size_t taken = std::min(size, stripeBytes - m_fill);
        std::copy_n(next, taken, m_rest.data() + m_fill);
        m_fill += taken;
        next += taken;
        size -= taken;
        if (m_fill < stripeBytes)
            return;
        addStripe(m_rest.data());
    }
    for (; size >= stripeBytes; next += stripeBytes, size -= stripeBytes)
        addStripe(next);
    std::copy_n(next, size, m_rest.data());
    m_fill = size;
}

std::uint64_t ContentChecksum::value() const
{
    std::uint64_t hash = prime5; // of less than a stripe
    if (m_length >= stripeBytes) {
        hash =
            std::rotl(m_lanes[0], 1) + std::rotl(m_lanes[1], 7) + std::rotl(m_lanes[2], 12) + std::rotl(m_lanes[3], 18);
        for (const std::uint64_t lane : m_lanes)
            hash = merge(hash, lane);
    }
    return finish(hash + m_length, m_rest.data(), m_fill);
}

} // namespace hindcast::framing
