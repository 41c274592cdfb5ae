// SarBanner: the first line of sar's text, and the order of day and month in its dates, which the dates alone do not
// tell.
#pragma once

#include "parse/civil_time.h"
#include "parse/parser.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// What sar's first line says: "Linux 4.4.162 (alder) 	2018-12-18 	_x86_64_	(14 CPU)".
struct SarBanner {
    std::string_view system, kernel, hostname, date, machine;
    std::optional<unsigned> cpus;
};
/// `line` without blanks around it. Also of other systems than Linux, where only `system` is told.
std::optional<SarBanner> readSarBanner(std::string_view line);

/// The date of a banner in any locale; nothing when it is not understood.
std::optional<PrintedDate> readSarDate(std::string_view text, DateOrder usual);

/// What is to be known of whole texts before their lines are read.
struct SarSurvey {
    std::string foreignSystem; ///< "SunOS": its sar has the same words for other things; "" for Linux
    std::uint64_t foreignLine = 0;
    DateOrder order = DateOrder::MonthFirst;
    bool isOrderAssumed = false; ///< the texts do not show it
};
SarSurvey surveySar(std::span<const Sample> samples, std::optional<Time> writtenAt);

} // namespace hindcast::parse
