#include "parse/activity_file.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace hindcast::parse {
namespace {

using std::string_view;
using Clock = std::chrono::steady_clock;

constexpr std::string_view adviceToConvert =
    "what `LC_ALL=C sadf -j FILE -- -A` prints on the machine that wrote it can be read instead";

std::uint16_t number16(string_view bytes, std::size_t place, bool isBigEndian)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[place + i])); };
    return static_cast<std::uint16_t>(isBigEndian ? at(0) << 8 | at(1) : at(1) << 8 | at(0));
}

/// A file of our own that goes when it is no longer needed.
class TemporaryFile {
public:
    explicit TemporaryFile(string_view bytes)
    {
        const char* folder = std::getenv("TMPDIR");
        m_path = std::string(folder && *folder ? folder : "/tmp") + "/hindcast-activity-XXXXXX";
        const int file = ::mkostemp(m_path.data(), O_CLOEXEC);
        if (file < 0) {
            m_path.clear();
            return;
        }
        while (!bytes.empty()) {
            const auto written = ::write(file, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                break;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        ::close(file);
        m_isWhole = bytes.empty();
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile()
    {
        if (!m_path.empty())
            ::unlink(m_path.c_str());
    }

    const std::string& path() const { return m_path; }
    bool isWhole() const { return m_isWhole; }

private:
    std::string m_path;
    bool m_isWhole = false;
};

struct Pipe {
    int read = -1, write = -1;

    Pipe()
    {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
            read = ends[0];
            write = ends[1];
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe()
    {
        closeEnd(read);
        closeEnd(write);
    }
    static void closeEnd(int& end)
    {
        if (end >= 0)
            ::close(end);
        end = -1;
    }
};

/// What a program did.
struct Run {
    int spawnError = 0; ///< errno: ENOENT = there is no such program
    int status = 0; ///< of waitpid(2)
    bool isLate = false, isTooLong = false;
    std::string output, complaint;

    bool isGood() const
    {
        return spawnError == 0 && !isLate && !isTooLong && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
};

/// The environment with the C locale and UTC: numbers with a point and times that need no zone.
std::vector<std::string> plainEnvironment()
{
    std::vector<std::string> result{"LC_ALL=C", "TZ=UTC"};
    constexpr std::array dropped{string_view{"LC_ALL="}, string_view{"TZ="}, string_view{"LANGUAGE="},
        string_view{"S_"}, string_view{"POSIXLY_CORRECT="}};
    for (char** variable = environ; *variable; ++variable) {
        const string_view text = *variable;
        if (std::none_of(dropped.begin(), dropped.end(), [text](string_view name) { return text.starts_with(name); }))
            result.emplace_back(text);
    }
    return result;
}

std::vector<char*> pointersOf(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

int spawn(std::vector<std::string> arguments, int output, int complaint, pid_t& child)
{
    std::vector<std::string> environment = plainEnvironment();
    posix_spawn_file_actions_t actions;
    if (const int failure = ::posix_spawn_file_actions_init(&actions))
        return failure;
    int failure = ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failure)
        failure = ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!failure)
        failure = ::posix_spawn_file_actions_adddup2(&actions, complaint, STDERR_FILENO);
    if (!failure)
        failure = ::posix_spawnp(&child, arguments.front().c_str(), &actions, nullptr, pointersOf(arguments).data(),
            pointersOf(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/// Takes what there is to read. False at the end.
bool drain(int& end, std::string& into, std::uint64_t most, bool& isTooLong)
{
    std::array<char, 65536> buffer;
    const auto size = ::read(end, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (size <= 0) {
        Pipe::closeEnd(end);
        return false;
    }
    if (into.size() + static_cast<std::size_t>(size) > most)
        isTooLong = true;
    else
        into.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

void collect(Pipe& output, Pipe& complaint, const ActivityFileLimits& limits, Clock::time_point deadline, Run& run)
{
    constexpr std::uint64_t mostComplaint = 64 << 10;
    bool isComplaintTooLong = false;
    while ((output.read >= 0 || complaint.read >= 0) && !run.isTooLong) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            run.isLate = true;
            return;
        }
        std::array<pollfd, 2> ends{pollfd{output.read, POLLIN, 0}, pollfd{complaint.read, POLLIN, 0}};
        if (::poll(ends.data(), ends.size(), static_cast<int>(std::min<std::int64_t>(left, 1000))) < 0
            && errno != EINTR)
            return;
        if (ends[0].revents != 0)
            drain(output.read, run.output, limits.bytes, run.isTooLong);
        if (ends[1].revents != 0)
            drain(complaint.read, run.complaint, mostComplaint, isComplaintTooLong);
    }
}

Run runProgram(std::vector<std::string> arguments, const ActivityFileLimits& limits)
{
    Run run;
    Pipe output, complaint;
    if (output.read < 0 || complaint.read < 0) {
        run.spawnError = errno;
        return run;
    }
    pid_t child = 0;
    run.spawnError = spawn(std::move(arguments), output.write, complaint.write, child);
    if (run.spawnError)
        return run;
    Pipe::closeEnd(output.write);
    Pipe::closeEnd(complaint.write);
    collect(output, complaint, limits, Clock::now() + limits.time, run);
    if (run.isLate || run.isTooLong)
        ::kill(child, SIGKILL);
    while (::waitpid(child, &run.status, 0) < 0 && errno == EINTR)
        continue;
    return run;
}

string_view firstLine(string_view text)
{
    string_view line;
    while (nextLine(text, line))
        if (!trimmed(line).empty())
            return trimmed(line);
    return {};
}

/// What sadf says, without the path of a file the user has never seen.
std::string complaintOf(const Run& run, const std::string& path)
{
    std::string complaint(firstLine(run.complaint));
    for (auto place = complaint.find(path); place != std::string::npos; place = complaint.find(path))
        complaint.replace(place, path.size(), "FILE");
    constexpr std::size_t longest = 200;
    return complaint.empty() ? "it says nothing" : complaint.substr(0, longest);
}

Error errorOf(const Run& run, const std::string& path, const ActivityFileLimits& limits)
{
    constexpr string_view what = "a binary activity file of sysstat: ";
    if (run.spawnError == ENOENT)
        return {fmt::format("{}its program sadf is not installed; {}", what, adviceToConvert), {}};
    if (run.spawnError)
        return {fmt::format("{}sadf cannot be started: {}", what, std::strerror(run.spawnError)), {}};
    if (run.isLate)
        return {fmt::format("{}sadf took longer than {} s", what, limits.time.count()), {}};
    if (run.isTooLong)
        return {fmt::format("{}sadf prints more than {} MiB of it", what, limits.bytes >> 20), {}};
    return {
        fmt::format("{}the sadf of this machine refuses it ({}); {}", what, complaintOf(run, path), adviceToConvert),
        {}};
}

/// Of a file that ends early sadf prints what there is, and fails; the reader of the JSON says that its end is missing.
bool isJson(const Run& run)
{
    return run.spawnError == 0 && !run.isLate && !run.isTooLong && firstLine(run.output).starts_with('{')
        && run.output.find("\"timestamp\"") != std::string::npos;
}

/// Newer versions of sadf do not read the form of older ones (9.1.6 to 11), but rewrite it. Nothing when that fails
/// too.
std::optional<std::string> readRewritten(const std::string& path, const ActivityFileLimits& limits)
{
    const Run rewritten = runProgram({"sadf", "-c", path}, limits);
    if (!rewritten.isGood() || !isActivityFile(rewritten.output))
        return std::nullopt;
    const TemporaryFile file(rewritten.output);
    if (!file.isWhole())
        return std::nullopt;
    Run run = runProgram({"sadf", "-j", "-C", file.path(), "--", "-A"}, limits);
    return isJson(run) ? std::optional(std::move(run.output)) : std::nullopt;
}

Result<std::string> readPath(const std::string& path, const ActivityFileLimits& limits)
{
    Run run = runProgram({"sadf", "-j", "-C", path, "--", "-A"}, limits);
    if (isJson(run))
        return std::move(run.output);
    const bool isRefused = run.spawnError == 0 && !run.isLate && !run.isTooLong;
    if (isRefused)
        if (auto json = readRewritten(path, limits))
            return std::move(*json);
    return errorOf(run, path, limits);
}

} // namespace

bool isActivityFile(string_view beginning)
{
    constexpr std::uint16_t sysstatMagic = 0xD596;
    if (beginning.size() < 2)
        return false;
    if (number16(beginning, 0, false) == sysstatMagic || number16(beginning, 0, true) == sysstatMagic)
        return true;
    // Up to sysstat 8.0 the header began with the time, five counts in eight and twenty bytes, and then the magic
    // number of its form, 0x2160 to 0x216f; the names of uname(2) follow.
    constexpr std::size_t placeOfMagic = 28, endOfHeader = 256;
    if (beginning.size() < endOfHeader)
        return false;
    const auto isForm = [](std::uint16_t number) { return number >= 0x2160 && number <= 0x216F; };
    return (isForm(number16(beginning, placeOfMagic, false)) || isForm(number16(beginning, placeOfMagic, true)))
        && beginning.substr(0, endOfHeader).find("Linux") != string_view::npos;
}

Result<std::string> readActivityFile(string_view bytes, const std::string& plainPath, const ActivityFileLimits& limits)
{
    if (!plainPath.empty()) {
        std::error_code failure;
        const auto path = std::filesystem::absolute(plainPath, failure); // may begin with a dash
        return readPath(failure ? plainPath : path.string(), limits);
    }
    const TemporaryFile file(bytes);
    if (!file.isWhole())
        return Error{"a binary activity file of sysstat: there is no room to unpack it for sadf", {}};
    return readPath(file.path(), limits);
}

} // namespace hindcast::parse
