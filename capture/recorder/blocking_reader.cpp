#include "blocking_reader.h"

#include "clocks.h"
#include "message.h"
#include "process_files.h"
#include "read_buffer.h"
#include "stat_line.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hindcast::recorder {
namespace {

// A little less than the usual second between ticks, so that the tick after the one that asked gives up.
constexpr std::int64_t patience = 900'000'000; // nanoseconds
// Nothing new for so long: the rest is left for the next tick.
constexpr std::int64_t pause = 20'000'000; // nanoseconds
// Under way at once: enough to keep both sides busy, and few enough to ask again when the process had to be replaced.
constexpr std::size_t mostSent = 64;
constexpr unsigned mostStarts = 2;
constexpr std::size_t longestPath = 64;
constexpr std::size_t longestAnswer = 64 << 10;

// Both ends are this program, so structures travel as they lie in memory.
struct Request {
    BlockingReader::Kind kind;
    std::uint32_t limit;
    pid_t pid;
    std::uint64_t startTicks;
    char path[longestPath];
};
struct Reply {
    int errorNumber;
    std::int64_t begin, microseconds;
    std::int64_t cpuMicroseconds;
};

// In the process that reads

std::int64_t ownCpuMicroseconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return (std::int64_t{usage.ru_utime.tv_sec} + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec
        + usage.ru_stime.tv_usec;
}

class Answering {
public:
    Answering(const Root& root, int socket)
        : m_root(root)
        , m_socket(socket)
    {
    }

    [[noreturn]] void run()
    {
        Request request{};
        for (;;) {
            const ssize_t got = recv(m_socket, &request, sizeof request, 0);
            if (got < 0 && errno == EINTR)
                continue;
            if (got != sizeof request)
                _exit(0); // the recorder has ended
            request.path[longestPath - 1] = '\0';
            answer(request);
        }
    }

private:
    void answer(const Request& request)
    {
        Reply reply{};
        std::string_view bytes;
        reply.begin = monotonicNow();
        switch (request.kind) {
        case BlockingReader::Kind::File:
            reply.errorNumber = readFile(request, bytes);
            break;
        case BlockingReader::Kind::Link:
            reply.errorNumber = readLink(request.path);
            bytes = m_links;
            break;
        case BlockingReader::Kind::LinksInFolder:
            reply.errorNumber = readLinks(request.path);
            bytes = m_links;
        }
        // Whoever has the number now and began when it did had it all the while.
        if (reply.errorNumber == 0 && startTicksOf(request.pid) != request.startTicks)
            reply.errorNumber = ESRCH;
        if (reply.errorNumber != 0)
            bytes = {};
        reply.microseconds = (monotonicNow() - reply.begin) / 1000;
        reply.cpuMicroseconds = ownCpuMicroseconds();
        m_message.assign(reinterpret_cast<const char*>(&reply), sizeof reply);
        m_message += bytes;
        while (::send(m_socket, m_message.data(), m_message.size(), MSG_NOSIGNAL) < 0)
            if (errno != EINTR)
                _exit(0);
    }

    int readFile(const Request& request, std::string_view& bytes)
    {
        const int descriptor = m_root.openFile(request.path);
        if (descriptor < 0)
            return errno;
        const int failure = m_buffer.readBeginning(descriptor, request.limit, bytes);
        close(descriptor);
        return failure;
    }

    int readLink(const char* path)
    {
        errno = 0;
        m_links = m_root.linkTarget(path);
        return !m_links.empty() ? 0 : errno != 0 ? errno : ENOENT;
    }

    int readLinks(const char* path)
    {
        m_links.clear();
        const int descriptor = m_root.openFile(path, O_DIRECTORY);
        DIR* const folder = descriptor < 0 ? nullptr : fdopendir(descriptor);
        if (!folder)
            return errno;
        std::vector<std::string> names;
        while (const dirent* const entry = readdir(folder))
            if (entry->d_name[0] != '.')
                names.emplace_back(entry->d_name);
        std::sort(names.begin(), names.end());
        int failure = 0;
        char target[PATH_MAX];
        for (const std::string& name : names) {
            const ssize_t length = readlinkat(descriptor, name.c_str(), target, sizeof target);
            if (length < 0) {
                failure = failure == 0 ? errno : failure;
                continue;
            }
            m_links.append(target, static_cast<std::size_t>(length));
            m_links += '\n';
        }
        closedir(folder);
        return m_links.empty() ? failure : 0;
    }

    std::optional<std::uint64_t> startTicksOf(pid_t pid)
    {
        const int descriptor = m_root.openFile(ProcessPath(pid, "stat").text);
        if (descriptor < 0)
            return std::nullopt;
        char text[4096];
        const ssize_t got = pread(descriptor, text, sizeof text, 0);
        close(descriptor);
        const auto line = parseStatLine({text, got > 0 ? static_cast<std::size_t>(got) : 0});
        return line ? std::optional(line->startTicks) : std::nullopt;
    }

    const Root& m_root;
    int m_socket;
    ReadBuffer m_buffer;
    std::string m_links, m_message;
};

} // namespace

BlockingReader::BlockingReader(const Root& root, StuckHelpers& stuck, Events& events)
    : m_root(root)
    , m_stuck(stuck)
    , m_events(events)
{
}

BlockingReader::~BlockingReader()
{
    end();
}

void BlockingReader::start()
{
    int ends[2];
    if (isRunning() || m_stuck.isFull() || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    m_child = fork();
    if (m_child == 0) {
        beginHelper();
        closeAllBut(ends[1], m_root.descriptor());
        Answering(m_root, ends[1]).run();
    }
    close(ends[1]);
    m_socket = ends[0];
    if (m_child < 0)
        close(std::exchange(m_socket, -1));
    m_sent = 0;
    m_firstSince = monotonicNow();
}

void BlockingReader::ask(Asker& asker, const Question& question)
{
    m_pending.push_back({&asker, question, 0});
}

void BlockingReader::collect(std::int64_t mostWait, std::string& blocks)
{
    const std::int64_t begin = monotonicNow();
    std::int64_t lastAnswer = begin;
    // What did not answer in the tick that asked it is not waited for again.
    const bool isWaitedFor = m_sent == 0;
    while (!m_pending.empty()) {
        if (!isRunning())
            start();
        if (!isRunning()) {
            answerFirst({begin, 0, EBUSY, {}}, blocks);
            continue;
        }
        send();
        const Receipt receipt = receive(blocks);
        const std::int64_t now = monotonicNow();
        if (receipt == Receipt::Answer) {
            lastAnswer = now;
            continue;
        }
        if (receipt == Receipt::Closed) {
            restart(blocks);
            continue;
        }
        if (now - m_firstSince >= patience) {
            giveUpFirst(blocks);
            continue;
        }
        const std::int64_t left = std::min(begin + mostWait, lastAnswer + pause) - now;
        if (left <= 0 || (!isWaitedFor && lastAnswer == begin))
            return;
        pollfd descriptor{m_socket, POLLIN, 0};
        const timespec time{left / 1'000'000'000, left % 1'000'000'000};
        ppoll(&descriptor, 1, &time, nullptr);
    }
}

void BlockingReader::send()
{
    for (; m_sent < m_pending.size() && m_sent < mostSent; ++m_sent) {
        Pending& pending = m_pending[m_sent];
        Request request{};
        request.kind = pending.question.kind;
        request.limit = std::min<std::uint32_t>(pending.question.limit, longestAnswer);
        request.pid = pending.question.pid;
        request.startTicks = pending.question.startTicks;
        pending.question.path.copy(request.path, longestPath - 1);
        if (::send(m_socket, &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return; // full for now, or the process has ended, which receive() finds
        ++pending.starts;
        if (m_sent == 0)
            m_firstSince = monotonicNow();
    }
}

BlockingReader::Receipt BlockingReader::receive(std::string& blocks)
{
    m_received.resize(sizeof(Reply) + longestAnswer);
    const ssize_t got = recv(m_socket, m_received.data(), m_received.size(), MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? Receipt::Nothing : Receipt::Closed;
    if (got < static_cast<ssize_t>(sizeof(Reply)) || m_sent == 0)
        return Receipt::Closed;
    Reply reply{};
    std::memcpy(&reply, m_received.data(), sizeof reply);
    m_cpu = reply.cpuMicroseconds;
    --m_sent;
    m_firstSince = monotonicNow();
    const std::string_view bytes(m_received.data() + sizeof reply, static_cast<std::size_t>(got) - sizeof reply);
    answerFirst({reply.begin, reply.microseconds, reply.errorNumber, bytes}, blocks);
    return Receipt::Answer;
}

void BlockingReader::answerFirst(const Answer& answer, std::string& blocks)
{
    const Pending first = std::move(m_pending.front());
    m_pending.pop_front();
    first.asker->take(first.question, answer, blocks);
}

void BlockingReader::giveUpFirst(std::string& blocks)
{
    const std::string path = m_pending.front().question.path;
    m_events.add("helper-stuck", {{"source", "blocking_reader"}, {"path", path}});
    say("%s does not answer: it is left out", path.c_str());
    const std::int64_t since = m_firstSince;
    end();
    answerFirst({since, (monotonicNow() - since) / 1000, ETIMEDOUT, {}}, blocks);
}

/// It was killed, not by us: what it was about is asked once more, for it may have been that which cost it its life.
void BlockingReader::restart(std::string& blocks)
{
    const bool isGivenUp = m_pending.front().starts >= mostStarts;
    end();
    if (isGivenUp)
        answerFirst({monotonicNow(), 0, EIO, {}}, blocks);
}

void BlockingReader::end()
{
    if (!isRunning())
        return;
    close(std::exchange(m_socket, -1));
    ::kill(m_child, SIGKILL);
    if (waitpid(m_child, nullptr, WNOHANG) == 0)
        m_stuck.add(m_child);
    m_child = -1;
    m_sent = 0;
    m_cpuBefore += std::exchange(m_cpu, 0);
}

} // namespace hindcast::recorder
