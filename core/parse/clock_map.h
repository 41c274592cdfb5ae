// ClockMap: the times of every source on one UTC axis, once all that the input tells about its host is known. Times of
// a wall clock without a zone are moved by the host's zone, stamps since boot by its boot time, and rows without any
// clock to where their file was written. Whatever was used is said.
#pragma once

#include "base/time_zone.h"
#include "model/snapshot.h"
#include "parse/builder.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// The times of one source of the input, and what is known of its clock.
struct SourceTimes {
    std::string member;
    Clock clock = Clock::Wall; ///< of the rows and tables; events say their own
    CivilTimes civil = CivilTimes::No;
    std::string zoneInText; ///< "PDT"; "" = the text names none
    std::optional<Time> writtenAt; ///< the last row, as the tar, zip or folder dates its file
    std::vector<Time>* rows = nullptr; ///< strictly increasing, before and after; null when there are none
    std::vector<Event*> events; ///< in the order of the text
    std::vector<Table*> tables;
    std::optional<double> uptime; ///< at the last row, in seconds: how long the machine had been up
    // What came out
    bool isInferred = false; ///< placed by when it was written
    std::vector<std::string> notes; ///< what was assumed, for people
};

/// Moves the times of all sources. May learn the host's boot time from how long it had been up.
/// `collectedAt`: when a bundle was put together, by its own `date`: its listings are of then, when their files were
/// copied since.
void placeOnAxis(std::vector<SourceTimes>& sources, Host& host, std::string_view assumedZone,
    const std::optional<Time>& collectedAt = {});

/// Moves the civil times of one source, and counts what could not be moved for certain.
class CivilShift {
public:
    /// `first`: the earliest time of the source, whose distance from UTC LocalFromFirst takes for all.
    CivilShift(TimeZone zone, CivilTimes civil, Time first);
    Time operator()(Time civil);
    std::uint64_t repeated() const { return m_repeated; }
    std::uint64_t skipped() const { return m_skipped; }

private:
    TimeZone m_zone;
    std::optional<Nanoseconds> m_offset; ///< the same for all times
    std::uint64_t m_repeated = 0, m_skipped = 0;
};

class ClockMap {
public:
    /// `assumedZone`: what the user says texts without a zone are of; "" = nothing was said. A name that the database
    /// does not have counts as nothing.
    ClockMap(const Host& host, std::string_view assumedZone);

    struct Zone {
        TimeZone zone;
        std::string said; ///< for an Info note: which zone, and from where
    };
    /// The zone of a text's civil times: that of the host by its name, else by its distance from UTC, else what the
    /// text itself calls it, else what the user says, else UTC.
    Zone zoneOf(const std::string& zoneInText) const;

    /// How far stamps since boot have to be moved. Nothing where the boot time is not known, and where the text is of
    /// an earlier boot: it was last written before its last stamp.
    std::optional<Nanoseconds> bootPlacement(Time lastStamp, const std::optional<Time>& writtenAt) const;

private:
    const Host& m_host;
    std::string m_assumedName;
    std::optional<TimeZone> m_hostZone, m_assumed;
};

/// Whether `--assume-timezone` may be this: a name of the zone database, or a distance such as +02:00.
bool isKnownTimeZone(std::string_view text);

} // namespace hindcast::parse
