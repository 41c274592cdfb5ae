// Filesystems: how full the local file systems are (block hindcast/filesystems). They are asked in a process of its
// own, because statfs can hang for ever: a tick only takes what that process has written by then.
#pragma once

#include "helper.h"
#include "mount_list.h"
#include "root.h"
#include "source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hindcast::recorder {

class Events;

class Filesystems final : public Source {
public:
    Filesystems(const Root& root, StuckHelpers& stuck, Events& events);

    const char* name() const override { return "filesystems"; }
    /// Begins to ask, before the first tick, so that it has the answers.
    void start(ReadBuffer& buffer);
    /// Appends the block when all answers are there, or the time for them is over; every so many ticks asks anew.
    void sample(const TickContext& context, std::string& blocks) override;
    void addDenials(std::vector<Denial>& denials) const override;
    void addIntentions(std::vector<std::string>& lines) const override;

private:
    const char* tablePath() const;
    void ask(std::optional<std::uint64_t> tick, ReadBuffer& buffer);
    void collect(std::uint64_t tick, std::string& blocks);
    void noteRefusal(const std::string& mount, int errorNumber, std::uint64_t tick, std::vector<Denial>& refused) const;
    void noteHang(const std::string& answers);

    const Root& m_root;
    std::vector<LocalMount> m_mounts; ///< being asked, in this order
    std::vector<std::string> m_hanging; ///< mount points that did not answer, said once, asked last
    Helper m_helper;
    Events& m_events;
    std::int64_t m_begin = 0; ///< of the last asking, CLOCK_MONOTONIC
    std::uint64_t m_nextTick = 0;
    std::vector<Denial> m_denials;
    std::vector<Denial> m_refused; ///< mounts that did not say when last asked
};

} // namespace hindcast::recorder
