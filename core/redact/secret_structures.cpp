// What says in a form of its own which value is a secret: XML, pairs of name and value, calls of functions, a shell's
// pipes, arguments in the log of the audit system.
#include "redact/secret_scanner.h"

#include <algorithm>
#include <deque>

namespace hindcast::redact {
namespace {

int hexDigit(char c)
{
    if (isAsciiDigit(c))
        return c - '0';
    const char lower = toAsciiLower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// As far as it is hexadecimal.
std::string fromHex(std::string_view digits)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size() && hexDigit(digits[i]) >= 0 && hexDigit(digits[i + 1]) >= 0; i += 2)
        bytes += static_cast<char>(hexDigit(digits[i]) * 16 + hexDigit(digits[i + 1]));
    return bytes;
}

std::string_view nextWord(std::string_view& text)
{
    std::size_t begin = 0;
    while (begin < text.size() && isBlank(text[begin]))
        ++begin;
    std::size_t end = begin;
    while (end < text.size() && !isBlank(text[end]))
        ++end;
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

std::string_view programOf(std::string_view word)
{
    const auto slash = word.rfind('/');
    return slash == std::string_view::npos ? word : word.substr(slash + 1);
}

/// Whether a command takes a password from its standard input.
bool readsPassword(std::string_view command)
{
    bool isSudo = false;
    for (unsigned words = 0; words < 12; ++words) {
        const std::string_view word = nextWord(command);
        if (word.empty())
            return false;
        const std::string_view program = programOf(word);
        if (word == "--password-stdin" || word == "--stdin" || word == "--passphrase-fd" || word == "--stdin-password")
            return true;
        if (isSudo && word[0] == '-' && word.find('S') != std::string_view::npos)
            return true;
        if (program == "kinit" || program == "chpasswd" || program == "cryptsetup" || program == "smbpasswd"
            || program == "su")
            return true;
        isSudo = isSudo || program == "sudo";
    }
    return false;
}

constexpr std::string_view commandEnds = ";|&\n`(";

/// A byte that a name holds in another writing: "%70", "\u0070". 0: none.
char writtenByte(std::string_view text)
{
    const std::size_t digits = text.starts_with("\\u00") ? 4 : 1;
    if ((digits == 1 && !text.starts_with('%')) || text.size() < digits + 2)
        return '\0';
    const int high = hexDigit(text[digits]), low = hexDigit(text[digits + 1]);
    const char byte = high >= 0 && low >= 0 ? static_cast<char>(high * 16 + low) : '\0';
    return isAsciiAlnum(byte) || byte == '_' || byte == '-' ? byte : '\0';
}

/// The length of a colour of a terminal, ESC [ … m (ECMA-48, SGR); 0: none.
std::size_t colourAt(std::string_view text)
{
    constexpr std::size_t longest = 16;
    if (!text.starts_with("\x1b["))
        return 0;
    for (std::size_t i = 2; i < std::min(text.size(), longest); ++i) {
        if (text[i] == 'm')
            return i + 1;
        if (!isAsciiDigit(text[i]) && text[i] != ';')
            break;
    }
    return 0;
}

bool setsSomething(std::string_view function)
{
    const auto dot = function.find_last_of(".:>");
    const std::string_view last = dot == std::string_view::npos ? function : function.substr(dot + 1);
    for (const std::string_view verb : {"define", "set", "put", "add", "append", "header", "export"})
        if (last.size() >= verb.size() && equalsIgnoringCase(last.substr(0, verb.size()), verb))
            return true;
    return false;
}

} // namespace

/// Where the name that ends at `end` begins.
std::size_t SecretScanner::nameBegin(const Piece& piece, std::size_t end) const
{
    constexpr std::size_t longestName = 96;
    std::size_t begin = end;
    while (begin > piece.begin && end - begin < longestName) {
        const char c = m_text[begin - 1];
        if (isNameByte(c) || static_cast<unsigned char>(c) >= 0x80)
            --begin;
        else if ((c == '%' || c == '\\')
            && writtenByte(m_text.substr(begin - 1, std::min<std::size_t>(end - begin + 1, 6))) != '\0')
            --begin;
        else if (c == '[' && begin - 1 > piece.begin && colourAt(m_text.substr(begin - 2, end - begin + 2)) > 0)
            begin -= 2;
        else
            break;
    }
    return begin;
}

/// The name without its other writings; `buffer` holds it where there are any.
std::string_view SecretScanner::plainName(std::string_view raw, std::string& buffer)
{
    if (raw.find_first_of("%\\\x1b") == std::string_view::npos)
        return raw;
    for (std::size_t i = 0; i < raw.size();) {
        const std::string_view rest = raw.substr(i);
        if (const std::size_t colour = colourAt(rest)) {
            i += colour;
        } else if (const char byte = writtenByte(rest.substr(0, 6))) {
            buffer += byte;
            i += rest[0] == '%' ? 3 : 6;
        } else {
            buffer += rest[0];
            ++i;
        }
    }
    return buffer;
}

/// What `name` says in name="password" value="x", {"name":"DB_PASSWORD","value":"x"}, seen from the name "value".
Secrecy SecretScanner::secrecyOfPair(const Piece& piece, std::size_t place) const
{
    constexpr std::size_t farthest = 160;
    const std::size_t from = place - std::min(place - piece.begin, farthest);
    std::string_view before = m_text.substr(from, place - from);
    if (const auto open = before.find_last_of("<{"); open != std::string_view::npos)
        before.remove_prefix(open + 1);
    constexpr std::string_view filling = " \t\n\"'\\";
    for (const std::string_view label : {"name", "Name", "key", "Key"}) {
        const auto found = before.find(label);
        if (found == std::string_view::npos)
            continue;
        const auto sign = before.find_first_not_of(filling, found + label.size());
        if (sign == std::string_view::npos || (before[sign] != ':' && before[sign] != '='))
            continue;
        const auto begin = before.find_first_not_of(filling, sign + 1);
        if (begin == std::string_view::npos)
            continue;
        std::size_t end = begin;
        while (end < before.size() && isNameByte(before[end]))
            ++end;
        return secrecyOf(before.substr(begin, end - begin));
    }
    return Secrecy::None;
}

/// <password>x</password>, <wsse:Password Type="…">x</wsse:Password>
std::size_t SecretScanner::element(const Piece& piece, std::size_t close)
{
    constexpr std::size_t longestTag = 256;
    const std::size_t from = close - std::min(close - piece.begin, longestTag);
    const std::string_view head = m_text.substr(from, close - from);
    const auto open = head.rfind('<');
    if (open == std::string_view::npos)
        return close + 1;
    std::string_view name = head.substr(open + 1);
    if (name.empty() || name.front() == '/' || name.back() == '/')
        return close + 1;
    name = name.substr(0, name.find_first_of(" \t\n"));
    if (const auto prefix = name.rfind(':'); prefix != std::string_view::npos)
        name.remove_prefix(prefix + 1);
    const Secrecy secrecy = secrecyOf(name);
    if (secrecy == Secrecy::None)
        return close + 1;
    const std::size_t value = close + 1, limit = std::min(piece.end, value + farthestLook);
    const auto end = m_text.substr(0, limit).find("</", value);
    if (end == std::string_view::npos || !isSecretValue(secrecy, name, m_text.substr(value, end - value)))
        return close + 1;
    return add(value, end, SecretKind::Assignment);
}

/// PASSWORD('x'), setPassword("x"), define('DB_PASSWORD', 'x')
std::size_t SecretScanner::call(const Piece& piece, std::size_t bracket)
{
    const std::size_t quote = bracket + 1, limit = std::min(piece.end, quote + farthestLook);
    if (quote >= limit || !isQuote(m_text[quote]))
        return quote;
    const auto close = m_text.substr(0, limit).find(m_text[quote], quote + 1);
    if (close == std::string_view::npos)
        return quote;
    const std::size_t begin = nameBegin(piece, bracket);
    const std::string_view function = m_text.substr(begin, bracket - begin);
    const std::string_view first = m_text.substr(quote + 1, close - quote - 1);
    const bool isSetter = setsSomething(function);
    std::size_t value = close + 1;
    while (value < limit && (m_text[value] == ' ' || m_text[value] == ','))
        ++value;
    if (value > close + 1 && value < limit && isQuote(m_text[value])) {
        const Secrecy secrecy = secrecyOf(first);
        if (isSetter && (secrecy == Secrecy::Strong || secrecy == Secrecy::Header))
            return add(value + 1, quotedEnd(piece, value, 0), SecretKind::Assignment);
        return quote;
    }
    const bool isSql = equalsIgnoringCase(function, "password") || equalsIgnoringCase(function, "old_password");
    if (isSql || (isSetter && secrecyOf(function) == Secrecy::Strong))
        return add(quote + 1, close, SecretKind::Assignment);
    return quote;
}

/// echo x | sudo -S …
std::size_t SecretScanner::pipe(const Piece& piece, std::size_t bar)
{
    constexpr std::size_t longestCommand = 128;
    const std::string_view behind = m_text.substr(bar + 1, std::min(piece.end - bar - 1, longestCommand));
    if (piece.isArgument || !readsPassword(behind.substr(0, behind.find_first_of(commandEnds))))
        return bar + 1;
    const std::size_t from = bar - std::min(bar - piece.begin, farthestLook);
    std::string_view command = m_text.substr(from, bar - from);
    if (const auto other = command.find_last_of(commandEnds); other != std::string_view::npos)
        command.remove_prefix(other + 1);
    std::string_view program;
    for (unsigned words = 0; words < 8 && program.empty(); ++words)
        if (const std::string_view word = programOf(nextWord(command)); word.ends_with("echo") || word == "printf")
            program = word;
    if (program.empty())
        return bar + 1;
    for (std::string_view rest = command;;) { // options, and what printf is told to do with the rest
        const std::string_view word = nextWord(rest);
        const bool isFormat = program == "printf" && word.find('%') != std::string_view::npos && !rest.empty();
        if (word.empty() || (word[0] != '-' && !isFormat))
            break;
        command = rest;
    }
    const auto first = command.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return bar + 1;
    std::size_t begin = static_cast<std::size_t>(command.data() - m_text.data()) + first, end = bar;
    while (end > begin && isBlank(m_text[end - 1]))
        --end;
    if (end - begin >= 2 && isQuote(m_text[begin]) && m_text[end - 1] == m_text[begin]) {
        ++begin;
        --end;
    }
    add(begin, end, SecretKind::Option);
    return bar + 1;
}

/// sudo -S … <<< 'x'
std::size_t SecretScanner::hereString(const Piece& piece, std::size_t sign)
{
    if (piece.isArgument || m_text.substr(sign, 3) != "<<<")
        return sign + 1;
    const std::size_t from = sign - std::min(sign - piece.begin, farthestLook);
    std::string_view command = m_text.substr(from, sign - from);
    if (const auto other = command.find_last_of(commandEnds); other != std::string_view::npos)
        command.remove_prefix(other + 1);
    std::size_t value = sign + 3;
    while (value < piece.end && isBlank(m_text[value]))
        ++value;
    if (value >= piece.end || !readsPassword(command))
        return sign + 3;
    if (isQuote(m_text[value]))
        return add(value + 1, quotedEnd(piece, value, 0), SecretKind::Option);
    return add(value, wordEnd(value, piece.end), SecretKind::Option);
}

/// Of a shell: 'a'"b c", a\ b are one word.
std::size_t SecretScanner::shellWordEnd(std::size_t place, std::size_t end) const
{
    while (place < end) {
        const char c = m_text[place];
        if (isBlank(c) || c == ';' || c == '|' || c == '&' || c == ')')
            return place;
        if (c == '\\') {
            place += 2;
        } else if (c == '"' || c == '\'') {
            const auto close = m_text.substr(0, std::min(end, place + farthestLook)).find(c, place + 1);
            if (close == std::string_view::npos)
                return place;
            place = close + 1;
        } else {
            ++place;
        }
    }
    return std::min(place, end);
}

/// a0="mysql" a1="-px", or in hexadecimal what holds blanks and the like (audit_log_untrustedstring() of the kernel);
/// proctitle=…: all arguments in one, with NULs between.
void SecretScanner::auditArguments(std::size_t begin, std::size_t end)
{
    const std::string_view line = m_text.substr(begin, end - begin);
    constexpr unsigned mostArguments = 256;
    constexpr std::string_view title = "proctitle=";
    if (const auto found = line.find(title); found != std::string_view::npos)
        hexArguments(begin + found + title.size(), end, true);
    std::size_t from = line.find(" a0=");
    std::deque<std::string> decoded; // `words` looks into them
    CommandWords words(CommandWords::Source::Arguments);
    for (unsigned n = 0; n < mostArguments && from < line.size(); ++n) {
        const std::string label = " a" + std::to_string(n) + "=";
        from = line.find(label, from);
        if (from == std::string_view::npos)
            break;
        from += label.size();
        const std::size_t value = begin + from;
        if (value < end && m_text[value] == '"') {
            const std::size_t close = std::min(m_text.substr(0, end).find('"', value + 1), end);
            const CommandWords::Range range = words.take(m_text.substr(value + 1, close - value - 1));
            add(value + 1 + range.begin, value + 1 + range.end, SecretKind::Option);
        } else {
            const std::size_t close = wordEnd(value, end);
            decoded.push_back(fromHex(m_text.substr(value, close - value)));
            if (!words.take(decoded.back()).isEmpty())
                add(value, close, SecretKind::Option);
            else
                hexArguments(value, end, false); // "a0=ffffff9c" of a system call is a number
        }
    }
}

/// Goes as a whole when there is a secret in it, or when it should be readable and is not.
void SecretScanner::hexArguments(std::size_t begin, std::size_t end, bool isSurelyHex)
{
    constexpr std::size_t fewestBytes = 5; // "dead" may be the beginning of a name
    const std::size_t close = wordEnd(begin, end);
    const std::string_view digits = m_text.substr(begin, close - begin);
    const std::string bytes = fromHex(digits);
    if (bytes.size() < fewestBytes)
        return;
    const bool isWhole = bytes.size() * 2 == digits.size();
    if (isWhole ? !SecretScanner(bytes, TextKind::CommandLine).run().empty() : isSurelyHex)
        add(begin, close, SecretKind::Option);
}

} // namespace hindcast::redact
