#include "filesystems.h"

#include "framing/block.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

// As often as sockets are listed: a file system that fills up does so within seconds, and a capture of half a minute
// has to show it. A process is started for it, so not more often than every few seconds, however short the ticks.
constexpr std::uint64_t everyTicks = 10;
constexpr std::int64_t leastPause = 5'000'000'000; // nanoseconds
constexpr std::int64_t patience = 1'000'000'000; // nanoseconds
constexpr const char columnsLine[] = "# device mount type size_bytes free_bytes available_bytes inodes inodes_free\n";

void appendField(std::string& text, std::uint64_t value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    text += ' ';
    text.append(digits, end);
}

/// man 2 statfs. One without a size (a ramfs, an unlimited tmpfs) cannot fill up and has no line but a blank one, which
/// says that it answered. No inodes: the file system makes them as it needs them (btrfs, vfat).
std::string answerLine(const LocalMount& mount, const struct statfs& status)
{
    std::string line;
    if (status.f_blocks == 0)
        return "\n";
    framing::appendEscaped(line, mount.device.empty() ? "none" : mount.device);
    line += ' ';
    framing::appendEscaped(line, mount.mount);
    line += ' ';
    framing::appendEscaped(line, mount.type);
    const auto unit = static_cast<std::uint64_t>(status.f_frsize > 0 ? status.f_frsize : status.f_bsize);
    appendField(line, status.f_blocks * unit);
    appendField(line, status.f_bfree * unit);
    appendField(line, status.f_bavail * unit);
    if (status.f_files > 0) {
        appendField(line, status.f_files);
        appendField(line, status.f_ffree);
    } else {
        line += " - -";
    }
    return line + '\n';
}

void closeFrom(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0U) == 0)
        return;
    const auto most = static_cast<unsigned>(sysconf(_SC_OPEN_MAX)); // before Linux 5.9
    for (unsigned descriptor = first; descriptor <= last && descriptor < most; ++descriptor)
        close(static_cast<int>(descriptor));
}

/// Nothing of the recorder's must live on in a child that hangs: its output would never end, its lock never fall.
void closeAllBut(int kept, int alsoKept)
{
    const auto lower = static_cast<unsigned>(std::min(kept, alsoKept));
    const auto upper = static_cast<unsigned>(std::max(kept, alsoKept));
    if (lower > 0)
        closeFrom(0, lower - 1);
    closeFrom(lower + 1, upper - 1);
    closeFrom(upper + 1, ~0U);
}

/// 0 or errno. A path is not enough where a folder stands for the root: no link may lead out of it.
int askOne(const Root& root, const std::string& mount, struct statfs& status)
{
    if (root.isRealRoot())
        return statfs(mount.c_str(), &status) != 0 ? errno : 0;
    const int descriptor = root.openFile(mount.c_str(), O_PATH);
    const int failure = descriptor < 0 || fstatfs(descriptor, &status) != 0 ? errno : 0;
    if (descriptor >= 0)
        close(descriptor);
    return failure;
}

} // namespace

Filesystems::Filesystems(const Root& root)
    : m_root(root)
{
}

/// A child that hangs is left to the system: it has been told to die with us.
Filesystems::~Filesystems()
{
    if (m_pipe >= 0)
        close(m_pipe);
    if (m_child > 0) {
        kill(m_child, SIGKILL);
        waitpid(m_child, nullptr, WNOHANG);
    }
}

void Filesystems::start(ReadBuffer& buffer)
{
    std::signal(SIGCHLD, SIG_DFL); // ignored by whoever started us, it would keep the end of our child from us
    ask(std::nullopt, buffer);
    m_nextTick = everyTicks;
}

void Filesystems::sample(std::uint64_t tick, ReadBuffer& buffer, std::string& blocks)
{
    collect(blocks);
    if (tick < m_nextTick || monotonicNow() - m_begin < leastPause || !isChildGone())
        return;
    m_nextTick = (tick / everyTicks + 1) * everyTicks;
    ask(tick, buffer);
    collect(blocks); // at once when there is nothing to ask
}

/// The mounts of process 1 are those of the host, where another root stands for it.
void Filesystems::ask(std::optional<std::uint64_t> tick, ReadBuffer& buffer)
{
    const char* const path =
        m_root.isRealRoot() || !m_root.exists("/proc/1/mountinfo") ? "/proc/self/mountinfo" : "/proc/1/mountinfo";
    std::string_view text;
    const int list = m_root.openFile(path);
    const int failure = list < 0 ? errno : buffer.readWhole(list, text);
    if (list >= 0)
        close(list);
    if (failure != 0) {
        if (m_denials.empty())
            m_denials.push_back({path, failure, tick});
        return;
    }
    m_mounts = localMounts(text);
    for (const std::string& hanging : m_hanging) { // last, so that the others have answered before
        const auto place = std::find_if(
            m_mounts.begin(), m_mounts.end(), [&](const LocalMount& mount) { return mount.mount == hanging; });
        if (place != m_mounts.end())
            std::rotate(place, place + 1, m_mounts.end());
    }
    int ends[2];
    if (m_mounts.empty() || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    m_begin = monotonicNow();
    m_answers.clear();
    m_isFinished = false;
    m_child = fork();
    if (m_child == 0)
        answer(ends[1]);
    close(ends[1]);
    if (m_child > 0)
        m_pipe = ends[0];
    else
        close(ends[0]);
}

/// The child's whole life. One line per mount, so that the parent sees which one it hangs on.
void Filesystems::answer(int descriptor) const
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_IGN); // it ends by itself, and the parent's handler is not for it
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGHUP, SIG_DFL);
    fcntl(descriptor, F_SETFL, 0); // blocking: the parent empties the pipe at its next tick
    closeAllBut(descriptor, m_root.descriptor());
    for (const LocalMount& mount : m_mounts) {
        struct statfs status { };
        const std::string line = askOne(m_root, mount.mount, status) == 0 ? answerLine(mount, status) : "\n";
        if (write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
            break;
    }
    _exit(0);
}

void Filesystems::collect(std::string& blocks)
{
    if (m_pipe < 0)
        return;
    readAnswers();
    const bool isOver = monotonicNow() - m_begin > patience;
    if (!m_isFinished && !isOver)
        return;
    if (!m_isFinished) {
        noteHangs();
        kill(m_child, SIGKILL);
    }
    close(std::exchange(m_pipe, -1));
    isChildGone();
    std::string text = columnsLine;
    m_answers.resize(m_answers.rfind('\n') + 1); // npos + 1 = 0: not one whole line
    for (std::size_t at = 0; at < m_answers.size();) {
        const auto end = m_answers.find('\n', at) + 1;
        if (end > at + 1)
            text.append(m_answers, at, end - at);
        at = end;
    }
    framing::appendBlock(blocks, "hindcast/filesystems", m_begin, (monotonicNow() - m_begin) / 1000, 0, text);
}

void Filesystems::readAnswers()
{
    char bytes[4096];
    for (;;) {
        const ssize_t got = read(m_pipe, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            m_isFinished = got == 0;
            return;
        }
        m_answers.append(bytes, static_cast<std::size_t>(got));
    }
}

/// The first mount without an answer is the one that hangs.
void Filesystems::noteHangs()
{
    const auto answered = static_cast<std::size_t>(std::count(m_answers.begin(), m_answers.end(), '\n'));
    if (answered >= m_mounts.size())
        return;
    const std::string& mount = m_mounts[answered].mount;
    if (std::find(m_hanging.begin(), m_hanging.end(), mount) != m_hanging.end())
        return;
    m_hanging.push_back(mount);
    say("the file system at %s does not answer: its free space is not recorded", mount.c_str());
}

bool Filesystems::isChildGone()
{
    if (m_child > 0 && waitpid(m_child, nullptr, WNOHANG) == m_child)
        m_child = -1;
    return m_child < 0;
}

} // namespace hindcast::recorder
