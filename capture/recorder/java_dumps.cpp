#include "java_dumps.h"

#include "clocks.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace hindcast::recorder {
namespace {

constexpr std::size_t mostBytes = 16 << 20; // of one dump: ten thousand threads
constexpr std::size_t mostListBytes = 1 << 20;
constexpr std::int64_t findingPatience = 2'000'000'000; // nanoseconds

bool isWaiting(const Helper& helper)
{
    return helper.state() == Helper::State::Running;
}

std::string resultOf(const Helper& helper)
{
    switch (helper.state()) {
    case Helper::State::Done:
        return "exit " + std::to_string(helper.exitStatus());
    case Helper::State::TimedOut:
        return "no answer in time; not asked again";
    case Helper::State::Died:
        return helper.bytes().size() == mostBytes ? "cut: too long" : "ended by a signal";
    case Helper::State::Idle:
    case Helper::State::Running:
        break;
    }
    return "not waited for";
}

} // namespace

JavaDumps::JavaDumps(StuckHelpers& stuck)
    : m_stuck(stuck)
    , m_finder(stuck)
{
}

void JavaDumps::begin(unsigned rounds)
{
    if (isBusy() || rounds == 0)
        return;
    m_rounds = rounds;
    m_whyNone.clear();
    FindJava work;
    m_finder.start(work, -1, findingPatience, mostListBytes);
}

void JavaDumps::skip(const std::string& why)
{
    if (isBusy())
        return;
    begin(1);
    m_whyNone = why;
}

void JavaDumps::addDescriptors(std::vector<pollfd>& descriptors) const
{
    if (m_finder.descriptor() >= 0)
        descriptors.push_back({m_finder.descriptor(), POLLIN, 0});
    for (const Asked& asked : m_asked)
        if (asked.helper->descriptor() >= 0)
            descriptors.push_back({asked.helper->descriptor(), POLLIN, 0});
}

int JavaDumps::pause() const
{
    if (!isBusy())
        return -1;
    std::int64_t next = INT64_MAX;
    const std::int64_t now = monotonicNow();
    if (isWaiting(m_finder))
        next = now + 100'000'000; // its end, and its deadline
    for (const Asked& asked : m_asked)
        next = std::min(next, isWaiting(*asked.helper) ? now + 100'000'000 : asked.next);
    return static_cast<int>(std::clamp<std::int64_t>((next - now) / 1'000'000 + 1, 0, 1000));
}

void JavaDumps::tend()
{
    if (m_finder.state() != Helper::State::Idle && m_finder.poll() != Helper::State::Running)
        takeProcesses();
    for (Asked& asked : m_asked) {
        if (asked.helper->state() != Helper::State::Idle && asked.helper->poll() != Helper::State::Running)
            takeAnswer(asked);
        askWhenDue(asked);
    }
    std::erase_if(m_asked, [](const Asked& asked) { return asked.roundsLeft == 0 && !isWaiting(*asked.helper); });
}

void JavaDumps::takeProcesses()
{
    for (JavaProcess& java : readJavaProcesses(m_finder.bytes())) {
        Asked asked;
        asked.java = std::move(java);
        asked.helper = std::make_unique<Helper>(m_stuck);
        asked.beginMonotonic = asked.next = monotonicNow();
        asked.beginReal = readClocks().real;
        asked.roundsLeft = m_rounds;
        if (!m_whyNone.empty() && !asked.java.tool.empty()) {
            asked.java.tool.clear();
            asked.java.whyNot = m_whyNone;
            ++m_skipped;
        }
        if (asked.java.tool.empty())
            addMembers(asked, "skipped: " + asked.java.whyNot, {});
        else
            m_asked.push_back(std::move(asked));
    }
    m_finder.clear();
}

void JavaDumps::askWhenDue(Asked& asked)
{
    const std::int64_t now = monotonicNow();
    if (asked.roundsLeft == 0 || isWaiting(*asked.helper) || now < asked.next)
        return;
    --asked.roundsLeft;
    asked.next = std::max(asked.next + pauseNanoseconds, now + pauseNanoseconds / 2);
    asked.beginMonotonic = now;
    asked.beginReal = readClocks().real;
    if (const std::string why = whyNoLonger(asked.java); !why.empty()) {
        asked.roundsLeft = 0;
        asked.java.tool.clear();
        addMembers(asked, "skipped: " + why, {});
        return;
    }
    const int failure =
        asked.helper->startCommand(commandFor(asked.java), patienceNanoseconds, mostBytes, &asked.java.user);
    if (failure != 0)
        addMembers(asked, std::string("not started: ") + std::strerror(failure), {});
}

void JavaDumps::takeAnswer(Asked& asked)
{
    if (asked.helper->state() == Helper::State::TimedOut)
        asked.roundsLeft = 0; // who does not answer one has enough to do
    addMembers(asked, resultOf(*asked.helper), asked.helper->bytes());
    asked.helper->clear();
}

void JavaDumps::giveUp()
{
    if (m_finder.state() != Helper::State::Idle && m_finder.poll() != Helper::State::Running)
        takeProcesses();
    m_finder.clear();
    for (Asked& asked : m_asked) {
        asked.helper->poll();
        if (asked.helper->state() != Helper::State::Idle)
            addMembers(asked, resultOf(*asked.helper), asked.helper->bytes());
    }
    m_asked.clear(); // which kills those that still run
}

std::optional<FetchedMember> JavaDumps::takeMember()
{
    if (m_members.empty())
        return std::nullopt;
    FetchedMember member = std::move(m_members.front());
    m_members.pop_front();
    return member;
}

/// "-l": with the locks each thread holds. jstack never with -F, which stops the process for long (man 1 jstack).
std::vector<std::string> JavaDumps::commandFor(const JavaProcess& java)
{
    const std::string pid = std::to_string(java.pid);
    if (java.tool.ends_with("/jcmd"))
        return {java.tool, pid, "Thread.print", "-l"};
    return {java.tool, "-l", pid};
}

unsigned JavaDumps::numberFor(pid_t pid)
{
    for (auto& [known, number] : m_numbers)
        if (known == pid)
            return ++number;
    m_numbers.emplace_back(pid, 0);
    return 0;
}

void JavaDumps::addMembers(const Asked& asked, const std::string& result, const std::string& text)
{
    char stem[48];
    std::snprintf(stem, sizeof stem, "jvm/%d/%03u", static_cast<int>(asked.java.pid), numberFor(asked.java.pid));
    std::string command;
    if (!asked.java.tool.empty())
        for (const std::string& word : commandFor(asked.java))
            command += ' ' + word;
    std::string meta = "pid " + std::to_string(asked.java.pid);
    meta += "\nuid " + std::to_string(asked.java.user.uid);
    meta += "\nbegin_real_ns " + std::to_string(asked.beginReal);
    meta += "\nbegin_mono_ns " + std::to_string(asked.beginMonotonic);
    if (!command.empty()) {
        meta += "\nduration_us " + std::to_string((monotonicNow() - asked.beginMonotonic) / 1000);
        meta += "\ncommand" + command;
    }
    meta += "\nresult " + result + '\n';
    if (!text.empty())
        m_members.push_back({std::string(stem) + ".txt", text});
    m_members.push_back({std::string(stem) + ".meta", std::move(meta)});
}

} // namespace hindcast::recorder
