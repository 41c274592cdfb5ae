#include "stalled_file.h"

#include "recorder_runs.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hindcast::test {
namespace {

constexpr std::uint64_t fileNode = 2;
constexpr std::size_t pageBytes = 4096;

fuse_attr attributes(std::uint64_t node)
{
    fuse_attr attr{};
    attr.ino = node;
    attr.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755U : S_IFREG | 0644U;
    attr.nlink = 1;
    attr.size = node == FUSE_ROOT_ID ? 0 : pageBytes;
    attr.blksize = pageBytes;
    return attr;
}

template <typename Payload> void answer(int device, std::uint64_t request, const Payload& payload)
{
    std::vector<char> bytes(sizeof(fuse_out_header) + sizeof payload);
    fuse_out_header header{};
    header.len = static_cast<std::uint32_t>(bytes.size());
    header.unique = request;
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &payload, sizeof payload);
    [[maybe_unused]] const ssize_t written = write(device, bytes.data(), bytes.size());
}

void refuse(int device, std::uint64_t request, int errorNumber)
{
    fuse_out_header header{};
    header.len = sizeof header;
    header.error = -errorNumber;
    header.unique = request;
    [[maybe_unused]] const ssize_t written = write(device, &header, sizeof header);
}

/// One file, which can be read and never be written (Documentation/filesystems/fuse.rst).
void serve(int device)
{
    std::vector<char> buffer(1 << 17);
    for (;;) {
        const ssize_t got = read(device, buffer.data(), buffer.size());
        if (got < 0 && (errno == EINTR || errno == ENOENT))
            continue;
        if (got < static_cast<ssize_t>(sizeof(fuse_in_header)))
            return;
        fuse_in_header request{};
        std::memcpy(&request, buffer.data(), sizeof request);
        switch (request.opcode) {
        case FUSE_INIT: {
            fuse_init_out init{};
            init.major = FUSE_KERNEL_VERSION;
            init.minor = FUSE_KERNEL_MINOR_VERSION;
            init.max_write = pageBytes;
            answer(device, request.unique, init);
            break;
        }
        case FUSE_GETATTR: {
            fuse_attr_out out{};
            out.attr_valid = 60;
            out.attr = attributes(request.nodeid);
            answer(device, request.unique, out);
            break;
        }
        case FUSE_LOOKUP: {
            fuse_entry_out out{};
            out.nodeid = fileNode;
            out.entry_valid = out.attr_valid = 60;
            out.attr = attributes(fileNode);
            answer(device, request.unique, out);
            break;
        }
        case FUSE_OPEN:
            answer(device, request.unique, fuse_open_out{});
            break;
        case FUSE_READ:
            answer(device, request.unique, std::array<char, pageBytes>{});
            break;
        case FUSE_WRITE: // never answered
        case FUSE_FORGET: // expects none
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            break;
        default:
            refuse(device, request.unique, ENOSYS);
        }
    }
}

/// Replaces a mapping with unwritten changes by another: the kernel writes them while it holds the lock of the memory
/// (fs/fuse/file.c, fuse_vma_close), and whoever wants to read a command line waits for that lock (fs/proc/base.c,
/// get_mm_cmdline).
[[noreturn]] void becomeStalled(const char* folder, int pipe)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "stalled");
    char path[256];
    std::snprintf(path, sizeof path, "%s/page", folder);
    const int file = open(path, O_RDWR | O_CLOEXEC);
    void* const page = file < 0 ? MAP_FAILED : mmap(nullptr, pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    const int failure = page == MAP_FAILED ? errno : 0;
    if (failure == 0)
        *static_cast<volatile char*>(page) = 1;
    [[maybe_unused]] const ssize_t written = write(pipe, &failure, sizeof failure);
    if (failure == 0)
        mmap(page, pageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (;;)
        pause();
}

/// In a mount namespace of its own, so that nothing is left behind. Says the number of the process it made, then
/// whether that is as it should be.
[[noreturn]] void runServer(const char* folder, int pipe)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];
    std::snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
    pid_t stalled = -1;
    if (device >= 0 && unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
        && mount("hindcast-test", folder, "fuse", MS_NOSUID | MS_NODEV, options) == 0) {
        stalled = fork();
        if (stalled == 0) {
            close(device); // the file system ends with the last one that has it open, and with it all waiting
            becomeStalled(folder, pipe);
        }
    }
    [[maybe_unused]] const ssize_t written = write(pipe, &stalled, sizeof stalled);
    close(pipe);
    if (stalled > 0)
        serve(device);
    _exit(0);
}

/// Once it is, it stays so.
bool isUninterruptible(pid_t process)
{
    const std::string path = "/proc/" + std::to_string(process) + "/stat";
    return waitFor([&] { return contents(QString::fromStdString(path)).contains(") D "); });
}

} // namespace

StalledFile::StalledFile()
{
    int ends[2];
    if (!m_folder.isValid() || pipe2(ends, O_CLOEXEC) != 0) {
        m_why = std::strerror(errno);
        return;
    }
    const QByteArray folder = QFile::encodeName(m_folder.path());
    m_server = fork();
    if (m_server == 0)
        runServer(folder.constData(), ends[1]);
    close(ends[1]);
    int process = -1, failure = 0; // in this order: the process needs the server to serve, which it does after it told
    const bool isMounted = read(ends[0], &process, sizeof process) == sizeof process && process > 0;
    const bool hasTold = isMounted && read(ends[0], &failure, sizeof failure) == sizeof failure;
    close(ends[0]);
    if (hasTold && failure == 0 && isUninterruptible(process))
        m_process = process;
    else
        m_why = hasTold ? QString("no file of FUSE can be mapped: %1").arg(std::strerror(failure)) : "no FUSE here";
}

StalledFile::~StalledFile()
{
    if (m_server > 0) { // with it its file system ends, and so does every wait for it
        kill(m_server, SIGKILL);
        waitpid(m_server, nullptr, 0);
    }
}

} // namespace hindcast::test
