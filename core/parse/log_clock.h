// LogClock: stamps of a log put on one axis. It finds the year that RFC 3164 leaves out, carries it over New Year, and
// keeps times with and without a zone in one text together.
#pragma once

#include "parse/builder.h"
#include "parse/log_line.h"
#include "parse/parser.h"

#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

class LogClock {
public:
    /// Looks through the text for what the stamps leave out.
    LogClock(const Input& input, std::string_view text);

    /// On the axis: an instant, or civil time as if in UTC when the log has no zone.
    Time place(const LogStamp& stamp);
    bool isCivil() const { return m_isCivil.value_or(false); }
    /// Says to `out` what kind of times it was given and what was assumed.
    void finish(Builder& out) const;

    /// How many lines the text has.
    std::uint64_t lines() const { return m_lines; }

private:
    Time withYear(Time time);

    std::uint64_t m_lines = 0;
    std::optional<int> m_year; ///< of the stamp placed next
    enum class YearFrom : std::uint8_t { Nowhere, Text, Written, Boot } m_yearFrom = YearFrom::Nowhere;
    bool m_hasYearless = false;
    int m_lastMonth = 0;
    std::optional<bool> m_isCivil; ///< decided by the first stamp
    std::chrono::seconds m_offset{}; ///< last one seen
    std::string m_zoneName; ///< of civil times, as the text writes it
};

} // namespace hindcast::parse
