// JsonObject: the members of one JSON object in the order they were written, without building a tree: for logs that
// print an object a line. Source: RFC 8259.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hindcast::parse {

struct JsonValue {
    enum class Kind : std::uint8_t { String, Number, Literal, Object, Array };
    Kind kind = Kind::Literal;
    std::string_view text; ///< a string without its quotes, still escaped; objects and arrays with their brackets
};

class JsonObject {
public:
    /// `text`: begins with "{"; what stands behind the object is left alone.
    explicit JsonObject(std::string_view text);
    /// The next member; false at the end, and where the text is no JSON.
    bool next(std::string_view& key, JsonValue& value);
    /// The whole object was read.
    bool isComplete() const { return m_isComplete; }
    /// What stands behind it.
    std::string_view rest() const { return m_rest; }

private:
    void skipBlanks();
    bool take(char expected);
    bool takeString(std::string_view& text);
    bool takeValue(JsonValue& value);
    bool takeNested(std::string_view& text);

    std::string_view m_rest;
    bool m_isFirst = true, m_isBroken = false, m_isComplete = false;
};

/// A string with its escapes resolved. `buffer` holds the result when there were any.
std::string_view unescaped(std::string_view text, std::string& buffer);

} // namespace hindcast::parse
