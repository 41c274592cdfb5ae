// Names and their values: where the value behind "=" or ":" begins, and where it ends.
#include "redact/secret_scanner.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

/// Of a language: short, and without a digit.
bool isOneWord(std::string_view word)
{
    return word.size() < 16 && std::none_of(word.begin(), word.end(), isAsciiDigit);
}

/// "authorization: allow all"
bool isPolicy(std::string_view value)
{
    std::size_t end = 0;
    while (end < value.size() && isAsciiAlpha(value[end]))
        ++end;
    for (const std::string_view word : {"allow", "allowed", "deny", "denied", "granted", "failed", "failure", "success",
             "required", "none", "enabled", "disabled", "missing", "skipped"})
        if (equalsIgnoringCase(value.substr(0, end), word))
            return true;
    return false;
}

} // namespace

/// "name = value", "name": "value", name=>value, in all their quotes.
std::size_t SecretScanner::assignment(const Piece& whole, std::size_t separator, std::size_t length)
{
    const std::size_t next = separator + length;
    const bool isColon = m_text[separator] == ':';
    Piece piece = whole;
    std::size_t nameEnd = separator;
    while (
        nameEnd > piece.begin && separator - nameEnd < 3 && (m_text[nameEnd - 1] == ' ' || m_text[nameEnd - 1] == '\t'))
        --nameEnd;
    const bool hasBlankBefore = nameEnd != separator;
    while (nameEnd > piece.begin && separator - nameEnd < 8
        && (isQuote(m_text[nameEnd - 1]) || m_text[nameEnd - 1] == '\\' || m_text[nameEnd - 1] == ']'))
        --nameEnd;
    const std::size_t begin = nameBegin(piece, nameEnd);
    std::string buffer;
    const std::string_view name = plainName(m_text.substr(begin, nameEnd - begin), buffer);
    const Secrecy secrecy = secrecyHere(piece, name, begin);
    if (secrecy == Secrecy::None || (isColon && next < piece.end && m_text[next] == ':'))
        return next;
    std::size_t value = next;
    while (value < piece.end && value - next < 2 && (m_text[value] == '=' || m_text[value] == '>'))
        ++value; // ":=", "=>"
    const bool mayHaveBlank = isColon || hasBlankBefore || value != next;
    while (mayHaveBlank && value < piece.end && value - next < 16 && (m_text[value] == ' ' || m_text[value] == '\t'))
        ++value;
    if (value >= piece.end) {
        m_isValueNext = isColon && secrecy == Secrecy::Strong && isQuote(m_text[nameEnd]);
        return next;
    }
    if (secrecy == Secrecy::Random) // most of them are none, and the next may begin within
        piece.end = std::min(piece.end, value + farthestLook);
    const bool isPathBehindColon = isColon && value == next && m_text[value] == '/'; // "secrets:/run/secrets"
    if (isPathBehindColon || (secrecy == Secrecy::Weak && m_text[value] == '/'))
        return next;
    const char before = begin > piece.begin ? m_text[begin - 1] : '\0';
    unsigned backslashes = 0;
    std::size_t quote = value;
    while (quote < piece.end && m_text[quote] == '\\' && backslashes < 8) {
        ++quote;
        ++backslashes;
    }
    const bool isQuotedValue = quote < piece.end && isQuote(m_text[quote]);
    if (secrecy == Secrecy::Header && isPolicy(m_text.substr(value, std::min(farthestLook, piece.end - value))))
        return next;
    if (secrecy == Secrecy::Header && !isQuotedValue)
        return headerLine(piece, value, before);
    // "--password=x y", "-Ddb.password=x;y": nothing but names before it in the argument, so all the rest is the value.
    const bool isWholeRest = piece.isArgument && piece.isPlain;
    std::size_t end = piece.end;
    if (isWholeRest && m_text[value] != '{' && m_text[value] != '[') {
        end = piece.end;
    } else if (isQuotedValue) {
        value = quote + 1;
        end = quotedEnd(piece, quote, backslashes);
    } else if (m_text[value] == '{' || m_text[value] == '[') {
        if (secrecy != Secrecy::Strong)
            return next;
        end = isWholeRest ? piece.end : bracketEnd(piece, value);
    } else {
        const bool isJson = before == '"' && m_text[nameEnd] == '"';
        const std::size_t wordEnd = valueEnd(piece, value, isJson || before != '"' ? before : ' ');
        end = behindScheme(piece, value, wordEnd);
        const bool mayBeProse = secrecy == Secrecy::Weak && isColon && value > next && !piece.isArgument;
        if (mayBeProse && end == wordEnd && isOneWord(m_text.substr(value, end - value)))
            return next; // "session: user bob", "Auth: failure"
    }
    if (!isSecretValue(secrecy, name, m_text.substr(value, end - value)))
        return next;
    if (end == piece.end && end != whole.end)
        end = wordEnd(end, whole.end);
    return add(value, end, SecretKind::Assignment);
}

/// A few names say something only by where they stand.
Secrecy SecretScanner::secrecyHere(const Piece& piece, std::string_view name, std::size_t begin) const
{
    const char before = begin > piece.begin ? m_text[begin - 1] : '\0';
    if (equalsIgnoringCase(name, "code")) // of OAuth (RFC 6749 §4.1.2); elsewhere of an error
        return before == '?' || before == '&' ? Secrecy::Random : Secrecy::None;
    if (equalsIgnoringCase(name, "value") || equalsIgnoringCase(name, "val"))
        return secrecyOfPair(piece, begin);
    if (equalsIgnoringCase(name, "response")) { // digest username="…", response="…": RFC 7616 §3.4
        const std::size_t from = begin - std::min(begin - piece.begin, farthestLook);
        const bool isDigest = m_text.substr(from, begin - from).find("igest ") != std::string_view::npos;
        return isDigest ? Secrecy::Weak : Secrecy::None;
    }
    if (before == ':' && m_text.substr(piece.wordBegin, begin - piece.wordBegin).find("arn:") != std::string_view::npos)
        return Secrecy::None; // a name of AWS
    return secrecyOf(name);
}

/// All of the line, or up to the quote that encloses the header.
std::size_t SecretScanner::headerLine(const Piece& piece, std::size_t value, char quoteBeforeName)
{
    std::size_t end = piece.end;
    if (isQuote(quoteBeforeName))
        end = std::min(m_text.find(quoteBeforeName, value), piece.end);
    else if (piece.isQuoted)
        end = std::min(m_text.find('"', value), piece.end);
    return add(value, end, SecretKind::Header);
}

/// Where a value without quotes ends depends on what it is one of: parameters of a URL, parts of a connection string, …
std::size_t SecretScanner::valueEnd(const Piece& piece, std::size_t value, char before) const
{
    std::string_view endings;
    bool endsAtBlank = true;
    switch (before) {
    case '?':
    case '&':
        endings = "&#";
        break;
    case ';':
        endings = ";";
        endsAtBlank = !piece.isArgument; // a password may hold blanks, and here it ends with certainty
        break;
    case ',':
        endings = ",";
        endsAtBlank = !piece.isArgument;
        break;
    case '(':
        endings = ")";
        break;
    case '"': // JSON
        endings = ",}]";
        break;
    default:
        break;
    }
    std::size_t end = value;
    for (; end < piece.end; ++end) {
        const char c = m_text[end];
        if (endings.find(c) != std::string_view::npos || (endsAtBlank && isBlank(c)) || (piece.isQuoted && c == '"'))
            break;
    }
    if (before == '?' || before == '&' || before == '%') // "&" of a URL in a URL, also of one in that
        for (const std::string_view code : {"%26", "%2526"})
            if (const auto found = m_text.substr(value, end - value).find(code); found != std::string_view::npos)
                end = value + found;
    return end;
}

std::size_t SecretScanner::quotedEnd(const Piece& piece, std::size_t quote, unsigned backslashes) const
{
    for (std::size_t end = quote + 1; end < piece.end; ++end) {
        if (m_text[end] != m_text[quote])
            continue;
        unsigned before = 0;
        while (end - before > quote + 1 && m_text[end - before - 1] == '\\' && before < 16)
            ++before;
        if (backslashes == 0 ? before % 2 == 0 : before <= backslashes)
            return end - (backslashes == 0 ? 0 : before);
    }
    return piece.end;
}

std::size_t SecretScanner::bracketEnd(const Piece& piece, std::size_t bracket) const
{
    const char open = m_text[bracket], close = open == '{' ? '}' : ']';
    unsigned depth = 0;
    for (std::size_t end = bracket; end < piece.end; ++end) {
        depth += m_text[end] == open ? 1U : 0U;
        depth -= m_text[end] == close ? 1U : 0U;
        if (depth == 0)
            return end + 1;
    }
    return piece.end;
}

/// "token: Bearer x": the secret is the word behind.
std::size_t SecretScanner::behindScheme(const Piece& piece, std::size_t begin, std::size_t end) const
{
    if (!isAuthorizationScheme(m_text.substr(begin, end - begin)) || end + 1 >= piece.end)
        return end;
    return wordEnd(end + 1, piece.end);
}

} // namespace hindcast::redact
