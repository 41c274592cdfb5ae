#include "snapshot_text.h"

#include "model/process.h"

#include <cmath>
#include <cstdio>
#include <set>

namespace hindcast {
namespace {

/// Shortest text that reads back as the same number.
template <typename Number> std::string shortest(Number value)
{
    if (std::isnan(value))
        return "-";
    char text[64];
    for (int digits = 1; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
        if (static_cast<Number>(std::strtod(text, nullptr)) == value)
            break;
    }
    if (std::fabs(static_cast<double>(value)) < 1e15 && std::fmod(static_cast<double>(value), 1.0) == 0)
        std::snprintf(text, sizeof text, "%.0f", static_cast<double>(value));
    return text;
}

std::string timeText(Time time)
{
    const auto nanoseconds = time.time_since_epoch().count();
    char text[64];
    std::snprintf(text, sizeof text, "%lld.%09lld", static_cast<long long>(nanoseconds / 1'000'000'000),
        static_cast<long long>(nanoseconds % 1'000'000'000));
    std::string result = text;
    while (result.back() == '0')
        result.pop_back();
    if (result.back() == '.')
        result.pop_back();
    return result;
}

std::string_view clockName(Clock clock)
{
    return clock == Clock::Wall ? "wall" : clock == Clock::Boot ? "boot" : "none";
}

std::string valuesText(const Series& series)
{
    std::string text;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
        const double value = series.values.at(i);
        text += ' ' + (series.isDerived ? shortest(static_cast<float>(value)) : shortest(value));
    }
    return text;
}

/// One line per time column, so that series need not repeat their times.
std::string timesText(const Snapshot& snapshot)
{
    std::set<std::string> lines;
    const auto add = [&lines](const std::string& member, Clock clock, const TimeColumn& times) {
        std::string line = "times " + member + ' ' + std::string(clockName(clock)) + ':';
        for (const Time time : *times)
            line += ' ' + timeText(time);
        lines.insert(line + '\n');
    };
    for (const Series& series : snapshot.series)
        add(series.member, series.clock, series.times);
    for (const Entity& entity : snapshot.entities)
        add(entity.kind == EntityKind::Process      ? "processes"
                : entity.kind == EntityKind::Thread ? "threads"
                                                    : "sockets",
            Clock::Wall, entity.times);
    std::string text;
    for (const std::string& line : lines)
        text += line;
    return text;
}

std::string seriesText(const Series& series)
{
    return series.metric + labelText(series.labels) + ' ' + (series.unit == Unit::None ? "none" : unitName(series.unit))
        + (series.kind == Kind::Counter ? " counter"
                : series.isDerived      ? " derived"
                                        : " gauge")
        + ':' + valuesText(series) + '\n';
}

bool isNowhereMeasured(const Column& column)
{
    for (std::size_t i = 0; i < column.size(); ++i)
        if (!std::isnan(column.at(i)))
            return false;
    return true;
}

std::string escaped(const std::string& text)
{
    std::string result;
    for (const char c : text)
        result += c == '\n' ? std::string("\\n") : std::string(1, c);
    return result;
}

std::string cellText(const Cell& cell)
{
    if (const auto* number = std::get_if<double>(&cell))
        return shortest(*number);
    const auto* words = std::get_if<std::string>(&cell);
    return words ? '"' + escaped(*words) + '"' : std::string("-");
}

/// The head of a table names its columns with their units; each row is one indented line.
std::string tableText(const Table& table)
{
    std::string text = "table " + table.name + " of " + table.member + ':' + std::to_string(table.firstLine)
        + (table.time ? " at " + timeText(*table.time) : std::string()) + ':';
    for (const TableColumn& column : table.columns)
        text += ' ' + column.name + (column.unit == Unit::None ? std::string() : '(' + unitName(column.unit) + ')');
    text += '\n';
    for (const auto& row : table.rows) {
        text += "   ";
        for (const Cell& cell : row)
            text += ' ' + cellText(cell);
        text += '\n';
    }
    return text;
}

std::string eventText(const Event& event)
{
    const char* severity = event.severity == Severity::Info ? "info"
        : event.severity == Severity::Error                 ? "error"
                                                            : "warning";
    return "event " + timeText(event.time) + ' ' + std::string(clockName(event.clock)) + ' ' + severity + ' '
        + event.source + ' ' + event.member + ':' + std::to_string(event.line) + ' ' + labelText(event.labels) + ' '
        + escaped(event.text) + '\n';
}

std::string entityText(const Entity& entity)
{
    const bool isProcess = entity.kind == EntityKind::Process;
    const bool isThread = entity.kind == EntityKind::Thread;
    std::string text = (isProcess ? "process " : isThread ? "thread " : "socket ") + entity.key;
    for (const Label& attribute : entity.attributes) {
        text += ' ' + attribute.name + "=\"";
        for (const char c : attribute.value)
            text += c == '\n' ? std::string("\\n") : std::string(1, c);
        text += '"';
    }
    text += " ticks " + std::to_string(entity.firstTick) + ".." + std::to_string(entity.lastTick)
        + (entity.hasStarted ? " started" : "") + (entity.hasEnded ? " ended" : "") + '\n';
    const auto& columns = entityColumns(entity.kind);
    for (std::size_t column = 0; column < entity.columns.size() && column < columns.size(); ++column) {
        const bool isSeldomRead = !isProcess || column >= static_cast<std::size_t>(ProcessColumn::FirstDetail);
        if (isSeldomRead && isNowhereMeasured(entity.columns[column]))
            continue;
        text += "    " + columns[column].metric + ':';
        for (std::size_t i = 0; i < entity.ticks.size(); ++i)
            text += ' ' + std::to_string(entity.ticks[i]) + '=' + shortest(entity.columns[column].at(i));
        text += '\n';
    }
    if (!isProcess)
        return text;
    text += "    cpu percent:";
    for (const double share : processCpuPercent(entity))
        text += ' ' + shortest(static_cast<float>(share));
    return text + '\n';
}

std::string noteText(const ImportNote& note)
{
    const char* severity = note.severity == NoteSeverity::Info ? "info"
        : note.severity == NoteSeverity::Error                 ? "error"
                                                               : "data_loss";
    return std::string("note ") + severity + ' ' + note.member
        + (note.line ? ':' + std::to_string(note.line) : std::string()) + ": " + note.message
        + (note.count > 1 ? " (" + std::to_string(note.count) + " alike)" : std::string()) + '\n';
}

std::string memberText(const MemberReport& member)
{
    return "member " + member.path + ' ' + (member.source.empty() ? "unread" : member.source) + ": "
        + std::to_string(member.samples) + " samples, " + std::to_string(member.skipped) + " lines skipped"
        + (member.errorNumber ? ", errno " + std::to_string(member.errorNumber) : std::string())
        + (member.isTimeInferred ? ", time inferred" : "") + '\n';
}

} // namespace

std::string snapshotText(const Snapshot& snapshot)
{
    std::string text;
    for (const MemberReport& member : snapshot.members)
        if (member.source != "manifest")
            text += memberText(member);
    if (snapshot.host.bootTime)
        text += "boot time " + timeText(*snapshot.host.bootTime) + '\n';
    text += timesText(snapshot);
    for (const Series& series : snapshot.series)
        text += seriesText(series);
    for (const Entity& entity : snapshot.entities)
        text += entityText(entity);
    for (const Table& table : snapshot.tables)
        text += tableText(table);
    for (const Event& event : snapshot.events)
        text += eventText(event);
    for (const ImportNote& note : snapshot.notes)
        text += noteText(note);
    return text;
}

} // namespace hindcast
