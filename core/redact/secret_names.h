// What a name says about the value behind it: "--db-password", "AWS_SECRET_ACCESS_KEY", "X-Api-Key", "sig". Names are
// all that redaction has to go by where the secret itself has no shape of its own.
#pragma once

#include <cstdint>
#include <string_view>

namespace hindcast::redact {

enum class Secrecy : std::uint8_t {
    None, ///< also what only points to a secret: "password-file", "token_url"
    Random, ///< secret when the value looks random: "key", "hash"
    Weak, ///< secret unless the value is a small number, a path or a plain state: "session", "token", "auth"
    Strong, ///< always: "password"
    Header, ///< a header whose whole line is secret: "Authorization", "Cookie"
};

/// Any case, words joined by "-", "_", "." or by capitals; leading dashes do not matter.
Secrecy secrecyOf(std::string_view name);

/// "--ask-pass", "--password-stdin": an option that takes no value, although its name names a secret.
bool isFlagOnly(std::string_view name);

/// "policy", "file", "key": behind "password" it makes a name of something else.
bool isReferringWord(std::string_view word);

/// Letters and digits mixed, as no word of a sentence is: "x7y8z9q", but not "policy" or "10.0.0.9".
bool isUnlikeAWord(std::string_view value);

/// "Bearer", "Basic": what comes behind it is the secret.
bool isAuthorizationScheme(std::string_view word);

/// At least 16 bytes of hexadecimal or base64 digits, of more than one kind.
bool looksRandom(std::string_view value);

/// Whether a value behind such a name has to go.
bool isSecretValue(Secrecy secrecy, std::string_view name, std::string_view value);

constexpr bool isAsciiAlpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool isAsciiDigit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool isAsciiAlnum(char c)
{
    return isAsciiAlpha(c) || isAsciiDigit(c);
}
constexpr char toAsciiLower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// "a" and "B" are not, "a" and "A" are. `lower` is in lower case.
bool equalsIgnoringCase(std::string_view text, std::string_view lower);

} // namespace hindcast::redact
