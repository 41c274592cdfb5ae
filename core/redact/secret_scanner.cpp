#include "redact/secret_scanner.h"

#include "redact/secret_tokens.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

constexpr std::size_t longestName = 96;

/// What does not stand before a name that begins an argument.
bool endsPlainNames(char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '?':
    case '&':
    case ';':
    case ',':
    case '/':
    case '{':
    case '(':
    case '"':
    case '\'':
        return true;
    default:
        return false;
    }
}

/// Of a language: short, and without a digit.
bool isOneWord(std::string_view word)
{
    return word.size() < 16 && std::none_of(word.begin(), word.end(), isAsciiDigit);
}

} // namespace

SecretScanner::SecretScanner(std::string_view text, TextKind kind)
    : m_text(text)
    , m_kind(kind)
{
}

std::vector<SecretSpan> SecretScanner::run()
{
    switch (m_kind) {
    case TextKind::CommandLine:
        scanArguments();
        break;
    case TextKind::Text:
    case TextKind::AccessLog:
        scanLines(0, m_text.size());
        break;
    case TextKind::Name:
        scanName();
        break;
    }
    if (!m_awsKeys.empty())
        addAwsSecrets();
    joinSpans();
    return std::move(m_spans);
}

/// What is there already stays as it is: it was redacted before.
std::size_t SecretScanner::add(std::size_t begin, std::size_t end, SecretKind kind)
{
    if (begin < end && m_text.substr(begin, end - begin) != redactedMark)
        m_spans.push_back({begin, end, kind});
    return std::max(begin, end);
}

std::size_t SecretScanner::wordEnd(std::size_t begin, std::size_t end) const
{
    while (begin < end && !isBlank(m_text[begin]))
        ++begin;
    return begin;
}

void SecretScanner::scanArguments()
{
    CommandWords words;
    const bool isAlone = std::count(m_text.begin(), m_text.end(), '\0') <= 1;
    for (std::size_t begin = 0; begin < m_text.size();) {
        const std::size_t end = std::min(m_text.find('\0', begin), m_text.size());
        scanArgument(begin, end, isAlone, words);
        begin = end + 1;
    }
}

/// An argument that holds blanks is a command for a shell, a header, a line of SQL; one that stands alone is a title
/// that the process has given itself.
void SecretScanner::scanArgument(std::size_t begin, std::size_t end, bool isAlone, CommandWords& words)
{
    const std::string_view argument = m_text.substr(begin, end - begin);
    const bool isTitle = isAlone && argument.find(' ') != std::string_view::npos;
    if (isTitle || words.isShellCommandNext()) {
        scanLines(begin, end);
        words.take({});
        return;
    }
    const CommandWords::Range secret = words.take(argument);
    Piece piece{begin, end, true, begin};
    if (!secret.isEmpty()) {
        piece.end = begin + secret.begin;
        CommandWords none;
        scanPiece(piece, none);
        piece = {begin + secret.end, end, true, begin + secret.end};
        add(begin + secret.begin, begin + secret.end, SecretKind::Option);
    }
    CommandWords own;
    scanPiece(piece, own);
    const bool hasBlank = argument.find_first_of(" \n\t") != std::string_view::npos;
    if (hasBlank && secret.isEmpty())
        scanLines(begin, end); // by the rules of lines as well
}

void SecretScanner::scanLines(std::size_t begin, std::size_t end)
{
    while (begin < end) {
        const std::size_t lineEnd = std::min(m_text.find('\n', begin), end);
        if (m_isInKey)
            scanKeyLine(begin, lineEnd);
        else
            scanLine(begin, lineEnd);
        begin = lineEnd + 1;
    }
}

void SecretScanner::scanLine(std::size_t begin, std::size_t end)
{
    CommandWords words;
    Piece piece{begin, end, false, begin};
    scanPiece(piece, words);
}

/// A name is too short for most rules, and may be cut within a token.
void SecretScanner::scanName()
{
    Piece piece{0, m_text.size(), true, 0};
    for (std::size_t place = 0; place < m_text.size();) {
        const bool isStart = place == 0 || !isAsciiAlnum(m_text[place - 1]);
        const std::size_t length = isStart ? tokenAt(m_text, place, TokenLength::Any) : 0;
        if (length > 0)
            place = add(place, place + length, SecretKind::Token);
        else if (m_text[place] == '=' || m_text[place] == ':')
            place = assignment(piece, place, 1);
        else
            ++place;
    }
}

void SecretScanner::scanPiece(Piece& piece, CommandWords& words)
{
    std::size_t place = piece.begin;
    while (place < piece.end) {
        const bool isWordStart = place == piece.begin || isBlank(m_text[place - 1]);
        std::size_t next = place;
        if (isWordStart && !isBlank(m_text[place])) {
            piece.wordBegin = place;
            if (!piece.isArgument)
                next = beginWord(piece, place, words);
        }
        if (next == place)
            next = at(piece, place);
        next = std::max(next, place + 1);
        pass(piece, place, std::min(next, piece.end));
        place = next;
    }
}

void SecretScanner::pass(Piece& piece, std::size_t from, std::size_t to) const
{
    for (std::size_t place = from; place < to; ++place) {
        const char c = m_text[place];
        if (isAsciiAlnum(c))
            continue;
        if (c == '"' && (place == 0 || m_text[place - 1] != '\\'))
            piece.isQuoted = !piece.isQuoted;
        piece.isPlain = piece.isPlain && !endsPlainNames(c);
    }
}

/// Gives the word to `words`; returns where to go on: `at` itself when nothing was found.
std::size_t SecretScanner::beginWord(const Piece& piece, std::size_t at, CommandWords& words)
{
    std::size_t begin = at;
    std::size_t end = wordEnd(begin, piece.end);
    const char quote = m_text[begin];
    const bool isQuoted = isQuote(quote);
    if (isQuoted) {
        const std::size_t close = std::min(m_text.find(quote, begin + 1), piece.end);
        // A quoted text that is no word of a command is looked into blank by blank.
        const std::string_view inside = m_text.substr(begin + 1, close - begin - 1);
        ++begin;
        end = close;
        if (inside.size() > farthestLook)
            end = std::min(wordEnd(begin, piece.end), close);
    } else if (m_text[end - 1] == ';' && end - begin > 1) {
        words.take(m_text.substr(begin, end - 1 - begin));
        words.startOver();
        return at;
    }
    const CommandWords::Range range = words.take(m_text.substr(begin, end - begin), isQuoted);
    if (range.isEmpty())
        return at;
    std::size_t secretEnd = begin + range.end;
    if (!isQuoted && isQuote(m_text[begin + range.begin])) // -p'a b'
        return add(begin + range.begin + 1, quotedEnd(piece, begin + range.begin, 0), SecretKind::Option);
    return add(begin + range.begin, secretEnd, SecretKind::Option);
}

/// What may begin at `place`; returns where to go on.
std::size_t SecretScanner::at(const Piece& piece, std::size_t place)
{
    const char c = m_text[place];
    switch (c) {
    case '=':
        return assignment(piece, place, 1);
    case '%': { // of a URL inside a URL
        const std::string_view code = m_text.substr(place, 3);
        return code == "%3D" || code == "%3d" ? assignment(piece, place, 3) : place + 1;
    }
    case ':':
        if (m_text.substr(place, 3) == "://")
            return url(piece, place);
        return assignment(piece, place, 1);
    case '@':
        return accountBeforeAt(piece, place);
    case '?':
        return query(piece, place);
    case '-':
        return privateKey(place, piece.end);
    default:
        break;
    }
    if (isAsciiAlpha(c) && (place == 0 || !isAsciiAlnum(m_text[place - 1])))
        return token(place);
    return place + 1;
}

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
    std::size_t nameBegin = nameEnd;
    while (nameBegin > piece.begin && nameEnd - nameBegin < longestName && isNameByte(m_text[nameBegin - 1]))
        --nameBegin;
    const std::string_view name = m_text.substr(nameBegin, nameEnd - nameBegin);
    const Secrecy secrecy = secrecyOf(name);
    if (secrecy == Secrecy::None || (isColon && next < piece.end && m_text[next] == ':'))
        return next;
    std::size_t value = next;
    while (value < piece.end && value - next < 2 && (m_text[value] == '=' || m_text[value] == '>'))
        ++value; // ":=", "=>"
    const bool mayHaveBlank = isColon || hasBlankBefore || value != next;
    while (mayHaveBlank && value < piece.end && value - next < 16 && (m_text[value] == ' ' || m_text[value] == '\t'))
        ++value;
    if (value >= piece.end)
        return next;
    if (secrecy == Secrecy::Random) // most of them are none, and the next may begin within
        piece.end = std::min(piece.end, value + farthestLook);
    const bool isPathBehindColon = isColon && value == next && m_text[value] == '/'; // "secrets:/run/secrets"
    if (isPathBehindColon || (secrecy == Secrecy::Weak && m_text[value] == '/'))
        return next;
    const char before = nameBegin > piece.begin ? m_text[nameBegin - 1] : '\0';
    unsigned backslashes = 0;
    std::size_t quote = value;
    while (quote < piece.end && m_text[quote] == '\\' && backslashes < 8) {
        ++quote;
        ++backslashes;
    }
    const bool isQuotedValue = quote < piece.end && isQuote(m_text[quote]);
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
    // "&" and "#" of a URL in a URL
    if (const auto code = m_text.substr(value, end - value).find("%26");
        before == '?' || before == '&' || before == '%')
        if (code != std::string_view::npos)
            return value + code;
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
