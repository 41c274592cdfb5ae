#include "redact/pseudonym_text.h"

#include "redact/name_places.h"
#include "redact/secret_names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace hindcast::redact {
namespace {

bool isHexDigit(char c)
{
    return isAsciiDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

unsigned hexValue(char c)
{
    return static_cast<unsigned>(isAsciiDigit(c) ? c - '0' : toAsciiLower(c) - 'a' + 10);
}

bool isWordByte(char c)
{
    return isAsciiAlnum(c) || c == '_';
}

class Replacing {
public:
    Replacing(std::string& text, Pseudonyms& pseudonyms)
        : m_text(text)
        , m_pseudonyms(pseudonyms)
    {
    }

    std::size_t run()
    {
        NamePlaces names(m_text, m_pseudonyms);
        std::size_t place = 0;
        while (place < m_text.size()) {
            const bool isStart = place == 0 || !isWordByte(m_text[place - 1]);
            const bool isNameStart = place == 0 || !isAsciiAlnum(m_text[place - 1]);
            const char c = m_text[place];
            std::size_t length = 0;
            if (isStart && (isHexDigit(c) || c == ':'))
                length = address(place);
            else if (!isStart && isAsciiDigit(c) && !isAsciiDigit(m_text[place - 1]))
                length = address4(place, true);
            if (length == 0 && isNameStart)
                length = plainHardware(place);
            if (length == 0 && isNameStart && isWordByte(c)) {
                std::string pseudonym;
                length = names.at(place, pseudonym);
                if (length > 0)
                    put(place, length, pseudonym);
            }
            place += std::max<std::size_t>(length, 1);
        }
        if (m_count > 0) {
            m_made.append(m_text, m_done, std::string::npos);
            m_text.swap(m_made);
        }
        return m_count;
    }

private:
    void put(std::size_t place, std::size_t length, std::string_view replacement)
    {
        if (std::string_view(m_text).substr(place, length) == replacement)
            return;
        m_made.append(m_text, m_done, place - m_done);
        m_made += replacement;
        m_done = place + length;
        ++m_count;
    }

    std::size_t address(std::size_t place)
    {
        if (const std::size_t length = address4(place, false))
            return length;
        if (const std::size_t length = hardware(place))
            return length;
        return address6(place);
    }

    /// "-s10.1.2.3": an option of one letter.
    bool isBehindOption(std::size_t place) const
    {
        return place >= 2 && m_text[place - 2] == '-' && isAsciiAlpha(m_text[place - 1])
            && (place == 2 || m_text[place - 3] == ' ' || m_text[place - 3] == '\0');
    }

    /// Four numbers; "v1.2.3.4" and "1.2.3.4.5" are versions. Within a word ("a203.0.113.7", "203.0.113.7.nip.example")
    /// an address that is known, or one with a number that no version has.
    std::size_t address4(std::size_t place, bool isWithin)
    {
        if (!isAsciiDigit(m_text[place]) || (place > 1 && m_text[place - 1] == '.' && isAsciiAlnum(m_text[place - 2])))
            return 0;
        Address4 address{};
        std::size_t end = place;
        for (std::size_t i = 0; i < 4; ++i) {
            unsigned value = 0;
            std::size_t digits = 0;
            while (end < m_text.size() && isAsciiDigit(m_text[end]) && digits < 4) {
                value = value * 10 + hexValue(m_text[end++]);
                ++digits;
            }
            if (digits == 0 || digits > 3 || value > 255)
                return 0;
            address[i] = static_cast<std::uint8_t>(value);
            if (i < 3 && (end >= m_text.size() || m_text[end++] != '.'))
                return 0;
        }
        if (end < m_text.size() && isAsciiAlnum(m_text[end]))
            return 0;
        const bool hasMore = end + 1 < m_text.size() && m_text[end] == '.' && isAsciiAlnum(m_text[end + 1]);
        if (hasMore && isAsciiDigit(m_text[end + 1]))
            return 0;
        constexpr std::uint8_t beyondVersions = 100;
        const bool isPlain = m_pseudonyms.knows(address)
            || std::any_of(address.begin(), address.end(), [](std::uint8_t part) { return part >= beyondVersions; });
        const bool isOfWord =
            (isWithin && !isBehindOption(place)) || hasMore || (end < m_text.size() && m_text[end] == '_');
        if (isOfWord && !isPlain)
            return 0;
        put(place, end - place, textOf(m_pseudonyms.of(address)));
        return end - place;
    }

    /// Six pairs, or the fourteen that netfilter prints: receiver, sender, protocol.
    std::size_t hardware(std::size_t place)
    {
        const char separator = place + 2 < m_text.size() ? m_text[place + 2] : '\0';
        if (separator != ':' && separator != '-')
            return 0;
        std::size_t pairs = 0, end = place;
        while (end + 1 < m_text.size() && isHexDigit(m_text[end]) && isHexDigit(m_text[end + 1])) {
            ++pairs;
            end += 2;
            if (end >= m_text.size() || m_text[end] != separator)
                break;
            ++end;
        }
        if (m_text[end - 1] == separator)
            --end;
        if ((pairs != 6 && pairs != 14) || (end < m_text.size() && isWordByte(m_text[end])))
            return 0;
        for (std::size_t i = 0; i + 6 <= pairs; i += 6) {
            HardwareAddress address{};
            for (std::size_t j = 0; j < 6; ++j)
                address[j] = static_cast<std::uint8_t>(
                    hexValue(m_text[place + 3 * (i + j)]) * 16 + hexValue(m_text[place + 3 * (i + j) + 1]));
            std::string made = textOf(m_pseudonyms.of(address));
            if (separator == '-')
                std::replace(made.begin(), made.end(), ':', '-');
            put(place + 3 * i, 17, made);
        }
        return end - place;
    }

    /// "enx001a2b3c4d5e" as systemd calls its interface, "001a.2b3c.4d5e", and "001a2b3c4d5e" when it is known as one.
    std::size_t plainHardware(std::size_t place)
    {
        constexpr std::string_view prefix = "enx";
        const std::string_view rest = std::string_view(m_text).substr(place, 20);
        const bool isInterface = rest.starts_with(prefix);
        const std::size_t begin = isInterface ? prefix.size() : rest.starts_with("0x") ? 2 : 0;
        HardwareAddress address{};
        std::size_t digits = 0, end = begin, dots = 0;
        bool hasLetter = false;
        for (; end < rest.size() && digits < 12; ++end) {
            if (rest[end] == '.' && begin == 0 && digits > 0 && digits % 4 == 0 && dots < digits / 4) {
                ++dots;
                continue;
            }
            if (!isHexDigit(rest[end]))
                return 0;
            hasLetter = hasLetter || !isAsciiDigit(rest[end]);
            address[digits / 2] = static_cast<std::uint8_t>(address[digits / 2] * 16 + hexValue(rest[end]));
            ++digits;
        }
        const bool isDotted = dots == 2 && hasLetter;
        if (digits != 12 || (end < rest.size() && isAsciiAlnum(rest[end])) || (dots != 0 && !isDotted)
            || !(isInterface || isDotted || m_pseudonyms.knows(address)))
            return 0;
        std::string made;
        for (const char c : textOf(m_pseudonyms.of(address)))
            if (c != ':') {
                made += isDotted && (made.size() == 4 || made.size() == 9) ? "." : "";
                made += c;
            }
        put(place + begin, end - begin, made);
        return end;
    }

    std::size_t address6(std::size_t place)
    {
        constexpr std::size_t longest = INET6_ADDRSTRLEN;
        if (place > 0 && (m_text[place - 1] == ':' || m_text[place - 1] == '.'))
            return 0;
        std::size_t end = place;
        unsigned colons = 0;
        while (end < m_text.size() && end - place < longest
            && (isHexDigit(m_text[end]) || m_text[end] == ':' || m_text[end] == '.')) {
            colons += m_text[end] == ':' ? 1 : 0;
            ++end;
        }
        if (colons < 2 || (end < m_text.size() && isWordByte(m_text[end])))
            return 0;
        while (end > place && (m_text[end - 1] == '.' || (m_text[end - 1] == ':' && m_text[end - 2] != ':')))
            --end;
        char text[longest + 1] = {};
        std::memcpy(text, m_text.data() + place, std::min(end - place, longest));
        Address6 address{};
        if (inet_pton(AF_INET6, text, address.data()) != 1)
            return 0;
        put(place, end - place, textOf(m_pseudonyms.of(address)));
        return end - place;
    }

    std::string& m_text;
    Pseudonyms& m_pseudonyms;
    std::string m_made;
    std::size_t m_done = 0, m_count = 0;
};

// --- Numbers
// -----------------------------------------------------------------------------------------------------------

std::size_t hexRun(std::string_view text, std::size_t at)
{
    std::size_t end = at;
    while (end < text.size() && isHexDigit(text[end]))
        ++end;
    return end - at;
}

/// Bytes of memory from digits that print them as 32-bit numbers, or one by one.
template <std::size_t Size>
std::array<std::uint8_t, Size> readBytes(const char* digits, std::size_t group, ByteOrder order)
{
    std::array<std::uint8_t, Size> bytes{};
    for (std::size_t i = 0; i < Size; ++i) {
        const std::size_t within = order == ByteOrder::Little ? group - 1 - i % group : i % group;
        bytes[i / group * group + within] =
            static_cast<std::uint8_t>(hexValue(digits[2 * i]) * 16 + hexValue(digits[2 * i + 1]));
    }
    return bytes;
}

template <std::size_t Size>
void writeBytes(char* digits, const std::array<std::uint8_t, Size>& bytes, std::size_t group, ByteOrder order)
{
    const char* const alphabet = std::any_of(digits, digits + 2 * Size, [](char c) { return c >= 'a'; })
        ? "0123456789abcdef"
        : "0123456789ABCDEF";
    for (std::size_t i = 0; i < Size; ++i) {
        const std::size_t within = order == ByteOrder::Little ? group - 1 - i % group : i % group;
        const std::uint8_t byte = bytes[i / group * group + within];
        digits[2 * i] = alphabet[byte >> 4];
        digits[2 * i + 1] = alphabet[byte & 15U];
    }
}

bool isRouteTable(std::string_view path)
{
    return path.ends_with("/net/route");
}

} // namespace

std::size_t replaceNames(std::string& text, Pseudonyms& pseudonyms)
{
    return Replacing(text, pseudonyms).run();
}

std::size_t replaceInterfaces(std::string& text, Pseudonyms& pseudonyms)
{
    constexpr std::string_view prefix = "enx";
    constexpr std::size_t length = 15;
    std::size_t count = 0;
    for (auto place = text.find(prefix); place != std::string::npos; place = text.find(prefix, place + 1)) {
        std::string name = text.substr(place, length);
        const bool isWord = place == 0 || !isAsciiAlnum(text[place - 1]);
        if (isWord && replaceNames(name, pseudonyms) > 0 && name.size() == length && name.starts_with(prefix)) {
            text.replace(place, length, name);
            ++count;
        }
    }
    return count;
}

std::size_t replaceNumbers(std::string& text, std::string_view path, ByteOrder order, Pseudonyms& pseudonyms)
{
    std::size_t count = 0;
    unsigned column = 0;
    for (std::size_t place = 0; place < text.size();) {
        const char c = text[place];
        const bool isStart = place == 0 || text[place - 1] == ' ' || text[place - 1] == '\t' || text[place - 1] == '\n';
        column = c == '\n' ? 0 : isStart && c != ' ' && c != '\t' ? column + 1 : column;
        const std::size_t digits = isStart ? hexRun(text, place) : 0;
        const char next = place + digits < text.size() ? text[place + digits] : '\n';
        const bool hasPort = next == ':' && hexRun(text, place + digits + 1) == 4;
        if (digits == 8 && (hasPort || (isRouteTable(path) && (column == 2 || column == 3)))) {
            const auto address = readBytes<4>(text.data() + place, 4, order);
            writeBytes(text.data() + place, pseudonyms.of(address), 4, order);
            ++count;
        } else if (digits == 32) { // with a port four numbers of the machine, else 16 bytes in their order
            const ByteOrder kind = hasPort ? order : ByteOrder::Big;
            const auto address = readBytes<16>(text.data() + place, 4, kind);
            writeBytes(text.data() + place, pseudonyms.of(address), 4, kind);
            ++count;
        }
        place += std::max<std::size_t>(digits, 1);
    }
    return count;
}

} // namespace hindcast::redact
