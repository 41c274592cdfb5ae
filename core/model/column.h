// Column: the values of one series, append-only, packed without loss in chunks of 1024. A day of one-second samples of
// a counter costs 2 to 4 bytes a value instead of 8; a value that never changes costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace hindcast {

constexpr double notMeasured = std::numeric_limits<double>::quiet_NaN();

class Column {
public:
    static constexpr std::size_t chunkSize = 1024;

    /// NaN = not measured.
    void append(double value);
    void append(const double* values, std::size_t count);
    /// Appends NaN until size() == `size`.
    void padTo(std::size_t size);
    /// Packs the open chunk and gives spare memory back. Appending afterwards is an error of the programmer.
    void seal();

    std::size_t size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }
    /// Precondition: index < size().
    double at(std::size_t index) const;
    /// Values [begin, end) into `out`, which has room for them. Much faster than at() in a loop.
    void copy(std::size_t begin, std::size_t end, double* out) const;

    /// True when every value is the same number (or every one is NaN); known only after seal().
    bool isConstant() const;
    std::size_t memoryBytes() const;

private:
    enum class Packing : std::uint8_t { Constant, Float32, Float64, Unsigned8, Unsigned16, Unsigned32 };
    /// value = (base + k) * multiplier / divisor, k an unsigned integer of the packing's width whose largest value is
    /// NaN.
    struct Chunk {
        std::unique_ptr<std::byte[]> bytes;
        double base = 0;
        std::uint16_t multiplier = 1;
        std::uint16_t divisor = 1;
        std::uint16_t size = 0;
        Packing packing = Packing::Constant;
    };

    static Chunk pack(const double* values, std::size_t count);
    static bool packIntegers(const double* values, std::size_t count, Chunk& chunk);
    static void unpack(const Chunk& chunk, std::size_t begin, std::size_t end, double* out);
    static std::size_t bytesPerValue(Packing packing);

    std::vector<Chunk> m_chunks; ///< all but the last hold chunkSize values
    std::vector<double> m_open; ///< values not packed yet; empty after seal()
    std::size_t m_size = 0;
};

} // namespace hindcast
