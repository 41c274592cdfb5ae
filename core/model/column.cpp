#include "model/column.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

namespace hindcast {
namespace {

struct Scale {
    std::uint16_t multiplier;
    std::uint16_t divisor;
};
// What the kernel's numbers are multiples of: units, KiB and pages in bytes, clock ticks and two decimals,
// milliseconds.
constexpr Scale scales[] = {{1, 1}, {1024, 1}, {4096, 1}, {1, 100}, {1, 1000}};

template <typename Stored> constexpr Stored notMeasuredMark = std::numeric_limits<Stored>::max();

bool isSame(double a, double b)
{
    return a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b);
}

/// The integer k with k * multiplier / divisor == value exactly; NaN when there is none.
double unscaled(double value, Scale scale)
{
    const double k = std::nearbyint(value * scale.divisor / scale.multiplier);
    return std::abs(k) < 9e15 && isSame(k * scale.multiplier / scale.divisor, value) ? k : notMeasured;
}

template <typename Stored>
void storeIntegers(const double* values, std::size_t count, double base, Scale scale, std::byte* bytes)
{
    for (std::size_t i = 0; i < count; ++i) {
        const Stored stored =
            std::isnan(values[i]) ? notMeasuredMark<Stored> : static_cast<Stored>(unscaled(values[i], scale) - base);
        std::memcpy(bytes + i * sizeof(Stored), &stored, sizeof stored);
    }
}

template <typename Stored>
void loadIntegers(const std::byte* bytes, std::size_t begin, std::size_t end, double base, Scale scale, double* out)
{
    for (std::size_t i = begin; i < end; ++i) {
        Stored stored;
        std::memcpy(&stored, bytes + i * sizeof(Stored), sizeof stored);
        const double exact = (base + static_cast<double>(stored)) * scale.multiplier / scale.divisor;
        *out++ = stored == notMeasuredMark<Stored> ? notMeasured : exact;
    }
}

} // namespace

std::size_t Column::bytesPerValue(Packing packing)
{
    switch (packing) {
    case Packing::Constant:
        return 0;
    case Packing::Unsigned8:
        return 1;
    case Packing::Unsigned16:
        return 2;
    case Packing::Unsigned32:
    case Packing::Float32:
        return 4;
    case Packing::Float64:
        return 8;
    }
    return 8;
}

bool Column::packIntegers(const double* values, std::size_t count, Chunk& chunk)
{
    for (const Scale scale : scales) {
        double smallest = std::numeric_limits<double>::infinity();
        double largest = -smallest;
        bool fits = true;
        for (std::size_t i = 0; i < count && fits; ++i) {
            if (std::isnan(values[i]))
                continue;
            const double k = unscaled(values[i], scale);
            fits = !std::isnan(k);
            smallest = std::min(smallest, k);
            largest = std::max(largest, k);
        }
        const double span = largest - smallest;
        if (!fits || !(span < notMeasuredMark<std::uint32_t>))
            continue;
        chunk.base = smallest;
        chunk.multiplier = scale.multiplier;
        chunk.divisor = scale.divisor;
        chunk.packing = span < notMeasuredMark<std::uint8_t> ? Packing::Unsigned8
            : span < notMeasuredMark<std::uint16_t>          ? Packing::Unsigned16
                                                             : Packing::Unsigned32;
        chunk.bytes = std::make_unique<std::byte[]>(count * bytesPerValue(chunk.packing));
        if (chunk.packing == Packing::Unsigned8)
            storeIntegers<std::uint8_t>(values, count, smallest, scale, chunk.bytes.get());
        else if (chunk.packing == Packing::Unsigned16)
            storeIntegers<std::uint16_t>(values, count, smallest, scale, chunk.bytes.get());
        else
            storeIntegers<std::uint32_t>(values, count, smallest, scale, chunk.bytes.get());
        return true;
    }
    return false;
}

Column::Chunk Column::pack(const double* values, std::size_t count)
{
    Chunk chunk;
    chunk.size = static_cast<std::uint16_t>(count);
    if (std::all_of(values, values + count, [first = values[0]](double v) { return isSame(v, first); })) {
        chunk.packing = Packing::Constant;
        chunk.base = values[0];
        return chunk;
    }
    // Integers are asked first because they may need only one or two bytes; of equal width either is right.
    if (packIntegers(values, count, chunk))
        return chunk;
    const bool areFloats = std::all_of(values, values + count, [](double v) {
        return std::isnan(v) || (std::abs(v) < 3e38 && isSame(static_cast<double>(static_cast<float>(v)), v));
    });
    chunk.packing = areFloats ? Packing::Float32 : Packing::Float64;
    chunk.bytes = std::make_unique<std::byte[]>(count * bytesPerValue(chunk.packing));
    for (std::size_t i = 0; i < count && areFloats; ++i) {
        const auto value = static_cast<float>(values[i]);
        std::memcpy(chunk.bytes.get() + i * sizeof value, &value, sizeof value);
    }
    if (!areFloats)
        std::memcpy(chunk.bytes.get(), values, count * sizeof *values);
    return chunk;
}

void Column::unpack(const Chunk& chunk, std::size_t begin, std::size_t end, double* out)
{
    const Scale scale{chunk.multiplier, chunk.divisor};
    const std::byte* bytes = chunk.bytes.get();
    switch (chunk.packing) {
    case Packing::Constant:
        std::fill(out, out + (end - begin), chunk.base);
        break;
    case Packing::Unsigned8:
        loadIntegers<std::uint8_t>(bytes, begin, end, chunk.base, scale, out);
        break;
    case Packing::Unsigned16:
        loadIntegers<std::uint16_t>(bytes, begin, end, chunk.base, scale, out);
        break;
    case Packing::Unsigned32:
        loadIntegers<std::uint32_t>(bytes, begin, end, chunk.base, scale, out);
        break;
    case Packing::Float64:
        std::memcpy(out, bytes + begin * sizeof(double), (end - begin) * sizeof(double));
        break;
    case Packing::Float32:
        for (std::size_t i = begin; i < end; ++i) {
            float value;
            std::memcpy(&value, bytes + i * sizeof value, sizeof value);
            *out++ = static_cast<double>(value);
        }
        break;
    }
}

void Column::append(double value)
{
    m_open.push_back(value);
    ++m_size;
    if (m_open.size() == chunkSize) {
        m_chunks.push_back(pack(m_open.data(), m_open.size()));
        m_open.clear();
    }
}

void Column::append(const double* values, std::size_t count)
{
    while (count > 0) {
        const std::size_t part = std::min(count, chunkSize - m_open.size());
        if (m_open.empty() && part == chunkSize) {
            m_chunks.push_back(pack(values, part));
        } else {
            m_open.insert(m_open.end(), values, values + part);
            if (m_open.size() == chunkSize) {
                m_chunks.push_back(pack(m_open.data(), m_open.size()));
                m_open.clear();
            }
        }
        m_size += part;
        values += part;
        count -= part;
    }
}

void Column::padTo(std::size_t size)
{
    while (m_size < size)
        append(notMeasured);
}

void Column::seal()
{
    if (!m_open.empty())
        m_chunks.push_back(pack(m_open.data(), m_open.size()));
    std::vector<double>().swap(m_open); // `= {}` would keep its memory
    m_chunks.shrink_to_fit();
}

double Column::at(std::size_t index) const
{
    assert(index < m_size);
    const std::size_t chunk = index / chunkSize;
    const std::size_t place = index % chunkSize;
    if (chunk >= m_chunks.size())
        return m_open[place];
    double value;
    unpack(m_chunks[chunk], place, place + 1, &value);
    return value;
}

void Column::copy(std::size_t begin, std::size_t end, double* out) const
{
    assert(begin <= end && end <= m_size);
    while (begin < end) {
        const std::size_t chunk = begin / chunkSize;
        const std::size_t place = begin % chunkSize;
        const std::size_t part = std::min(end - begin, chunkSize - place);
        if (chunk < m_chunks.size())
            unpack(m_chunks[chunk], place, place + part, out);
        else
            std::copy_n(m_open.begin() + static_cast<std::ptrdiff_t>(place), part, out);
        out += part;
        begin += part;
    }
}

bool Column::isConstant() const
{
    return m_open.empty() && std::all_of(m_chunks.begin(), m_chunks.end(), [this](const Chunk& chunk) {
        return chunk.packing == Packing::Constant && isSame(chunk.base, m_chunks.front().base);
    });
}

std::size_t Column::memoryBytes() const
{
    std::size_t bytes = m_chunks.capacity() * sizeof(Chunk) + m_open.capacity() * sizeof(double);
    for (const Chunk& chunk : m_chunks)
        bytes += chunk.size * bytesPerValue(chunk.packing);
    return bytes;
}

} // namespace hindcast
