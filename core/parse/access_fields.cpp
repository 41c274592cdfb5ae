#include "parse/access_fields.h"

#include "base/text_scanner.h"
#include "parse/json_line.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

void takeBlanks(string_view& text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
}

enum class Meaning : std::uint8_t {
    Nothing,
    Client,
    Path,
    Request, ///< "GET /path HTTP/1.1"
    Status,
    Bytes,
    Time,
    RequestTime,
    UpstreamTime,
};
/// Whole numbers of a field whose name says no unit mean nothing, unless the program that gave the name prints only
/// one.
enum class TimeUnit : std::uint8_t { ByDecimals, Seconds, Milliseconds, Microseconds, Nanoseconds };

struct Field {
    string_view name;
    Meaning meaning;
    TimeUnit unit = TimeUnit::ByDecimals;
};
constexpr std::array namedFields{
    // nginx variables, LTSV labels (ltsv.org), and the names people give them
    Field{"remote_addr", Meaning::Client}, Field{"remote_ip", Meaning::Client}, Field{"client_ip", Meaning::Client},
    Field{"clientip", Meaning::Client}, Field{"client", Meaning::Client}, Field{"ClientHost", Meaning::Client},
    Field{"client_addr", Meaning::Client}, Field{"remote_host", Meaning::Client}, Field{"ip", Meaning::Client},
    Field{"downstream_remote_address", Meaning::Client}, Field{"uri", Meaning::Path},
    Field{"request_uri", Meaning::Path}, Field{"path", Meaning::Path}, Field{"url", Meaning::Path},
    Field{"request_path", Meaning::Path}, Field{"RequestPath", Meaning::Path}, Field{"request", Meaning::Request},
    Field{"req", Meaning::Request}, Field{"request_line", Meaning::Request}, Field{"status", Meaning::Status},
    Field{"status_code", Meaning::Status}, Field{"response", Meaning::Status}, Field{"response_code", Meaning::Status},
    Field{"code", Meaning::Status}, Field{"DownstreamStatus", Meaning::Status},
    Field{"response_status", Meaning::Status}, Field{"body_bytes_sent", Meaning::Bytes},
    Field{"bytes_sent", Meaning::Bytes}, Field{"bytes", Meaning::Bytes}, Field{"size", Meaning::Bytes},
    Field{"DownstreamContentSize", Meaning::Bytes}, Field{"response_size", Meaning::Bytes},
    Field{"time_iso8601", Meaning::Time}, Field{"time_local", Meaning::Time}, Field{"@timestamp", Meaning::Time},
    Field{"timestamp", Meaning::Time}, Field{"time", Meaning::Time}, Field{"ts", Meaning::Time},
    Field{"msec", Meaning::Time}, Field{"date", Meaning::Time}, Field{"start_time", Meaning::Time},
    Field{"StartUTC", Meaning::Time}, Field{"request_time", Meaning::RequestTime, TimeUnit::Seconds},
    Field{"rt", Meaning::RequestTime}, Field{"reqtime", Meaning::RequestTime, TimeUnit::Seconds},
    Field{"request_duration", Meaning::RequestTime}, Field{"taken_sec", Meaning::RequestTime, TimeUnit::Seconds},
    Field{"reqtime_microsec", Meaning::RequestTime, TimeUnit::Microseconds}, Field{"duration", Meaning::RequestTime},
    Field{"latency", Meaning::RequestTime}, Field{"elapsed", Meaning::RequestTime},
    Field{"response_time", Meaning::RequestTime},
    Field{"request_time_ms", Meaning::RequestTime, TimeUnit::Milliseconds},
    Field{"duration_ms", Meaning::RequestTime, TimeUnit::Milliseconds},
    Field{"latency_ms", Meaning::RequestTime, TimeUnit::Milliseconds},
    Field{"elapsed_ms", Meaning::RequestTime, TimeUnit::Milliseconds},
    Field{"response_time_ms", Meaning::RequestTime, TimeUnit::Milliseconds},
    Field{"request_time_us", Meaning::RequestTime, TimeUnit::Microseconds},
    Field{"duration_us", Meaning::RequestTime, TimeUnit::Microseconds},
    Field{"response_time_us", Meaning::RequestTime, TimeUnit::Microseconds},
    Field{"duration_ns", Meaning::RequestTime, TimeUnit::Nanoseconds},
    Field{"Duration", Meaning::RequestTime, TimeUnit::Nanoseconds}, // Traefik
    Field{"upstream_response_time", Meaning::UpstreamTime, TimeUnit::Seconds}, Field{"urt", Meaning::UpstreamTime},
    Field{"upstream_time", Meaning::UpstreamTime}, Field{"apptime", Meaning::UpstreamTime, TimeUnit::Seconds},
    Field{"upstream_service_time", Meaning::UpstreamTime, TimeUnit::Milliseconds}, // Envoy
    Field{"OriginDuration", Meaning::UpstreamTime, TimeUnit::Nanoseconds}, // Traefik
};

const Field* fieldOf(string_view name)
{
    const auto* const place =
        std::find_if(namedFields.begin(), namedFields.end(), [name](const Field& field) { return field.name == name; });
    return place == namedFields.end() ? nullptr : place;
}

/// "0.012", and the lists of nginx for several upstreams, "0.012, 0.200 : 0.001": summed. "-" is none.
std::optional<double> readSum(string_view text)
{
    double sum = 0;
    bool hasAny = false;
    while (!text.empty()) {
        const auto end = text.find_first_of(", :");
        const auto word = text.substr(0, end);
        text.remove_prefix(end == npos ? text.size() : end + 1);
        if (word.empty() || word == "-")
            continue;
        const auto number = parseDouble(word);
        if (!number || *number < 0)
            return std::nullopt;
        sum += *number;
        hasAny = true;
    }
    return hasAny ? std::optional(sum) : std::nullopt;
}

struct Suffix {
    string_view text;
    double seconds;
};
constexpr std::array suffixes{
    Suffix{"ms", 1e-3}, Suffix{"µs", 1e-6}, Suffix{"us", 1e-6}, Suffix{"ns", 1e-9}, Suffix{"s", 1.0}};

/// A value with its unit behind it: "12ms", "1.5s".
std::optional<double> readWithSuffix(string_view text)
{
    for (const Suffix& suffix : suffixes) {
        if (!text.ends_with(suffix.text))
            continue;
        const auto number = parseDouble(text.substr(0, text.size() - suffix.text.size()));
        return number && *number >= 0 ? std::optional(*number * suffix.seconds) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<double> readSeconds(string_view text, TimeUnit unit)
{
    if (const auto seconds = readWithSuffix(text))
        return seconds;
    const auto number = readSum(text);
    if (!number)
        return std::nullopt;
    switch (unit) {
    case TimeUnit::ByDecimals:
        return text.find('.') == npos ? std::nullopt : number;
    case TimeUnit::Seconds:
        return number;
    case TimeUnit::Milliseconds:
        return *number * 1e-3;
    case TimeUnit::Microseconds:
        return *number * 1e-6;
    case TimeUnit::Nanoseconds:
        return *number * 1e-9;
    }
    return std::nullopt;
}

bool setTime(string_view text, AccessRequest& request)
{
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    if (const auto stamp = readAccessStamp(text)) {
        request.time = stamp->time;
        request.hasZone = stamp->hasZone;
        request.offset = stamp->offset;
        return true;
    }
    auto rest = text;
    auto iso = takeIsoStamp(rest);
    if (!iso)
        iso = takeDateAndTime(rest);
    if (iso) {
        request.time = iso->time;
        request.hasZone = iso->hasZone;
        request.offset = iso->offset;
        return true;
    }
    const auto number = parseDouble(text);
    constexpr double earliest = 3e8, latest = 7e9, thousand = 1000; // 1979 … 2191
    if (!number || *number < earliest)
        return false;
    double seconds = *number;
    while (seconds > latest && std::isfinite(seconds)) // milli-, micro-, nanoseconds
        seconds /= thousand;
    request.time = timeFromSeconds(seconds);
    request.hasZone = true;
    return true;
}

/// "GET /path HTTP/1.1"; "-" is none.
string_view pathOfRequest(string_view request)
{
    nextField(request);
    takeBlanks(request);
    return trimmed(request.substr(0, request.rfind(" HTTP")));
}

/// What a request needs to count as one.
struct Found {
    bool hasTime = false, hasStatus = false;
    bool isWanted() const { return hasTime && hasStatus; }
};

void take(const Field& field, string_view value, AccessRequest& request, Found& found)
{
    switch (field.meaning) {
    case Meaning::Nothing:
        break;
    case Meaning::Client:
        if (request.client.empty() && value != "-")
            request.client = withoutPort(value);
        break;
    case Meaning::Path:
        request.path = value;
        break;
    case Meaning::Request:
        if (request.path.empty())
            request.path = pathOfRequest(value);
        break;
    case Meaning::Status:
        if (const auto status = parseInteger<unsigned>(value); status && *status < 1000) {
            request.status = *status;
            found.hasStatus = true;
        }
        break;
    case Meaning::Bytes:
        if (const auto bytes = parseDouble(value))
            request.bytes = *bytes;
        break;
    case Meaning::Time:
        found.hasTime = found.hasTime || setTime(value, request);
        break;
    case Meaning::RequestTime:
        if (const auto seconds = readSeconds(value, field.unit))
            request.requestSeconds = *seconds;
        break;
    case Meaning::UpstreamTime:
        if (const auto seconds = readSeconds(value, field.unit))
            request.upstreamSeconds = *seconds;
        break;
    }
}

/// Takes the next word, a quoted text or a text in brackets off the front; without its quotes.
string_view takeToken(string_view& rest, bool& isQuoted)
{
    takeBlanks(rest);
    isQuoted = rest.starts_with('"');
    if (!isQuoted)
        return nextField(rest);
    auto close = rest.find('"', 1);
    while (close != npos && rest[close - 1] == '\\')
        close = rest.find('"', close + 1);
    const auto text = rest.substr(1, close == npos ? npos : close - 1);
    rest.remove_prefix(close == npos ? rest.size() : close + 1);
    return text;
}

/// "0.012": as nginx prints its times.
std::optional<double> readThreeDecimals(string_view text)
{
    constexpr std::size_t decimals = 3;
    constexpr double longest = 1e6; // $msec is an instant, not a time that passed
    const auto point = text.find('.');
    if (point == npos || point == 0 || text.size() - point - 1 != decimals)
        return std::nullopt;
    const auto number = parseDouble(text);
    return number && *number >= 0 && *number < longest ? number : std::nullopt;
}

/// The times that stand there without a name, in their order; those of one list are one.
struct UnnamedTimes {
    std::array<double, 2> seconds{};
    std::size_t count = 0;
    bool isListGoingOn = false;

    void add(string_view token)
    {
        const bool goesOn = token.ends_with(',');
        if (goesOn)
            token.remove_suffix(1);
        auto time = readThreeDecimals(token);
        if (!time && token.find(',') != npos) // "0.001, 0.002" in quotes
            time = readSum(token);
        if (time && isListGoingOn && count > 0)
            seconds[std::min(count, seconds.size()) - 1] += *time;
        else if (time && count++ < seconds.size())
            seconds[count - 1] = *time;
        isListGoingOn = goesOn && (time || isListGoingOn);
    }
};

/// "uct="0.001"", "urt=0.120", "request_time:0.4"
bool takeNamed(string_view token, string_view& rest, AccessRequest& request)
{
    const auto separator = token.find_first_of("=:");
    const Field* field = separator == npos ? nullptr : fieldOf(token.substr(0, separator));
    if (!field || (field->meaning != Meaning::RequestTime && field->meaning != Meaning::UpstreamTime))
        return false;
    auto value = token.substr(separator + 1);
    if (value.starts_with('"')) { // a list in quotes may hold blanks
        auto whole = string_view(value.data(), value.size() + rest.size());
        bool isQuoted = false;
        value = takeToken(whole, isQuoted);
        rest = whole;
    }
    Found found;
    take(*field, value, request, found);
    return true;
}

} // namespace

void readUnnamedTimes(string_view rest, AccessRequest& request)
{
    UnnamedTimes times;
    bool isQuoted = false, hasQuotes = false;
    while (!rest.empty()) {
        const auto token = takeToken(rest, isQuoted);
        hasQuotes = hasQuotes || isQuoted;
        if (token.empty() || (!isQuoted && takeNamed(token, rest, request)))
            continue;
        const bool isTraefik = hasQuotes && !isQuoted && token.ends_with("ms");
        if (const auto took = isTraefik ? readWithSuffix(token) : std::nullopt)
            request.requestSeconds = *took;
        else
            times.add(token);
    }
    // One is $request_time; of two the request's is not less than the upstream's, whichever was written first.
    if (times.count == 0 || times.count > 2 || !std::isnan(request.requestSeconds))
        return;
    request.isTimeGuessed = true;
    request.requestSeconds = times.count == 1 ? times.seconds[0] : std::max(times.seconds[0], times.seconds[1]);
    if (times.count == 2)
        request.upstreamSeconds = std::min(times.seconds[0], times.seconds[1]);
}

std::optional<AccessRequest> readAccessLtsv(string_view line)
{
    AccessRequest request;
    Found found;
    string_view host;
    while (!line.empty()) {
        const auto tab = line.find('\t');
        const auto pair = line.substr(0, tab);
        line.remove_prefix(tab == npos ? line.size() : tab + 1);
        const auto colon = pair.find(':');
        if (colon == npos)
            continue;
        const auto name = pair.substr(0, colon), value = pair.substr(colon + 1);
        if (name == "host")
            host = value; // who asked, in LTSV
        else if (const Field* field = fieldOf(name))
            take(*field, value, request, found);
    }
    if (request.client.empty())
        request.client = host;
    return found.isWanted() ? std::optional(request) : std::nullopt;
}

std::optional<AccessRequest> readAccessJson(string_view line, AccessBuffers& buffers)
{
    AccessRequest request;
    Found found;
    bool isEnvoy = false;
    string_view duration;
    const auto takeMember = [&](string_view key, const JsonValue& value) {
        const Field* field = fieldOf(key);
        if (!field)
            return;
        isEnvoy = isEnvoy || key == "response_code";
        if (key == "duration")
            duration = value.text;
        string_view text = value.text;
        if (field->meaning == Meaning::Path)
            text = unescaped(text, buffers.path);
        else if (field->meaning == Meaning::Request)
            text = unescaped(text, buffers.request);
        else if (field->meaning == Meaning::Client)
            text = unescaped(text, buffers.client);
        else if (field->meaning == Meaning::Time)
            text = unescaped(text, buffers.time); // "21\/Nov\/2026:…"
        take(*field, text, request, found);
    };
    const auto takeObject = [&](string_view text, const auto& self, int depth) -> bool {
        JsonObject object(text);
        string_view key;
        JsonValue value;
        constexpr int deepest = 3; // Caddy's "request", and those of log collectors around it
        while (object.next(key, value)) {
            if (value.kind == JsonValue::Kind::Object && depth < deepest)
                self(value.text, self, depth + 1);
            else if (value.kind == JsonValue::Kind::String || value.kind == JsonValue::Kind::Number)
                takeMember(key, value);
        }
        return object.isComplete();
    };
    if (!takeObject(line, takeObject, 0) || !found.isWanted())
        return std::nullopt;
    if (isEnvoy && std::isnan(request.requestSeconds)) // whole milliseconds
        if (const auto milliseconds = parseInteger(duration))
            request.requestSeconds = static_cast<double>(*milliseconds) / 1000;
    return request;
}

} // namespace hindcast::parse
