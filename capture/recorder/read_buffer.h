// ReadBuffer: the memory into which one source after another is read.
#pragma once

#include "clocks.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class ReadBuffer {
public:
    ReadBuffer();

    /// The whole file from its beginning, through an open descriptor. `text` is valid until the next read.
    /// errors errno of pread; EFBIG over 16 MiB, which no source of ours reaches
    int readWhole(int descriptor, std::string_view& text);
    /// The first `limit` bytes.
    int readBeginning(int descriptor, std::size_t limit, std::string_view& text);
    /// What one read gives: all of a file of /proc/<pid> that the kernel prints in one piece.
    int readOnce(int descriptor, std::size_t limit, std::string_view& text);

private:
    std::vector<char> m_bytes;
};

} // namespace hindcast::recorder
