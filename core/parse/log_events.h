// LogEvents: the lines of a log made into events and counts. Of a log of ordinary size every line is an event; of a
// large one only what a diagnosis can use is, and all lines are counted per program, so that memory follows the result
// and not the text.
#pragma once

#include "parse/builder.h"
#include "parse/kernel_log.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hindcast::parse {

/// One line, with its stamp taken off and placed on the axis.
struct LogEntry {
    Time time{};
    Clock clock = Clock::Wall;
    std::optional<unsigned> level; ///< 0 emergency … 7 debug, where the log says it
    std::optional<Severity> severity; ///< where the log says it in words of its own
    bool isFromKernel = false;
    std::string_view host, program, pid, unit; ///< "" = not said
    std::string_view text;
    std::uint64_t line = 0;
};

/// Lines per interval, of few programs: the interval grows with the span, so that the counts stay small.
class LogCounts {
public:
    void add(std::string_view program, Severity severity, Time time, std::uint64_t lines);
    /// As "log.lines", of all and per program, and "log.errors" and "log.warnings" of those that have any.
    void write(Builder& out) const;
    bool isEmpty() const { return m_all.empty(); }

private:
    using Bins = std::map<std::int64_t, std::uint64_t>; ///< number of the interval to lines in it
    struct ProgramCounts {
        Bins lines, warnings, errors;
    };

    ProgramCounts& of(std::string_view program);
    void coarsen();

    std::map<std::string, ProgramCounts, std::less<>> m_programs;
    Bins m_all;
    std::size_t m_step = 0; ///< which of the intervals
    std::string m_lastProgram;
    ProgramCounts* m_last = nullptr; ///< of m_lastProgram
};

class LogEvents {
public:
    /// For lines that stand between others, which have series of their own.
    explicit LogEvents(Builder& out);
    /// lines  of the whole log: decides whether all of them become events
    LogEvents(Builder& out, std::uint64_t lines);

    void add(const LogEntry& entry);
    /// A line without a stamp: it goes on with the entry before it. False when there is none.
    bool continueLast(std::string_view text);
    /// "last message repeated N times": so many more of the entry before.
    void repeatLast(std::uint64_t times);
    /// Writes the counts and says what is no event.
    void finish();

private:
    Event eventOf(const LogEntry& entry);
    bool isWorthAnEvent(const LogEntry& entry, std::string_view kind, Severity severity);
    void count(std::string_view program, Severity severity, Time time, std::uint64_t lines);

    Builder& m_out;
    KernelLog m_kernel;
    bool m_keepsAll = true;
    bool m_isCounting = false;
    LogCounts m_counts;
    std::unordered_map<std::uint64_t, std::uint32_t> m_shapes; ///< how many events there are of a kind of line
    std::uint64_t m_entries = 0, m_kept = 0;
    bool m_hasLast = false, m_isLastKept = false;
    std::string m_lastProgram;
    Severity m_lastSeverity = Severity::Info;
    Time m_lastTime{};
};

} // namespace hindcast::parse
