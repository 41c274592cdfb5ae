// What a program without exceptions does when something of the C++ library throws all the same (no memory): it aborts.
// The library's own handler would first print the exception's name, for which it brings 60 kB of name reading along.
#include <cstdlib>

namespace __gnu_cxx { // libstdc++: ours stands in front of the archive's
[[noreturn]] void __verbose_terminate_handler();
void __verbose_terminate_handler()
{
    std::abort();
}
} // namespace __gnu_cxx
