#include "parse/access_counts.h"

#include <algorithm>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// "4711"
bool isNumber(string_view segment)
{
    return !segment.empty() && std::all_of(segment.begin(), segment.end(), isDigit);
}

/// What a person would not have named so: "3f2504e0-4f89-11d3-9a0c-0305e82c3301", session ids, tokens.
bool isIdentifier(string_view segment)
{
    constexpr std::size_t shortHex = 16, shortToken = 20;
    const auto digits = std::count_if(segment.begin(), segment.end(), isDigit);
    if (digits == 0 && segment.size() < 2 * shortToken)
        return false;
    if (segment.size() >= shortHex && segment.find_first_not_of("0123456789abcdefABCDEF-") == npos)
        return true;
    const bool isWordLike = segment.find_first_of(".") != npos; // a file: "jquery-3.7.1.min.js"
    const bool hasUpper = std::any_of(segment.begin(), segment.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool hasLower = std::any_of(segment.begin(), segment.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    const int kinds = (digits > 0 ? 1 : 0) + (hasUpper ? 1 : 0) + (hasLower ? 1 : 0);
    return segment.size() >= shortToken && !isWordLike && kinds >= 2
        && (kinds == 3 || segment.find_first_of("-_") == npos);
}

/// "http://host" of a request to a proxy.
string_view withoutHost(string_view path)
{
    const auto scheme = path.find("://");
    constexpr std::size_t longestScheme = 8;
    if (scheme == npos || scheme > longestScheme)
        return path;
    const auto slash = path.find('/', scheme + 3);
    return slash == npos ? string_view("/") : path.substr(slash);
}

void appendPrintable(std::string& out, string_view text)
{
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E ? '?' : c;
}

} // namespace

void normalisePath(string_view path, std::string& out)
{
    constexpr std::size_t longest = 120;
    out.clear();
    path = withoutHost(path);
    path = path.substr(0, path.find_first_of("?#;"));
    if (path.empty()) {
        out = "(no request)";
        return;
    }
    while (!path.empty() && out.size() < longest) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (isNumber(segment))
            out += "{n}";
        else if (isIdentifier(segment))
            out += "{id}";
        else
            appendPrintable(out, segment.substr(0, longest - out.size()));
        if (slash != npos)
            out += '/';
        path.remove_prefix(slash == npos ? path.size() : slash + 1);
    }
}

} // namespace hindcast::parse
