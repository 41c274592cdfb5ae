#include "start_members.h"

#include "framing/block.h"
#include "framing/tar_header.h"
#include "history.h"
#include "limited_matches.h"
#include "questions.h"
#include "read_buffer.h"
#include "source_table.h"
#include "sysctl_tree.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t patience = 1'000'000'000; // nanoseconds, for what may hang
constexpr std::size_t mostMatches = 1024; // files of one pattern
constexpr std::size_t mostEndBytes = 1 << 20; // of what is read at a trigger and at the end
constexpr std::size_t mostLogBytes = 256 << 10;

/// Adds the members of one moment to a frame, and remembers what could not be read.
class MemberWriter {
public:
    MemberWriter(Moment moment, const Root& root, framing::CaptureWriter& writer, std::vector<Denial>& denials)
        : m_root(root)
        , m_writer(writer)
        , m_denials(denials)
        , m_folder(moment == Moment::Start ? "start" : "end")
        , m_now(std::time(nullptr))
    {
    }

    /// "/proc/stat" or "hindcast/links". 0 or what the writer returned.
    int add(std::string_view path, std::string_view text)
    {
        std::string name = m_folder;
        if (!path.starts_with('/'))
            name += '/';
        name += path;
        if (!framing::isSafeMemberPath(name)) // an interface or device with control bytes in its name
            name = escaped(name);
        if (framing::isSafeMemberPath(name))
            return m_writer.addMember(name, text, m_now);
        deny(path, ENAMETOOLONG);
        return 0;
    }
    int addFile(const std::string& path, std::size_t mostBytes)
    {
        std::string_view text;
        const int descriptor = m_root.openFile(path.c_str());
        const int failure = descriptor < 0 ? errno : m_buffer.readBeginning(descriptor, mostBytes, text);
        if (descriptor >= 0)
            close(descriptor);
        if (failure == 0)
            return add(path, text);
        deny(path, failure);
        return 0;
    }
    void deny(std::string_view path, int errorNumber, std::uint64_t count = 1)
    {
        m_denials.push_back({std::string(path), errorNumber, std::nullopt, count});
    }

private:
    /// With %XX, as the paths of blocks, and so the backslash, which members must not have.
    static std::string escaped(std::string_view name)
    {
        std::string text;
        framing::appendEscaped(text, name);
        for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos;)
            text.replace(at, 1, "%5C");
        return text;
    }

    const Root& m_root;
    framing::CaptureWriter& m_writer;
    std::vector<Denial>& m_denials;
    std::string m_folder;
    std::int64_t m_now;
    ReadBuffer m_buffer;
};

bool isReadAt(Moment moment, Cadence cadence)
{
    switch (cadence) {
    case Cadence::Start:
    case Cadence::Once:
        return moment == Moment::Start;
    case Cadence::StartAndEnd:
        return true;
    case Cadence::Trigger:
        return moment == Moment::End;
    default:
        return false;
    }
}

/// Drivers answer for the files of sysfs, when they please.
bool mayHang(const SourceEntry& source)
{
    return std::string_view(source.path).starts_with("/sys/") || source.cadence == Cadence::Once;
}

std::vector<std::string> pathsOf(const Root& root, const char* pattern, MemberWriter& members)
{
    LimitedMatches matches = limitedMatches(root, pattern, mostMatches);
    if (matches.leftOut > 0)
        members.deny(pattern, E2BIG, matches.leftOut);
    return std::move(matches.paths);
}

int writeFiles(Moment moment, const Root& root, MemberWriter& members)
{
    for (const SourceEntry& source : sourceTable()) {
        if (!isReadAt(moment, source.cadence) || mayHang(source))
            continue;
        const std::size_t most = source.cadence == Cadence::Trigger ? mostEndBytes : 16 * mostEndBytes;
        for (const std::string& path : pathsOf(root, source.path, members))
            if (const int failure = members.addFile(path, most))
                return failure;
    }
    return 0;
}

/// What sources.txt names has been read already, with its purpose there.
int writeSysctls(const Root& root, MemberWriter& members)
{
    const SysctlTree tree = findSysctls(root);
    std::vector<std::string_view> listed;
    for (const SourceEntry& source : sourceTable())
        if (isReadAt(Moment::Start, source.cadence))
            listed.emplace_back(source.path);
    std::sort(listed.begin(), listed.end());
    for (const std::string& path : tree.paths)
        if (!std::binary_search(listed.begin(), listed.end(), std::string_view(path)))
            if (const int failure = members.addFile(path, mostEndBytes))
                return failure;
    for (const Denial& denial : tree.denials)
        members.deny(denial.path, denial.errorNumber);
    return tree.leftOut.empty() ? 0 : members.add("hindcast/left_out", tree.leftOut);
}

std::vector<Question> startQuestions(Moment moment, const Root& root, MemberWriter& members)
{
    std::vector<Question> questions;
    if (root.hasLiveProc()) {
        questions = {{Subject::Links, "hindcast/links", {}}, {Subject::Addresses, "hindcast/addresses", {}},
            {Subject::Routes, "hindcast/routes", {}}, {Subject::Rules, "hindcast/rules", {}},
            {Subject::Neighbours, "hindcast/neighbours", {}}};
        if (moment == Moment::Start)
            for (const std::string& interface : cardInterfaces(root))
                questions.push_back({Subject::CardFacts, "hindcast/nic/" + interface + ".txt", interface});
    }
    for (const SourceEntry& source : sourceTable())
        if (isReadAt(moment, source.cadence) && mayHang(source))
            for (const std::string& path : pathsOf(root, source.path, members))
                questions.push_back({Subject::File, path, path});
    if (moment == Moment::Start) {
        questions.push_back({Subject::Stacking, "hindcast/stacking", {}});
        questions.push_back({Subject::History, "hindcast/history.txt", {}});
    }
    return questions;
}

/// An interface without a driver of its own has no facts, which is no denial; nor is one that was taken away.
int writeSlowAnswers(Moment moment, const Root& root, MemberWriter& members)
{
    std::string blocks;
    askAtOnce(startQuestions(moment, root, members), root, patience, blocks);
    std::string_view rest = blocks;
    for (framing::Block block; framing::nextBlock(rest, block) == framing::NextBlock::Found;) {
        const std::string path = framing::unescapeField(block.path);
        const bool isCard = path.starts_with("hindcast/nic/");
        if (block.errorNumber != 0 && !(isCard && (block.errorNumber == EOPNOTSUPP || block.errorNumber == ENODEV)))
            members.deny(path, block.errorNumber);
        if (block.errorNumber == 0 && (!block.body.empty() || path.starts_with('/')))
            if (const int failure = members.add(path, block.body))
                return failure;
    }
    return 0;
}

int writeAnswers(const Root& root, const TimeZone& zone, MemberWriter& members)
{
    const std::pair<const char*, std::string> answers[] = {
        {"hindcast/uname", unameText()},
        {"hindcast/adjtimex", clockDisciplineText()},
        {"hindcast/sysconf", sysconfText()},
        {"hindcast/limits", limitsText()},
        {"hindcast/timezone", timeZoneText(zone)},
        {"hindcast/container", containerText(root)},
    };
    for (const auto& [name, text] : answers)
        if (!text.empty())
            if (const int failure = members.add(name, text))
                return failure;
    return 0;
}

/// Where the kernel's log is denied, a log daemon's copy may not be: its end, from a whole line on.
int writeKernelLogFile(const Root& root, MemberWriter& members)
{
    const int log = root.openFile("/dev/kmsg");
    if (log >= 0)
        close(log);
    if (log >= 0 || !root.isRealRoot())
        return 0;
    for (const char* const path : {"/var/log/kern.log", "/var/log/messages"}) {
        const int descriptor = root.openFile(path);
        if (descriptor < 0) {
            if (isRefusal(errno))
                members.deny(path, errno);
            continue;
        }
        const off_t end = lseek(descriptor, 0, SEEK_END);
        const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(mostLogBytes));
        std::string text(mostLogBytes, '\0');
        const ssize_t got = pread(descriptor, text.data(), text.size(), begin);
        close(descriptor);
        if (got <= 0)
            continue;
        text.resize(static_cast<std::size_t>(got));
        if (begin > 0)
            text.erase(0, text.find('\n') + 1);
        return members.add(path, text);
    }
    return 0;
}

/// What is read at a trigger only is tried now, so that the manifest says what there will not be.
void tryTriggerFiles(const Root& root, MemberWriter& members)
{
    for (const SourceEntry& source : sourceTable()) {
        if (source.cadence != Cadence::Trigger)
            continue;
        const int descriptor = root.openFile(source.path);
        if (descriptor < 0)
            members.deny(source.path, errno);
        else
            close(descriptor);
    }
}

} // namespace

int writeMembers(
    Moment moment, const Root& root, const TimeZone& zone, framing::CaptureWriter& writer, std::vector<Denial>& denials)
{
    MemberWriter members(moment, root, writer, denials);
    int failure = writeFiles(moment, root, members);
    if (failure == 0 && moment == Moment::Start) {
        failure = writeAnswers(root, zone, members);
        if (failure == 0)
            failure = writeSysctls(root, members);
        if (failure == 0)
            failure = writeKernelLogFile(root, members);
        tryTriggerFiles(root, members);
    }
    if (failure == 0)
        failure = writeSlowAnswers(moment, root, members);
    return failure == 0 ? writer.endMembers() : failure;
}

void addMemberIntentions(const Root& root, std::vector<std::string>& lines)
{
    lines.emplace_back("/proc/sys/**  at the start: all settings that may be read, except keys and those that act when "
                       "read");
    lines.emplace_back(
        "/var/log/{sa,sysstat,atop,below/store}/*, /var/log/pcp/pmlogger/*/*  at the start: names, sizes and "
        "times of what other tools recorded");
    lines.emplace_back("/etc/{localtime,timezone}, /proc/self/fd/<fd>  at the start: the time zone");
    lines.emplace_back(
        "/.dockerenv, /run/.containerenv, /proc/self/ns/{net,pid,mnt,user,cgroup,uts,ipc}  at the start: "
        "whether this is a container");
    lines.emplace_back(
        "/proc/self/{stat,status,io,schedstat,oom_score,oom_score_adj,limits,cgroup,exe,cwd,ns,wchan,stack}  "
        "at the start: which of them this kernel has");
    lines.emplace_back("/proc/self/{exe,statm}  what the recorder itself takes and where it lies");
    lines.emplace_back(
        "/sys/block/*/slaves/*, /sys/class/net/*/device  which devices lie on which, and which are real");
    lines.emplace_back(
        "/var/log/kern.log or /var/log/messages, the last 256 KiB, at the start where /dev/kmsg is denied");
    if (!root.hasLiveProc())
        return;
    lines.emplace_back("rtnetlink RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETRULE, RTM_GETNEIGH, at start and end");
    for (const std::string& interface : cardInterfaces(root))
        lines.push_back("ioctl SIOCETHTOOL of " + interface + ": driver, rings, channels, offloads, at the start");
}

} // namespace hindcast::recorder
