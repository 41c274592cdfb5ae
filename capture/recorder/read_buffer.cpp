#include "read_buffer.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t initialSize = 64 << 10;
constexpr std::size_t largestSource = 16 << 20;

} // namespace

ReadBuffer::ReadBuffer()
    : m_bytes(initialSize)
{
}

int ReadBuffer::readWhole(int descriptor, std::string_view& text)
{
    const int failure = readBeginning(descriptor, largestSource, text);
    return failure == 0 && text.size() == largestSource ? EFBIG : failure;
}

/// Files of /proc give at most a page or so at a time, whatever is asked: only a read of 0 bytes is the end.
int ReadBuffer::readBeginning(int descriptor, std::size_t limit, std::string_view& text)
{
    std::size_t length = 0;
    while (length < limit) {
        if (m_bytes.size() - length < initialSize / 4)
            m_bytes.resize(2 * m_bytes.size());
        const std::size_t room = std::min(limit, m_bytes.size()) - length;
        const ssize_t got = pread(descriptor, m_bytes.data() + length, room, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        length += static_cast<std::size_t>(got);
    }
    text = {m_bytes.data(), length};
    return 0;
}

int ReadBuffer::readOnce(int descriptor, std::size_t limit, std::string_view& text)
{
    if (m_bytes.size() < limit)
        m_bytes.resize(limit);
    const ssize_t got = pread(descriptor, m_bytes.data(), limit, 0);
    text = {m_bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    return got < 0 ? errno : 0;
}

} // namespace hindcast::recorder
