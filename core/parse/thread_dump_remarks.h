// The lines of thread dumps that are no thread's heading, frame or lock of HotSpot's: what other VMs and tools print
// instead, and what all of them print around.
#pragma once

#include "parse/thread_dump_lines.h"

namespace hindcast::parse {

/// What stands behind "java.lang.Thread.State:"; "" in other lines.
std::string_view stateLineRest(std::string_view line);

/// Log viewers show the newest line first, and so it is exported: the state then stands above its thread's heading.
bool isUpsideDown(std::string_view text);

/// The debugger's frames: " - java.lang.Object.wait(long) @bci=0, line=502 (Interpreted frame)"; "" in other lines.
std::string_view debuggerFrame(std::string_view line);

/// JRockit: "-- Blocked trying to get lock: java/lang/Object@0x10a8[fat lock]", "^-- Holding lock: …[thin lock]".
std::optional<LockLine> readJrockitLock(std::string_view line);
/// ` on java.lang.Object@1b2c owned by "x" Id=12`, a line of its own in the dumps that IDEs make of ThreadInfo.
std::optional<LockLine> readWaitLine(std::string_view line, std::string_view state);
/// "alive, waiting, native_blocked" of JRockit in the words of java.lang.Thread.State.
std::string_view jrockitState(std::string_view status);

/// Words a thread's block may hold besides its state, frames and locks.
bool isKnownRemark(std::string_view line);
/// What the tools say around a dump and its sections.
bool isKnownChrome(std::string_view line);
/// The number in "4711:", what jcmd prints above its answer.
std::string_view pidLine(std::string_view line);

} // namespace hindcast::parse
