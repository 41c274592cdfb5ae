#include "parse/json_line.h"

#include "base/text_scanner.h"

namespace hindcast::parse {
namespace {

using std::string_view;

void appendUtf8(std::string& out, std::uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

std::uint32_t hexAt(string_view text, std::size_t place)
{
    constexpr std::uint32_t replacement = 0xFFFD;
    const auto code = place + 4 <= text.size() ? parseInteger<std::uint32_t>(text.substr(place, 4), 16) : std::nullopt;
    return code.value_or(replacement);
}

/// The four digits behind "\u", and those of the second half of a surrogate pair; returns how many bytes were read.
std::size_t appendUnicode(std::string& out, string_view text)
{
    std::uint32_t code = hexAt(text, 0);
    const bool isHigh = code >= 0xD800 && code < 0xDC00;
    if (isHigh && text.size() >= 10 && text.substr(4, 2) == "\\u") {
        const std::uint32_t low = hexAt(text, 6);
        if (low >= 0xDC00 && low < 0xE000) {
            appendUtf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
            return 10;
        }
    }
    const bool isHalf = code >= 0xD800 && code < 0xE000;
    appendUtf8(out, isHalf ? 0xFFFD : code);
    return 4;
}

} // namespace

JsonObject::JsonObject(string_view text)
    : m_rest(text)
{
    m_isBroken = !take('{');
}

void JsonObject::skipBlanks()
{
    while (!m_rest.empty() && (isBlank(m_rest.front()) || m_rest.front() == '\n' || m_rest.front() == '\r'))
        m_rest.remove_prefix(1);
}

bool JsonObject::take(char expected)
{
    skipBlanks();
    if (m_rest.empty() || m_rest.front() != expected)
        return false;
    m_rest.remove_prefix(1);
    return true;
}

bool JsonObject::takeString(string_view& text)
{
    if (!take('"'))
        return false;
    for (std::size_t end = m_rest.find('"'); end != string_view::npos; end = m_rest.find('"', end + 1)) {
        std::size_t backslashes = 0;
        while (backslashes < end && m_rest[end - 1 - backslashes] == '\\')
            ++backslashes;
        if (backslashes % 2 != 0)
            continue;
        text = m_rest.substr(0, end);
        m_rest.remove_prefix(end + 1);
        return true;
    }
    return false;
}

bool JsonObject::takeNested(string_view& text)
{
    const auto begin = m_rest;
    int depth = 0;
    while (!m_rest.empty()) {
        const char c = m_rest.front();
        if (c == '"') {
            string_view ignored;
            if (!takeString(ignored))
                return false;
            continue;
        }
        m_rest.remove_prefix(1);
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        if (depth == 0) {
            text = begin.substr(0, begin.size() - m_rest.size());
            return true;
        }
    }
    return false;
}

bool JsonObject::takeValue(JsonValue& value)
{
    skipBlanks();
    if (m_rest.empty())
        return false;
    switch (m_rest.front()) {
    case '"':
        value.kind = JsonValue::Kind::String;
        return takeString(value.text);
    case '{':
    case '[':
        value.kind = m_rest.front() == '{' ? JsonValue::Kind::Object : JsonValue::Kind::Array;
        return takeNested(value.text);
    default: {
        const auto end = m_rest.find_first_of(",}] \t\r\n");
        if (end == string_view::npos || end == 0)
            return false;
        value.text = m_rest.substr(0, end);
        value.kind = value.text.front() == 't' || value.text.front() == 'f' || value.text.front() == 'n'
            ? JsonValue::Kind::Literal
            : JsonValue::Kind::Number;
        m_rest.remove_prefix(end);
        return true;
    }
    }
}

bool JsonObject::next(string_view& key, JsonValue& value)
{
    if (m_isBroken || m_isComplete)
        return false;
    if (take('}')) {
        m_isComplete = true;
        return false;
    }
    m_isBroken = (!m_isFirst && !take(',')) || !takeString(key) || !take(':') || !takeValue(value);
    m_isFirst = false;
    return !m_isBroken;
}

string_view unescaped(string_view text, std::string& buffer)
{
    if (text.find('\\') == string_view::npos)
        return text;
    buffer.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 >= text.size()) {
            buffer += text[i];
            continue;
        }
        const char c = text[++i];
        switch (c) {
        case 'n':
            buffer += '\n';
            break;
        case 't':
            buffer += '\t';
            break;
        case 'r':
            buffer += '\r';
            break;
        case 'b':
            buffer += '\b';
            break;
        case 'f':
            buffer += '\f';
            break;
        case 'u':
            i += appendUnicode(buffer, text.substr(i + 1));
            break;
        default:
            buffer += c;
        }
    }
    return buffer;
}

} // namespace hindcast::parse
