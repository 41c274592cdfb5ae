#include "parse/sysstat_rows.h"

#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

using std::string_view;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The digits before and behind the point or comma, exactly as strtod() would read them: both parts of the quotient are
/// exact.
std::optional<double> takeDecimal(string_view& rest)
{
    constexpr std::array powers{1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    constexpr std::size_t mostDigits = 15;
    std::uint64_t mantissa = 0;
    std::size_t digits = 0, decimals = 0, place = 0;
    for (; place < rest.size() && isDigit(rest[place]); ++place, ++digits)
        mantissa = mantissa * 10 + static_cast<std::uint64_t>(rest[place] - '0');
    if (place < rest.size() && (rest[place] == '.' || rest[place] == ','))
        for (++place; place < rest.size() && isDigit(rest[place]); ++place, ++digits, ++decimals)
            mantissa = mantissa * 10 + static_cast<std::uint64_t>(rest[place] - '0');
    if (digits == 0 || decimals >= powers.size())
        return std::nullopt;
    if (digits <= mostDigits) {
        rest.remove_prefix(place);
        return static_cast<double>(mantissa) / powers[decimals];
    }
    std::string pointed(rest.substr(0, place));
    std::replace(pointed.begin(), pointed.end(), ',', '.');
    rest.remove_prefix(place);
    return parseDouble(pointed);
}

std::optional<double> powerOfUnit(char letter)
{
    constexpr string_view letters = "BkMGTPE";
    const auto power = letters.find(letter);
    return power == string_view::npos
        ? std::nullopt
        : std::optional(static_cast<double>(std::uint64_t{1} << (10 * static_cast<unsigned>(power))));
}

bool isSize(Unit unit)
{
    return unit == Unit::Bytes || unit == Unit::BytesPerSecond;
}

/// "all" of CPUs, -1 in sadf -d; "sum" of interrupts.
bool isWhole(string_view item, const SysstatActivity* activity)
{
    return activity
        && ((activity->key == "CPU" && (item == "all" || item == "-1"))
            || (activity->key == "INTR" && (item == "sum" || item == "-1")));
}

std::string listingName(const SysstatLayout& layout)
{
    std::string name(layout.activity ? layout.activity->prefix : string_view("sysstat"));
    while (name.ends_with('.') || name.ends_with('_'))
        name.pop_back();
    return name;
}

} // namespace

std::optional<SysstatCell> readSysstatNumber(string_view text)
{
    SysstatCell cell{text};
    string_view rest = text;
    const bool isNegative = rest.starts_with('-');
    if (isNegative || rest.starts_with('+'))
        rest.remove_prefix(1);
    const auto number = takeDecimal(rest);
    if (!number)
        return rest == "nan" || rest == "inf" ? std::optional(cell) : std::nullopt;
    cell.value = isNegative ? -*number : *number;
    if (rest.empty() || rest == "%")
        return cell;
    const auto unit = rest.size() == 1 ? powerOfUnit(rest.front()) : std::nullopt;
    if (!unit)
        return std::nullopt;
    cell.value *= *unit;
    cell.isBytes = true;
    return cell;
}

SysstatRows::SysstatRows(SysstatLayout layout, const Host& host, Builder& out)
    : m_layout(std::move(layout))
    , m_out(&out)
{
    for (std::size_t i = 0; i < m_layout.fields.size(); ++i) {
        SysstatField& field = m_layout.fields[i];
        if (field.role == SysstatField::Role::Key)
            m_key = i;
        else if (field.role == SysstatField::Role::Chip)
            m_chip = i;
        else if (field.role == SysstatField::Role::Text)
            m_isListed = true;
        else if (field.metric == "disk.requests")
            m_requests = i;
        if (field.metric == "cpu.user" && sysstatName(field.name).ends_with("user"))
            out.note(
                NoteSeverity::Info, "sysstat counts guests in user, and interrupts in system, unless asked for all");
        if (field.factor == sysstatPages) {
            if (m_pageBytes == 0)
                m_pageBytes = pageSizeBytes(host, out);
            field.factor = m_pageBytes;
        }
    }
}

bool SysstatRows::isFitting(std::span<const SysstatCell> cells) const
{
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (cells[i].isBytes && !isSize(m_layout.fields[i].unit))
            return false;
    return true;
}

bool SysstatRows::add(Time time, std::span<const SysstatCell> cells, Averaged averaged)
{
    if (!isFitting(cells))
        return false;
    if (!m_hasTime || time != m_time) {
        finish();
        m_known.restart();
        m_time = time;
        m_hasTime = true;
    }
    auto& refs = refsOf(cells);
    const bool isMeasured = !isOffline(cells);
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (refs[i].isValid())
            m_out->add(refs[i], time, isMeasured ? valueOf(i, cells, averaged) : notMeasured);
    if (m_isListed)
        addListed(cells);
    return true;
}

std::vector<SeriesRef>& SysstatRows::refsOf(std::span<const SysstatCell> cells)
{
    string_view name = m_key ? cells[*m_key].text : string_view();
    if (m_chip) {
        m_name = name;
        m_name.append("\n").append(cells[*m_chip].text);
        name = m_name;
    }
    auto& refs = m_known.at(name);
    if (refs.empty())
        makeSeries(refs, cells);
    return refs;
}

void SysstatRows::makeSeries(std::vector<SeriesRef>& refs, std::span<const SysstatCell> cells)
{
    Labels item;
    if (m_key && !isWhole(cells[*m_key].text, m_layout.activity))
        item.push_back({m_layout.label, std::string(cells[*m_key].text)});
    if (m_chip && !cells[*m_chip].text.empty())
        item.push_back({"device", std::string(cells[*m_chip].text)});
    for (const SysstatField& field : m_layout.fields) {
        if (field.role != SysstatField::Role::Value) {
            refs.push_back({});
            continue;
        }
        Labels labels = item;
        if (!field.labelName.empty())
            labels.push_back({field.labelName, field.labelValue});
        refs.push_back(m_out->series(field.metric, std::move(labels), field.unit, Kind::Gauge));
    }
}

/// The shares of a CPU add up to 100, also of one that sleeps; sysstat up to 11 prints zeros for one that is switched
/// off.
bool SysstatRows::isOffline(std::span<const SysstatCell> cells) const
{
    if (!m_layout.isCpuShares)
        return false;
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (m_layout.fields[i].role == SysstatField::Role::Value && !(cells[i].value <= 0))
            return false;
    return true;
}

double SysstatRows::valueOf(std::size_t place, std::span<const SysstatCell> cells, Averaged averaged) const
{
    const SysstatField& field = m_layout.fields[place];
    const SysstatCell& cell = cells[place];
    if (averaged == Averaged::SinceBoot && field.nature != Nature::Instant)
        return notMeasured;
    // A mean of nothing is not 0; nor is it one when the number of requests is missing.
    const bool isNothing = !m_requests || !(cells[*m_requests].value > 0);
    if (field.nature == Nature::MeanOfRequests && cell.value <= 0 && isNothing)
        return notMeasured;
    return cell.isBytes ? cell.value : cell.value * field.factor / field.divisor;
}

void SysstatRows::addListed(std::span<const SysstatCell> cells)
{
    auto& row = m_listing.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (m_layout.fields[i].role != SysstatField::Role::Value)
            row.emplace_back(cells[i].text);
}

/// What stays the same is listed once.
void SysstatRows::finish()
{
    if (m_listing.empty())
        return;
    if (m_listing != m_lastListing) {
        TableMaker table(listingName(m_layout), m_time);
        for (const auto& row : m_listing) {
            table.beginRow();
            std::size_t place = 0;
            for (const SysstatField& field : m_layout.fields)
                if (field.role != SysstatField::Role::Value)
                    table.set(field.name, row[place++]);
        }
        table.finish(*m_out);
    }
    m_lastListing = std::move(m_listing);
    m_listing.clear();
}

void SysstatRemarks::restart(Time time, std::optional<unsigned> cpus, std::uint64_t line)
{
    say(time,
        cpus ? fmt::format("Linux was started, with {} CPU{}", *cpus, *cpus == 1 ? "" : "s") : "Linux was started",
        "restart", line);
}

void SysstatRemarks::comment(Time time, string_view text, std::uint64_t line)
{
    say(time, std::string(text), "comment", line);
}

void SysstatRemarks::say(Time time, std::string text, string_view kind, std::uint64_t line)
{
    if (!m_said.emplace(time, text).second)
        return;
    Event event;
    event.time = time;
    event.clock = m_clock;
    event.line = line;
    event.text = std::move(text);
    event.labels = {{"kind", std::string(kind)}};
    m_out.event(std::move(event));
}

} // namespace hindcast::parse
