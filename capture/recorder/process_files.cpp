#include "process_files.h"

#include "framing/block.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

/// What getdents64 writes (man 2 getdents).
struct DirectoryEntry {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
};

/// Takes one entry off; nothing that is not a number counts.
std::size_t takeEntry(const char* entry, pid_t& number)
{
    unsigned short length = 0;
    std::memcpy(&length, entry + offsetof(DirectoryEntry, length), sizeof length);
    const char* const name = entry + offsetof(DirectoryEntry, name);
    const char* const nameEnd = name + std::strlen(name);
    pid_t value = -1;
    const auto [stop, failure] = std::from_chars(name, nameEnd, value);
    number = failure == std::errc{} && stop == nameEnd ? value : -1;
    return length;
}

} // namespace

ProcessPath::ProcessPath(pid_t pid, const char* file)
{
    std::snprintf(text, sizeof text, "/proc/%d/%s", static_cast<int>(pid), file);
}

ThreadPath::ThreadPath(pid_t process, pid_t thread, const char* file)
{
    std::snprintf(text, sizeof text, "/proc/%d/task/%d/%s", static_cast<int>(process), static_cast<int>(thread), file);
}

void appendProcessBlock(std::string& blocks, std::string_view path, std::int64_t begin, std::int64_t microseconds,
    int errorNumber, std::string_view body)
{
    constexpr std::int64_t millisecond = 1'000'000;
    framing::appendBlock(blocks, path, begin - begin % millisecond, microseconds, errorNumber, body);
}

NumberLister::NumberLister()
    : m_entries(64 << 10)
{
}

int NumberLister::list(int folder, std::vector<pid_t>& numbers)
{
    numbers.clear();
    if (lseek(folder, 0, SEEK_SET) < 0)
        return errno;
    for (;;) {
        const long got = syscall(SYS_getdents64, folder, m_entries.data(), m_entries.size());
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        pid_t number = 0;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            at += takeEntry(m_entries.data() + at, number);
            if (number > 0)
                numbers.push_back(number);
        }
    }
    if (!std::is_sorted(numbers.begin(), numbers.end())) // the kernel's own listing is
        std::sort(numbers.begin(), numbers.end());
    return 0;
}

int NumberLister::count(int folder, std::size_t most, std::size_t& number)
{
    number = 0;
    while (number < most) {
        const long got = syscall(SYS_getdents64, folder, m_entries.data(), m_entries.size());
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        pid_t entry = 0;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            at += takeEntry(m_entries.data() + at, entry);
            number += entry >= 0 ? 1 : 0;
        }
    }
    return 0;
}

} // namespace hindcast::recorder
