#include "parse/clock_map.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <functional>
#include <utility>
#include <variant>

namespace hindcast::parse {
namespace {

using namespace std::chrono_literals;

/// "UTC+09:00", "UTC-03:30", "UTC"
std::string offsetText(std::chrono::seconds offset)
{
    const auto minutes = std::abs(std::chrono::duration_cast<std::chrono::minutes>(offset).count());
    return minutes == 0 ? "UTC" : fmt::format("UTC{}{:02}:{:02}", offset < 0s ? '-' : '+', minutes / 60, minutes % 60);
}

/// A text may call its zone anything: only so much of it is repeated, and nothing a terminal would obey.
std::string shownName(std::string_view name)
{
    constexpr std::size_t longest = 32;
    std::string shown;
    for (const char c : name.substr(0, longest))
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return shown;
}

/// Times further off have no place in 64 bits of nanoseconds once they are moved.
bool isMovable(Time time)
{
    constexpr Nanoseconds most = std::chrono::hours{24 * 365 * 250};
    return time.time_since_epoch() < most && time.time_since_epoch() > -most;
}

} // namespace

CivilShift::CivilShift(TimeZone zone, CivilTimes civil, Time first)
    : m_zone(std::move(zone))
{
    if (civil == CivilTimes::No || !isMovable(first))
        m_offset = Nanoseconds{};
    else if (civil == CivilTimes::LocalFromFirst)
        m_offset = m_zone.toInstant(first).instant - first;
}

Time CivilShift::operator()(Time civil)
{
    if (m_offset)
        return isMovable(civil) ? civil + *m_offset : civil;
    if (!isMovable(civil))
        return civil;
    const auto placed = m_zone.toInstant(civil);
    m_repeated += placed.fit == TimeZone::Fit::Twice ? 1 : 0;
    m_skipped += placed.fit == TimeZone::Fit::Never ? 1 : 0;
    return placed.instant;
}

ClockMap::ClockMap(const Host& host, std::string_view assumedZone)
    : m_host(host)
    , m_assumedName(assumedZone)
    , m_hostZone(TimeZone::named(host.timezone))
    , m_assumed(TimeZone::fromText(assumedZone))
{
}

ClockMap::Zone ClockMap::zoneOf(const std::string& zoneInText) const
{
    if (m_hostZone)
        return {*m_hostZone, "its times are of the host's zone, " + m_host.timezone};
    if (m_host.utcOffset)
        return {TimeZone::fixed(*m_host.utcOffset),
            "its times are of the host's zone, " + offsetText(*m_host.utcOffset)
                + " at all times: daylight saving time is not known"};
    for (const auto& [name, who] :
        {std::pair(std::string_view(zoneInText), "the text"), std::pair(std::string_view(m_host.timezone), "the host")})
        if (const auto zone = TimeZone::fromAbbreviation(name))
            return {*zone,
                fmt::format("its times are of the zone that {} calls {}: {}", who, shownName(name),
                    offsetText(zone->offsetAt(Time{})))};
    const std::string unknown = zoneInText.empty()
        ? std::string("the zone of its times is not known")
        : fmt::format("its times are of a zone that the text calls {}, which has more than one meaning or none",
            shownName(zoneInText));
    if (m_assumed)
        return {*m_assumed, fmt::format("{}: they are taken as of {}, as asked", unknown, m_assumedName)};
    return {TimeZone(), unknown + ": they are taken as UTC"};
}

std::optional<Nanoseconds> ClockMap::bootPlacement(Time lastStamp, const std::optional<Time>& writtenAt) const
{
    constexpr Nanoseconds slack = 1h; // clocks drift apart over months, and are set
    if (!m_host.bootTime || !isMovable(*m_host.bootTime) || !isMovable(lastStamp))
        return std::nullopt;
    const Nanoseconds shift = m_host.bootTime->time_since_epoch();
    if (writtenAt && lastStamp + shift > *writtenAt + slack)
        return std::nullopt;
    return shift;
}

namespace {

/// Calls `take` with each time of the source that is on the wall clock.
template <typename Take> void forEachWallTime(SourceTimes& source, const Take& take)
{
    if (source.clock == Clock::Wall) {
        if (source.rows)
            for (Time& time : *source.rows)
                take(time);
        for (Table* table : source.tables)
            if (table->time)
                take(*table->time);
    }
    for (Event* event : source.events)
        if (event->clock == Clock::Wall)
            take(event->time);
}

/// First to last of the times on the wall clock; nothing when there are none.
std::optional<TimeRange> wallRange(SourceTimes& source)
{
    std::optional<TimeRange> range;
    forEachWallTime(source, [&range](Time time) {
        range = range ? TimeRange{std::min(range->begin, time), std::max(range->end, time)} : TimeRange{time, time};
    });
    return range;
}

bool isIncreasing(const std::vector<Time>& times)
{
    return std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) == times.end();
}

/// Local times that were printed one after the other but would not lie so: the clock of another place, or moved at
/// another time than that place's. They are then as far apart as they say.
bool staysInOrder(const SourceTimes& source, CivilShift shift)
{
    if (!source.rows || source.clock != Clock::Wall)
        return true;
    std::vector<Time> moved = *source.rows;
    for (Time& time : moved)
        time = shift(time);
    return isIncreasing(moved);
}

void moveCivilTimes(SourceTimes& source, const ClockMap& clocks)
{
    const auto range = wallRange(source);
    if (source.civil == CivilTimes::No || !range)
        return;
    auto [zone, said] = clocks.zoneOf(source.zoneInText);
    CivilShift shift(zone, source.civil, range->begin);
    const bool isOrdered = staysInOrder(source, shift);
    if (!isOrdered)
        shift = CivilShift(zone, CivilTimes::LocalFromFirst, range->begin);
    forEachWallTime(source, [&shift](Time& time) { time = shift(time); });
    if (!isOrdered || source.civil == CivilTimes::LocalFromFirst)
        said += "; its clock was set back, so all times are as far from UTC as the first";
    source.notes.push_back(std::move(said));
    if (shift.repeated() > 0)
        source.notes.push_back(
            fmt::format("{} of its times are of an hour that came twice, at the end of daylight saving time: they are "
                        "taken as of the first",
                shift.repeated()));
    if (shift.skipped() > 0)
        source.notes.push_back(fmt::format("{} of its times are of an hour that daylight saving time left out: they "
                                           "are taken as if it had not begun",
            shift.skipped()));
}

/// A log may have been silent for hours before everything was collected.
constexpr Nanoseconds nearby = 24h;

/// Whether a file was written about when others of the input have their dates: a file that was copied bears the time
/// of copying, which says nothing about its content.
bool fitsAny(Time writtenAt, const std::vector<TimeRange>& dated)
{
    return std::any_of(dated.begin(), dated.end(), [writtenAt](const TimeRange& range) {
        return range.begin - nearby <= writtenAt && writtenAt <= range.end + nearby;
    });
}

/// The last row of a source without a clock is of `at`.
void placeLastAt(SourceTimes& source, Time at, std::string_view from)
{
    std::optional<Time> last;
    if (source.rows && !source.rows->empty())
        last = source.rows->back();
    for (const Event* event : source.events)
        if (event->clock == Clock::None)
            last = std::max(last.value_or(event->time), event->time);
    if (!last && source.tables.empty())
        return;
    const Nanoseconds shift = last ? at - *last : Nanoseconds{};
    if (source.rows)
        for (Time& time : *source.rows)
            time += shift;
    for (Event* event : source.events)
        if (event->clock == Clock::None) {
            event->time += shift;
            event->clock = Clock::Wall;
        }
    for (Table* table : source.tables)
        table->time = table->time ? *table->time + shift : at;
    source.clock = Clock::Wall;
    source.isInferred = true;
    source.notes.push_back("it has no clock: its time is " + std::string(from) + formatUtc(at)
        + (last ? ", which is taken as the time of the last row" : ""));
}

/// Rows without a clock, and listings: the last is of when the file was written.
void placeByWriting(SourceTimes& source, const std::vector<TimeRange>& dated)
{
    if (source.clock != Clock::None || !source.writtenAt || !fitsAny(*source.writtenAt, dated))
        return;
    placeLastAt(source, *source.writtenAt, "inferred from when its file was written, ");
}

/// Listings of a bundle whose files were copied, or are not dated: one row, or none. Many rows end nobody knows when.
void placeByCollection(SourceTimes& source, const std::optional<Time>& collectedAt)
{
    const bool isListing = !source.rows || source.rows->size() <= 1;
    if (source.clock == Clock::None && collectedAt && isListing)
        placeLastAt(source, *collectedAt, "inferred from the date in the bundle, ");
}

/// What `uptime` and `w` list: how long the machine had been up, in a row at a known time.
std::optional<std::pair<Time, double>> listedUptime(const Table& table)
{
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
        [](const TableColumn& one) { return one.name == "up" && one.unit == Unit::Seconds; });
    if (!table.time || column == table.columns.end() || table.rows.empty())
        return std::nullopt;
    const auto place = static_cast<std::size_t>(column - table.columns.begin());
    const auto& row = table.rows.back();
    const auto* up = place < row.size() ? std::get_if<double>(&row[place]) : nullptr;
    return up ? std::optional(std::pair(*table.time, *up)) : std::nullopt;
}

void learnBootTime(SourceTimes& source, Host& host)
{
    std::optional<std::pair<Time, double>> known;
    if (source.uptime && source.rows && !source.rows->empty())
        known = std::pair(source.rows->back(), *source.uptime);
    for (const Table* table : source.tables)
        if (!known)
            known = listedUptime(*table);
    constexpr double longest = 3e9; // a century
    if (host.bootTime || !known || !(known->second >= 0 && known->second < longest))
        return;
    host.bootTime = known->first - Nanoseconds(std::llround(known->second * 1e9));
    source.notes.push_back("the boot time is reckoned from how long the machine had been up, to within a minute");
}

/// Stamps since boot. A text may hold several boots: those before the last time the stamps began anew stay where they
/// are.
void placeByBoot(SourceTimes& source, const ClockMap& clocks)
{
    constexpr Nanoseconds jitter = 10s; // CPUs write their lines somewhat out of order
    auto first = source.events.begin();
    std::optional<Time> latest;
    for (auto event = source.events.begin(); event != source.events.end(); ++event) {
        if ((*event)->clock != Clock::Boot)
            continue;
        if (latest && (*event)->time + jitter < *latest) {
            first = event;
            latest.reset();
        }
        latest = std::max(latest.value_or((*event)->time), (*event)->time);
    }
    const bool hasRows = source.clock == Clock::Boot && source.rows && !source.rows->empty();
    if (hasRows)
        latest = std::max(latest.value_or(source.rows->back()), source.rows->back());
    const auto shift = latest ? clocks.bootPlacement(*latest, source.writtenAt) : std::nullopt;
    if (!shift)
        return;
    for (auto event = first; event != source.events.end(); ++event)
        if ((*event)->clock == Clock::Boot) {
            (*event)->time += *shift;
            (*event)->clock = Clock::Wall;
        }
    if (hasRows)
        for (Time& time : *source.rows)
            time += *shift;
    if (source.clock == Clock::Boot || (source.clock == Clock::None && !source.rows))
        source.clock = Clock::Wall;
    source.notes.push_back("its stamps are since boot: they are placed by the host's boot time");
}

} // namespace

void placeOnAxis(
    std::vector<SourceTimes>& sources, Host& host, std::string_view assumedZone, const std::optional<Time>& collectedAt)
{
    const ClockMap clocks(host, assumedZone);
    std::vector<TimeRange> dated;
    if (collectedAt)
        dated.push_back({*collectedAt, *collectedAt});
    for (SourceTimes& source : sources) {
        moveCivilTimes(source, clocks);
        if (const auto range = wallRange(source))
            dated.push_back(*range);
    }
    for (SourceTimes& source : sources) {
        placeByWriting(source, dated);
        placeByCollection(source, collectedAt);
    }
    for (const bool isInferred : {false, true}) // what has times of its own first
        for (SourceTimes& source : sources)
            if (source.clock == Clock::Wall && source.isInferred == isInferred)
                learnBootTime(source, host);
    for (SourceTimes& source : sources)
        placeByBoot(source, clocks);
}

bool isKnownTimeZone(std::string_view text)
{
    return TimeZone::fromText(text).has_value();
}

} // namespace hindcast::parse
