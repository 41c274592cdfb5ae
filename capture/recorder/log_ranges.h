// LogRanges: what was written to the files of --log since the recording began, or since the first tick of a bundle. A
// process of its own follows them (a file can hang as statfs can) and remembers how long each was at which time; their
// bytes are read when they are asked for.
#pragma once

#include "denial.h"
#include "fetched_member.h"
#include "helper.h"
#include "options.h"

#include <cstdint>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hindcast::recorder {

class LogRanges {
public:
    LogRanges(const Options& options, StuckHelpers& stuck);
    /// Ends the process.
    ~LogRanges();
    LogRanges(const LogRanges&) = delete;
    LogRanges& operator=(const LogRanges&) = delete;

    /// Begins to follow. An exit status when one can never be followed; that has been said. `others`: logs nobody asked
    /// for, which are taken when they can be read and passed over when not.
    int open(const std::vector<std::string>& others);

    /// Asks for the bytes of all of them since then, on CLOCK_MONOTONIC.
    void collect(std::int64_t firstMonotonic);
    bool isBusy() const { return m_next < m_paths.size() || !m_members.empty(); }
    void addDescriptors(std::vector<pollfd>& descriptors) const;
    int pause() const;
    void tend();
    /// The next log is asked for when all members of this one have been taken: each can have 64 MiB.
    std::optional<FetchedMember> takeMember();

    pid_t process() const { return m_child; } ///< that follows them; -1 = none
    const std::vector<std::string>& paths() const { return m_paths; }
    void addDenials(std::vector<Denial>& denials) const;

private:
    int begin();
    bool readFirstLook();
    int judge(std::string_view looks);
    void ask();
    void addNoAnswer(const char* why);
    std::string memberPath(std::size_t log) const;
    void end();

    StuckHelpers& m_stuck;
    std::vector<std::string> m_paths; ///< absolute
    std::size_t m_wished = 0; ///< of them; the others come behind
    pid_t m_child = -1;
    int m_socket = -1;
    std::string m_answer; ///< as far as it has come
    std::int64_t m_first = 0; ///< asked for
    std::size_t m_next = SIZE_MAX; ///< the log that is asked for, SIZE_MAX = none
    std::int64_t m_deadline = 0;
    std::vector<FetchedMember> m_members; ///< taken from the back
    std::vector<Denial> m_denials;
};

} // namespace hindcast::recorder
