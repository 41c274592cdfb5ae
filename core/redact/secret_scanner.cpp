#include "redact/secret_scanner.h"

#include "redact/secret_tokens.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

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
    CommandWords words(CommandWords::Source::Arguments);
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
    CommandWords words;
    while (begin < end) {
        const std::size_t lineEnd = std::min(m_text.find('\n', begin), end);
        if (m_isInKey)
            scanKeyLine(begin, lineEnd);
        else
            scanLine(begin, lineEnd, words);
        const bool goesOn = lineEnd > begin && m_text[lineEnd - 1] == '\\'; // in a shell
        if (!goesOn)
            words.startOver();
        begin = lineEnd + 1;
    }
}

void SecretScanner::scanLine(std::size_t begin, std::size_t end, CommandWords& words)
{
    Piece piece{begin, end, false, begin};
    if (m_isValueNext) {
        std::size_t value = begin;
        while (value < end && isBlank(m_text[value]))
            ++value;
        if (value < end && isQuote(m_text[value]))
            piece.begin = piece.wordBegin = add(value + 1, quotedEnd(piece, value, 0), SecretKind::Assignment);
        m_isValueNext = false;
    }
    scanPiece(piece, words);
    auditArguments(begin, end);
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
    const std::size_t secret = begin + range.begin, secretEnd = begin + range.end;
    if (isQuoted) { // 'a'"b c"
        const bool goesOn = secretEnd == end && end + 1 < piece.end && isQuote(m_text[end + 1]);
        return goesOn ? add(at, shellWordEnd(end + 1, piece.end), SecretKind::Option)
                      : add(secret, secretEnd, SecretKind::Option);
    }
    if (isQuote(m_text[secret])) // -p'a b'
        return add(secret + 1, quotedEnd(piece, secret, 0), SecretKind::Option);
    const bool goesOn =
        secretEnd == end && m_text.substr(secret, end - secret).find_first_of("\\\"'") != std::string_view::npos;
    return add(secret, goesOn ? std::max(secretEnd, shellWordEnd(secret, piece.end)) : secretEnd, SecretKind::Option);
}

/// What may begin at `place`; returns where to go on.
std::size_t SecretScanner::at(const Piece& piece, std::size_t place)
{
    const char c = m_text[place];
    switch (c) {
    case '=':
        return assignment(piece, place, 1);
    case '%': { // of a URL inside a URL
        const std::string_view code = m_text.substr(place, 5);
        if (code.starts_with("%3D") || code.starts_with("%3d"))
            return assignment(piece, place, 3);
        if (code == "%253D" || code == "%253d") // encoded twice
            return assignment(piece, place, 5);
        return encodedUrl(piece, place);
    }
    case '>':
        return element(piece, place);
    case '<':
        return hereString(piece, place);
    case '(':
        return call(piece, place);
    case '|':
        return pipe(piece, place);
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

} // namespace hindcast::redact
