// ReadBuffer: the memory into which one source after another is read, and the clock that says when.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

/// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonicNow();

class ReadBuffer {
public:
    ReadBuffer();

    /// The whole file from its beginning, through an open descriptor. `text` is valid until the next read.
    /// errors errno of pread; EFBIG over 16 MiB, which no source of ours reaches
    int readWhole(int descriptor, std::string_view& text);
    /// The first `limit` bytes.
    int readBeginning(int descriptor, std::size_t limit, std::string_view& text);

private:
    std::vector<char> m_bytes;
};

} // namespace hindcast::recorder
