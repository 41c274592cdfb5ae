#include "redact/command_words.h"

#include <algorithm>
#include <array>

namespace hindcast::redact {

enum class Habit : unsigned char {
    Plain,
    AfterLogin, ///< the letters mean a secret behind the word "login" only
    BatchPassword, ///< htpasswd: with -b the last word is the secret
    SecondWord, ///< wpa_passphrase SSID SECRET
    AddUser, ///< rabbitmqctl add_user NAME SECRET
    Slash, ///< sqlplus USER/SECRET@DATABASE
    SlashOption, ///< xfreerdp /p:SECRET
    Percent, ///< smbclient -U USER%SECRET
};

struct ProgramHabits {
    std::string_view name;
    bool isPrefix; ///< of a family: mysqldump, mysqladmin, …
    std::string_view letters; ///< options of one letter whose value is a secret
    Habit habit;
};

namespace {

using Range = CommandWords::Range;

// From the programs' manual pages. Longer names before the families they would fall under.
constexpr std::array<ProgramHabits, 57> programs{{
    {"mysqld", false, "", Habit::Plain},
    {"mysql", true, "p", Habit::Plain},
    {"mariadbd", false, "", Habit::Plain},
    {"mariadb", true, "p", Habit::Plain},
    {"sshpass", false, "p", Habit::Plain},
    {"mongod", false, "", Habit::Plain},
    {"mongos", false, "", Habit::Plain},
    {"mongo", true, "p", Habit::Plain},
    {"redis-cli", false, "a", Habit::Plain},
    {"keydb-cli", false, "a", Habit::Plain},
    {"valkey-cli", false, "a", Habit::Plain},
    {"ldap", true, "w", Habit::Plain},
    {"curl", false, "uUb", Habit::Plain},
    {"http", false, "a", Habit::Plain},
    {"https", false, "a", Habit::Plain},
    {"snmpd", false, "", Habit::Plain},
    {"snmptrapd", false, "", Habit::Plain},
    {"snmp", true, "AXc", Habit::Plain},
    {"docker", false, "p", Habit::AfterLogin},
    {"podman", false, "p", Habit::AfterLogin},
    {"nerdctl", false, "p", Habit::AfterLogin},
    {"buildah", false, "p", Habit::AfterLogin},
    {"skopeo", false, "p", Habit::AfterLogin},
    {"helm", false, "p", Habit::AfterLogin},
    {"oras", false, "p", Habit::AfterLogin},
    {"crane", false, "p", Habit::AfterLogin},
    {"az", false, "p", Habit::AfterLogin},
    {"oc", false, "p", Habit::AfterLogin},
    {"cf", false, "p", Habit::AfterLogin},
    {"htpasswd", false, "", Habit::BatchPassword},
    {"wpa_passphrase", false, "", Habit::SecondWord},
    {"rabbitmqctl", false, "", Habit::AddUser},
    {"rabbitmqadmin", false, "p", Habit::Plain},
    {"sqlplus", false, "", Habit::Slash},
    {"sqlldr", false, "", Habit::Slash},
    {"expdp", false, "", Habit::Slash},
    {"impdp", false, "", Habit::Slash},
    {"rman", false, "", Habit::Slash},
    {"xfreerdp", false, "", Habit::SlashOption},
    {"rdesktop", false, "p", Habit::Plain},
    {"smb", true, "U", Habit::Percent},
    {"rpcclient", false, "U", Habit::Percent},
    {"ipmitool", false, "P", Habit::Plain},
    {"unzip", false, "P", Habit::Plain},
    {"zip", false, "P", Habit::Plain},
    {"7z", true, "p", Habit::Plain},
    {"ssh-keygen", false, "NP", Habit::Plain},
    {"sqlcmd", false, "P", Habit::Plain},
    {"bcp", false, "P", Habit::Plain},
    {"mosquitto_", true, "P", Habit::Plain},
    {"cqlsh", false, "p", Habit::Plain},
    {"usermod", false, "p", Habit::Plain},
    {"useradd", false, "p", Habit::Plain},
    {"lftp", false, "u", Habit::Plain},
    {"ncftp", true, "p", Habit::Plain},
    {"tsql", false, "P", Habit::Plain},
    {"openssl", false, "kK", Habit::Plain},
}};

constexpr std::array<std::string_view, 8> shells{"sh", "bash", "dash", "zsh", "ksh", "ash", "su", "busybox"};
constexpr std::array<std::string_view, 4> quotedAfter{"password", "passwd", "passphrase", "secret"};

std::string_view baseName(std::string_view word)
{
    // A command may stand behind "$(" or a backquote, and a login shell is called "-bash".
    for (std::size_t end = word.size(); end > 0; --end)
        if (word[end - 1] == '/' || word[end - 1] == '(' || word[end - 1] == '$' || word[end - 1] == '`')
            return word.substr(end);
    return word.starts_with('-') ? word.substr(1) : word;
}

const ProgramHabits* findProgram(std::string_view word)
{
    const std::string_view name = baseName(word);
    if (name.empty())
        return nullptr;
    for (const ProgramHabits& program : programs)
        if (program.name[0] == name[0] && (program.isPrefix ? name.starts_with(program.name) : name == program.name))
            return &program;
    return nullptr;
}

/// "-h", "--host": what stands where a value was expected and is the next option. "-x7!k" may well be a password.
bool looksLikeOption(std::string_view word)
{
    return word.size() >= 2 && word[0] == '-'
        && ((word.size() == 2 && isAsciiAlpha(word[1]))
            || (word.size() > 2 && word[1] == '-' && isAsciiAlpha(word[2])));
}

bool isUserOption(std::string_view name)
{
    return name == "user" || name == "proxy-user" || name == "oauth2-bearer";
}

} // namespace

Range CommandWords::take(std::string_view word, bool isQuoted)
{
    m_isShellCommandNext = false;
    Range range;
    const Expect expect = m_expect;
    m_expect = Expect::Nothing;
    if (expect == Expect::Value && word == "to")
        m_expect = expect; // "set password to x"
    else if (expect != Expect::Nothing && !looksLikeOption(word))
        range = expected(expect, word, isQuoted);
    else if (word.size() >= 2 && word[0] == '-')
        range = option(word);
    else
        range = positional(word);
    m_previous = word;
    return range;
}

Range CommandWords::expected(Expect expect, std::string_view word, bool isQuoted) const
{
    const Range whole{0, word.size()};
    switch (expect) {
    case Expect::Quoted:
        return isQuoted ? whole : Range{};
    case Expect::LiteralValue:
        return whole;
    case Expect::Value:
        return isSecretValue(m_secrecy, m_name, word) ? whole : Range{};
    case Expect::BehindPercent:
    case Expect::BehindEquals: {
        const auto sign = word.find(expect == Expect::BehindPercent ? '%' : '=');
        return sign == std::string_view::npos ? Range{} : Range{sign + 1, word.size()};
    }
    case Expect::Nothing:
        break;
    }
    return {};
}

void CommandWords::expect(Expect what, Secrecy secrecy, std::string_view name)
{
    m_expect = what;
    m_secrecy = secrecy;
    m_name = name;
}

Range CommandWords::option(std::string_view word)
{
    if (m_positional == 0 && m_previous.empty())
        noteProgram(word); // "-bash"
    constexpr std::string_view literal = "--from-literal=";
    if (word.starts_with(literal)) {
        const auto sign = word.find('=', literal.size());
        return sign == std::string_view::npos ? Range{} : Range{sign + 1, word.size()};
    }
    if (m_isShell && word[1] != '-' && word.back() == 'c')
        m_isShellCommandNext = true;
    if (word[1] != '-') {
        const Range range = shortOption(word);
        if (!range.isEmpty() || m_expect != Expect::Nothing || word.size() == 2)
            return range;
    }
    const std::string_view name = word.substr(word[1] == '-' ? 2 : 1);
    if (name.find_first_of("=:") == std::string_view::npos)
        longOption(name);
    return {};
}

/// "-p x", "-px", and "-sSu x", where several letters share a dash.
Range CommandWords::shortOption(std::string_view word)
{
    if (!m_program)
        return {};
    if (m_program->habit == Habit::BatchPassword && word.find('b') != std::string_view::npos)
        m_secretPositional = word.find('n') != std::string_view::npos ? 2 : 3;
    if (m_program->letters.empty() || (m_program->habit == Habit::AfterLogin && !m_isLogin))
        return {};
    const auto isSecretLetter = [&](char c) { return m_program->letters.find(c) != std::string_view::npos; };
    const bool isPercent = m_program->habit == Habit::Percent;
    if (isSecretLetter(word[1]) && word.size() > 2) {
        const auto percent = word.find('%');
        if (isPercent)
            return percent == std::string_view::npos ? Range{} : Range{percent + 1, word.size()};
        return m_program->name == "openssl" ? Range{} : Range{2, word.size()}; // its long names have one dash
    }
    const bool isCluster = std::all_of(word.begin() + 1, word.end(), isAsciiAlpha) && word.size() <= 6;
    if (isSecretLetter(word.back()) && (word.size() == 2 || (isCluster && m_program->name != "openssl")))
        expect(isPercent ? Expect::BehindPercent : Expect::LiteralValue, Secrecy::Strong, word.substr(1));
    return {};
}

void CommandWords::longOption(std::string_view name)
{
    if (name == "from-literal") {
        expect(Expect::BehindEquals, Secrecy::Strong, name);
        return;
    }
    if (m_program && m_program->name == "curl" && isUserOption(name)) {
        expect(Expect::LiteralValue, Secrecy::Strong, name);
        return;
    }
    const Secrecy secrecy = secrecyOf(name);
    if (secrecy == Secrecy::None || isFlagOnly(name))
        return;
    expect(Expect::Value, secrecy == Secrecy::Header ? Secrecy::Strong : secrecy, name);
}

void CommandWords::noteProgram(std::string_view word)
{
    const std::string_view name = baseName(word);
    const bool isShell = std::find(shells.begin(), shells.end(), name) != shells.end();
    const ProgramHabits* const program = findProgram(word);
    const bool isCommandOfSshpass = m_program && m_program->name == "sshpass" && !word.starts_with('-');
    if (!program && !isShell && !isCommandOfSshpass)
        return;
    m_program = program;
    m_isShell = isShell;
    m_isLogin = false;
    m_positional = 0;
    m_secretPositional = program && program->habit == Habit::SecondWord ? 2 : 0;
}

Range CommandWords::positional(std::string_view word)
{
    if (word == "|" || word == "||" || word == "&&" || word == ";") {
        startOver();
        return {};
    }
    const ProgramHabits* const before = m_program;
    const bool wasShell = m_isShell;
    noteProgram(word);
    if (m_program != before || m_isShell != wasShell)
        return {};
    ++m_positional;
    m_isLogin = m_isLogin || word == "login";
    if (m_program && m_secretPositional == m_positional)
        return {0, word.size()};
    if (m_program && m_program->habit == Habit::AddUser
        && (word == "add_user" || word == "change_password" || word == "authenticate_user"))
        m_secretPositional = m_positional + 2;
    if (m_program && m_program->habit == Habit::SlashOption && word.starts_with("/p:"))
        return {3, word.size()};
    if (m_program && m_program->habit == Habit::Slash && word.find_first_of("/@") != 0) {
        const auto slash = word.find('/');
        if (slash != std::string_view::npos)
            return {slash + 1, std::min(word.rfind('@'), word.size())};
    }
    if (isAuthorizationScheme(word))
        expect(Expect::Value, Secrecy::Random, word);
    else if (equalsIgnoringCase(m_previous, "set") && secrecyOf(word) == Secrecy::Strong)
        expect(Expect::Value, Secrecy::Strong, word);
    else if (m_program && m_program->name == "mysql" && word == "password")
        expect(Expect::Value, Secrecy::Strong, word);
    else if (equalsIgnoringCase(m_previous, "identified") && equalsIgnoringCase(word, "by")) // SQL
        expect(Expect::LiteralValue, Secrecy::Strong, word);
    else if (std::any_of(quotedAfter.begin(), quotedAfter.end(),
                 [&](std::string_view noun) { return equalsIgnoringCase(word, noun); }))
        expect(Expect::Quoted, Secrecy::Strong, word);
    return {};
}

} // namespace hindcast::redact
