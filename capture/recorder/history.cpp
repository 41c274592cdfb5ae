#include "history.h"

#include "clocks.h"
#include "framing/block.h"
#include "framing/tar_header.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

/// Where they keep their files: sysstat on Red Hat and on Debian, atop, below, pcp (a folder per host).
constexpr const char* folders[] = {
    "/var/log/sa", "/var/log/sysstat", "/var/log/atop", "/var/log/below/store", "/var/log/pcp/pmlogger/*"};
constexpr std::size_t mostFiles = 2000;
constexpr std::int64_t secondsPerDay = 86400;
constexpr std::uint64_t mostFileBytes = 16 << 20;
constexpr std::uint64_t mostBytes = 64 << 20;
constexpr std::int64_t patience = 5'000'000'000; // nanoseconds for one file
constexpr std::int64_t patienceInAll = 20'000'000'000;

void listFolder(const Root& root, const std::string& folder, std::vector<HistoryFile>& files, std::string& denials)
{
    const int descriptor = root.openFile(folder.c_str(), O_DIRECTORY);
    const int failure = descriptor < 0 ? errno : 0;
    DIR* const directory = descriptor < 0 ? nullptr : fdopendir(descriptor);
    if (!directory) {
        if (failure != ENOENT)
            denials.append("# ").append(folder).append(" errno ").append(std::to_string(failure)) += '\n';
        return;
    }
    while (const dirent* entry = readdir(directory)) {
        struct stat status { };
        if (entry->d_name[0] == '.' || files.size() >= mostFiles
            || fstatat(descriptor, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            continue;
        files.push_back({folder + '/' + entry->d_name, static_cast<std::uint64_t>(status.st_size), status.st_mtime});
    }
    closedir(directory);
}

class ReadFile final : public Work {
public:
    ReadFile(const Root& root, const std::string& path)
        : m_root(root)
        , m_path(path)
    {
    }
    /// The exit status is the errno.
    int run(int descriptor) override
    {
        const int file = m_root.openFile(m_path.c_str());
        if (file < 0)
            return errno;
        char bytes[65536];
        for (;;) {
            const ssize_t got = read(file, bytes, sizeof bytes);
            if (got <= 0)
                return got < 0 ? errno : 0;
            for (ssize_t done = 0; done < got;) {
                const ssize_t written = write(descriptor, bytes + done, static_cast<std::size_t>(got - done));
                if (written < 0)
                    return errno;
                done += written;
            }
        }
    }

private:
    const Root& m_root;
    const std::string& m_path;
};

/// 0 or errno.
int readApart(const Root& root, const std::string& path, Helper& helper)
{
    ReadFile work(root, path);
    if (const int failure = helper.start(work, root.descriptor(), patience, mostFileBytes))
        return failure;
    while (helper.poll() == Helper::State::Running) {
        pollfd answer{helper.descriptor(), POLLIN, 0};
        poll(&answer, 1, 20);
    }
    switch (helper.state()) {
    case Helper::State::Done:
        return helper.exitStatus();
    case Helper::State::TimedOut:
        return ETIMEDOUT;
    default:
        return EFBIG; // grown meanwhile
    }
}

/// Within these files nothing can be replaced. The counters of sysstat (man 1 sadc) name devices and, at their
/// beginning, the host; atop, below and pcp keep whole command lines.
bool isCopied(const std::string& path, Redaction redaction)
{
    if (redaction == Redaction::Off)
        return true;
    const bool isOfSysstat = path.starts_with("/var/log/sa/sa") || path.starts_with("/var/log/sysstat/sa");
    return redaction == Redaction::Secrets && isOfSysstat;
}

void note(std::string& text, const std::string& path, const char* what, const std::string& value)
{
    framing::appendEscaped(text, path);
    text.append(" ").append(what).append(" ").append(value) += '\n';
}

} // namespace

std::vector<HistoryFile> findHistory(const Root& root, std::string& denials)
{
    std::vector<HistoryFile> files;
    for (const char* const pattern : folders)
        for (const std::string& folder : root.matches(pattern))
            listFolder(root, folder, files, denials);
    std::sort(files.begin(), files.end(),
        [](const HistoryFile& left, const HistoryFile& right) { return left.path < right.path; });
    return files;
}

std::string historyText(const Root& root)
{
    std::string denials, text;
    for (const HistoryFile& file : findHistory(root, denials)) {
        framing::appendEscaped(text, file.path);
        text.append(" ").append(std::to_string(file.bytes)).append(" ");
        text.append(std::to_string(file.modifiedSeconds)) += '\n';
    }
    return "# path bytes modified_s\n" + text + denials;
}

/// Each in a frame of its own: one that has no room leaves the others their chance.
int copyHistory(const Root& root, Redaction redaction, StuckHelpers& stuck, framing::CaptureWriter& writer)
{
    std::string text;
    std::vector<HistoryFile> files = findHistory(root, text);
    const std::int64_t now = std::time(nullptr), begin = monotonicNow();
    std::erase_if(files, [&](const HistoryFile& file) { return file.modifiedSeconds < now - secondsPerDay; });
    std::stable_sort(files.begin(), files.end(),
        [](const HistoryFile& left, const HistoryFile& right) { return left.modifiedSeconds > right.modifiedSeconds; });
    Helper helper(stuck);
    std::uint64_t copied = 0;
    for (const HistoryFile& file : files) {
        const std::string member = "history" + file.path;
        if (!isCopied(file.path, redaction)) {
            note(text, file.path, "left_out", "redaction");
            continue;
        }
        if (file.bytes > mostFileBytes || copied + file.bytes > mostBytes || !framing::isSafeMemberPath(member)) {
            note(text, file.path, "left_out", "size");
            continue;
        }
        if (monotonicNow() - begin > patienceInAll) {
            note(text, file.path, "left_out", "time");
            continue;
        }
        if (const int failure = readApart(root, file.path, helper)) {
            note(text, file.path, "left_out", "errno " + std::to_string(failure));
            helper.clear();
            continue;
        }
        int failure = writer.addMember(member, helper.bytes(), file.modifiedSeconds);
        if (failure == 0)
            failure = writer.endMembers();
        if (failure != 0 && failure != framing::noRoom)
            return failure;
        if (failure == 0) {
            copied += helper.bytes().size();
            note(text, file.path, "copied", std::to_string(helper.bytes().size()));
        } else {
            note(text, file.path, "left_out", "room");
        }
        helper.clear();
    }
    if (const int failure = writer.addMember("end/hindcast/history", text, now))
        return failure;
    return writer.endMembers();
}

} // namespace hindcast::recorder
