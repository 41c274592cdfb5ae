// SarLine: what one line of sar's text is: a banner, a heading, a row, a restart, a comment or an average.
#pragma once

#include "base/time.h"
#include "parse/sysstat_columns.h"
#include "parse/sysstat_rows.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// Takes the colours of S_COLORS=always out ("ESC [ 34;1m", ECMA-48). A line without any is returned as it is, else
/// `buffer` holds the result.
std::string_view withoutColours(std::string_view line, std::string& buffer);

/// "0.00", "+1,50", "40.5M", "85.4%", "nan": the beginning of a row, where a heading has a name.
bool looksNumeric(std::string_view field);

struct SarHeading {
    std::string_view stamp; ///< "" in the heading of an average
    Nanoseconds time{}; ///< of `stamp`
    std::size_t stampFields = 0; ///< words of the stamp, or of "Average:"
    std::vector<std::string_view> names;
};
/// A heading stands behind a time of day, or behind "Average:" in any language.
std::optional<SarHeading> readSarHeading(std::string_view line);
/// Of sar and not of the other tools of sysstat, which print the same banner and similar tables.
bool isHeadingOfSar(const SarHeading& heading);
bool isHeadingOfOthers(const SarHeading& heading); ///< of mpstat or pidstat; neither: not known

/// What sar prints between rows: "08:51:10 LINUX RESTART (9 CPU)", "08:51:10 COM text".
struct SarRemark {
    Nanoseconds time{};
    bool isRestart = false;
    std::optional<unsigned> cpus; ///< of a restart, since sysstat 11.1
    std::string_view comment;
};
std::optional<SarRemark> readSarRemark(std::string_view line);

/// The first `count` words of a line, as they stand there; "" when there are fewer.
std::string_view firstWords(std::string_view line, std::size_t count);

/// How many words a row has.
struct SarRowShape {
    std::size_t columns = 0;
    std::size_t texts = 0; ///< of them: may be left out or have blanks in them
};
SarRowShape sarRowShape(const SysstatLayout& layout);
/// A row that does not begin with a time of day is no sample but sums up the rows above: "Average:", "Moyenne :",
/// "Summary:", "Minimum:".
bool isSarAverage(std::string_view line, SarRowShape shape);

/// Cuts what stands behind the stamp into cells by the heading. `starts`: where each name begins in the heading's line,
/// for texts with blanks in them; `offset`: where `row` begins in its line. False when they do not fit.
bool readSarCells(std::string_view row, std::size_t offset, const SysstatLayout& layout,
    const std::vector<std::size_t>& starts, std::vector<SysstatCell>& cells);

} // namespace hindcast::parse
