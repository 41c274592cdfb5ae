// Entity: a thing that is sampled repeatedly and lives for a while, such as a process. It has a sample only at the
// ticks where something about it changed, so an idle process costs nothing after its first sample.
#pragma once

#include "base/time.h"
#include "model/series.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hindcast {

enum class EntityKind : std::uint8_t { Process, Thread, Socket };

/// What a column of an entity's samples means.
struct EntityColumn {
    std::string metric; ///< "process.rss"
    Unit unit = Unit::None;
    Kind kind = Kind::Gauge;
};

/// The columns of that kind's samples, in order.
const std::vector<EntityColumn>& entityColumns(EntityKind kind);

struct Entity {
    EntityKind kind = EntityKind::Process;
    std::string
        key; ///< identity that does not lie: "<boot id>/<pid>/<start time in clock ticks>"; a socket's: "tcp <cookie>"
    std::vector<Label> attributes; ///< process: pid, ppid, comm, command_line (arguments by blanks), uid, start_ticks;
                                   ///< thread: pid (of its process), tid, comm, start_ticks;
                                   ///< socket: protocol, local, remote, uid, inode; sorted by name
    std::uint32_t firstTick = 0; ///< index into `times`: seen first
    std::uint32_t lastTick = 0; ///< seen (or known alive) last
    bool hasEnded = false; ///< it was seen to be gone after lastTick
    bool hasStarted = false; ///< it began within the capture: its counters start from zero at firstTick's interval
    TimeColumn times; ///< of the source, shared: all ticks, not only this entity's
    std::vector<std::uint32_t> ticks; ///< increasing indices into `times`: where this entity has a sample
    std::vector<Column> columns; ///< one per EntityColumn of its kind, each as long as `ticks`

    std::string_view attribute(std::string_view name) const { return labelValue(attributes, name); }
    bool isAliveAt(std::uint32_t tick) const { return firstTick <= tick && tick <= lastTick; }
    /// Index of the last own sample at or before `tick`; nothing before the first.
    std::optional<std::size_t> sampleAt(std::uint32_t tick) const;
};

} // namespace hindcast
