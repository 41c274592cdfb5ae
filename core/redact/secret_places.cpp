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

/// Where "/" behind a port is not the usual.
bool hasAccounts(std::string_view scheme)
{
    for (const std::string_view known : {"mysql", "mysqlx", "mariadb", "postgres", "postgresql", "mongodb",
             "mongodb+srv", "redis", "rediss", "amqp", "amqps", "ldap", "ldaps", "smtp", "smtps", "imap", "imaps",
             "ftp", "ftps", "sftp", "mssql", "sqlserver", "clickhouse", "mqtt", "mqtts", "nats", "bolt", "neo4j"})
        if (scheme.ends_with(known)
            && (scheme.size() == known.size() || scheme[scheme.size() - known.size() - 1] == ':'))
            return true;
    return false;
}

/// "a:b@c" may be anything; a password of letters alone is one before a host that can be told from a word.
bool isModule(std::string_view password, std::string_view host)
{
    return host.find_first_of(".:/") == std::string_view::npos && password.size() < 8
        && std::all_of(password.begin(), password.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// "unable to pull with creds bob:x@registry"
bool namesAccount(std::string_view word)
{
    for (const std::string_view name : {"creds", "credentials", "login", "account", "auth"})
        if (equalsIgnoringCase(word, name))
            return true;
    return false;
}

} // namespace

/// The "@" behind a password that holds "/", which should have been written %2F, or a blank.
std::size_t SecretScanner::passwordSign(const Piece& piece, std::size_t end, std::size_t limit) const
{
    limit = std::min({limit, piece.end, end + farthestLook});
    if (!piece.isArgument)
        limit = wordEnd(end, limit);
    const std::string_view rest = m_text.substr(end, limit - end);
    const auto found = rest.find('@');
    if (found == std::string_view::npos || rest.substr(0, found).find("://") != std::string_view::npos)
        return std::string_view::npos;
    return end + found;
}

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
    std::size_t schemeBegin = colon;
    while (schemeBegin > piece.begin && colon - schemeBegin < 24
        && (isNameByte(m_text[schemeBegin - 1]) || m_text[schemeBegin - 1] == '+'))
        --schemeBegin;
    const std::string_view scheme = m_text.substr(schemeBegin, colon - schemeBegin);
    // "http://host:80/a@b" is a path, "mysql://user:80/a@b" none.
    const bool mayBeNumber = !isNumberBehindColon || hasAccounts(scheme);
    const bool mayHavePassword = hasColon && mayBeNumber && begin < piece.end && m_text[begin] != '[';
    if (sign == std::string_view::npos && mayHavePassword) {
        sign = passwordSign(piece, end, piece.end);
        if (sign == std::string_view::npos && end == m_text.size() && !isNumberBehindColon) // cut before the "@"
            return add(begin, end, SecretKind::Url);
    }
    if (sign == std::string_view::npos)
        return webhook(piece, begin, end);
    if (sign == begin)
        return begin;
    if (!hasColon && keepsPlainUser(scheme))
        return sign;
    return add(begin, sign, SecretKind::Url);
}

/// Addresses that whoever knows them may write to: the end of their path is the secret.
std::size_t SecretScanner::webhook(const Piece& piece, std::size_t host, std::size_t path)
{
    struct Webhook {
        std::string_view host, path; ///< the secret is behind the path
    };
    constexpr Webhook webhooks[] = {{"hooks.slack.com", "/services/"}, {"hooks.slack.com", "/workflows/"},
        {"discord.com", "/api/webhooks/"}, {"discordapp.com", "/api/webhooks/"}, {"api.telegram.org", "/bot"},
        {"webhook.office.com", "/webhookb2/"}};
    for (const Webhook& known : webhooks) {
        if (!m_text.substr(host, path - host).ends_with(known.host)
            || m_text.substr(path, known.path.size()) != known.path)
            continue;
        const std::size_t begin = path + known.path.size();
        const bool isTelegram = known.path == "/bot";
        std::size_t end = begin;
        while (end < piece.end && !isBlank(m_text[end]) && !isQuote(m_text[end]) && m_text[end] != '?'
            && m_text[end] != '<' && !(isTelegram && m_text[end] == '/'))
            ++end;
        return add(begin, end, SecretKind::Url);
    }
    return host;
}

/// A URL with an account within another: "?next=https%3A%2F%2Fuser%3Apassword%40host"
std::size_t SecretScanner::encodedUrl(const Piece& piece, std::size_t colon)
{
    const std::string_view code = m_text.substr(colon, 9);
    if (code != "%3A%2F%2F" && code != "%3a%2f%2f")
        return colon + 1;
    const std::size_t begin = colon + 9;
    const std::string_view rest =
        m_text.substr(begin, wordEnd(begin, std::min(piece.end, begin + farthestLook)) - begin);
    const auto sign = std::min(rest.find("%40"), rest.find('@'));
    if (sign == std::string_view::npos)
        return begin;
    const std::string_view account = rest.substr(0, sign);
    const bool endsBefore = account.find("%2F") != std::string_view::npos
        || account.find("%2f") != std::string_view::npos || account.find('&') != std::string_view::npos;
    return endsBefore ? begin : add(begin, begin + sign, SecretKind::Url);
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
    const bool mayBeAccount = piece.isArgument || namesAccount(wordBefore(piece));
    if (!mayBeAccount || word.find("://") != std::string_view::npos)
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
    if (!isAccount || isModule(account.substr(colon + 1), rest))
        return sign + 1;
    add(sign - account.size(), sign, SecretKind::Url);
    return sign + 1;
}

/// The last letters of the word before the one we are in.
std::string_view SecretScanner::wordBefore(const Piece& piece) const
{
    constexpr std::size_t longest = 12;
    std::size_t end = piece.wordBegin;
    while (end > piece.begin && piece.wordBegin - end < longest && isBlank(m_text[end - 1]))
        --end;
    std::size_t begin = end;
    while (begin > piece.begin && end - begin < longest && isAsciiAlpha(m_text[begin - 1]))
        --begin;
    return m_text.substr(begin, end - begin);
}

std::size_t SecretScanner::query(const Piece& piece, std::size_t mark)
{
    const bool isPath = m_kind == TextKind::AccessLog
        && m_text.substr(piece.wordBegin, std::min(mark - piece.wordBegin, farthestLook)).find('/')
            != std::string_view::npos;
    if (piece.isArgument || !(isPath || isMethod(wordBefore(piece))))
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
