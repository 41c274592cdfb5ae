// InputFile: random reads of a file, or of standard input spooled to an unnamed temporary file. Positioned reads only,
// so threads may share it and a file that shrinks while it is read is a short read, not a SIGBUS.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace hindcast::archive {

class InputFile {
public:
    /// "-" reads standard input to its end first.
    /// errors "no such file", "permission denied", "is a folder", "not a regular file", "empty file", no room for the
    /// spool
    static Result<InputFile> open(const std::filesystem::path& path);

    InputFile(InputFile&& other) noexcept;
    InputFile& operator=(InputFile&& other) noexcept;
    ~InputFile();

    std::uint64_t size() const { return m_size; }
    /// When it was written last, seconds since the epoch; 0 = not known: standard input, a file of /proc.
    std::int64_t modified() const { return m_modified; }
    /// Bytes read into `out`, fewer than `count` only at the end of the file or on an error.
    std::size_t read(std::uint64_t offset, char* out, std::size_t count) const;
    std::string read(std::uint64_t offset, std::size_t count) const;
    int descriptor() const { return m_descriptor; }

private:
    static Result<InputFile> openSpooled(int from, const std::string& name);
    InputFile(int descriptor, std::uint64_t size)
        : m_descriptor(descriptor)
        , m_size(size)
    {
    }

    int m_descriptor = -1;
    std::uint64_t m_size = 0;
    std::int64_t m_modified = 0;
};

/// "permission denied" for EACCES and so on: errno in the user's words, lower case.
std::string errorText(int errorNumber);

} // namespace hindcast::archive
