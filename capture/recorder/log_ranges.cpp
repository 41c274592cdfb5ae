#include "log_ranges.h"

#include "clocks.h"
#include "framing/block.h"
#include "framing/tar_header.h"
#include "log_follower.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t firstPatience = 2'000'000'000; // nanoseconds until the process has seen all logs once
constexpr std::int64_t patience = 2'000'000'000; // for the next bytes of one
constexpr std::size_t sliceBytes = 1 << 20; // taken in at a time

std::string absolute(const std::string& path)
{
    if (path.starts_with('/'))
        return path;
    char folder[4096];
    return std::string(getcwd(folder, sizeof folder) ? folder : "") + '/' + path;
}

} // namespace

LogRanges::LogRanges(const Options& options, StuckHelpers& stuck)
    : m_stuck(stuck)
{
    for (const std::string& path : options.logs)
        m_paths.push_back(absolute(path));
    m_wished = m_paths.size();
    m_next = m_paths.size();
}

LogRanges::~LogRanges()
{
    end();
}

int LogRanges::open(const std::vector<std::string>& others)
{
    m_paths.insert(m_paths.end(), others.begin(), others.end());
    m_next = m_paths.size();
    if (m_paths.empty())
        return 0;
    if (const int failure = begin()) {
        say("the logs cannot be followed: %s", std::strerror(failure));
        m_paths.clear();
        m_next = 0;
        return 0;
    }
    if (!readFirstLook()) {
        say("a file of --log does not answer; none of them is followed");
        for (const std::string& path : m_paths)
            m_denials.push_back({path, ETIMEDOUT, std::nullopt});
        end();
        return 0;
    }
    return judge(std::exchange(m_answer, {}));
}

/// 0 or errno.
int LogRanges::begin()
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    m_child = fork();
    if (m_child == 0) {
        beginHelper();
        closeAllBut(ends[1], -1);
        _exit(followLogs(m_paths, ends[1]));
    }
    const int failure = m_child < 0 ? errno : 0;
    close(ends[1]);
    if (failure != 0)
        close(ends[0]);
    else
        m_socket = ends[0];
    return failure;
}

/// A line per log.
bool LogRanges::readFirstLook()
{
    const std::int64_t deadline = monotonicNow() + firstPatience;
    const auto lines = static_cast<std::ptrdiff_t>(m_paths.size());
    while (std::count(m_answer.begin(), m_answer.end(), '\n') < lines) {
        const std::int64_t left = deadline - monotonicNow();
        pollfd answer{m_socket, POLLIN, 0};
        if (left <= 0 || poll(&answer, 1, static_cast<int>(left / 1'000'000 + 1)) == 0)
            return false;
        char bytes[4096];
        const ssize_t got = recv(m_socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got > 0)
            m_answer.append(bytes, static_cast<std::size_t>(got));
    }
    return true;
}

/// What the first look of each means for the recording. One that is missing is waited for.
int LogRanges::judge(std::string_view looks)
{
    for (std::size_t log = 0; log < m_wished; ++log) {
        const auto look = looks.substr(0, looks.find('\n'));
        looks.remove_prefix(std::min(looks.size(), look.size() + 1));
        int errorNumber = look == "missing" ? ENOENT : 0;
        constexpr std::string_view denied = "denied ";
        if (look.starts_with(denied))
            std::from_chars(look.data() + denied.size(), look.data() + look.size(), errorNumber);
        if (errorNumber != 0)
            m_denials.push_back({m_paths[log], errorNumber, std::nullopt});
        else if (look != "regular") {
            say("--log %s: this is %s", m_paths[log].c_str(), std::string(look).c_str());
            return exit_status::usage;
        }
    }
    return 0;
}

void LogRanges::collect(std::int64_t firstMonotonic)
{
    if (isBusy() || m_paths.empty())
        return;
    m_first = firstMonotonic;
    m_next = 0;
    ask();
}

void LogRanges::ask()
{
    m_answer.clear();
    m_deadline = monotonicNow() + patience;
    if (m_socket < 0) {
        addNoAnswer("it was not followed");
        return;
    }
    const std::string request = std::to_string(m_next) + ' ' + std::to_string(m_first) + '\n';
    if (send(m_socket, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        addNoAnswer("the process that followed it has ended");
}

void LogRanges::addDescriptors(std::vector<pollfd>& descriptors) const
{
    if (m_next < m_paths.size() && m_socket >= 0 && m_members.empty())
        descriptors.push_back({m_socket, POLLIN, 0});
}

int LogRanges::pause() const
{
    if (m_next >= m_paths.size() || !m_members.empty())
        return -1;
    return static_cast<int>(std::clamp<std::int64_t>((m_deadline - monotonicNow()) / 1'000'000 + 1, 0, 1000));
}

/// Takes what has come, a slice at a time.
void LogRanges::tend()
{
    if (m_next >= m_paths.size() || !m_members.empty() || m_socket < 0)
        return;
    const std::size_t before = m_answer.size();
    m_answer.resize(before + sliceBytes);
    const ssize_t got = recv(m_socket, m_answer.data() + before, sliceBytes, MSG_DONTWAIT);
    m_answer.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got > 0)
        m_deadline = monotonicNow() + patience; // however much there is, it goes on
    if (got == 0) {
        end();
        addNoAnswer("the process that followed it has ended");
        return;
    }
    const auto heading = m_answer.find('\n');
    std::size_t textBytes = 0, bytes = 0;
    if (heading != std::string::npos) {
        const char* const last = m_answer.data() + heading;
        const auto number = std::from_chars(m_answer.data(), last, textBytes);
        if (number.ptr != last)
            std::from_chars(number.ptr + 1, last, bytes);
        if (m_answer.size() < 512 + textBytes + bytes)
            m_answer.reserve(heading + 1 + textBytes + bytes + sliceBytes); // once, not by doubling
    }
    if (heading != std::string::npos && m_answer.size() >= heading + 1 + textBytes + bytes) {
        std::string text = m_answer.substr(heading + 1, textBytes);
        m_answer.erase(0, heading + 1 + textBytes);
        const bool isWished = m_next < m_wished;
        const std::string path = memberPath(m_next);
        const bool isRead = text.find("\nbegin_real_ns ") != std::string::npos;
        if (isWished || isRead)
            m_members.push_back({path + ".txt", std::move(text)});
        if (isRead)
            m_members.push_back({path, std::exchange(m_answer, {})});
        ++m_next;
        if (m_members.empty() && m_next < m_paths.size())
            ask();
    } else if (monotonicNow() > m_deadline) {
        addNoAnswer("it did not answer in time");
        end();
    }
}

void LogRanges::addNoAnswer(const char* why)
{
    if (m_next < m_wished)
        m_members.push_back({memberPath(m_next) + ".txt", "path " + m_paths[m_next] + "\nerror " + why + '\n'});
    m_answer.clear();
    ++m_next;
    if (m_members.empty() && m_next < m_paths.size())
        ask();
}

std::optional<FetchedMember> LogRanges::takeMember()
{
    if (m_members.empty())
        return std::nullopt;
    FetchedMember member = std::move(m_members.back());
    m_members.pop_back();
    if (m_members.empty() && m_next < m_paths.size())
        ask();
    return member;
}

/// "logs/var/log/nginx/access.log"; of a path that no archive can hold, its number.
std::string LogRanges::memberPath(std::size_t log) const
{
    const std::string path = "logs" + framing::escapeField(m_paths[log]);
    return framing::isSafeMemberPath(path) && framing::makeTarHeader({path + ".txt"}) ? path
                                                                                      : "logs/" + std::to_string(log);
}

void LogRanges::addDenials(std::vector<Denial>& denials) const
{
    denials.insert(denials.end(), m_denials.begin(), m_denials.end());
}

void LogRanges::end()
{
    if (m_socket >= 0)
        close(std::exchange(m_socket, -1));
    if (m_child <= 0)
        return;
    kill(m_child, SIGKILL);
    if (waitpid(m_child, nullptr, WNOHANG) == 0)
        m_stuck.add(m_child);
    m_child = -1;
}

} // namespace hindcast::recorder
