// What journalctl prints in the forms that are its own: -o json, json-sse and json-seq (one object a line),
// json-pretty, export (one field a line, a blank line behind each entry) and verbose. Source: man 1 journalctl, man 7
// systemd.journal-fields, https://systemd.io/JOURNAL_EXPORT_FORMATS. The forms of one line are read as syslog.
#include "base/text_scanner.h"
#include "parse/json_line.h"
#include "parse/log_events.h"
#include "parse/log_line.h"
#include "parse/parser.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

/// The fields that are read, of one entry.
struct JournalEntry {
    std::string realtime, hostname, identifier, comm, pid, syslogPid, priority, message, transport, unit, bootId;
    bool isEmpty() const { return realtime.empty() && message.empty() && hostname.empty(); }
};

std::string* fieldOf(JournalEntry& entry, string_view name)
{
    struct Known {
        string_view name;
        std::string JournalEntry::*field;
    };
    constexpr std::array known{Known{"__REALTIME_TIMESTAMP", &JournalEntry::realtime},
        Known{"_HOSTNAME", &JournalEntry::hostname}, Known{"SYSLOG_IDENTIFIER", &JournalEntry::identifier},
        Known{"_COMM", &JournalEntry::comm}, Known{"_PID", &JournalEntry::pid},
        Known{"SYSLOG_PID", &JournalEntry::syslogPid}, Known{"PRIORITY", &JournalEntry::priority},
        Known{"MESSAGE", &JournalEntry::message}, Known{"_TRANSPORT", &JournalEntry::transport},
        Known{"_SYSTEMD_UNIT", &JournalEntry::unit}, Known{"_BOOT_ID", &JournalEntry::bootId}};
    for (const Known& one : known)
        if (one.name == name)
            return &(entry.*one.field);
    return nullptr;
}

/// Text that is no UTF-8 is printed as an array of its bytes: "[27,91,49,109]".
std::string bytesOfArray(string_view text)
{
    std::string bytes;
    text.remove_prefix(1);
    while (!text.empty()) {
        const auto end = text.find_first_of(",]");
        if (const auto byte = parseInteger<unsigned>(trimmed(text.substr(0, end))); byte && *byte < 256)
            bytes += static_cast<char>(*byte);
        if (end == string_view::npos)
            break;
        text.remove_prefix(end + 1);
    }
    return bytes;
}

/// "Sat 2026-11-21 03:17:02.123456 UTC [s=…;i=…]": the head of an entry in the verbose form.
std::optional<LogStamp> readVerboseHead(string_view line)
{
    if (line.find(" [s=") == string_view::npos)
        return std::nullopt;
    nextField(line); // the day
    while (!line.empty() && isBlank(line.front()))
        line.remove_prefix(1);
    return takeDateAndTime(line);
}

/// "MESSAGE=text": an upper-case name.
bool isFieldLine(string_view line, string_view& name, string_view& value)
{
    const auto equals = line.find('=');
    if (equals == 0 || equals == string_view::npos)
        return false;
    name = line.substr(0, equals);
    value = line.substr(equals + 1);
    return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == string_view::npos;
}

class JournalReader {
public:
    JournalReader(std::uint64_t lines, Builder& out)
        : m_out(out)
        , m_events(out, lines)
    {
        out.setClock(Clock::Wall);
    }

    void read(string_view text)
    {
        auto rest = text;
        string_view line;
        while (nextLine(rest, line)) {
            ++m_line;
            if (takeJson(line, rest) || takeVerbose(line) || trimmed(line).empty() || line.starts_with("-- "))
                continue;
            takeExport(line, rest);
        }
        endEntry();
        m_events.finish();
        if (m_isCivil)
            m_out.setCivilTimes(CivilTimes::Local);
    }

private:
    /// One object, which may go over several lines. The record separator of json-seq and the "data: " of json-sse stand
    /// in front.
    bool takeJson(string_view line, string_view& rest)
    {
        constexpr string_view event = "data: ";
        if (line.starts_with('\x1E'))
            line.remove_prefix(1);
        if (line.starts_with(event))
            line.remove_prefix(event.size());
        if (!line.starts_with('{'))
            return false;
        endEntry();
        m_entryLine = m_line;
        const string_view whole(line.data(), line.size() + (rest.empty() ? 0 : 1) + rest.size());
        const bool isPretty = trimmed(line) == "{";
        JsonObject object(isPretty ? whole : line);
        string_view key;
        for (JsonValue value; object.next(key, value);)
            takeMember(key, value);
        if (!object.isComplete() || m_entry.isEmpty()) {
            m_out.skipped(line, "no whole entry of a journal");
            m_entry = {};
        }
        if (isPretty && object.isComplete()) {
            const auto end = static_cast<std::size_t>(object.rest().data() - rest.data());
            const auto used = rest.substr(0, end);
            m_line += static_cast<std::uint64_t>(std::count(used.begin(), used.end(), '\n'));
            rest.remove_prefix(end);
        }
        endEntry();
        return true;
    }

    void takeMember(string_view key, const JsonValue& value)
    {
        std::string* field = fieldOf(m_entry, key);
        if (!field)
            return;
        std::string buffer;
        if (value.kind == JsonValue::Kind::Array)
            *field = bytesOfArray(value.text);
        else if (value.kind != JsonValue::Kind::Literal) // null: too large to be printed
            *field = unescaped(value.text, buffer);
    }

    bool takeVerbose(string_view line)
    {
        if (const auto stamp = readVerboseHead(line)) {
            endEntry();
            m_entryLine = m_line;
            m_verbose = stamp;
            return true;
        }
        string_view name, value;
        constexpr string_view indent = "    ";
        if (!m_verbose || !line.starts_with(indent))
            return false;
        if (isFieldLine(trimmed(line), name, value)) {
            m_lastField = fieldOf(m_entry, name);
            if (m_lastField)
                *m_lastField = value;
        } else if (m_lastField) {
            *m_lastField += '\n';
            *m_lastField += trimmed(line);
        }
        return true;
    }

    void takeExport(string_view line, string_view& rest)
    {
        string_view name, value;
        if (isFieldLine(line, name, value)) {
            if (name == "__CURSOR")
                endEntry();
            if (m_entryLine == 0)
                m_entryLine = m_line;
            if (std::string* field = fieldOf(m_entry, name))
                *field = value;
            return;
        }
        if (line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == string_view::npos
            && takeBinary(line, rest))
            return;
        m_out.skipped(line, "neither a field nor the beginning of an entry");
    }

    /// "MESSAGE", then the length in 64 bits, little-endian, the bytes and a newline.
    bool takeBinary(string_view name, string_view& rest)
    {
        constexpr std::size_t lengthBytes = 8, most = 64 << 20;
        if (rest.size() < lengthBytes)
            return false;
        std::uint64_t length = 0;
        for (std::size_t i = lengthBytes; i-- > 0;)
            length = length << 8 | static_cast<unsigned char>(rest[i]);
        if (length > most || rest.size() - lengthBytes < length)
            return false;
        const auto value = rest.substr(lengthBytes, static_cast<std::size_t>(length));
        m_line += static_cast<std::uint64_t>(std::count(value.begin(), value.end(), '\n'));
        rest.remove_prefix(lengthBytes + value.size());
        if (rest.starts_with('\n')) {
            rest.remove_prefix(1);
            ++m_line;
        }
        if (std::string* field = fieldOf(m_entry, name))
            *field = value;
        return true;
    }

    void endEntry()
    {
        if (!m_entry.isEmpty() || m_verbose)
            addEntry();
        m_entry = {};
        m_entryLine = 0;
        m_verbose.reset();
        m_lastField = nullptr;
    }

    void addEntry()
    {
        const auto time = timeOf();
        if (!time) {
            m_out.skipped({}, "an entry without __REALTIME_TIMESTAMP");
            return;
        }
        noteBoot(*time);
        LogEntry entry;
        entry.time = *time;
        entry.level = parseInteger<unsigned>(m_entry.priority);
        entry.isFromKernel = m_entry.transport == "kernel";
        entry.host = m_entry.hostname;
        entry.program = m_entry.identifier.empty() ? m_entry.comm : m_entry.identifier;
        if (entry.isFromKernel)
            entry.program = "kernel";
        entry.pid = m_entry.pid.empty() ? m_entry.syslogPid : m_entry.pid;
        entry.unit = m_entry.unit;
        entry.text = m_entry.message;
        entry.line = m_entryLine;
        m_events.add(entry);
        if (m_out.host().hostname.empty())
            m_out.host().hostname = m_entry.hostname;
    }

    /// Of the field when there is one, which is in microseconds of UTC; else of the verbose head.
    std::optional<Time> timeOf()
    {
        constexpr std::int64_t latest = 7'258'118'400'000'000; // in the year 2200
        const auto microseconds = parseInteger<std::int64_t>(m_entry.realtime);
        if (microseconds && *microseconds >= 0 && *microseconds <= latest)
            return Time{std::chrono::microseconds{*microseconds}};
        if (!m_verbose)
            return std::nullopt;
        m_isCivil = m_isCivil || !m_verbose->hasZone;
        if (!m_verbose->zoneName.empty())
            m_out.setZoneText(m_verbose->zoneName);
        return m_verbose->time;
    }

    void noteBoot(Time time)
    {
        if (m_entry.bootId.empty() || m_entry.bootId == m_bootId)
            return;
        const bool isRestart = !m_bootId.empty();
        m_bootId = m_entry.bootId;
        if (!isRestart)
            return;
        Event event;
        event.time = time;
        event.severity = Severity::Warning;
        event.line = m_entryLine;
        event.text = "the machine was restarted before this entry";
        event.labels = {{"boot_id", m_bootId}, {"kind", "restart"}};
        m_out.event(std::move(event));
    }

    Builder& m_out;
    LogEvents m_events;
    JournalEntry m_entry;
    std::optional<LogStamp> m_verbose; ///< head of the entry at hand
    std::string* m_lastField = nullptr; ///< of the entry at hand: a line without a name goes on with it
    std::string m_bootId;
    std::uint64_t m_line = 0, m_entryLine = 0;
    bool m_isCivil = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        constexpr std::uint64_t usualEntry = 600; // bytes, in the shortest of the forms
        JournalReader(sample.text.size() / usualEntry, out).read(sample.text);
    }
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 40;
    std::string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (line.find("\"__REALTIME_TIMESTAMP\"") != string_view::npos || line.find("\"__CURSOR\"") != string_view::npos
            || line.starts_with("__CURSOR=s=") || line.starts_with("__REALTIME_TIMESTAMP=")
            || (readVerboseHead(line) && line.ends_with(']')))
            return 92;
    }
    return 0;
}

} // namespace

Parser journal()
{
    return {.id = "journal", .title = "System journal", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
