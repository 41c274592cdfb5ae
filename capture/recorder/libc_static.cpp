// What keeps the parts of the C library's archive that the recorder never enters out of the program, 60 kB: message
// catalogues, printing in wide characters, and unwinding, which only exceptions and cancelled threads do. The functions
// here stand in front of the archive's; all are weak, so that where the library needs its own member, that one holds.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

// The names are glibc's (libintl.h, include/stdio.h, the C++ ABI's unwind.h); other C libraries never ask for them.
extern "C" {

/// Its messages as they are: they would be translated only after setlocale(), which the recorder does not call.
[[gnu::weak]] char* __dcgettext(const char*, const char* text, int)
{
    return const_cast<char*>(text);
}

[[gnu::weak]] char* dcgettext(const char*, const char* text, int)
{
    return const_cast<char*>(text);
}

[[gnu::weak, gnu::format(printf, 2, 3)]] int __fxprintf(FILE* stream, const char* format, ...)
{
    va_list values;
    va_start(values, format);
    const int length = std::vfprintf(stream != nullptr ? stream : stderr, format, values);
    va_end(values);
    return length;
}

[[gnu::weak, gnu::format(printf, 2, 3)]] int __fxprintf_nocancel(FILE* stream, const char* format, ...)
{
    va_list values;
    va_start(values, format);
    const int length = std::vfprintf(stream != nullptr ? stream : stderr, format, values);
    va_end(values);
    return length;
}

[[gnu::weak]] void _Unwind_Resume(void*)
{
    std::abort();
}

} // extern "C"
