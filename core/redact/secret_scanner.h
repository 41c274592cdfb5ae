// SecretScanner: finds where the secrets of a text are; secrets.cpp replaces them. Apart from it because each kind of
// place has rules of its own about where a secret ends.
#pragma once

#include "redact/command_words.h"
#include "redact/secrets.h"

#include <vector>

namespace hindcast::redact {

/// Where a rule looks ahead without taking what it sees: keeps the time linear.
constexpr std::size_t farthestLook = 512;

constexpr bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0' || c == '\f' || c == '\v';
}
constexpr bool isNameByte(char c)
{
    return isAsciiAlnum(c) || c == '_' || c == '-' || c == '.';
}
constexpr bool isQuote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

struct SecretSpan {
    std::size_t begin = 0, end = 0;
    SecretKind kind = SecretKind::Token;
};

class SecretScanner {
public:
    SecretScanner(std::string_view text, TextKind kind);
    /// In the order of the text, not overlapping.
    std::vector<SecretSpan> run();

private:
    /// A line or an argument, and where in it we are.
    struct Piece {
        std::size_t begin = 0, end = 0;
        bool isArgument = false; ///< one argument: blanks are part of it
        std::size_t wordBegin = 0;
        bool isQuoted = false; ///< behind an odd number of double quotes
        bool isPlain = true; ///< nothing but names and "=" so far
    };

    void scanArguments();
    void scanArgument(std::size_t begin, std::size_t end, bool isAlone, CommandWords& words);
    void scanLines(std::size_t begin, std::size_t end);
    void scanLine(std::size_t begin, std::size_t end, CommandWords& words);
    void scanName();
    void scanPiece(Piece& piece, CommandWords& words);
    void pass(Piece& piece, std::size_t from, std::size_t to) const;
    std::size_t beginWord(const Piece& piece, std::size_t at, CommandWords& words);
    std::size_t at(const Piece& piece, std::size_t place);

    std::size_t assignment(const Piece& piece, std::size_t separator, std::size_t length);
    std::size_t headerLine(const Piece& piece, std::size_t value, char quoteBeforeName);
    std::size_t valueEnd(const Piece& piece, std::size_t value, char before) const;
    std::size_t quotedEnd(const Piece& piece, std::size_t quote, unsigned backslashes) const;
    std::size_t bracketEnd(const Piece& piece, std::size_t bracket) const;
    std::size_t behindScheme(const Piece& piece, std::size_t begin, std::size_t end) const;
    std::size_t nameBegin(const Piece& piece, std::size_t end) const;
    static std::string_view plainName(std::string_view raw, std::string& buffer);
    Secrecy secrecyOfPair(const Piece& piece, std::size_t place) const;
    Secrecy secrecyHere(const Piece& piece, std::string_view name, std::size_t begin) const;
    std::size_t element(const Piece& piece, std::size_t close);
    std::size_t call(const Piece& piece, std::size_t bracket);
    std::size_t pipe(const Piece& piece, std::size_t bar);
    std::size_t hereString(const Piece& piece, std::size_t sign);
    std::size_t shellWordEnd(std::size_t place, std::size_t end) const;
    void auditArguments(std::size_t begin, std::size_t end);
    void hexArguments(std::size_t begin, std::size_t end, bool isSurelyHex);

    std::size_t encodedUrl(const Piece& piece, std::size_t colon);
    std::size_t passwordSign(const Piece& piece, std::size_t end, std::size_t limit) const;
    std::size_t webhook(const Piece& piece, std::size_t host, std::size_t path);
    std::size_t url(const Piece& piece, std::size_t colon);
    std::size_t accountBeforeAt(const Piece& piece, std::size_t sign);
    std::size_t query(const Piece& piece, std::size_t mark);
    std::size_t token(std::size_t place);
    std::size_t privateKey(std::size_t place, std::size_t end);
    void scanKeyLine(std::size_t begin, std::size_t end);
    void addAwsSecrets();
    void joinSpans();

    std::string_view wordBefore(const Piece& piece) const;
    std::size_t add(std::size_t begin, std::size_t end, SecretKind kind);
    std::size_t wordEnd(std::size_t begin, std::size_t end) const;

    const std::string_view m_text;
    const TextKind m_kind;
    std::vector<SecretSpan> m_spans;
    std::vector<std::size_t> m_awsKeys; ///< where they stand: the secret is near
    bool m_isInKey = false; ///< between the lines of a PEM key
    bool m_isValueNext = false; ///< behind a line that ends with "password":
};

} // namespace hindcast::redact
