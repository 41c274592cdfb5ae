// JavaDumps: what the threads of Java processes do, some seconds apart, as jcmd or jstack of their own Java prints it.
// Each is asked by its own user's leave only, in a process with a deadline, and never by a signal.
#pragma once

#include "fetched_member.h"
#include "helper.h"
#include "java_processes.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

namespace hindcast::recorder {

class JavaDumps {
public:
    static constexpr unsigned mostRounds = 3;
    static constexpr std::int64_t pauseNanoseconds = 5'000'000'000; ///< from one round to the next
    static constexpr std::int64_t patienceNanoseconds = 10'000'000'000; ///< for one dump

    explicit JavaDumps(StuckHelpers& stuck);

    /// Looks for the processes, and asks each of them so many times. While that goes on, nothing.
    void begin(unsigned rounds);
    /// Looks for them only, and says of each why it is not asked.
    void skip(const std::string& why);
    /// How many of them there were, since the last call.
    unsigned takeSkipped() { return std::exchange(m_skipped, 0); }
    bool isBusy() const { return m_finder.state() != Helper::State::Idle || !m_asked.empty(); }
    /// For poll(); milliseconds until tend() has something to do, -1 = nothing.
    void addDescriptors(std::vector<pollfd>& descriptors) const;
    int pause() const;
    void tend();
    /// Ends what has not come, and says so.
    void giveUp();
    std::optional<FetchedMember> takeMember();

private:
    struct Asked {
        JavaProcess java;
        std::unique_ptr<Helper> helper;
        unsigned roundsLeft = 0;
        std::int64_t next = 0; ///< CLOCK_MONOTONIC of the next dump
        std::int64_t beginReal = 0, beginMonotonic = 0;
    };

    void takeProcesses();
    void askWhenDue(Asked& asked);
    void takeAnswer(Asked& asked);
    void addMembers(const Asked& asked, const std::string& result, const std::string& text);
    static std::vector<std::string> commandFor(const JavaProcess& java);
    unsigned numberFor(pid_t pid);

    StuckHelpers& m_stuck;
    Helper m_finder;
    unsigned m_rounds = 0;
    std::string m_whyNone; ///< why those that are found are not asked, "" = they are
    unsigned m_skipped = 0;
    std::deque<Asked> m_asked; ///< those that have dumps to come
    std::vector<std::pair<pid_t, unsigned>> m_numbers; ///< of the dumps each process has
    std::deque<FetchedMember> m_members;
};

} // namespace hindcast::recorder
