// redactSecrets: takes passwords, keys and tokens out of command lines and log text, in one pass whose time grows with
// the length of the text. What goes is replaced by "<redacted>"; names, hosts and all else stay.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::redact {

constexpr std::string_view redactedMark = "<redacted>";

enum class SecretKind : std::uint8_t {
    Option, ///< the value of an option: "--password x", "mysql -px"
    Assignment, ///< behind "=" or ":": "DB_PASSWORD=x", "password": "x"
    Url, ///< user and password in a URL
    Query, ///< what follows "?" in the request line of a log
    Header, ///< "Authorization: …", "Cookie: …"
    Token, ///< known by its shape: "AKIA…", "ghp_…", "eyJ…"
    PrivateKey, ///< PEM
};
constexpr std::size_t secretKindCount = 7;
std::string_view nameOf(SecretKind kind);

using SecretCounts = std::array<std::uint64_t, secretKindCount>;

enum class TextKind : std::uint8_t {
    CommandLine, ///< arguments with a NUL behind each, as in /proc/<pid>/cmdline
    Text, ///< lines of a log, of a tool, of a shell
    AccessLog, ///< lines of a web server: the query of every URL goes
    Name, ///< of a process or a file; may be cut off
};

/// Replaces every secret found; adds what was found to `counts`. Doing it twice changes nothing more.
/// Returns how many were replaced. The text grows by at most 10 bytes per replaced byte.
std::size_t redactSecrets(std::string& text, TextKind kind, SecretCounts* counts = nullptr);

} // namespace hindcast::redact
