// Bundle: a capture made of a ring's files while the recording goes on. Copying, and compressing what was fetched
// besides, is done by other processes at low priority; the recorder only looks in.
#pragma once

#include "framing/capture_writer.h"
#include "helper.h"
#include "options.h"
#include "output.h"
#include "ring.h"

#include <cstdint>
#include <memory>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

namespace hindcast::recorder {

class Bundle {
public:
    explicit Bundle(const Options& options);
    ~Bundle();
    Bundle(const Bundle&) = delete;
    Bundle& operator=(const Bundle&) = delete;

    /// Creates the file and begins to copy the ring's files that cover the time from `begin` on, and what was recorded
    /// at the start. 0 or errno; what is wrong has been said.
    int start(const std::string& name, const Ring& ring, std::int64_t begin);
    bool isStarted() const { return m_output != nullptr; }

    /// Takes notice of what the other processes have done.
    void tend();
    bool isBusy() const { return m_helper.state() == Helper::State::Running; }
    /// errno of what went wrong, 0 = nothing so far.
    int failure() const { return m_failure; }
    /// The member that would have exceeded --max-size, once; "" = none.
    std::string takeLeftOut() { return std::exchange(m_leftOut, {}); }
    void addDescriptors(std::vector<pollfd>& descriptors) const;

    /// Begins to write a member into it. Only when not busy.
    void addMember(std::string path, std::string bytes);
    /// What sees those members before they are written; null = nothing does.
    void setFilter(framing::MemberFilter* filter) { m_filter = filter; }
    /// Closes it and gives it its name. Only when not busy. 0 or errno.
    int finish();
    /// Of one that is finished: ready for the next.
    void release() { m_output.reset(); }
    /// CPU nanoseconds of the other processes that made any of them.
    std::int64_t cpuOfHelpers() const { return m_stuck.cpuOfEnded(); }
    /// Leaves nothing behind.
    void abandon();

    const std::string& name() const { return m_output->name(); }
    std::uint64_t bytes() const { return m_output->length(); }
    /// Of the ticks in it.
    const Ring::Span& span() const { return m_span; }

private:
    class Copying;
    class Compressing;

    std::vector<const Ring::File*> filesFrom(const Ring& ring, std::int64_t begin) const;
    void startWork(Work& work);
    void takeAnswer();
    framing::WriterSettings settings() const;

    framing::MemberFilter* m_filter = nullptr;
    const Options& m_options;
    StuckHelpers m_stuck; ///< its own: what hangs elsewhere is no reason to have no bundle
    Helper m_helper;
    std::unique_ptr<Output> m_output;
    framing::PartIndex m_index;
    Ring::Span m_span;
    std::unique_ptr<Compressing> m_compressing;
    int m_failure = 0;
    std::string m_leftOut;
};

/// "web1-20260101T000000Z-trigger.hindcast.tar.zst" beside the recording's own file; with a file named by the user
/// "FILE-1.hindcast.tar.zst" for "FILE.hindcast.tar.zst", the first number that is free.
std::string bundleName(const Options& options, const std::string& file, std::int64_t realNanoseconds);

} // namespace hindcast::recorder
