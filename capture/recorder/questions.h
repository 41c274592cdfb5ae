// Questions whose answer may take for ever, because a driver, a firmware or a lock is in the way: files of sysfs, the
// network's configuration, network cards. They are asked in a process of its own, one after the other.
#pragma once

#include "helper.h"
#include "read_buffer.h"
#include "root.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

enum class Subject {
    File, ///< object = path = the file's
    Links,
    Addresses,
    Routes,
    Rules,
    Neighbours,
    QueueingDisciplines,
    CardFacts, ///< object = the interface
    CardStatistics, ///< likewise
    Stacking, ///< which disks lie on which
    History, ///< what other tools recorded: names only
};

struct Question {
    Subject subject = Subject::File;
    std::string path; ///< of the block that has the answer: "/sys/…", "hindcast/links"
    std::string object;
};

/// Appends one block: the answer, or why there is none.
void answer(const Question& question, const Root& root, ReadBuffer& buffer, std::string& blocks);

/// One round of questions.
class Inquiry {
public:
    Inquiry(const Root& root, StuckHelpers& stuck);

    /// 0 or errno; EBUSY with too many helpers that hang, or when it still runs.
    int start(std::vector<Question> questions, std::int64_t patienceNanoseconds);
    /// Idle before start() and after clear(). When it has ended in any way, blocks() are the answers up to there.
    Helper::State poll() { return m_helper.poll(); }
    Helper::State state() const { return m_helper.state(); }
    /// For poll(2).
    int descriptor() const { return m_helper.descriptor(); }
    const std::string& blocks() const { return m_helper.bytes(); }
    const std::vector<Question>& questions() const { return m_questions; }
    void clear();

private:
    const Root& m_root;
    Helper m_helper;
    std::vector<Question> m_questions;
};

/// Waits for all answers and hands the blocks to `blocks`. One that takes longer than `patience` has a block with errno
/// ETIMEDOUT; after a second one the rest is left out likewise.
void askAtOnce(
    std::vector<Question> questions, const Root& root, std::int64_t patienceNanoseconds, std::string& blocks);

/// The interfaces worth asking about their card: those with a device first, at most 16.
std::vector<std::string> cardInterfaces(const Root& root);

} // namespace hindcast::recorder
