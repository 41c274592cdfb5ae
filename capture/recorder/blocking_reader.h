// BlockingReader: reads files of processes that may never answer (a command line waits for the lock of that process's
// memory) in a process of its own, one after the other. The recorder takes the answers that have come and goes on; what
// does not answer is given up, and so is the process that waits for it.
#pragma once

#include "events.h"
#include "helper.h"
#include "root.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace hindcast::recorder {

class BlockingReader {
public:
    enum class Kind : std::uint32_t {
        File,
        Link, ///< what it points to
        LinksInFolder, ///< one per line, by name
    };
    struct Question {
        Kind kind = Kind::File;
        std::uint32_t what = 0; ///< the asker's own
        pid_t pid = 0;
        std::uint64_t startTicks = 0; ///< of the process meant: another one under its number is answered ESRCH
        std::uint32_t limit = 0; ///< bytes
        std::string path;
    };
    struct Answer {
        std::int64_t begin = 0; ///< CLOCK_MONOTONIC
        std::int64_t microseconds = 0;
        /// ETIMEDOUT: it did not answer. EBUSY: nothing is asked any more, too many helpers hang.
        int errorNumber = 0;
        std::string_view bytes;
    };
    class Asker {
    public:
        virtual ~Asker() = default;
        /// Appends blocks. May ask more.
        virtual void take(const Question& question, const Answer& answer, std::string& blocks) = 0;
    };

    BlockingReader(const Root& root, StuckHelpers& stuck, Events& events);
    ~BlockingReader();
    BlockingReader(const BlockingReader&) = delete;
    BlockingReader& operator=(const BlockingReader&) = delete;

    /// Starts the process, small, before the recorder has grown. Else the first question does.
    void start();
    void ask(Asker& asker, const Question& question);
    /// Hands out what was answered. Waits a little for the rest: as long as answers come, up to `mostWait`.
    void collect(std::int64_t mostWait, std::string& blocks);
    pid_t process() const { return m_child; } ///< that reads; -1 = none
    /// CPU time of the process that reads, as it last said.
    std::int64_t cpuMicroseconds() const { return m_cpuBefore + m_cpu; }

private:
    struct Pending {
        Asker* asker;
        Question question;
        unsigned starts = 0; ///< processes it was sent to
    };
    enum class Receipt { Answer, Nothing, Closed };

    bool isRunning() const { return m_child > 0; }
    void send();
    Receipt receive(std::string& blocks);
    void answerFirst(const Answer& answer, std::string& blocks);
    void giveUpFirst(std::string& blocks);
    void restart(std::string& blocks);
    void end();

    const Root& m_root;
    StuckHelpers& m_stuck;
    Events& m_events;
    pid_t m_child = -1;
    int m_socket = -1;
    std::deque<Pending> m_pending; ///< the first m_sent were sent
    std::size_t m_sent = 0;
    std::int64_t m_firstSince = 0; ///< since when the first of them is being answered, as far as we know
    std::string m_received;
    std::int64_t m_cpu = 0, m_cpuBefore = 0; ///< microseconds: of this process, of those before
};

} // namespace hindcast::recorder
