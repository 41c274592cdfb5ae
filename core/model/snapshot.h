// Snapshot: everything read from one capture, in the few shapes that views and rules may rely on. Const once loaded.
#pragma once

#include "base/time.h"
#include "model/entity.h"
#include "model/flow.h"
#include "model/series.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hindcast {

/// The machine the capture is of. Empty text and absent values = not recorded.
struct Host {
    std::string hostname;
    std::string kernel;
    std::string machine; ///< "x86_64"
    std::string distribution; ///< PRETTY_NAME of os-release
    std::string bootId;
    std::string timezone; ///< "Asia/Seoul"
    std::optional<std::chrono::seconds> utcOffset;
    std::optional<unsigned> cpus;
    std::optional<double> clockTicks; ///< CLK_TCK, per second
    std::optional<double> pageSizeBytes;
    std::optional<double> memoryBytes;
    std::optional<Time> bootTime;
    std::string tool; ///< "hindcast-record 0.1.0"
    std::optional<Nanoseconds> interval; ///< between ticks, as configured
};

enum class Severity : std::uint8_t { Info, Warning, Error };

/// Something that happened at an instant.
struct Event {
    Time time{};
    Clock clock = Clock::Wall;
    Severity severity = Severity::Info;
    std::string source, member;
    std::uint64_t line = 0; ///< 1-based, in `member`; 0 = it has no lines
    std::string text;
    Labels labels; ///< "kind" says what it is: "oom-kill", "hung-task", "syn-flood", …; others carry pid, comm, device
};

/// A listing at one instant.
struct TableColumn {
    std::string name;
    Unit unit = Unit::None;
};
using Cell = std::variant<std::monostate, double, std::string>; ///< monostate = not measured
struct Table {
    std::string source, member, name;
    std::optional<Time> time;
    std::uint64_t firstLine = 0; ///< of the first row, 1-based, in `member`; 0 = not known
    std::vector<TableColumn> columns;
    std::vector<std::vector<Cell>> rows;
};

enum class NoteSeverity : std::uint8_t { Info, DataLoss, Error };

/// Something about the reading that the user must be able to see: what was skipped, lost or assumed.
struct ImportNote {
    std::string member; ///< "" = the input as a whole
    std::uint64_t line = 0; ///< 1-based; 0 = no line
    NoteSeverity severity = NoteSeverity::Info;
    std::string message;
    std::uint64_t count = 1; ///< how many alike; `line` and `message` are of the first
};

/// One recorded source or file of the input, and who read it.
struct MemberReport {
    std::string path; ///< "samples/proc/stat", "start/proc/cpuinfo", "vmstat.txt"
    std::string source; ///< parser id; "" = nothing read it
    std::uint64_t bytes = 0;
    std::uint64_t samples = 0;
    std::uint64_t skipped = 0; ///< lines
    std::string firstProblem;
    int errorNumber = 0; ///< errno the recorder got instead of data, e.g. EACCES
    bool isTimeInferred = false; ///< it has no clock: what it holds is placed by when the file was written
};

/// A stretch in which nothing was measured though it should have been.
struct Gap {
    TimeRange range;
    std::string reason; ///< "3 ticks missed", "segment 4 is damaged"
};

struct Snapshot {
    std::string path; ///< the input as given
    Host host;
    TimeRange range; ///< first to last sample of all wall-clock series (end is just after the last); of the index when
                     ///< there is none
    Clock clock = Clock::Wall; ///< None when no source has a wall clock
    bool isCoarse = false; ///< loaded from one tick per segment only; the full load follows
    bool isPartial = false; ///< loading was cancelled or data is damaged or cut
    bool isFinished = true; ///< the recorder closed the file itself
    std::vector<Series> series; ///< sorted by metric, labels, kind, source
    std::vector<Entity> entities; ///< processes by pid, start time; then sockets by key
    std::vector<Table> tables;
    std::vector<Event> events; ///< by time
    std::vector<MemberReport> members; ///< by path
    std::vector<ImportNote> notes;
    std::vector<Gap> gaps;
    PacketCapture packets; ///< TCP conversations, when packets were captured

    /// The series of that metric and exactly those labels; gauges (and derived rates) before counters; by preference of
    /// source when several have it. Null when it was not measured.
    const Series* find(std::string_view metric, const Labels& labels = {}) const;
    const Series* findCounter(std::string_view metric, const Labels& labels = {}) const;
    /// Where a series, table or event was read: by its `member`. Null when there is none.
    const MemberReport* member(std::string_view memberPath) const;
    /// One gauge of that metric per set of labels, in label order.
    std::vector<const Series*> findAll(std::string_view metric) const;
};

} // namespace hindcast
