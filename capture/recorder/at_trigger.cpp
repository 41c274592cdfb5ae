#include "at_trigger.h"

#include "clocks.h"

#include <algorithm>
#include <cerrno>
#include <sys/klog.h>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::int64_t lastDump = 2'000'000'000; // nanoseconds before the end: so long one takes on a busy machine
constexpr const char* kernelLogs[] = {"/var/log/kern.log", "/var/log/messages"};

std::int64_t lengthOf(unsigned rounds)
{
    return lastDump + (rounds - 1) * JavaDumps::pauseNanoseconds;
}

/// What the kernel's buffer holds, as man 2 syslog has it; "" when that is refused, too.
std::string kernelBuffer()
{
    constexpr int readAll = 3, size = 10;
    const int length = klogctl(size, nullptr, 0);
    std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
    const int got = length > 0 ? klogctl(readAll, text.data(), length) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace

AtTrigger::AtTrigger(const Options& options, const Root& root, StuckHelpers& stuck)
    : m_options(options)
    , m_root(root)
    , m_dumps(m_stuck)
    , m_logs(options, stuck)
{
}

int AtTrigger::open(bool isKernelLogRefused)
{
    m_isKernelLogRefused = isKernelLogRefused && m_root.isRealRoot();
    std::vector<std::string> others;
    if (m_isKernelLogRefused)
        others.assign(std::begin(kernelLogs), std::end(kernelLogs));
    std::erase_if(others, [this](const std::string& path) {
        return std::find(m_options.logs.begin(), m_options.logs.end(), path) != m_options.logs.end();
    });
    return m_logs.open(others);
}

bool AtTrigger::hasDumps() const
{
    return m_options.threadDumps == ThreadDumps::Automatic && m_options.hasCommands && m_root.isRealRoot();
}

void AtTrigger::beginDumps(std::optional<std::int64_t> nanosecondsLeft, Degradation degradation)
{
    if (!hasDumps())
        return;
    if (degradation != Degradation::None) {
        m_hasBegun = true;
        m_dumps.skip("budget");
        return;
    }
    unsigned rounds = JavaDumps::mostRounds;
    while (rounds > 1 && nanosecondsLeft && lengthOf(rounds) > *nanosecondsLeft)
        --rounds;
    m_hasBegun = true;
    m_dumps.begin(rounds);
}

std::int64_t AtTrigger::lead(std::int64_t duration)
{
    for (unsigned rounds = JavaDumps::mostRounds; rounds > 0; --rounds)
        if (duration >= lengthOf(rounds))
            return lengthOf(rounds);
    return 0;
}

void AtTrigger::collect(std::int64_t firstMonotonic)
{
    m_hasBegun = false;
    m_logs.collect(firstMonotonic);
    if (!m_isKernelLogRefused)
        return;
    if (std::string text = kernelBuffer(); !text.empty())
        m_members.push_back({"tools/dmesg.txt", std::move(text)});
}

bool AtTrigger::isBusy() const
{
    return m_dumps.isBusy() || m_logs.isBusy() || !m_members.empty();
}

void AtTrigger::addDescriptors(std::vector<pollfd>& descriptors) const
{
    m_dumps.addDescriptors(descriptors);
    m_logs.addDescriptors(descriptors);
}

int AtTrigger::pause() const
{
    const int dumps = m_dumps.pause(), logs = m_logs.pause();
    return dumps < 0 || logs < 0 ? std::max(dumps, logs) : std::min(dumps, logs);
}

void AtTrigger::tend()
{
    m_dumps.tend();
    m_logs.tend();
}

std::optional<FetchedMember> AtTrigger::takeMember()
{
    if (auto member = m_dumps.takeMember())
        return member;
    if (auto member = m_logs.takeMember())
        return member;
    if (m_members.empty())
        return std::nullopt;
    FetchedMember member = std::move(m_members.back());
    m_members.pop_back();
    return member;
}

std::optional<FetchedMember> AtTrigger::waitForMember(std::int64_t deadline)
{
    std::vector<pollfd> descriptors;
    for (;;) {
        tend();
        if (auto member = takeMember())
            return member;
        if (!isBusy())
            return std::nullopt;
        const std::int64_t left = deadline - monotonicNow();
        if (left <= 0 && m_dumps.isBusy()) {
            m_dumps.giveUp();
            continue;
        }
        descriptors.clear();
        addDescriptors(descriptors);
        const auto most = static_cast<int>(std::max<std::int64_t>(left, 0) / 1'000'000 + 1);
        const int wanted = std::max(pause(), 1);
        poll(descriptors.data(), descriptors.size(), m_dumps.isBusy() ? std::min(most, wanted) : wanted);
    }
}

std::int64_t AtTrigger::cpuOfFollower() const
{
    return cpuOf(m_logs.process());
}

void AtTrigger::addDenials(std::vector<Denial>& denials) const
{
    m_logs.addDenials(denials);
}

void AtTrigger::addIntentions(std::vector<std::string>& lines) const
{
    for (const std::string& path : m_logs.paths())
        lines.push_back(path + "  at a trigger and at the end: what was written to it meanwhile");
    if (hasDumps()) {
        lines.emplace_back("/proc/<pid>/{comm,exe,status,stat,ns/mnt,ns/pid}, /tmp/hsperfdata_*/*  at a trigger and "
                           "at the end: to find Java processes");
        lines.emplace_back(
            "jcmd <pid> Thread.print -l, or jstack -l <pid>, of the Java process or in PATH, as its user  "
            "at a trigger and at the end: 3 times, of at most 4 processes");
    }
    if (m_root.isRealRoot())
        lines.emplace_back("/var/log/kern.log, /var/log/messages, syslog(2)  as --log, where /dev/kmsg is refused");
}

} // namespace hindcast::recorder
