// TimeZone: how far a place's clocks are from UTC, at any instant. Read from the IANA database as compiled for this
// system (TZif files, RFC 9636), or one fixed distance. Core keeps all times in UTC; this is for what texts print.
#pragma once

#include "base/time.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast {

class TimeZone {
public:
    /// UTC.
    TimeZone();
    static TimeZone fixed(std::chrono::seconds utcOffset);
    /// "Asia/Seoul", "UTC"; nothing for a name that this system's database does not have, and for what is no name: it
    /// may come from a capture and is never taken as a path that leads out of the database.
    static std::optional<TimeZone> named(std::string_view name);
    /// The same from a database elsewhere.
    static std::optional<TimeZone> named(std::string_view name, const std::filesystem::path& database);
    /// What people type: a name, or a distance: "+02:00", "-0330", "+9".
    static std::optional<TimeZone> fromText(std::string_view text);
    /// "PDT", "CET", "+0530" as date(1) and others print them: only those that mean one thing. "CST" is China's or
    /// America's, "IST" India's, Israel's or Ireland's, "BST" Britain's or Bangladesh's.
    static std::optional<TimeZone> fromAbbreviation(std::string_view text);
    /// A TZif file's bytes; nothing when they are none.
    static std::optional<TimeZone> fromTzif(std::string_view bytes);

    std::chrono::seconds offsetAt(Time instant) const;

    enum class Fit : std::uint8_t {
        Once, ///< the clocks showed this time once
        Never, ///< daylight saving time skipped it
        Twice, ///< daylight saving time repeated it
    };
    struct Placed {
        Time instant{};
        Fit fit = Fit::Once;
    };
    /// The instant at which the clocks showed `civil` (a date and time written as if they were UTC). Of two the first;
    /// of none the one at which they would have shown it, had they not been moved yet.
    Placed toInstant(Time civil) const;

private:
    struct Rules;
    explicit TimeZone(std::shared_ptr<const Rules> rules);
    std::shared_ptr<const Rules> m_rules;
};

} // namespace hindcast
