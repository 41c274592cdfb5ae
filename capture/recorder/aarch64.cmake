# The recorder for 64-bit ARM, built on another machine with Debian's cross compiler:
#   cmake -S capture/recorder -B build/recorder-aarch64 --toolchain capture/recorder/aarch64.cmake -DHINDCAST_AARCH64_ROOT=...
# HINDCAST_AARCH64_ROOT is a folder with the arm64 packages libzstd-dev and libpcap0.8-dev unpacked into it;
# packaging/recorder-aarch64 fetches them, builds, and runs the result.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(HINDCAST_AARCH64_ROOT "" CACHE PATH "Where the arm64 packages are unpacked")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HINDCAST_AARCH64_ROOT)
set(CMAKE_FIND_ROOT_PATH ${HINDCAST_AARCH64_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
