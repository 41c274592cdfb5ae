#include "java_processes.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

constexpr std::size_t most = 4; // dumps stop a machine for a moment, and each is a Java machine of its own
constexpr int measuredMilliseconds = 100;

std::string contentsOf(const std::string& path)
{
    char bytes[4096];
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t got = descriptor < 0 ? -1 : read(descriptor, bytes, sizeof bytes);
    if (descriptor >= 0)
        close(descriptor);
    return {bytes, got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string linkOf(const std::string& path)
{
    char bytes[4096];
    const ssize_t got = readlink(path.c_str(), bytes, sizeof bytes);
    return {bytes, got > 0 ? static_cast<std::size_t>(got) : 0};
}

template <typename Number> bool readNumber(std::string_view text, Number& number)
{
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::string_view nextWord(std::string_view& rest)
{
    const auto begin = rest.find_first_not_of(" \t");
    rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin);
    const auto word = rest.substr(0, rest.find_first_of(" \t\n"));
    rest.remove_prefix(word.size());
    return word;
}

/// The values of a line of /proc/<pid>/status.
std::string_view valuesOf(std::string_view status, std::string_view key)
{
    const auto at = status.find(key);
    if (at == std::string_view::npos)
        return {};
    status.remove_prefix(at + key.size());
    return status.substr(0, status.find('\n'));
}

/// A field of /proc/<pid>/stat from the third on, counted as in man 5 proc; the name may hold anything. 0 = not told.
std::uint64_t statField(std::string_view stat, int number)
{
    const auto name = stat.rfind(')');
    if (name == std::string_view::npos)
        return 0;
    stat.remove_prefix(name + 1);
    std::uint64_t value = 0;
    for (int field = 3; field < number; ++field)
        nextWord(stat);
    readNumber(nextWord(stat), value);
    return value;
}

/// utime and stime, in clock ticks.
std::uint64_t cpuOf(const std::string& folder)
{
    const std::string stat = contentsOf(folder + "/stat");
    return statField(stat, 14) + statField(stat, 15);
}

std::uint64_t startTicksOf(const std::string& folder)
{
    return statField(contentsOf(folder + "/stat"), 22);
}

/// Processes by the folder every virtual machine of HotSpot keeps a file in: /tmp/hsperfdata_<user>/<pid>.
std::vector<pid_t> pidsOfPerformanceData()
{
    std::vector<pid_t> pids;
    DIR* const temporary = opendir("/tmp");
    if (!temporary)
        return pids;
    while (const dirent* const user = readdir(temporary)) {
        if (!std::string_view(user->d_name).starts_with("hsperfdata_"))
            continue;
        DIR* const folder = opendir((std::string("/tmp/") + user->d_name).c_str());
        if (!folder)
            continue;
        pid_t pid = 0;
        while (const dirent* const file = readdir(folder))
            if (readNumber(std::string_view(file->d_name), pid))
                pids.push_back(pid);
        closedir(folder);
    }
    closedir(temporary);
    return pids;
}

constexpr const char* deafToQuit = "it does not take the signal that the tools announce themselves with (-Xrs)";

bool isProgram(const std::string& path)
{
    return access(path.c_str(), X_OK) == 0;
}

std::string inPath(const char* name)
{
    const char* const path = std::getenv("PATH");
    std::string_view rest = path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        if (folder.starts_with('/')) // never out of the folder somebody happened to start us in
            if (std::string program = std::string(folder) + '/' + name; isProgram(program))
                return program;
    }
    return {};
}

/// The tool of the machine's own version before any other. A JRE within a JDK has it two folders up.
std::string toolFor(const std::string& exe)
{
    const std::string folder = exe.substr(0, exe.rfind('/') + 1);
    for (const char* const name : {"jcmd", "jstack"}) {
        for (const char* const where : {"", "../../bin/"})
            if (!folder.empty())
                if (std::string program = folder + where + name; isProgram(program))
                    return program;
        if (std::string program = inPath(name); !program.empty())
            return program;
    }
    return {};
}

/// The tools reach a machine by SIGQUIT, which its default is to die of: one that runs with -Xrs, or something else by
/// that name, does not catch it (man 5 proc: bit N-1 of SigCgt is signal N).
bool catchesQuit(std::string_view status)
{
    auto mask = valuesOf(status, "\nSigCgt:");
    const auto digits = nextWord(mask);
    std::uint64_t caught = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), caught, 16);
    return (caught >> (SIGQUIT - 1) & 1U) != 0;
}

bool isSameNamespace(const std::string& folder, const char* name)
{
    const std::string theirs = linkOf(folder + "/ns/" + name);
    return theirs.empty() || theirs == linkOf(std::string("/proc/self/ns/") + name); // "" = not told
}

/// Who it runs as, and whether we may and can ask.
JavaProcess describe(pid_t pid, const std::string& folder)
{
    JavaProcess java;
    java.pid = pid;
    java.startTicks = startTicksOf(folder); // first: what is read after it is of this process or of none
    const std::string status = contentsOf(folder + "/status");
    std::string_view users = valuesOf(status, "\nUid:"), groups = valuesOf(status, "\nGid:"),
                     pids = valuesOf(status, "\nNSpid:");
    uid_t real = 0;
    const bool isKnown = readNumber(nextWord(users), real) && readNumber(nextWord(users), java.user.uid)
        && !nextWord(groups).empty() && readNumber(nextWord(groups), java.user.gid);
    nextWord(pids);
    const std::string exe = linkOf(folder + "/exe");
    if (!isKnown)
        java.whyNot = "its user is not known";
    else if (real != java.user.uid || (geteuid() != 0 && geteuid() != java.user.uid))
        java.whyNot = "it is another user's";
    else if (!catchesQuit(status))
        java.whyNot = deafToQuit;
    else if (!nextWord(pids).empty() || !isSameNamespace(folder, "mnt") || !isSameNamespace(folder, "pid"))
        java.whyNot = "it is in another mount or PID namespace";
    else if (java.tool = toolFor(exe); java.tool.empty() || java.tool.find('\n') != std::string::npos)
        java.whyNot = "there is no jcmd or jstack";
    if (!java.whyNot.empty())
        java.tool.clear();
    return java;
}

bool isJava(pid_t pid, const std::string& folder, const std::vector<pid_t>& known)
{
    if (contentsOf(folder + "/comm") == "java\n")
        return true;
    const std::string exe = linkOf(folder + "/exe");
    return !exe.empty() && (exe.ends_with("/java") || std::find(known.begin(), known.end(), pid) != known.end());
}

} // namespace

int FindJava::run(int descriptor)
{
    struct Found {
        JavaProcess java;
        std::string folder;
        std::uint64_t cpu;
    };
    std::vector<Found> all;
    const std::vector<pid_t> known = pidsOfPerformanceData();
    DIR* const proc = opendir("/proc");
    if (!proc)
        return 1;
    pid_t pid = 0;
    while (const dirent* const entry = readdir(proc)) {
        if (!readNumber(std::string_view(entry->d_name), pid))
            continue;
        const std::string folder = std::string("/proc/") + entry->d_name;
        if (isJava(pid, folder, known))
            all.push_back({describe(pid, folder), folder, cpuOf(folder)});
    }
    closedir(proc);
    if (all.size() > most) {
        poll(nullptr, 0, measuredMilliseconds); // what they use now, not what they have used since they began
        for (Found& found : all)
            found.cpu = cpuOf(found.folder) - found.cpu;
    }
    std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return a.cpu > b.cpu; });
    std::size_t asked = 0;
    std::string text;
    for (Found& found : all) {
        JavaProcess& java = found.java;
        if (!java.tool.empty() && ++asked > most) {
            java.tool.clear();
            java.whyNot = "others use more CPU time";
        }
        text += std::to_string(java.pid) + ' ' + std::to_string(java.user.uid) + ' ' + std::to_string(java.user.gid)
            + ' ' + std::to_string(java.startTicks) + (java.tool.empty() ? " - " + java.whyNot : " + " + java.tool)
            + '\n';
    }
    return write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}

std::string whyNoLonger(const JavaProcess& java)
{
    const std::string folder = "/proc/" + std::to_string(java.pid);
    const std::string status = contentsOf(folder + "/status");
    if (java.startTicks == 0 || startTicksOf(folder) != java.startTicks)
        return "it has ended";
    return catchesQuit(status) ? std::string() : deafToQuit;
}

std::vector<JavaProcess> readJavaProcesses(std::string_view text)
{
    std::vector<JavaProcess> all;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        JavaProcess java;
        if (!readNumber(nextWord(line), java.pid) || !readNumber(nextWord(line), java.user.uid)
            || !readNumber(nextWord(line), java.user.gid) || !readNumber(nextWord(line), java.startTicks)
            || line.size() < 4)
            continue;
        (line[1] == '+' ? java.tool : java.whyNot) = line.substr(3);
        all.push_back(std::move(java));
    }
    return all;
}

} // namespace hindcast::recorder
