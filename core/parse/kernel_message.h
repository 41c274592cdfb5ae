// KernelLog: lines of the kernel's log made into events. It knows the messages that matter for a diagnosis and labels
// them with what they name: the process killed, the disk that failed, the port that was flooded.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// What one message says by itself. `kind` is empty for a message without meaning to a diagnosis.
struct KernelMessage {
    std::string_view kind; ///< "oom-kill", "hung-task", "io-error", …
    Severity severity = Severity::Info;
    Labels labels; ///< without "kind"
};
KernelMessage readKernelMessage(std::string_view text);

/// One line, with its stamp taken off.
struct KernelLine {
    Time time{};
    Clock clock = Clock::Boot;
    std::optional<unsigned> level; ///< 0 emergency … 7 debug (man 2 syslog)
    bool isFromKernel = true; ///< false: a program wrote it into the log, so its words prove nothing
    std::uint64_t line = 0;
    std::string_view text;
};

class KernelLog {
public:
    explicit KernelLog(Builder& out)
        : m_out(out)
    {
    }
    void add(const KernelLine& line);

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
