#include "parse/log_events.h"

#include "parse/program_message.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

/// Up to here every line is an event: about 50 MB of text at 500 bytes a line, and a list that people can still read
/// through by filtering.
constexpr std::uint64_t mostEvents = 100'000;
/// Of lines that differ in their numbers only, in a log that is larger.
constexpr std::uint32_t mostAlike = 100;
constexpr std::size_t mostShapes = 65'536;
constexpr std::size_t longestText = 16 << 10;

/// The same for lines that differ in their digits only.
std::uint64_t shapeOf(std::string_view program, std::string_view text)
{
    constexpr std::uint64_t offset = 14695981039346656037ULL, prime = 1099511628211ULL; // FNV-1a
    constexpr std::size_t lookedAt = 80;
    std::uint64_t hash = offset;
    const auto mix = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * prime; };
    std::for_each(program.begin(), program.end(), mix);
    mix('\n');
    for (const char c : text.substr(0, lookedAt))
        if (c < '0' || c > '9')
            mix(c);
    return hash;
}

void label(Labels& labels, std::string_view name, std::string_view value)
{
    if (!value.empty())
        labels.push_back({std::string(name), std::string(value)});
}

/// What a program prints on its standard output is logged as "info", whatever it says.
Severity severityOf(const LogEntry& entry)
{
    constexpr unsigned info = 6;
    if (entry.severity)
        return *entry.severity;
    return entry.level && *entry.level != info ? severityOfLevel(*entry.level) : severityOfWords(entry.text);
}

/// What decides whether a line is an event, without making one.
struct Weight {
    std::string_view kind;
    Severity severity = Severity::Info;
};
Weight weightOf(const LogEntry& entry)
{
    if (entry.isFromKernel) {
        const KernelMessage message = readKernelMessage(entry.text);
        const Severity said = entry.level ? severityOfLevel(*entry.level) : Severity::Info;
        return {message.kind, std::max(message.severity, said)};
    }
    const ProgramMessage message = readProgramMessage(entry.program, entry.text);
    return {message.kind, std::max(message.severity, severityOf(entry))};
}

void cut(std::string& text)
{
    if (text.size() > longestText) {
        text.resize(longestText);
        text += "…";
    }
}

} // namespace

LogEvents::LogEvents(Builder& out)
    : m_out(out)
    , m_kernel(out)
{
}

LogEvents::LogEvents(Builder& out, std::uint64_t lines)
    : m_out(out)
    , m_kernel(out)
    , m_keepsAll(lines <= mostEvents)
    , m_isCounting(!m_keepsAll)
{
}

Event LogEvents::eventOf(const LogEntry& entry)
{
    if (entry.isFromKernel) {
        Event event = m_kernel.read({entry.time, entry.clock, entry.level, true, entry.line, entry.text, entry.host});
        label(event.labels, "program", entry.program);
        std::sort(event.labels.begin(), event.labels.end());
        return event;
    }
    ProgramMessage message = readProgramMessage(entry.program, entry.text);
    Event event;
    event.time = entry.time;
    event.clock = entry.clock;
    event.severity = std::max(message.severity, severityOf(entry));
    event.line = entry.line;
    event.text = entry.text;
    event.labels = std::move(message.labels);
    label(event.labels, "kind", message.kind);
    label(event.labels, "host", entry.host);
    label(event.labels, "program", entry.program);
    label(event.labels, "pid", entry.pid);
    if (labelValue(event.labels, "unit").empty())
        label(event.labels, "unit", entry.unit);
    std::sort(event.labels.begin(), event.labels.end());
    return event;
}

/// In a large log: messages with a meaning, and warnings and errors as long as they are not all alike.
bool LogEvents::isWorthAnEvent(const LogEntry& entry, std::string_view kind, Severity severity)
{
    if (severity == Severity::Info && kind.empty())
        return false;
    if (severity == Severity::Error && entry.isFromKernel && !kind.empty() && m_kept < 2 * mostEvents)
        return true; // each kill, each hung task counts
    const auto shape = shapeOf(entry.program, entry.text);
    if (m_kept >= mostEvents || (m_shapes.size() >= mostShapes && !m_shapes.contains(shape)))
        return false;
    return ++m_shapes[shape] <= mostAlike;
}

void LogEvents::count(std::string_view program, Severity severity, Time time, std::uint64_t lines)
{
    if (m_isCounting)
        m_counts.add(program, severity, time, lines);
}

void LogEvents::add(const LogEntry& entry)
{
    ++m_entries;
    m_hasLast = true;
    m_isLastKept = m_keepsAll && m_kept < mostEvents;
    if (!m_isLastKept) {
        const auto [kind, severity] = weightOf(entry);
        m_isLastKept = isWorthAnEvent(entry, kind, severity);
        m_lastProgram = entry.program;
        m_lastSeverity = severity;
        m_lastTime = entry.time;
        if (entry.clock == Clock::Wall)
            count(entry.program, severity, entry.time, 1);
    }
    if (!m_isLastKept)
        return;
    ++m_kept;
    Event event = eventOf(entry);
    cut(event.text);
    m_out.event(std::move(event));
}

bool LogEvents::continueLast(std::string_view text)
{
    if (m_isLastKept && m_out.events().back().text.size() < longestText) {
        std::string& whole = m_out.events().back().text;
        whole += '\n';
        whole += text;
        cut(whole);
    }
    return m_hasLast;
}

void LogEvents::repeatLast(std::uint64_t times)
{
    if (m_hasLast && !m_keepsAll)
        count(m_lastProgram, m_lastSeverity, m_lastTime, times);
}

void LogEvents::finish()
{
    if (m_isCounting)
        m_counts.write(m_out);
    if (m_kept == m_entries)
        return;
    m_out.note(NoteSeverity::Info,
        fmt::format(
            "{} of {} lines are shown as events: messages with a known meaning, warnings and errors, at most {} "
            "that differ in numbers only{}",
            m_kept, m_entries, mostAlike, m_counts.isEmpty() ? "" : "; all are counted in log.lines"));
}

} // namespace hindcast::parse
