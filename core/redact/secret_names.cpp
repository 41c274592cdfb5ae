#include "redact/secret_names.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hindcast::redact {
namespace {

constexpr std::size_t longestName = 96; // of a longer one the end is looked at: that is where the noun stands
constexpr std::size_t mostWords = 24;

/// Which letters a word has, one bit each: most names lack one of every word that is looked for in them.
constexpr std::uint32_t lettersOf(std::string_view word)
{
    std::uint32_t letters = 0;
    for (const char c : word)
        letters |= c >= 'a' && c <= 'z' ? 1U << (c - 'a') : 0U;
    return letters;
}

/// The name in lower case, whole words and joined.
struct Name {
    std::array<char, longestName> letters{};
    std::size_t length = 0; ///< of letters: the name without its separators
    std::array<std::string_view, mostWords> words{};
    std::size_t wordCount = 0;

    std::string_view joined() const { return {letters.data(), length}; }
    std::string_view last() const { return wordCount > 0 ? words[wordCount - 1] : std::string_view(); }
    std::string_view first() const { return wordCount > 0 ? words[0] : std::string_view(); }
};

void split(std::string_view text, Name& name)
{
    if (text.size() > longestName)
        text.remove_prefix(text.size() - longestName);
    std::size_t begin = 0;
    const auto endWord = [&] {
        if (name.length > begin && name.wordCount < mostWords)
            name.words[name.wordCount++] = {name.letters.data() + begin, name.length - begin};
        begin = name.length;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!isAsciiAlnum(c)) {
            endWord();
            continue;
        }
        const bool isCapital = c >= 'A' && c <= 'Z';
        const bool isBoundary = isCapital && i > 0 && text[i - 1] >= 'a' && text[i - 1] <= 'z';
        if (isBoundary)
            endWord();
        name.letters[name.length++] = toAsciiLower(c);
    }
    endWord();
}

template <std::size_t Size> bool isOneOf(std::string_view word, const std::array<std::string_view, Size>& words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// The last word of a name whose value only says where a secret is, how long it lives or of what kind it is.
constexpr std::array<std::string_view, 112> referringWords{"file", "files", "path", "paths", "dir", "directory",
    "folder", "url", "uri", "urls", "endpoint", "host", "port", "type", "kind", "length", "len", "size", "count",
    "limit", "ttl", "expiry", "expiration", "expires", "expire", "timeout", "age", "policy", "algorithm", "algo", "alg",
    "method", "methods", "mode", "provider", "providers", "enabled", "enable", "disabled", "required", "location",
    "name", "names", "class", "format", "version", "cipher", "digest", "iterations", "interval", "retries", "attempts",
    "max", "min", "number", "usage", "prefix", "header", "issuer", "audience", "rotation", "cmd", "scope", "socket",
    "service", "slice", "timer", "mount", "target", "agent", "manager", "handler", "server", "daemon", "plugin",
    "module", "driver", "client", "java", "kt", "scala", "py", "js", "ts", "go", "cpp", "hpp", "rb", "php", "cs", "rs",
    "sh", "so", "jar", "conf", "cfg", "ini", "yaml", "yml", "json", "xml", "log", "properties", "html", "sql", "ref",
    "reference", "arn", "encryption", "helper", "flags", "refs"};

// Anywhere in a name, also without separators: "PGPASSWORD", "keyStorePassword", "dbpasswd".
constexpr std::array<std::string_view, 37> strongParts{"password", "passwd", "passphrase", "passcode", "secret",
    "credential", "apikey", "accesskey", "privatekey", "authkey", "authtoken", "accesstoken", "refreshtoken",
    "bearertoken", "apitoken", "connectionstring", "connstring", "connstr", "sharedkey", "accountkey", "encryptionkey",
    "signingkey", "masterkey", "sessionkey", "storagekey", "licensekey", "deploykey", "masterauth", "presharedkey",
    "hmackey", "clientkeydata", "passwort", "kennwort", "motdepasse", "contrasena", "wachtwoord", "haslo"};

// The same in other writing, as UTF-8.
constexpr std::array<std::string_view, 7> foreignParts{
    "비밀번호", "пароль", "密码", "密碼", "パスワード", "contraseña", "hasło"};

constexpr auto strongLetters = [] {
    std::array<std::uint32_t, strongParts.size()> letters{};
    for (std::size_t i = 0; i < letters.size(); ++i)
        letters[i] = lettersOf(strongParts[i]);
    return letters;
}();

constexpr std::array<std::string_view, 11> strongWords{
    "pass", "pwd", "creds", "cred", "jwt", "bearer", "psk", "dsn", "otp", "pw", "passkey"};

// Words that end in "pass" and are none.
constexpr std::array<std::string_view, 9> otherPasses{
    "bypass", "compass", "encompass", "surpass", "trespass", "overpass", "underpass", "multipass", "onepass"};

constexpr std::array<std::string_view, 18> weakWords{"token", "tokens", "auth", "session", "sessions", "sessid",
    "sessionid", "cookie", "cookies", "signature", "sig", "sid", "ticket", "samlresponse", "samlrequest", "authn",
    "hmac", "pin"};
constexpr std::array<std::string_view, 6> weakEnds{
    "token", "sessid", "sessionid", "cookie", "signature", "authorization"};

// Behind one of those: the thing itself.
constexpr std::array<std::string_view, 7> valueWords{"id", "value", "data", "string", "hash", "code", "ids"};

constexpr std::array<std::string_view, 4> headers{"authorization", "proxyauthorization", "cookie", "setcookie"};

constexpr std::array<std::string_view, 12> flagBeginnings{
    "no", "ask", "prompt", "disable", "enable", "with", "without", "show", "hide", "require", "allow", "skip"};

constexpr std::array<std::string_view, 8> schemes{
    "bearer", "basic", "digest", "negotiate", "apikey", "ntlm", "token", "aws4-hmac-sha256"};

constexpr std::array<std::string_view, 17> plainStates{"true", "false", "yes", "no", "on", "off", "null", "nil", "none",
    "prompt", "required", "expired", "invalid", "missing", "enabled", "disabled", "unset"};

bool endsWithReference(std::string_view word)
{
    return isOneOf(word, referringWords)
        || (word.size() > 4 && (word.ends_with("file") || word.ends_with("path") || word.ends_with("dir")));
}

bool isWordOf(const Name& name, std::string_view wanted)
{
    return std::find(name.words.begin(), name.words.begin() + static_cast<std::ptrdiff_t>(name.wordCount), wanted)
        != name.words.begin() + static_cast<std::ptrdiff_t>(name.wordCount);
}

bool isForeign(std::string_view text)
{
    if (std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return false;
    return std::any_of(foreignParts.begin(), foreignParts.end(),
        [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

bool isStrong(const Name& name)
{
    const std::string_view joined = name.joined();
    const std::uint32_t letters = lettersOf(joined);
    if (joined.find("nopass") != std::string_view::npos || joined.find("passwordless") != std::string_view::npos)
        return false; // sudo's NOPASSWD
    for (std::size_t i = 0; i < strongParts.size(); ++i)
        if ((strongLetters[i] & ~letters) == 0 && joined.find(strongParts[i]) != std::string_view::npos)
            return true;
    for (const std::string_view word : strongWords)
        if (isWordOf(name, word))
            return true;
    const std::string_view last = name.last();
    return (last.ends_with("pass") && !isOneOf(last, otherPasses)) || (last.ends_with("pwd") && last.size() > 3);
}

/// "session", "PHP_SESSION_ID", but not "auth_basic".
bool isWeak(const Name& name)
{
    const std::string_view last = name.last();
    if (isOneOf(last, weakWords))
        return true;
    if (name.wordCount > 1 && isOneOf(last, valueWords) && isOneOf(name.words[name.wordCount - 2], weakWords))
        return true;
    return std::any_of(
        weakEnds.begin(), weakEnds.end(), [&](std::string_view ending) { return last.ends_with(ending); });
}

// Keys that open nothing, and words that only end like one.
constexpr std::array<std::string_view, 18> plainKeys{"public", "pub", "routing", "partition", "sort", "primary",
    "foreign", "cache", "row", "shard", "group", "unique", "index", "object", "binding", "ordering", "hot", "lookup"};
constexpr std::array<std::string_view, 8> otherKeys{
    "monkey", "donkey", "turkey", "hockey", "jockey", "hotkey", "whiskey", "smokey"};

bool isKeyLike(const Name& name)
{
    const std::string_view last = name.last();
    if (last == "community" || last == "nonce")
        return true;
    if (!(last.ends_with("key") || last == "keys") || isOneOf(last, otherKeys))
        return false;
    const bool isPlain =
        std::any_of(plainKeys.begin(), plainKeys.end(), [&](std::string_view word) { return isWordOf(name, word); });
    return !isPlain && last.find("pub") == std::string_view::npos;
}

bool isNumber(std::string_view value, std::size_t mostDigits)
{
    return value.size() <= mostDigits && std::all_of(value.begin(), value.end(), isAsciiDigit);
}

/// "<pad>", "<|endoftext|>", "<password>": a placeholder, or a token of a language model.
bool isPlaceholder(std::string_view value)
{
    constexpr std::size_t longest = 24;
    return value.size() > 2 && value.size() <= longest && value.front() == '<' && value.back() == '>'
        && std::all_of(value.begin() + 1, value.end() - 1,
            [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '|' || c == '/' || c == '-'; });
}

constexpr std::array<std::string_view, 5> digests{"md5", "sha1", "sha256", "ntlmv2", "scram-sha-256"};

/// "--auth kerberos", "--session=main", "--sig SIGTERM", "--ticket INC0012345": says which, and is no secret.
bool isPlainChoice(const Name& name, std::string_view value)
{
    const std::string_view last = name.last();
    if (last == "auth" || last == "authn" || last == "session" || last == "sessions") {
        constexpr std::size_t longest = 10;
        return isOneOf(value, digests)
            || (value.size() > 2 && value.size() <= longest
                && std::all_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
    }
    const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto letters =
        static_cast<std::size_t>(std::find_if_not(value.begin(), value.end(), isUpper) - value.begin());
    if (last == "sig" || last == "signature")
        return value.starts_with("SIG") && letters == value.size() && letters <= 9;
    if (last == "ticket")
        return letters >= 2 && letters <= 10
            && isNumber(
                value.substr(std::min(value.size(), letters + (value.substr(letters).starts_with('-') ? 1 : 0))), 10);
    return name.joined() == "initialclustertoken"; // of etcd: a name
}

} // namespace

bool equalsIgnoringCase(std::string_view text, std::string_view lower)
{
    return text.size() == lower.size()
        && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return toAsciiLower(a) == b; });
}

Secrecy secrecyOf(std::string_view text)
{
    if (text.size() < 2)
        return Secrecy::None;
    if (isForeign(text))
        return Secrecy::Strong;
    if (std::none_of(text.begin(), text.end(), isAsciiAlpha)) // as the parts of a time are
        return Secrecy::None;
    Name name;
    split(text, name);
    if (name.wordCount == 0 || endsWithReference(name.last()))
        return Secrecy::None;
    if (isOneOf(name.joined(), headers))
        return Secrecy::Header;
    if (isStrong(name))
        return Secrecy::Strong;
    if (isWeak(name))
        return Secrecy::Weak;
    return isKeyLike(name) ? Secrecy::Random : Secrecy::None;
}

bool isFlagOnly(std::string_view text)
{
    Name name;
    split(text, name);
    return isOneOf(name.first(), flagBeginnings) || name.last() == "stdin" || name.last() == "prompt";
}

bool isReferringWord(std::string_view word)
{
    constexpr std::array<std::string_view, 8> others{"key", "keys", "for", "in", "on", "as", "is", "via"};
    return isOneOf(word, others) || endsWithReference(word);
}

bool isUnlikeAWord(std::string_view value)
{
    constexpr std::size_t shortest = 6;
    value = value.substr(0, value.find_last_not_of(",;.:!)") + 1); // npos + 1 = 0
    if (value.size() < shortest || value.front() == '/' || value.starts_with("0x") || value.starts_with("sha"))
        return false;
    return std::any_of(value.begin(), value.end(), isAsciiDigit)
        && std::any_of(value.begin(), value.end(), isAsciiAlpha);
}

bool isAuthorizationScheme(std::string_view word)
{
    return std::any_of(
        schemes.begin(), schemes.end(), [&](std::string_view scheme) { return equalsIgnoringCase(word, scheme); });
}

bool looksRandom(std::string_view value)
{
    constexpr std::size_t shortest = 16;
    if (value.starts_with("0x"))
        value.remove_prefix(2);
    if (value.size() < shortest || value.front() == '/')
        return false;
    bool hasDigit = false, hasLetter = false;
    std::size_t separators = 0;
    for (const char c : value) {
        if (isAsciiDigit(c))
            hasDigit = true;
        else if (isAsciiAlpha(c))
            hasLetter = true;
        else if (c == '+' || c == '/' || c == '_' || c == '-' || c == '=' || c == '.')
            ++separators;
        else
            return false;
    }
    return hasDigit && hasLetter && separators * 4 <= value.size();
}

bool isSecretValue(Secrecy secrecy, std::string_view name, std::string_view value)
{
    if (value.empty() || secrecy == Secrecy::None)
        return false;
    const std::string_view bare = value.substr(0, value.find_last_not_of(",;)}") + 1); // npos + 1 = 0
    for (const std::string_view state : plainStates)
        if (equalsIgnoringCase(bare, state))
            return false;
    if (isPlaceholder(value))
        return false;
    switch (secrecy) {
    case Secrecy::Random:
        return looksRandom(value);
    case Secrecy::Weak: {
        Name words;
        split(name, words);
        const std::size_t mostDigits = words.last() == "pin" ? 3 : 6;
        return !isNumber(value, mostDigits) && value.front() != '/' && !isPlainChoice(words, value);
    }
    case Secrecy::Strong: {
        const bool isWorkingFolder = equalsIgnoringCase(name, "pwd") || equalsIgnoringCase(name, "oldpwd");
        const bool namesAFile = value.front() == '/'
            && (equalsIgnoringCase(name.substr(name.size() - std::min<std::size_t>(name.size(), 11)), "credentials")
                || equalsIgnoringCase(name.substr(name.size() - std::min<std::size_t>(name.size(), 4)), "cred"));
        const bool isRound = name.ends_with("pass") && name.find_first_not_of('-') + 4 == name.size()
            && isNumber(value, 1); // ffmpeg -pass 2
        return !(isWorkingFolder && value.front() == '/') && !namesAFile && !isRound;
    }
    case Secrecy::Header:
    case Secrecy::None:
        break;
    }
    return true;
}

} // namespace hindcast::redact
