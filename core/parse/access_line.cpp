#include "parse/access_line.h"

#include "base/text_scanner.h"
#include "parse/access_fields.h"
#include "parse/log_stamp.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

void takeBlanks(string_view& text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
}

/// The date in brackets, and where it stands.
struct BracketedDate {
    AccessStamp stamp;
    std::size_t begin = 0, end = 0;
};

std::optional<BracketedDate> findDate(string_view line)
{
    constexpr std::size_t furthest = 512, shortest = 20, longest = 40;
    for (auto open = line.find('['); open != npos && open < furthest; open = line.find('[', open + 1)) {
        if (open + shortest >= line.size() || (line[open + 2] != '/' && line[open + 3] != '/'))
            continue;
        const auto close = line.find(']', open);
        if (close == npos || close - open > longest)
            continue;
        if (const auto stamp = readAccessStamp(line.substr(open + 1, close - open - 1)))
            return BracketedDate{*stamp, open, close + 1};
    }
    return std::nullopt;
}

bool isTimeOfDay(string_view text)
{
    return text.size() >= 8 && text[2] == ':' && text[5] == ':' && isDigit(text[0]) && isDigit(text[3])
        && isDigit(text[6]);
}

bool looksLikeAddress(string_view text)
{
    constexpr std::size_t shortest = 3;
    if (text.size() < shortest || isTimeOfDay(text) || text.find_first_not_of("0123456789abcdefABCDEF.:[]%") != npos)
        return false;
    return std::count(text.begin(), text.end(), '.') >= 3 || std::count(text.begin(), text.end(), ':') >= 2;
}

/// Who asked, of what stands before the date: "client ident user", "vhost[:port] client ident user", or the same behind
/// what a log daemon or a container puts in front.
string_view clientOf(string_view head)
{
    constexpr std::size_t mostFields = 8;
    std::array<string_view, mostFields> field{};
    std::size_t count = 0;
    for (auto word = nextField(head); !word.empty() && count < mostFields; word = nextField(head))
        field[count++] = word;
    if (count == 0)
        return {};
    if (count >= 4 && field[1] != "-" && (field[2] == "-" || looksLikeAddress(field[1])) && field[1] != "|")
        return withoutPort(field[1]);
    if (looksLikeAddress(field[0]) || count <= 3)
        return withoutPort(field[0]);
    for (std::size_t i = 1; i < count; ++i)
        if (looksLikeAddress(field[i]))
            return withoutPort(field[i]);
    return withoutPort(field[0]);
}

/// "404 ", "404" at the end, "- ": what stands behind a request.
bool isStatusNext(string_view rest)
{
    if (!rest.starts_with(' '))
        return false;
    takeBlanks(rest);
    const auto word = nextField(rest);
    return word == "-" || (word.size() == 3 && isDigit(word[0]) && isDigit(word[1]) && isDigit(word[2]));
}

/// Takes the quoted request off the front: it ends at the first quote that a status stands behind, for what was asked
/// may hold quotes itself.
std::optional<string_view> takeRequest(string_view& rest)
{
    if (!rest.starts_with('"'))
        return std::nullopt;
    for (auto close = rest.find('"', 1); close != npos; close = rest.find('"', close + 1)) {
        if (!isStatusNext(rest.substr(close + 1)))
            continue;
        const auto request = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        return request;
    }
    return std::nullopt;
}

/// "GET /path HTTP/1.1", "GET /path": the path; "" for what is no request of HTTP.
string_view pathOf(string_view request)
{
    const auto method = nextField(request);
    if (method.empty() || method.size() > 24 || method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != npos)
        return {};
    takeBlanks(request);
    const auto protocol = request.rfind(" HTTP");
    return trimmed(request.substr(0, protocol));
}

void readStatusAndBytes(string_view& rest, AccessRequest& request)
{
    request.status = parseInteger<unsigned>(nextField(rest)).value_or(0);
    auto behind = rest;
    const auto bytes = nextField(behind);
    if (const auto number = parseInteger(bytes)) {
        request.bytes = static_cast<double>(*number);
        rest = behind;
    } else if (bytes == "-") {
        rest = behind;
    }
}

/// Behind the date of nginx-proxy-manager: "- 200 200 - GET https host "/path" [Client 1.2.3.4] [Length 12] …".
bool readProxyManager(string_view rest, AccessRequest& request)
{
    if (rest.find("[Client ") == npos)
        return false;
    takeBlanks(rest);
    std::optional<unsigned> status;
    for (auto word = nextField(rest); !word.empty(); word = nextField(rest)) {
        if (const auto number = parseInteger<unsigned>(word); number && word.size() == 3)
            status = number; // the upstream's, then the one that was sent
        takeBlanks(rest);
        if (rest.starts_with('"'))
            break;
    }
    const auto close = rest.find('"', 1);
    if (!status || close == npos)
        return false;
    request.status = *status;
    request.path = rest.substr(1, close - 1);
    const auto bracketed = [&rest](string_view mark) {
        const auto place = rest.find(mark);
        const auto begin = place == npos ? npos : place + mark.size();
        return begin == npos ? string_view{} : rest.substr(begin, rest.find(']', begin) - begin);
    };
    request.client = bracketed("[Client ");
    if (const auto length = parseInteger(bracketed("[Length ")))
        request.bytes = static_cast<double>(*length);
    return !request.client.empty();
}

/// Behind the date of HAProxy: "frontend backend/server TR/Tw/Tc/Tr/Ta status bytes … "GET /path HTTP/1.1"". The date
/// is that of the beginning. A timer of -1 was not reached.
bool readHaproxy(string_view rest, AccessRequest& request)
{
    nextField(rest); // the frontend
    const auto backend = nextField(rest);
    auto timers = nextField(rest);
    std::array<double, 5> milliseconds{};
    std::size_t count = 0;
    while (!timers.empty() && count < milliseconds.size()) {
        const auto slash = timers.find('/');
        auto word = timers.substr(0, slash);
        if (word.starts_with('+')) // still running
            word.remove_prefix(1);
        const auto number = parseInteger<int>(word);
        if (!number)
            return false;
        milliseconds[count++] = *number;
        timers.remove_prefix(slash == npos ? timers.size() : slash + 1);
    }
    const auto status = nextField(rest);
    if (backend.find('/') == npos || count != milliseconds.size() || status.empty())
        return false;
    request.status = parseInteger<unsigned>(status).value_or(0); // -1: none was sent
    if (const auto bytes = parseInteger(nextField(rest)))
        request.bytes = static_cast<double>(*bytes);
    constexpr double perSecond = 1000;
    const double total = milliseconds[4], connect = milliseconds[2], response = milliseconds[3];
    if (total >= 0) {
        request.requestSeconds = total / perSecond;
        request.time += std::chrono::milliseconds{static_cast<std::int64_t>(total)};
    }
    if (connect >= 0 && response >= 0)
        request.upstreamSeconds = (connect + response) / perSecond;
    const auto open = rest.find('"');
    if (open != npos)
        request.path = pathOf(rest.substr(open + 1, rest.rfind('"') - open - 1));
    return true;
}

} // namespace

string_view withoutPort(string_view address)
{
    if (address.starts_with('[') && address.find(']') != npos)
        return address.substr(1, address.find(']') - 1);
    const bool isIpv4 = std::count(address.begin(), address.end(), ':') == 1;
    return isIpv4 ? address.substr(0, address.find(':')) : address;
}

std::optional<AccessStamp> readAccessStamp(string_view text)
{
    const auto slash = text.find('/');
    constexpr std::size_t rest = 17; // Nov/2026:03:17:02
    if (slash == npos || slash > 2 || text.size() < slash + 1 + rest || text[slash + 4] != '/'
        || text[slash + 9] != ':')
        return std::nullopt;
    const auto day = parseInteger<unsigned>(text.substr(0, slash));
    const auto month = monthFromName(text.substr(slash + 1, 3));
    const auto year = parseInteger<int>(text.substr(slash + 5, 4));
    auto clock = text.substr(slash + 10);
    const auto word = nextField(clock);
    const auto timeOfDay = readTimeOfDay(word);
    constexpr int firstYear = 1970, lastYear = 2200;
    if (!day || !month || !year || *year < firstYear || *year > lastYear || !timeOfDay)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{*year}, std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok())
        return std::nullopt;
    AccessStamp stamp{Time{std::chrono::sys_days{date}} + *timeOfDay, false, {}};
    const auto zone = nextField(clock);
    if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-'))
        return stamp;
    const auto hours = parseInteger<int>(zone.substr(1, 2)), minutes = parseInteger<int>(zone.substr(3, 2));
    if (!hours || !minutes)
        return std::nullopt;
    const std::chrono::seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    stamp.offset = zone[0] == '-' ? -offset : offset;
    stamp.time -= stamp.offset;
    stamp.hasZone = true;
    return stamp;
}

void takeContainerPrefix(string_view& line)
{
    auto rest = line;
    if (!takeIsoStamp(rest))
        return;
    const auto stream = nextField(rest), part = nextField(rest);
    if ((stream != "stdout" && stream != "stderr") || (part != "F" && part != "P"))
        return;
    takeBlanks(rest);
    line = rest;
}

std::optional<AccessRequest> readAccessText(string_view line)
{
    const auto date = findDate(line);
    if (!date)
        return std::nullopt;
    AccessRequest request;
    request.time = date->stamp.time;
    request.hasZone = date->stamp.hasZone;
    request.offset = date->stamp.offset;
    request.client = clientOf(line.substr(0, date->begin));
    auto rest = line.substr(date->end);
    takeBlanks(rest);
    if (const auto asked = takeRequest(rest)) {
        request.path = pathOf(*asked);
        readStatusAndBytes(rest, request);
        readUnnamedTimes(rest, request);
        return request;
    }
    if (rest.starts_with('"'))
        return std::nullopt;
    if (readProxyManager(rest, request) || readHaproxy(rest, request))
        return request;
    const auto quote = rest.find('"'); // what some put between the date and the request: a host, a protocol of TLS
    rest.remove_prefix(quote == npos ? rest.size() : quote);
    const auto asked = takeRequest(rest);
    if (!asked)
        return std::nullopt;
    request.path = pathOf(*asked);
    readStatusAndBytes(rest, request);
    readUnnamedTimes(rest, request);
    return request;
}

} // namespace hindcast::parse
