// KernelLog: the kernel's messages, followed through /dev/kmsg from the start: what is in the log already in the first
// tick, what is new in each later one (block /dev/kmsg, raw records).
#pragma once

#include "root.h"
#include "source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class KernelLog final : public Source {
public:
    /// Opens it; what was refused stands in denials().
    explicit KernelLog(const Root& root);
    ~KernelLog() override;

    const char* name() const override { return "kernel-log"; }
    /// Takes what is new, for sample().
    void read(std::uint64_t tick);
    /// Records that the kernel overwrote before that read could have them; nothing when the log cannot be read.
    std::optional<std::uint64_t> lost() const;
    /// Appends the block when there are new records; in keyframes, when the log cannot be read, one with the errno.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    int readRecords(std::size_t limit);
    void noteSequence(std::string_view record);

    int m_descriptor = -1;
    int m_errorNumber = 0;
    std::uint64_t m_failedTick = 0;
    bool m_isBacklogRead = false;
    std::string m_text; ///< of the last read
    std::int64_t m_begin = 0, m_microseconds = 0;
    std::optional<std::uint64_t> m_nextSequence;
    std::uint64_t m_lost = 0;
};

} // namespace hindcast::recorder
