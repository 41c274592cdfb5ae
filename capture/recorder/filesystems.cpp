#include "filesystems.h"

#include "events.h"
#include "framing/block.h"
#include "message.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

// As often as sockets are listed: a file system that fills up does so within seconds, and a capture of half a minute
// has to show it. A process is started for it, so not more often than every few seconds, however short the ticks.
constexpr std::uint64_t everyTicks = 10;
constexpr std::int64_t leastPause = 5'000'000'000; // nanoseconds
constexpr std::int64_t patience = 1'000'000'000; // nanoseconds
constexpr std::size_t mostAnswerBytes = 1 << 20;
constexpr char refusalMark = ' '; // and the errno: no answer begins so, because blanks are written as %20
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

/// One line per mount, so that the recorder sees which one it hangs on.
class AskAll final : public Work {
public:
    AskAll(const Root& root, const std::vector<LocalMount>& mounts)
        : m_root(root)
        , m_mounts(mounts)
    {
    }
    int run(int descriptor) override
    {
        for (const LocalMount& mount : m_mounts) {
            struct statfs status { };
            const int failure = askOne(m_root, mount.mount, status);
            const std::string line =
                failure == 0 ? answerLine(mount, status) : refusalMark + std::to_string(failure) + '\n';
            if (write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
                return 1;
        }
        return 0;
    }

private:
    const Root& m_root;
    const std::vector<LocalMount>& m_mounts;
};

} // namespace

Filesystems::Filesystems(const Root& root, StuckHelpers& stuck, Events& events)
    : m_root(root)
    , m_helper(stuck)
    , m_events(events)
{
}

void Filesystems::start(ReadBuffer& buffer)
{
    ask(std::nullopt, buffer);
    m_nextTick = everyTicks;
}

void Filesystems::sample(const TickContext& context, std::string& blocks)
{
    if (context.turn == Turn::Burst)
        return;
    collect(context.tick, blocks);
    const bool isDue = context.tick >= m_nextTick && monotonicNow() - m_begin >= leastPause;
    if ((!isDue && context.turn != Turn::Triggered) || m_helper.state() == Helper::State::Running)
        return;
    m_nextTick = (context.tick / everyTicks + 1) * everyTicks;
    ask(context.tick, context.buffer);
    collect(context.tick, blocks); // at once when there is nothing to ask
}

void Filesystems::addDenials(std::vector<Denial>& denials) const
{
    denials.insert(denials.end(), m_denials.begin(), m_denials.end());
    denials.insert(denials.end(), m_refused.begin(), m_refused.end());
}

void Filesystems::addIntentions(std::vector<std::string>& lines) const
{
    lines.push_back(std::string(tablePath()) + "  about every 10 ticks: which file systems are mounted");
    ReadBuffer buffer;
    std::string_view text;
    const int list = m_root.openFile(tablePath());
    if (list < 0 || buffer.readWhole(list, text) != 0)
        text = {};
    if (list >= 0)
        close(list);
    for (const LocalMount& mount : localMounts(text))
        lines.push_back("statfs of " + mount.mount + "  then: how full it is, asked by a process of its own");
}

/// The mounts of process 1 are those of the host, where another root stands for it.
const char* Filesystems::tablePath() const
{
    return m_root.isRealRoot() || !m_root.exists("/proc/1/mountinfo") ? "/proc/self/mountinfo" : "/proc/1/mountinfo";
}

void Filesystems::ask(std::optional<std::uint64_t> tick, ReadBuffer& buffer)
{
    const char* const path = tablePath();
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
    if (m_mounts.empty())
        return;
    AskAll work(m_root, m_mounts);
    m_begin = monotonicNow();
    m_helper.start(work, m_root.descriptor(), patience, mostAnswerBytes);
}

void Filesystems::collect(std::uint64_t tick, std::string& blocks)
{
    const Helper::State state = m_helper.poll();
    if (state == Helper::State::Idle || state == Helper::State::Running)
        return;
    const std::string& answers = m_helper.bytes();
    if (state == Helper::State::TimedOut)
        noteHang(answers);
    const std::size_t whole = answers.rfind('\n') + 1; // npos + 1 = 0: not one whole line
    std::string text = columnsLine;
    std::vector<Denial> refused;
    std::size_t index = 0;
    for (std::size_t at = 0; at < whole; ++index) {
        const auto end = answers.find('\n', at) + 1;
        if (answers[at] == refusalMark && index < m_mounts.size())
            noteRefusal(m_mounts[index].mount, std::atoi(answers.c_str() + at + 1), tick, refused);
        else if (end > at + 1)
            text.append(answers, at, end - at);
        at = end;
    }
    m_refused = std::move(refused);
    m_helper.clear();
    framing::appendBlock(blocks, "hindcast/filesystems", m_begin, (monotonicNow() - m_begin) / 1000, 0, text);
}

/// One that was unmounted meanwhile is none.
void Filesystems::noteRefusal(
    const std::string& mount, int errorNumber, std::uint64_t tick, std::vector<Denial>& refused) const
{
    if (errorNumber == ENOENT)
        return;
    const auto known =
        std::find_if(m_refused.begin(), m_refused.end(), [&](const Denial& denial) { return denial.path == mount; });
    refused.push_back({mount, errorNumber, known != m_refused.end() ? known->tick : tick});
}

/// The first mount without an answer is the one that hangs.
void Filesystems::noteHang(const std::string& answers)
{
    const auto answered = static_cast<std::size_t>(std::count(answers.begin(), answers.end(), '\n'));
    if (answered >= m_mounts.size())
        return;
    const std::string& mount = m_mounts[answered].mount;
    if (std::find(m_hanging.begin(), m_hanging.end(), mount) != m_hanging.end())
        return;
    m_hanging.push_back(mount);
    m_events.add("helper-stuck", {{"source", "filesystems"}, {"path", mount}});
    say("the file system at %s does not answer: its free space is not recorded", mount.c_str());
}

} // namespace hindcast::recorder
