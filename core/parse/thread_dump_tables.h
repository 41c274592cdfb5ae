// ThreadDumpTables: the threads of dumps of a Java process, from whatever form they were printed in, as tables and
// events: a table "threads" and an event of each dump, one table "stacks" with every different stack once, and an event
// for each ring of threads that wait for each other.
#pragma once

#include "model/lock_graph.h"
#include "parse/parser.h"
#include "parse/table_maker.h"
#include "parse/thread_dump_lines.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

/// One thread of a dump; the views need to live until add() returns.
struct DumpedThread {
    std::uint64_t line = 0;
    ThreadHeading heading;
    std::string_view state; ///< of java.lang.Thread.State: "TIMED_WAITING"
    std::string_view stateReason; ///< "parking", "on object monitor", "sleeping"
    std::string_view vmState; ///< what a debugger sees of it: "IN_NATIVE"
    std::string_view container; ///< of virtual threads: the executor or scope they belong to
    std::vector<std::string_view> frames; ///< innermost first, without "at"
    struct PlacedLock {
        LockLine lock;
        std::size_t frame = 0; ///< how many frames stand above the line
    };
    std::vector<PlacedLock> locks;
    std::optional<std::uint64_t> carries; ///< number of the virtual thread that it runs
    std::vector<std::string_view> carriedFrames;
};

/// What stands above the threads.
struct DumpHeading {
    std::optional<DumpStamp> stamp;
    std::string virtualMachine; ///< "OpenJDK 64-Bit Server VM (17.0.9+9 mixed mode)"
    std::uint64_t line = 0;
};

class ThreadDumpTables {
public:
    ThreadDumpTables(const Input& input, Builder& out);

    /// Before the dumps of each text.
    void beginText(const Sample& sample);
    /// The process that the dumps begun from now on are of.
    void setPid(std::string_view pid);
    /// Ends the dump before it.
    void begin(DumpHeading heading);
    bool isOpen() const { return m_isOpen; }
    void add(const DumpedThread& thread);
    /// A ring of threads as the VM itself reports it, in the dump that is open.
    void reportDeadlock(std::vector<std::string> threads, std::vector<std::string> locks, std::uint64_t line);
    void setGlobalReferences(std::string_view text); ///< of JNI
    /// Ends the last dump and writes the stacks.
    void finish();

private:
    struct Deadlock {
        std::vector<std::string> threads, locks;
        std::uint64_t line = 0;
        bool isSaidByTheVm = false;
    };
    void place(const DumpHeading& heading);
    void end();
    std::string stackId(const std::vector<std::string_view>& frames);
    void writeHeading(const DumpedThread& thread);
    void writeLocks(const DumpedThread& thread);
    void findDeadlocks();
    void writeEvents();
    void writeStacks();

    const Input& m_input;
    Builder& m_out;
    bool m_isOpen = false, m_isDated = false;
    DumpHeading m_heading;
    std::string m_nextPid, m_pid; ///< "" when nothing tells it
    Time m_time{}; ///< of the dump that is open
    Clock m_clock = Clock::None;
    std::optional<Time> m_sampled; ///< when the text was made, where that is known from outside
    std::optional<Time> m_firstStamp; ///< printed in that text
    std::uint64_t m_dumps = 0;

    TableMaker m_table;
    struct Columns {
        std::size_t name, number, nativeId, state, reason, status, vmState, daemon, isVirtual, priority, osPriority,
            cpu, elapsed, allocated, definedClasses, address, wait, waitsFor, waitsForClass, waitsForOwner, holds,
            depth, topFrame, stack, carries, carriedStack, container;
    };
    Columns m_columns{};
    std::vector<LockUser> m_users; ///< of the dump that is open: those that wait or hold
    std::vector<std::uint64_t> m_userLines;
    std::uint64_t m_threads = 0;
    std::unordered_map<std::string, std::uint64_t> m_states;
    std::vector<Deadlock> m_deadlocks;
    std::string m_globalReferences;

    TableMaker m_stacks;
    std::unordered_map<std::string, std::size_t> m_knownStacks; ///< by id
};

} // namespace hindcast::parse
