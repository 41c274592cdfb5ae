// The lines of a thread dump of a Java process, as HotSpot and the tools around it print them: pure functions from one
// line to what it says. Sources: OpenJDK thread.cpp (JavaThread::print_on), vframe.cpp (print_lock_info_on),
// threadService.cpp (DeadlockCycle::print_on_with), java.lang.management.ThreadInfo.toString; man 1 jstack, man 1 jcmd.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hindcast::parse {

/// What stands in the line that begins a thread. Absent = the line does not say it.
struct ThreadHeading {
    std::string_view name;
    std::optional<std::uint64_t> number; ///< Thread.getId(): "#20", "t@332", "Id=12"
    std::optional<std::uint64_t> nativeId; ///< of the operating system; hexadecimal before JDK 21: "nid=0x2a43"
    std::string_view address; ///< "tid=0x00007f92b01aa000": of the VM's own structure, the same in every dump
    bool isDaemon = false, isVirtual = false;
    bool isByTheVm = false; ///< HotSpot's own line, which names daemon threads as such
    bool isFromFile = false; ///< of jcmd Thread.dump_to_file, which prints frames without "at"
    std::optional<double> priority, osPriority, cpuSeconds, elapsedSeconds, allocatedBytes, definedClasses;
    std::string_view status; ///< "waiting on condition", "runnable": what the VM sees of it
    std::string_view state; ///< of java.lang.Thread.State, where the heading has it (ThreadInfo)
    std::string_view waitsFor, owner; ///< of ThreadInfo: "java.lang.Object@1b2c", name of the thread that holds it
};

/// `"http-1" #31 [4711] daemon prio=5 os_prio=0 cpu=1.20ms elapsed=5.00s tid=0x… nid=4711 runnable [0x…]` and its
/// relatives, `#31 "http-1" virtual` among them. Names may hold quotes.
std::optional<ThreadHeading> readThreadHeading(std::string_view line);

enum class LockAction : std::uint8_t {
    Locked, ///< holds its monitor, unless it waits for it
    Eliminated, ///< the compiler took the lock out
    ToLock, ///< stands before the monitor
    ToLockAgain, ///< was notified and wants the monitor back
    WaitingOn, ///< in Object.wait(): gave the monitor back
    Parking, ///< LockSupport.park: a lock of java.util.concurrent, or a condition of one
    Owns, ///< of "Locked ownable synchronizers"
    Nothing, ///< "- None"
};
struct LockLine {
    LockAction action = LockAction::Nothing;
    std::string_view address; ///< "0x00000007ffc12345", "java.lang.Object@1b2c"; "" when the VM does not know it
    std::string_view className; ///< "java.lang.Object", "java.lang.Class for com.example.Pool"
    std::string_view owner; ///< where the line names it
};
/// "- waiting to lock <0x…> (a java.lang.Object)". Nothing for other lines.
std::optional<LockLine> readLockLine(std::string_view line);

/// "at java.lang.Object.wait(Native Method)" -> "java.lang.Object.wait(Native Method)"; "" for other lines.
std::string_view readFrame(std::string_view line);

struct DumpStamp {
    Time time{}; ///< as if in UTC when `hasZone` is false
    bool hasZone = false;
};
/// A line that is a date and nothing else: "2024-01-02 03:04:05", ISO 8601, "Tue Jan  2 03:04:05 CET 2024".
std::optional<DumpStamp> readDumpStamp(std::string_view line);
/// A date anywhere in a short text, in any language, as long as its numbers can be told apart by their size and order:
/// four digits are the year, hours, minutes and seconds have colons, and the month comes before the day.
std::optional<DumpStamp> findDumpStamp(std::string_view text);

/// The part between the first quote and the last.
std::string_view quoted(std::string_view text);

} // namespace hindcast::parse
