// What of the C++ library a program without exceptions takes: memory, and an end when something throws all the same.
// The library's own would bring the machinery of exceptions, gettext and 100 kB along, for a message nobody reads.
// All are weak: should a library need the member of its own that defines one of them, that one holds.
#include <algorithm>
#include <bits/functexcept.h> // libstdc++: which functions its containers throw by
#include <cassert>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

namespace {

[[noreturn]] void end(const char* why)
{
    char text[300];
    const int length = std::snprintf(text, sizeof text, "hindcast-record: %s\n", why);
    const auto size = std::min(static_cast<std::size_t>(length), sizeof text - 1);
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, size);
    std::abort();
}

/// A capture is whole up to its last tick at any time, so this is no worse than being killed.
void* memory(std::size_t size)
{
    void* const taken = std::malloc(size != 0 ? size : 1);
    if (!taken)
        end("there is no memory left");
    return taken;
}

[[noreturn]] void defect()
{
    end("ended by a defect of its own (a size or an index out of range)");
}

} // namespace

[[gnu::weak]] void* operator new(std::size_t size)
{
    return memory(size);
}

[[gnu::weak]] void* operator new[](std::size_t size)
{
    return memory(size);
}

[[gnu::weak]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return std::malloc(size != 0 ? size : 1);
}

[[gnu::weak]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
{
    return std::malloc(size != 0 ? size : 1);
}

[[gnu::weak]] void operator delete(void* taken) noexcept
{
    std::free(taken);
}

[[gnu::weak]] void operator delete[](void* taken) noexcept
{
    std::free(taken);
}

[[gnu::weak]] void operator delete(void* taken, std::size_t) noexcept
{
    std::free(taken);
}

[[gnu::weak]] void operator delete[](void* taken, std::size_t) noexcept
{
    std::free(taken);
}

// All of the archive's functexcept.o: were one missing here, that member and with it the others would be taken again.
namespace std {
[[gnu::weak]] void __throw_bad_exception()
{
    defect();
}
[[gnu::weak]] void __throw_bad_alloc()
{
    defect();
}
[[gnu::weak]] void __throw_bad_array_new_length()
{
    defect();
}
[[gnu::weak]] void __throw_bad_cast()
{
    defect();
}
[[gnu::weak]] void __throw_bad_typeid()
{
    defect();
}
[[gnu::weak]] void __throw_logic_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_domain_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_invalid_argument(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_length_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_out_of_range(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_out_of_range_fmt(const char*, ...)
{
    defect();
}
[[gnu::weak]] void __throw_runtime_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_range_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_overflow_error(const char*)
{
    defect();
}
[[gnu::weak]] void __throw_underflow_error(const char*)
{
    defect();
}
} // namespace std

// The C library's own asserts, whose translated message is another 60 kB.
extern "C" [[gnu::weak]] void __assert_fail(const char*, const char*, unsigned, const char*) noexcept;
void __assert_fail(const char* condition, const char*, unsigned, const char*) noexcept
{
    end(condition);
}

// The C library names this one in its tables for unwinding, which only exceptions and cancelled threads do.
extern "C" [[gnu::weak]] int __gcc_personality_v0();
int __gcc_personality_v0()
{
    defect();
}
