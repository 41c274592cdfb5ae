// libFuzzer: any bytes as a file. Opens them as every form would, reads all parts, loads what is there.
//   build/fuzz/tests/fuzz_archive -max_len=65536 -max_total_time=60 CORPUS
#include "parse/load.h"

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const int descriptor = ::memfd_create("fuzz", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size))
        std::abort();
    hindcast::archive::Limits limits; // small, so that a bomb is refused in time
    limits.partBytes = 1 << 20;
    limits.memberBytes = 1 << 20;
    limits.bareBytes = 1 << 20;
    limits.members = 1000;
    auto archive = hindcast::archive::Archive::open(path, limits);
    if (!archive)
        return 0;
    hindcast::parse::LoadOptions options;
    options.jobs = 1;
    (void)hindcast::parse::load(*archive, options);
    return 0;
}
