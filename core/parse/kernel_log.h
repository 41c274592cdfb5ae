// KernelLog: lines of the kernel's log made into events, whatever log they were found in. What several lines say
// together (which cgroup a kill was for) is put together here.
#pragma once

#include "parse/builder.h"
#include "parse/kernel_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// One line, with its stamp taken off.
struct KernelLine {
    Time time{};
    Clock clock = Clock::Boot;
    std::optional<unsigned> level; ///< 0 emergency … 7 debug (man 2 syslog)
    bool isFromKernel = true; ///< false: a program wrote it into the log, so its words prove nothing
    std::uint64_t line = 0;
    std::string_view text;
    std::string_view host; ///< "" when the log does not name it
};

/// Error for the levels up to 3, Warning for 4.
Severity severityOfLevel(unsigned level);

class KernelLog {
public:
    explicit KernelLog(Builder& out)
        : m_out(out)
    {
    }
    void add(const KernelLine& line);
    /// The event of a line; for logs that do not keep all of them. Lines must be given in their order.
    Event read(const KernelLine& line);

private:
    void rememberOomContext(std::string_view text);
    void addOomContext(std::string_view text, KernelMessage& message);

    /// What the lines before a kill said about it; "Killed process" itself says no cgroup, and in kernels before 5.0
    /// not even whether one was at its limit.
    struct OomContext {
        bool isOfCgroup = false;
        std::string cgroup, pid;
    };

    Builder& m_out;
    OomContext m_oom;
};

} // namespace hindcast::parse
