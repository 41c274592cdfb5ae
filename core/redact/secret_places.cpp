// The places that have a shape of their own: URLs, request lines, tokens, keys.
#include "redact/secret_scanner.h"
#include "redact/secret_tokens.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

bool isMethod(std::string_view word)
{
    for (const std::string_view method :
        {"GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})
        if (word == method)
            return true;
    return false;
}

/// In these a name before "@" alone is an account like any other, and no secret.
bool keepsPlainUser(std::string_view scheme)
{
    return scheme.ends_with("ssh") || scheme == "sftp" || scheme.ends_with("rsync") || scheme == "git";
}

} // namespace

/// scheme://user:password@host
std::size_t SecretScanner::url(const Piece& piece, std::size_t colon)
{
    const std::size_t begin = colon + 3;
    std::size_t end = begin, sign = std::string_view::npos;
    bool hasColon = false, isNumberBehindColon = true;
    const auto endsAuthority = [](char c) {
        return c == '/' || c == '?' || c == '#' || isBlank(c) || c == '"' || c == '<';
    };
    for (; end < piece.end && !endsAuthority(m_text[end]); ++end) {
        if (m_text[end] == '@')
            sign = end;
        else if (m_text[end] == ':' || hasColon) {
            isNumberBehindColon = isNumberBehindColon && (m_text[end] == ':' || isAsciiDigit(m_text[end]));
            hasColon = true;
        }
    }
    const bool mayHavePassword = hasColon && !isNumberBehindColon && begin < piece.end && m_text[begin] != '[';
    if (sign == std::string_view::npos && mayHavePassword) {
        // A password with "/" in it, which should have been written %2F; or the text was cut before the "@".
        const std::size_t limit = std::min(wordEnd(end, std::min(piece.end, end + farthestLook)), piece.end);
        const auto found = m_text.substr(end, limit - end).find('@');
        if (found != std::string_view::npos)
            sign = end + found;
        else if (end == m_text.size())
            return add(begin, end, SecretKind::Url);
    }
    if (sign == std::string_view::npos || sign == begin)
        return begin;
    std::size_t schemeBegin = colon;
    while (schemeBegin > piece.begin && colon - schemeBegin < 24
        && (isNameByte(m_text[schemeBegin - 1]) || m_text[schemeBegin - 1] == '+'))
        --schemeBegin;
    if (!hasColon && keepsPlainUser(m_text.substr(schemeBegin, colon - schemeBegin)))
        return sign;
    return add(begin, sign, SecretKind::Url);
}

/// "user:password@host" without a scheme, as an argument; Oracle's user/password@host.
std::size_t SecretScanner::accountBeforeAt(const Piece& piece, std::size_t sign)
{
    const std::string_view word = m_text.substr(piece.wordBegin, sign - piece.wordBegin);
    const std::string_view rest = m_text.substr(sign + 1, piece.end - sign - 1);
    if (word.size() > farthestLook || (rest.empty() && piece.end != m_text.size()))
        return sign + 1;
    for (const std::string_view driver : {"oracle:thin:", "oracle:oci:"})
        if (const auto found = word.find(driver); found != std::string_view::npos) {
            const std::size_t begin = piece.wordBegin + found + driver.size();
            if (m_text.substr(begin, sign - begin).find('/') != std::string_view::npos)
                add(begin, sign, SecretKind::Url);
            return sign + 1;
        }
    if (!piece.isArgument || word.find("://") != std::string_view::npos)
        return sign + 1;
    const auto start = word.find_last_of("=,'\"");
    const std::string_view account = start == std::string_view::npos ? word : word.substr(start + 1);
    const auto colon = account.find(':');
    const bool isAccount = colon != std::string_view::npos && colon > 0 && colon + 1 < account.size()
        && account[colon + 1] != '/' && account.substr(0, colon).find_first_of("/@[ ") == std::string_view::npos
        && !rest.starts_with("sha256:") && !rest.starts_with("sha512:") && account.find(' ') == std::string_view::npos;
    for (const std::string_view scheme : {"mailto", "sip", "sips", "xmpp", "acct"})
        if (isAccount && account.substr(0, colon) == scheme)
            return sign + 1;
    if (!isAccount)
        return sign + 1;
    add(sign - account.size(), sign, SecretKind::Url);
    return sign + 1;
}

bool SecretScanner::isAfterMethod(const Piece& piece) const
{
    std::size_t end = piece.wordBegin;
    while (end > piece.begin && isBlank(m_text[end - 1]))
        --end;
    std::size_t begin = end;
    while (begin > piece.begin && end - begin < 8 && isAsciiAlpha(m_text[begin - 1]))
        --begin;
    return isMethod(m_text.substr(begin, end - begin));
}

std::size_t SecretScanner::query(const Piece& piece, std::size_t mark)
{
    const bool isPath = m_kind == TextKind::AccessLog
        && m_text.substr(piece.wordBegin, std::min(mark - piece.wordBegin, farthestLook)).find('/')
            != std::string_view::npos;
    if (piece.isArgument || !(isPath || isAfterMethod(piece)))
        return mark + 1;
    std::size_t end = mark + 1;
    while (end < piece.end && !isBlank(m_text[end]) && m_text[end] != '"')
        ++end;
    return add(mark + 1, end, SecretKind::Query);
}

std::size_t SecretScanner::token(std::size_t place)
{
    // The last argument has no NUL behind it when the command line was longer than what is kept: a token may be cut.
    const bool isCut = m_kind == TextKind::CommandLine && m_text.back() != '\0';
    const std::size_t length = tokenAt(m_text, place, isCut ? TokenLength::Any : TokenLength::Full);
    if (length == 0)
        return place + 1;
    if (isAwsKey(m_text.substr(place, length)))
        m_awsKeys.push_back(place);
    return add(place, place + length, SecretKind::Token);
}

std::size_t SecretScanner::privateKey(std::size_t place, std::size_t end)
{
    const std::size_t length = privateKeyBeginning(m_text, place);
    if (length == 0)
        return place + 1;
    const std::size_t begin = place + length;
    const auto close = m_text.substr(0, end).find("-----END", begin);
    m_isInKey = close == std::string_view::npos;
    return add(begin, std::min(close, end), SecretKind::PrivateKey);
}

/// A line between BEGIN and END. A log may have put its own fields before it, so only the last word goes.
void SecretScanner::scanKeyLine(std::size_t begin, std::size_t end)
{
    const std::string_view line = m_text.substr(begin, end - begin);
    if (line.find("-----END") != std::string_view::npos) {
        m_isInKey = false;
        return;
    }
    const auto before = line.find_last_of(" \t;:");
    const std::size_t word = before == std::string_view::npos ? begin : begin + before + 1;
    add(word, end, SecretKind::PrivateKey);
}

/// A secret of AWS has no prefix of its own, but it stands beside its key.
void SecretScanner::addAwsSecrets()
{
    constexpr std::size_t neighbourhood = 1024;
    std::size_t done = 0;
    for (const std::size_t key : m_awsKeys) {
        const std::size_t end = std::min(m_text.size(), key + neighbourhood);
        for (std::size_t place = std::max(done, key - std::min(key, neighbourhood)); place < end; ++place) {
            const bool isStart = place == 0
                || (!isAsciiAlnum(m_text[place - 1]) && m_text[place - 1] != '/' && m_text[place - 1] != '+');
            if (!isStart)
                continue;
            if (const std::size_t length = awsSecretAt(m_text, place))
                place = add(place, place + length, SecretKind::Token) - 1;
        }
        done = end;
    }
}

/// Puts the spans in order, and makes one of those that overlap.
void SecretScanner::joinSpans()
{
    std::sort(
        m_spans.begin(), m_spans.end(), [](const SecretSpan& a, const SecretSpan& b) { return a.begin < b.begin; });
    std::size_t kept = 0;
    for (const SecretSpan& span : m_spans) {
        if (kept > 0 && span.begin < m_spans[kept - 1].end)
            m_spans[kept - 1].end = std::max(m_spans[kept - 1].end, span.end);
        else
            m_spans[kept++] = span;
    }
    m_spans.resize(kept);
}

} // namespace hindcast::redact
