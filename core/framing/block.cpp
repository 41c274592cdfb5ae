#include "framing/block.h"

#include "framing/checksums.h"

#include <charconv>
#include <cstdio>

namespace hindcast::framing {
namespace {

constexpr std::string_view marker = "== ";
constexpr std::string_view endMarker = "== end ticks=";

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

template <typename Integer> void appendNumber(std::string& out, Integer value)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
}

std::string_view takeField(std::string_view& rest)
{
    const auto space = rest.find(' ');
    const auto field = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return field;
}

template <typename Integer> bool readNumber(std::string_view text, Integer& value)
{
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc{} && end == text.data() + text.size() && !text.empty();
}

struct HeaderFields {
    std::string_view path;
    std::int64_t start = 0;
    std::int64_t duration = 0;
    int errorNumber = 0;
    std::optional<std::uint64_t> length;
};

bool readHeader(std::string_view line, HeaderFields& header)
{
    if (!line.starts_with(marker) || line.starts_with(endMarker) || line.ends_with(' '))
        return false;
    std::string_view rest = line.substr(marker.size());
    header.path = takeField(rest);
    const bool isNumbered = readNumber(takeField(rest), header.start) && readNumber(takeField(rest), header.duration)
        && readNumber(takeField(rest), header.errorNumber);
    if (!isNumbered || header.path.empty())
        return false;
    const auto lengthField = takeField(rest);
    std::uint64_t length = 0;
    if (lengthField != "-") {
        if (!readNumber(lengthField, length))
            return false;
        header.length = length;
    }
    return rest.empty();
}

/// "== path start_ns dur_us errno ", which the length follows.
void appendHeaderFields(std::string& out, std::string_view path, std::int64_t startNanoseconds,
    std::int64_t durationMicroseconds, int errorNumber)
{
    out += marker;
    appendEscaped(out, path);
    out += ' ';
    appendNumber(out, startNanoseconds);
    out += ' ';
    appendNumber(out, durationMicroseconds);
    out += ' ';
    appendNumber(out, errorNumber);
    out += ' ';
}

} // namespace

void appendEscaped(std::string& out, std::string_view text)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte <= 0x20 || byte == 0x7F || c == '%') {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15U];
        } else {
            out += c;
        }
    }
}

std::string escapeField(std::string_view text)
{
    std::string escaped;
    escaped.reserve(text.size());
    appendEscaped(escaped, text);
    return escaped;
}

std::string unescapeField(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0) {
            plain += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

void appendBlockHeader(std::string& out, const BlockHeader& header)
{
    appendHeaderFields(out, header.path, header.startNanoseconds, header.durationMicroseconds, header.errorNumber);
    if (header.length)
        appendNumber(out, *header.length);
    else
        out += '-';
    out += '\n';
}

void appendBlock(std::string& out, const BlockHeader& header, std::string_view body)
{
    appendBlock(out, header.path, header.startNanoseconds, header.durationMicroseconds, header.errorNumber, body);
}

void appendBlock(std::string& out, std::string_view path, std::int64_t startNanoseconds,
    std::int64_t durationMicroseconds, int errorNumber, std::string_view body)
{
    appendHeaderFields(out, path, startNanoseconds, durationMicroseconds, errorNumber);
    appendNumber(out, body.size());
    out += '\n';
    out += body;
    out += '\n';
}

std::optional<BlockHeader> parseBlockHeader(std::string_view line)
{
    HeaderFields header;
    if (!readHeader(line, header))
        return std::nullopt;
    return BlockHeader{unescapeField(header.path), header.start, header.duration, header.errorNumber, header.length};
}

NextBlock nextBlock(std::string_view& rest, Block& block)
{
    if (rest.empty() || rest.starts_with(endMarker))
        return NextBlock::End;
    const auto lineEnd = rest.find('\n');
    HeaderFields header;
    if (lineEnd == std::string_view::npos || !readHeader(rest.substr(0, lineEnd), header))
        return NextBlock::Damaged;
    std::string_view body = rest.substr(lineEnd + 1);
    std::size_t taken = 0; // of the body, with the newline that closes it
    if (header.length) {
        if (body.size() <= *header.length || body[static_cast<std::size_t>(*header.length)] != '\n')
            return NextBlock::Damaged;
        taken = static_cast<std::size_t>(*header.length) + 1;
        body = body.substr(0, static_cast<std::size_t>(*header.length));
    } else {
        const auto next = body.starts_with(marker) ? 0 : body.find("\n== ");
        taken = next == std::string_view::npos ? body.size() : body.starts_with(marker) ? 0 : next + 1;
        body = body.substr(0, taken);
    }
    rest.remove_prefix(lineEnd + 1 + taken);
    block = {header.path, header.start, header.duration, header.errorNumber, body};
    return NextBlock::Found;
}

void appendTickEnd(std::string& tick, std::uint64_t ticks)
{
    char line[80];
    const int length = std::snprintf(line, sizeof line, "== end ticks=%llu crc32c=%08x\n",
        static_cast<unsigned long long>(ticks), static_cast<unsigned>(crc32c(tick)));
    tick.append(line, static_cast<std::size_t>(length));
}

namespace {

/// `checksum` stays empty when the end line has none: a shell cannot compute one.
TickState readTickEnd(std::string_view member, TickEnd& end, std::optional<std::uint32_t>& checksum)
{
    if (member.empty() || member.back() != '\n')
        return TickState::Torn;
    const auto lineBreak = member.size() < 2 ? std::string_view::npos : member.rfind('\n', member.size() - 2);
    const std::size_t begin = lineBreak == std::string_view::npos ? 0 : lineBreak + 1;
    std::string_view line = member.substr(begin, member.size() - begin - 1);
    if (!line.starts_with(endMarker))
        return TickState::Torn;
    line.remove_prefix(endMarker.size());
    const auto ticks = takeField(line);
    constexpr std::string_view checksumKey = "crc32c=";
    if (!readNumber(ticks, end.ticks))
        return TickState::Corrupt;
    end.blocks = member.substr(0, begin);
    if (line.empty())
        return TickState::Whole;
    if (!line.starts_with(checksumKey))
        return TickState::Corrupt;
    line.remove_prefix(checksumKey.size());
    const auto [stop, failure] = std::from_chars(line.data(), line.data() + line.size(), checksum.emplace(), 16);
    return failure == std::errc{} && stop == line.data() + line.size() ? TickState::Whole : TickState::Corrupt;
}

} // namespace

TickState findTickEnd(std::string_view member, TickEnd& end)
{
    std::optional<std::uint32_t> checksum;
    return readTickEnd(member, end, checksum);
}

TickState checkTick(std::string_view member, TickEnd& end)
{
    std::optional<std::uint32_t> checksum;
    const TickState state = readTickEnd(member, end, checksum);
    if (state != TickState::Whole)
        return state;
    return !checksum || *checksum == crc32c(end.blocks) ? TickState::Whole : TickState::Corrupt;
}

} // namespace hindcast::framing
