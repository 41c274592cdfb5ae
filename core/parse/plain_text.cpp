#include "parse/plain_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view utf8Mark = "\xEF\xBB\xBF", littleEndianMark = "\xFF\xFE", bigEndianMark = "\xFE\xFF";
constexpr char escape = '\x1B';

enum class ByteOrder : std::uint8_t { Little, Big };

/// By its mark, or because every other byte of its beginning is zero, as it is for ASCII.
std::optional<ByteOrder> utf16Order(string_view raw)
{
    if (raw.starts_with(littleEndianMark))
        return ByteOrder::Little;
    if (raw.starts_with(bigEndianMark))
        return ByteOrder::Big;
    constexpr std::size_t lookedAt = 512, least = 8;
    const auto beginning = raw.substr(0, std::min(lookedAt, raw.size() & ~std::size_t{1}));
    if (beginning.size() < least)
        return std::nullopt;
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < beginning.size(); ++i)
        zeros[i % 2] += beginning[i] == '\0' ? 1 : 0;
    const std::size_t most = beginning.size() / 2;
    if (zeros[0] == 0 && zeros[1] * 4 > most * 3)
        return ByteOrder::Little;
    if (zeros[1] == 0 && zeros[0] * 4 > most * 3)
        return ByteOrder::Big;
    return std::nullopt;
}

void appendUtf8(std::string& out, std::uint32_t character)
{
    const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
    if (character < 0x80) {
        out += static_cast<char>(character);
    } else if (character < 0x800) {
        out += static_cast<char>(0xC0 | character >> 6);
        out += tail(character);
    } else if (character < 0x10000) {
        out += static_cast<char>(0xE0 | character >> 12);
        out += tail(character >> 6);
        out += tail(character);
    } else {
        out += static_cast<char>(0xF0 | character >> 18);
        out += tail(character >> 12);
        out += tail(character >> 6);
        out += tail(character);
    }
}

std::string fromUtf16(string_view raw, ByteOrder order)
{
    std::string out;
    out.reserve(raw.size() / 2);
    const auto unitAt = [&](std::size_t place) {
        const auto first = static_cast<unsigned char>(raw[place]), second = static_cast<unsigned char>(raw[place + 1]);
        return static_cast<std::uint32_t>(order == ByteOrder::Little ? first | second << 8 : first << 8 | second);
    };
    constexpr std::uint32_t replacement = 0xFFFD, mark = 0xFEFF;
    for (std::size_t i = 0; i + 1 < raw.size(); i += 2) {
        const std::uint32_t unit = unitAt(i);
        const bool isHigh = unit >= 0xD800 && unit < 0xDC00, isLow = unit >= 0xDC00 && unit < 0xE000;
        const std::uint32_t next = isHigh && i + 3 < raw.size() ? unitAt(i + 2) : 0;
        if (isHigh && next >= 0xDC00 && next < 0xE000) {
            appendUtf8(out, 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
            i += 2;
        } else if (unit != mark || i > 0) {
            appendUtf8(out, isHigh || isLow ? replacement : unit);
        }
    }
    return out;
}

bool isBetween(char c, unsigned char first, unsigned char last)
{
    return static_cast<unsigned char>(c) >= first && static_cast<unsigned char>(c) <= last;
}

/// How many bytes an escape sequence at the front of `text` takes. Source: ECMA-48 §5.3, §5.4; xterm's OSC.
std::size_t escapeLength(string_view text)
{
    std::size_t length = 1;
    if (length >= text.size())
        return length;
    const char kind = text[length++];
    if (kind == '[') {
        while (length < text.size() && isBetween(text[length], 0x20, 0x3F))
            ++length;
        return length < text.size() && isBetween(text[length], 0x40, 0x7E) ? length + 1 : length;
    }
    if (kind == ']') { // a title: up to BEL or ESC backslash, within its line
        while (length < text.size() && text[length] != '\a' && text[length] != escape && text[length] != '\n')
            ++length;
        const bool hasEnd = length < text.size() && text[length] != '\n';
        return length + (hasEnd ? (text[length] == escape && length + 1 < text.size() ? 2 : 1) : 0);
    }
    if (isBetween(kind, 0x20, 0x2F)) { // "(B": a character set
        while (length < text.size() && isBetween(text[length], 0x20, 0x2F))
            ++length;
        return length < text.size() && isBetween(text[length], 0x30, 0x7E) ? length + 1 : length;
    }
    return isBetween(kind, 0x30, 0x7E) ? length : 1;
}

std::string withoutEscapes(string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto place = text.find(escape);
        out += text.substr(0, place);
        if (place == string_view::npos)
            break;
        text.remove_prefix(place);
        text.remove_prefix(escapeLength(text));
    }
    std::erase_if(
        out, [](char c) { return c == '\x0E' || c == '\x0F'; }); // the other half of a change of character set
    return out;
}

enum class LineEnds : std::uint8_t { Plain, OnlyReturns, TwoReturns };

/// Of the beginning: a single return within a line is what a program drew over, and stays.
LineEnds lineEndsOf(string_view text)
{
    constexpr std::size_t lookedAt = 16 << 10;
    const auto beginning = text.substr(0, lookedAt);
    if (beginning.find('\r') == string_view::npos)
        return LineEnds::Plain;
    if (beginning.find('\n') == string_view::npos)
        return LineEnds::OnlyReturns;
    return beginning.find("\r\r\n") == string_view::npos ? LineEnds::Plain : LineEnds::TwoReturns;
}

std::string withPlainLineEnds(std::string text, LineEnds ends)
{
    if (ends == LineEnds::OnlyReturns) {
        std::replace(text.begin(), text.end(), '\r', '\n');
        return text;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto behind = text.find_first_not_of('\r', i);
        const bool isBeforeEnd = text[i] == '\r' && behind != std::string::npos && text[behind] == '\n';
        if (!isBeforeEnd)
            text[kept++] = text[i];
    }
    text.resize(kept);
    return text;
}

struct Magic {
    string_view bytes, kind;
};
constexpr std::array magics{Magic{"\x7F"
                                  "ELF",
                                "an ELF program, library or core"},
    Magic{"\x89PNG", "a PNG picture"}, Magic{"\xFF\xD8\xFF", "a JPEG picture"}, Magic{"GIF8", "a GIF picture"},
    Magic{"%PDF-", "a PDF document"}, Magic{"PK\x03\x04", "a zip archive or office document"},
    Magic{"\x1F\x8B", "gzip data"}, Magic{"\x28\xB5\x2F\xFD", "zstd data"},
    Magic{"\xFD"
          "7zXZ",
        "xz data"},
    Magic{"BZh", "bzip2 data"}, Magic{"7z\xBC\xAF", "a 7-Zip archive"}, Magic{"\xCA\xFE\xBA\xBE", "a Java class"},
    Magic{"JAVA PROFILE", "a Java heap dump"}, Magic{"SQLite format 3", "an SQLite database"},
    Magic{"LPKSHHRH", "a binary journal of systemd; journalctl --file shows it as text"},
    Magic{"PERFILE2", "data of perf; perf script shows it as text"}, Magic{"\xCE\xFA\xED\xFE", "a program for macOS"},
    Magic{"MZ", "a program for Windows"},
    Magic{"\x28\x05\x01\x84\x50\x05", "a record of PCP; pmdumplog shows it as text"},
    Magic{"\xEF\xBE\xDD\xFE", "a raw log of atop; atop -r shows it as text"}};

} // namespace

std::optional<std::string> plainText(string_view raw)
{
    std::optional<std::string> text;
    if (const auto order = utf16Order(raw))
        text = fromUtf16(raw, *order);
    else if (raw.starts_with(utf8Mark))
        text = std::string(raw.substr(utf8Mark.size()));
    if ((text ? string_view(*text) : raw).find(escape) != string_view::npos && binaryKind(raw.substr(0, 16)).empty())
        text = withoutEscapes(text ? string_view(*text) : raw);
    if (const auto ends = lineEndsOf(text ? string_view(*text) : raw); ends != LineEnds::Plain)
        text = withPlainLineEnds(text ? std::move(*text) : std::string(raw), ends);
    return text;
}

string_view binaryKind(string_view beginning)
{
    for (const Magic& magic : magics)
        if (beginning.starts_with(magic.bytes)
            && (magic.kind != "a program for Windows" || beginning.find('\0') != string_view::npos))
            return magic.kind;
    constexpr std::size_t least = 32, oneIn = 16; // of random bytes each eleventh is one
    const auto controls = std::count_if(beginning.begin(), beginning.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && (byte < '\a' || byte > '\r') && byte != 0x1B;
    });
    const bool isFull = beginning.size() >= least && static_cast<std::size_t>(controls) * oneIn > beginning.size();
    return isFull ? "bytes that are no text" : "";
}

} // namespace hindcast::parse
