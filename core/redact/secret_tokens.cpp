#include "redact/secret_tokens.h"

#include "redact/secret_names.h"

#include <array>

namespace hindcast::redact {
namespace {

enum class Digits { Alnum, UpperAlnum, Url, Dotted }; ///< Url: letters, digits, "-", "_"; Dotted: "." as well

struct Shape {
    std::string_view prefix;
    Digits digits;
    std::size_t fewest; ///< characters behind the prefix
};

// From the makers' own documentation of their token formats; the numbers are a little below theirs, so that a new
// length is not missed.
constexpr std::array<Shape, 47> shapes{{
    {"AKIA", Digits::UpperAlnum, 12}, // AWS access keys: IAM User Guide, "unique identifiers"
    {"ASIA", Digits::UpperAlnum, 12},
    {"ABIA", Digits::UpperAlnum, 12},
    {"ACCA", Digits::UpperAlnum, 12},
    {"ghp_", Digits::Alnum, 16}, // GitHub
    {"gho_", Digits::Alnum, 16},
    {"ghu_", Digits::Alnum, 16},
    {"ghs_", Digits::Alnum, 16},
    {"ghr_", Digits::Alnum, 16},
    {"github_pat_", Digits::Url, 16},
    {"glpat-", Digits::Dotted, 12}, // GitLab
    {"gldt-", Digits::Dotted, 12},
    {"glrt-", Digits::Dotted, 12},
    {"glptt-", Digits::Dotted, 12},
    {"glcbt-", Digits::Dotted, 12},
    {"glagent-", Digits::Dotted, 12},
    {"glsoat-", Digits::Dotted, 12},
    {"xoxa-", Digits::Url, 8}, // Slack
    {"xoxb-", Digits::Url, 8},
    {"xoxe-", Digits::Url, 8},
    {"xoxe.", Digits::Dotted, 8},
    {"xoxo-", Digits::Url, 8},
    {"xoxp-", Digits::Url, 8},
    {"xoxr-", Digits::Url, 8},
    {"xoxs-", Digits::Url, 8},
    {"xapp-", Digits::Url, 8},
    {"AIza", Digits::Url, 30}, // Google
    {"ya29.", Digits::Url, 20},
    {"GOCSPX-", Digits::Url, 16},
    {"sk_live_", Digits::Alnum, 10}, // Stripe
    {"sk_test_", Digits::Alnum, 10},
    {"rk_live_", Digits::Alnum, 10},
    {"rk_test_", Digits::Alnum, 10},
    {"whsec_", Digits::Alnum, 10},
    {"sk-ant-", Digits::Url, 16},
    {"sk-proj-", Digits::Url, 16},
    {"sk-", Digits::Alnum, 36}, // OpenAI's older ones have 48
    {"tskey-", Digits::Url, 12}, // Tailscale
    {"SG.", Digits::Dotted, 40}, // SendGrid
    {"npm_", Digits::Alnum, 30},
    {"pypi-AgE", Digits::Url, 30},
    {"dop_v1_", Digits::Alnum, 30}, // DigitalOcean
    {"hf_", Digits::Alnum, 30},
    {"shpat_", Digits::Alnum, 30}, // Shopify
    {"hvs.", Digits::Url, 20}, // HashiCorp Vault
    {"hvb.", Digits::Url, 20},
    {"AGE-SECRET-KEY-1", Digits::UpperAlnum, 30},
}};

bool isDigitOf(Digits digits, char c)
{
    switch (digits) {
    case Digits::UpperAlnum:
        return (c >= 'A' && c <= 'Z') || isAsciiDigit(c);
    case Digits::Alnum:
        return isAsciiAlnum(c);
    case Digits::Dotted:
        return isAsciiAlnum(c) || c == '-' || c == '_' || c == '.';
    case Digits::Url:
        return isAsciiAlnum(c) || c == '-' || c == '_';
    }
    return false;
}

std::size_t runOf(Digits digits, std::string_view text, std::size_t at)
{
    std::size_t end = at;
    while (end < text.size() && isDigitOf(digits, text[end]))
        ++end;
    return end - at;
}

/// RFC 7519 and 7515 §3.1: header.payload.signature, base64url; the header is a JSON object, which begins `{"`.
std::size_t webTokenAt(std::string_view text, std::size_t at, TokenLength length)
{
    if (!text.substr(at).starts_with("eyJ"))
        return 0;
    const std::size_t header = runOf(Digits::Url, text, at);
    const std::size_t dot = at + header;
    if (length == TokenLength::Any && dot == text.size())
        return header;
    if (header < 8 || dot >= text.size() || text[dot] != '.')
        return 0;
    const std::size_t payload = runOf(Digits::Url, text, dot + 1);
    if (payload < 2)
        return 0;
    return header + 1 + payload + runOf(Digits::Dotted, text, dot + 1 + payload);
}

bool mayBegin(char c)
{
    return c == 'A' || c == 'G' || c == 'S' || c == 'a' || c == 'd' || c == 'e' || c == 'g' || c == 'h' || c == 'n'
        || c == 'p' || c == 'r' || c == 's' || c == 't' || c == 'w' || c == 'x' || c == 'y';
}

bool isBase64(char c)
{
    return isAsciiAlnum(c) || c == '+' || c == '/';
}

} // namespace

std::size_t tokenAt(std::string_view text, std::size_t at, TokenLength length)
{
    if (!mayBegin(text[at]))
        return 0;
    const std::string_view rest = text.substr(at);
    for (const Shape& shape : shapes) {
        if (shape.prefix[0] != rest[0] || !rest.starts_with(shape.prefix))
            continue;
        const std::size_t run = runOf(shape.digits, rest, shape.prefix.size());
        const bool isCut = length == TokenLength::Any && run > 0 && shape.prefix.size() + run == rest.size();
        if (run >= shape.fewest || isCut)
            return shape.prefix.size() + run;
    }
    return webTokenAt(text, at, length);
}

bool isAwsKey(std::string_view token)
{
    return token.starts_with("AKIA") || token.starts_with("ASIA");
}

std::size_t awsSecretAt(std::string_view text, std::size_t at)
{
    constexpr std::size_t secretLength = 40;
    bool hasUpper = false, hasLower = false, hasDigit = false;
    std::size_t end = at;
    for (; end < text.size() && isBase64(text[end]) && end - at <= secretLength; ++end) {
        hasDigit = hasDigit || isAsciiDigit(text[end]);
        hasUpper = hasUpper || (text[end] >= 'A' && text[end] <= 'Z');
        hasLower = hasLower || (text[end] >= 'a' && text[end] <= 'z');
    }
    return end - at == secretLength && hasUpper && hasLower && hasDigit ? secretLength : 0;
}

std::size_t privateKeyBeginning(std::string_view text, std::size_t at)
{
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::size_t longestLabel = 48;
    if (!text.substr(at).starts_with(begin))
        return 0;
    const std::string_view label = text.substr(at + begin.size(), longestLabel);
    const auto end = label.find("-----");
    if (end == std::string_view::npos || label.substr(0, end).find("PRIVATE KEY") == std::string_view::npos)
        return 0;
    return begin.size() + end + 5;
}

} // namespace hindcast::redact
