// ThreadDumpText: a text with thread dumps in it, as jstack, jcmd Thread.print, kill -3, VisualVM, ThreadInfo, JRockit
// and the debugger's jstack -F print them: alone, several behind one another, or among the lines of a program's log.
#pragma once

#include "parse/thread_dump_tables.h"

#include <deque>

namespace hindcast::parse {

class ThreadDumpText {
public:
    ThreadDumpText(Builder& out, ThreadDumpTables& tables)
        : m_out(out)
        , m_tables(tables)
        , m_histogram("class_histogram")
    {
    }

    void read(std::string_view text);
    bool isAnyThreadRead() const { return m_threads > 0; }

private:
    enum class Section : std::uint8_t { Threads, ThreadList, Deadlock, DeadlockStacks, Heap, Histogram, LockChains };

    void take(std::string_view line);
    std::string_view withoutPrefix(std::string_view line) const;
    void takeBlank();
    bool takeDumpHeading(std::string_view line, std::string_view whole);
    bool takeSectionHeading(std::string_view line);
    bool takeSectionLine(std::string_view line);
    bool takeDeadlockLine(std::string_view line);
    bool takeHistogramLine(std::string_view line);
    bool takeThreadHeading(std::string_view line);
    bool takeBrokenHeading(std::string_view line);
    bool takeDebuggerHeading(std::string_view line);
    bool takeThreadLine(std::string_view line);
    bool takeState(std::string_view line);
    bool takeVirtualThread(std::string_view line);
    bool takeFileHeading(std::string_view text);
    bool takeAroundDump(std::string_view line);
    void beginThread();
    void endThread();
    void endDeadlock();
    void endDump();
    std::uint64_t lineNumber(std::string_view line);

    Builder& m_out;
    ThreadDumpTables& m_tables;
    std::string_view m_text;
    Section m_section = Section::Threads;
    std::string_view m_line; ///< being read, as it stands in the text
    std::string_view m_prefix; ///< what a logger puts before each line of the dump
    std::string_view m_previous; ///< line
    std::optional<DumpStamp> m_stamp; ///< last seen above a heading
    std::optional<DumpHeading> m_heading; ///< no thread of it read yet
    std::optional<DumpedThread> m_thread;
    std::string_view m_brokenHeading; ///< a name with a line break in it, so far
    std::deque<std::string> m_joinedHeadings;
    std::string_view m_bareNumber; ///< the line before, when it is a number and nothing else
    bool m_isVersionNext = false;
    bool m_isBehindBlank = false, m_isInSynchronizers = false, m_isMounted = false;
    std::vector<std::string> m_deadlocked, m_deadlockLocks;
    std::uint64_t m_deadlockLine = 0;
    TableMaker m_histogram;
    std::uint64_t m_threads = 0, m_otherLines = 0;
    std::string_view m_counted; ///< text up to here has m_lineNumber lines
    std::uint64_t m_lineNumber = 1;
};

/// How sure it is that the beginning of a text holds the beginning of a thread dump: 0…100.
int recogniseThreadDumpText(std::string_view beginning);

} // namespace hindcast::parse
