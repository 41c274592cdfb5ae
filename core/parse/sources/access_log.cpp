// Access logs of web servers and proxies: nginx, Apache, lighttpd, Caddy, Traefik, HAProxy, Envoy, ingress-nginx,
// nginx-proxy-manager; as text, LTSV or JSON, bare, through syslog, or out of a container's log. The forms are told
// apart line by line, see access_line.h. Lines of the error log between them become events.
#include "base/text_scanner.h"
#include "parse/access_columns.h"
#include "parse/access_counts.h"
#include "parse/access_fields.h"
#include "parse/json_line.h"
#include "parse/log_clock.h"
#include "parse/log_events.h"
#include "parse/parser.h"
#include "parse/server_line.h"

#include <string>

namespace hindcast::parse {
namespace {

/// The text of {"log":"…\n","stream":"stdout","time":"…"}, as Docker keeps what a container prints.
std::optional<std::string_view> dockerText(std::string_view line, std::string& buffer)
{
    JsonObject object(line);
    std::string_view key, text;
    bool hasLog = false, hasStream = false;
    for (JsonValue value; object.next(key, value);) {
        hasStream = hasStream || key == "stream";
        if (key == "log") {
            text = value.text;
            hasLog = true;
        }
    }
    if (!hasLog || !hasStream)
        return std::nullopt;
    return trimmed(unescaped(text, buffer));
}

struct LineBuffers {
    AccessBuffers fields;
    std::string unwrapped;
    AccessColumns columns; ///< named by the last heading
};

/// Takes what collectors put around a line off; the request, if it is one, is of what is left.
std::optional<AccessRequest> readRequest(std::string_view& line, LineBuffers& buffers)
{
    takeContainerPrefix(line);
    if (line.starts_with('{')) {
        if (const auto request = readAccessJson(line, buffers.fields))
            return request;
        const auto unwrapped = dockerText(line, buffers.unwrapped);
        if (!unwrapped)
            return std::nullopt;
        line = *unwrapped;
        if (line.starts_with('{'))
            return readAccessJson(line, buffers.fields);
    }
    if (auto request = readAccessText(line))
        return request;
    if (auto request = readEnvoy(line))
        return request;
    if (auto request = readLoadBalancer(line))
        return request;
    if (auto request = buffers.columns.readRow(line))
        return request;
    return line.find('\t') != std::string_view::npos ? readAccessLtsv(line) : std::nullopt;
}

class AccessReader {
public:
    AccessReader(const Input& input, const Sample& sample, Builder& out)
        : m_out(out)
        , m_clock(input, {})
        , m_events(out)
    {
        out.setText(sample.text);
        out.setClock(Clock::Wall);
        findZone(sample.text);
    }

    void read(std::string_view text)
    {
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (!trimmed(line).empty() && !m_buffers.columns.takeHeading(line))
                readLine(line, number);
        }
        m_counts.write(m_out);
        m_events.finish();
        noteAssumptions();
    }

private:
    /// The error log has none: both are of one host.
    void findZone(std::string_view text)
    {
        constexpr int linesLookedAt = 1000;
        std::string_view line;
        for (int i = 0; i < linesLookedAt && nextLine(text, line); ++i)
            if (const auto request = readRequest(line, m_buffers)) {
                m_offset = request->offset;
                return;
            }
    }

    void readLine(std::string_view line, std::uint64_t number)
    {
        auto inner = line;
        if (const auto request = readRequest(inner, m_buffers)) {
            m_zones |= request->hasZone ? zoned : civil;
            m_hasGuessedTimes = m_hasGuessedTimes || request->isTimeGuessed;
            m_counts.add(*request);
        } else if (const auto error = readServerLine(inner)) {
            addError(*error, number);
        } else {
            m_out.skipped(line, "neither a request nor a line of an error log");
        }
    }

    void addError(const ServerLine& error, std::uint64_t number)
    {
        LogEntry entry;
        entry.time = m_clock.place(error.stamp) - (error.stamp.hasZone ? std::chrono::seconds{} : m_offset);
        entry.severity = error.severity;
        entry.program = error.program;
        entry.pid = error.pid;
        entry.text = error.text;
        entry.line = number;
        m_events.add(entry);
    }

    void noteAssumptions()
    {
        if (m_zones == civil || (m_zones == 0 && m_clock.isCivil()))
            m_out.setCivilTimes(CivilTimes::Local);
        else if (m_zones == zoned && m_clock.isCivil())
            m_out.note(NoteSeverity::Info, "lines of the error log have no zone: that of the first request was taken");
        else if (m_zones == (zoned | civil))
            m_out.note(NoteSeverity::Info, "some requests have no zone: they are taken as UTC");
        if (m_hasGuessedTimes)
            m_out.note(NoteSeverity::Info,
                "numbers with three decimals behind the agent are taken for the time of the request, and of two the "
                "smaller one for that of the upstream, as nginx prints them");
    }

    static constexpr unsigned zoned = 1, civil = 2;

    Builder& m_out;
    LogClock m_clock; ///< of lines of the error log
    LogEvents m_events;
    AccessCounts m_counts;
    LineBuffers m_buffers;
    std::chrono::seconds m_offset{}; ///< of the first request's zone
    unsigned m_zones = 0; ///< of the requests
    bool m_hasGuessedTimes = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        AccessReader(input, sample, out).read(sample.text);
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 60;
    LineBuffers buffers;
    int lines = 0, requests = 0, errors = 0;
    for (std::string_view text; lines < linesLookedAt && nextLine(beginning, text);) {
        if (trimmed(text).empty() || buffers.columns.takeHeading(text))
            continue;
        ++lines;
        if (readRequest(text, buffers))
            ++requests;
        else if (const auto error = readServerLine(text); error && error->kind == ServerKind::Web)
            ++errors;
    }
    return requests > 0 && (requests + errors) * 2 >= lines ? 90 : 0;
}

} // namespace

Parser access_log()
{
    return {
        .id = "access_log", .title = "Requests to a web server", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
