#include "parse/access_columns.h"

#include "base/text_scanner.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;
constexpr double millisecond = 1e-3;

void takeBlanks(string_view& text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
}

/// The path of a quoted request, "GET http://books.example:80/a HTTP/1.1".
string_view quotedPath(string_view rest)
{
    const auto open = rest.find('"');
    const auto close = open == npos ? npos : rest.find('"', open + 1);
    if (close == npos)
        return {};
    auto request = rest.substr(open + 1, close - open - 1);
    nextField(request); // the method
    takeBlanks(request);
    return request.substr(0, request.rfind(" HTTP"));
}

bool isStatus(string_view word)
{
    return word == "-" || (word.size() == 3 && parseInteger(word));
}

} // namespace

bool AccessColumns::takeHeading(string_view line)
{
    if (!line.starts_with('#'))
        return false;
    constexpr string_view mark = "#Fields:";
    if (line.starts_with(mark)) {
        line.remove_prefix(mark.size());
        m_names.clear();
        m_isCloudFront = line.find("x-edge-") != npos;
        for (auto word = nextField(line); !word.empty(); word = nextField(line))
            m_names.emplace_back(word);
        return true;
    }
    for (const string_view known : {"#Software:", "#Version:", "#Date:", "#Start-Date:", "#End-Date:", "#Remark:"})
        if (line.starts_with(known))
            return true;
    return false;
}

std::optional<AccessRequest> AccessColumns::readRow(string_view line) const
{
    AccessRequest request;
    string_view date, clock;
    bool hasStatus = false;
    for (const std::string& name : m_names) {
        const auto value = nextField(line);
        if (value.empty())
            return std::nullopt;
        if (name == "date") {
            date = value;
        } else if (name == "time") {
            clock = value;
        } else if (name == "c-ip") {
            request.client = value;
        } else if (name == "cs-uri-stem" || name == "cs-uri") {
            request.path = value;
        } else if (name == "sc-status") {
            request.status = parseInteger<unsigned>(value).value_or(0);
            hasStatus = isStatus(value);
        } else if (name == "sc-bytes") {
            request.bytes = parseDouble(value).value_or(request.bytes);
        } else if (name == "time-taken") {
            // Seconds by the draft and with CloudFront; IIS prints whole milliseconds.
            const auto number = parseDouble(value);
            const bool isSeconds = m_isCloudFront || value.find('.') != npos;
            if (number && *number >= 0)
                request.requestSeconds = isSeconds ? *number : *number * millisecond;
        }
    }
    const std::string whole = std::string(date) + ' ' + std::string(clock); // of UTC, by the draft
    string_view text = whole;
    const auto stamp = takeDateAndTime(text);
    if (!stamp || !hasStatus)
        return std::nullopt;
    request.time = stamp->time;
    return request;
}

std::optional<AccessRequest> readLoadBalancer(string_view line)
{
    constexpr std::array<string_view, 7> types{"http", "https", "h2", "ws", "wss", "grpc", "grpcs"};
    auto left = line;
    const auto type = nextField(left);
    for (const string_view known : types)
        if (type == known)
            line = left;
    takeBlanks(line);
    const auto stamp = takeIsoStamp(line);
    if (!stamp || !stamp->hasZone)
        return std::nullopt;
    AccessRequest request;
    request.time = stamp->time;
    nextField(line); // the balancer
    request.client = withoutPort(nextField(line));
    nextField(line); // the target
    std::array<double, 3> seconds{}; // to the target, of the target, to the client; -1: not reached
    for (double& one : seconds) {
        const auto word = nextField(line);
        const auto number = parseDouble(word);
        if (!number || (word.find('.') == npos && word != "-1"))
            return std::nullopt;
        one = *number;
    }
    const auto status = nextField(line);
    if (!isStatus(status))
        return std::nullopt;
    request.status = parseInteger<unsigned>(status).value_or(0);
    nextField(line); // the target's status
    nextField(line); // received
    request.bytes = parseDouble(nextField(line)).value_or(request.bytes);
    request.path = quotedPath(line);
    if (seconds[1] >= 0) {
        request.upstreamSeconds = seconds[1];
        request.requestSeconds = std::max(0.0, seconds[0]) + seconds[1] + std::max(0.0, seconds[2]);
    }
    return request;
}

std::optional<AccessRequest> readEnvoy(string_view line)
{
    const auto close = line.find("] \"");
    if (!line.starts_with('[') || close == npos)
        return std::nullopt;
    auto date = line.substr(1, close - 1);
    const auto stamp = takeIsoStamp(date);
    auto rest = line.substr(close + 2);
    const auto end = rest.find("\" ", 1);
    if (!stamp || !stamp->hasZone || end == npos)
        return std::nullopt;
    AccessRequest request;
    request.time = stamp->time;
    request.path = quotedPath(rest);
    rest.remove_prefix(end + 2);
    const auto status = nextField(rest);
    if (!isStatus(status))
        return std::nullopt;
    request.status = parseInteger<unsigned>(status).value_or(0);
    constexpr int mostFlags = 5; // Istio tells in four words how a request ended
    std::optional<double> received;
    for (int i = 0; i < mostFlags && !received; ++i)
        received = parseDouble(nextField(rest));
    const auto sent = parseDouble(nextField(rest)), took = parseDouble(nextField(rest)),
               upstream = parseDouble(nextField(rest));
    if (received && sent && took) {
        request.bytes = *sent;
        request.requestSeconds = *took * millisecond;
        if (upstream)
            request.upstreamSeconds = *upstream * millisecond;
        request.time += std::chrono::milliseconds{static_cast<std::int64_t>(*took)}; // the date is of the beginning
    }
    return request;
}

} // namespace hindcast::parse
