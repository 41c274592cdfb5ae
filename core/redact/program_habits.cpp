#include "redact/program_habits.h"

#include "redact/secret_names.h"

#include <algorithm>
#include <array>

namespace hindcast::redact {
namespace {

// From the programs' manual pages. Longer names before the families they would fall under.
constexpr ProgramHabits programs[] = {
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
    {"ldappasswd", false, "was", Habit::Plain},
    {"ldap", true, "w", Habit::Plain},
    {"curl", false, "uU", Habit::Plain},
    {"http", false, "a", Habit::Plain, true},
    {"https", false, "a", Habit::Plain, true},
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
    {"gh", false, "b", Habit::AfterSecret, true},
    {"aws", false, "", Habit::Plain, true},
    {"vault", false, "", Habit::Plain, true},
    {"etcdctl", false, "", Habit::Plain},
    {"flyctl", false, "", Habit::Plain},
    {"fly", false, "", Habit::Plain, true},
    {"ngrok", false, "", Habit::Plain},
    {"influx", false, "t", Habit::Plain, true},
    {"doctl", false, "t", Habit::Plain},
    {"htpasswd", false, "", Habit::BatchPassword},
    {"wpa_passphrase", false, "", Habit::SecondWord},
    {"radtest", false, "", Habit::SecondWord},
    {"isql", false, "", Habit::ThirdWord},
    {"rabbitmqctl", false, "", Habit::Plain},
    {"rabbitmqadmin", false, "p", Habit::Plain},
    {"sqlplus", false, "", Habit::Slash},
    {"sqlldr", false, "", Habit::Slash},
    {"expdp", false, "", Habit::Slash},
    {"impdp", false, "", Habit::Slash},
    {"rman", false, "", Habit::Slash},
    {"db2", false, "", Habit::Using},
    {"connect", false, "", Habit::Using, true},
    {"attach", false, "", Habit::Using, true},
    {"beeline", false, "p", Habit::Plain},
    {"twine", false, "p", Habit::Plain},
    {"swaks", false, "", Habit::Plain},
    {"ipa-client-install", false, "w", Habit::Plain},
    {"ipa-server-install", false, "pa", Habit::Plain},
    {"knife", false, "P", Habit::Plain, true},
    {"xfreerdp", false, "", Habit::SlashOption},
    {"rdesktop", false, "p", Habit::Plain},
    {"smb", true, "U", Habit::Percent},
    {"rpcclient", false, "U", Habit::Percent},
    {"winexe", false, "U", Habit::Percent},
    {"net", false, "U", Habit::Percent, true},
    {"mount", false, "", Habit::Plain, true},
    {"mount.cifs", false, "", Habit::Plain},
    {"nmcli", false, "", Habit::Pairs},
    {"wg", false, "", Habit::Pairs, true},
    {"iwconfig", false, "", Habit::Pairs},
    {"openconnect", false, "C", Habit::Plain},
    {"ipmitool", false, "P", Habit::Plain},
    {"unzip", false, "P", Habit::Plain},
    {"zip", false, "P", Habit::Plain},
    {"7z", true, "p", Habit::Attached},
    {"rar", false, "p", Habit::Attached, true},
    {"unrar", false, "p", Habit::Attached},
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
    {"mc", false, "", Habit::Plain, true},
};

constexpr OptionHabit options[] = {
    {"curl", "user", "", Follows::Whole},
    {"curl", "proxy-user", "", Follows::Whole},
    {"curl", "oauth2-bearer", "", Follows::Whole},
    {"curl", "b", "", Follows::Cookie},
    {"curl", "cookie", "", Follows::Cookie},
    {"curl", "E", "", Follows::BehindColon},
    {"curl", "cert", "", Follows::BehindColon},
    {"curl", "proxy-cert", "", Follows::BehindColon},
    {"etcdctl", "user", "", Follows::BehindColon},
    {"mount", "o", "", Follows::MountUser},
    {"mount.cifs", "o", "", Follows::MountUser},
    {"swaks", "ap", "", Follows::Whole},
    {"aws", "value", "put-parameter", Follows::Whole},
    {"az", "value", "secret", Follows::Whole},
    {"gh", "body", "secret", Follows::Whole},
};

constexpr unsigned all = 1000;
constexpr WordHabit wordHabits[] = {
    {"redis-cli", "auth", 1, 2, Follows::Whole},
    {"keydb-cli", "auth", 1, 2, Follows::Whole},
    {"valkey-cli", "auth", 1, 2, Follows::Whole},
    {"vault", "login", 1, 1, Follows::Whole},
    {"vault", "unseal", 1, 1, Follows::Whole},
    {"vault", "unwrap", 1, 1, Follows::Whole},
    {"vault", "put", 1, all, Follows::BehindEquals},
    {"vault", "patch", 1, all, Follows::BehindEquals},
    {"fly", "set", 1, all, Follows::BehindEquals},
    {"flyctl", "set", 1, all, Follows::BehindEquals},
    {"ngrok", "add-authtoken", 1, 1, Follows::Whole},
    {"openssl", "passwd", 1, all, Follows::Whole},
    {"mc", "set", 4, 4, Follows::Whole}, // alias set NAME URL KEY SECRET
    {"mc", "add", 4, 4, Follows::Whole}, // config host add, of older ones
    {"rabbitmqctl", "add_user", 2, 2, Follows::Whole},
    {"rabbitmqctl", "change_password", 2, 2, Follows::Whole},
    {"rabbitmqctl", "authenticate_user", 2, 2, Follows::Whole},
};

constexpr std::array<std::string_view, 8> shells{"sh", "bash", "dash", "zsh", "ksh", "ash", "su", "busybox"};
constexpr std::array<std::string_view, 3> neededWords{"login", "secret", "put-parameter"};

std::string_view baseName(std::string_view word)
{
    // A command may stand behind "$(" or a backquote, and a login shell is called "-bash".
    for (std::size_t end = word.size(); end > 0; --end)
        if (word[end - 1] == '/' || word[end - 1] == '(' || word[end - 1] == '$' || word[end - 1] == '`')
            return word.substr(end);
    return word.starts_with('-') ? word.substr(1) : word;
}

} // namespace

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

const OptionHabit* findOption(const ProgramHabits& program, std::string_view option)
{
    for (const OptionHabit& habit : options)
        if (habit.program == program.name && habit.option == option)
            return &habit;
    return nullptr;
}

const WordHabit* findWord(const ProgramHabits& program, std::string_view word)
{
    for (const WordHabit& habit : wordHabits)
        if (habit.program == program.name && equalsIgnoringCase(word, habit.word))
            return &habit;
    return nullptr;
}

bool isShell(std::string_view word)
{
    return std::find(shells.begin(), shells.end(), baseName(word)) != shells.end();
}

unsigned wordBit(std::string_view word)
{
    for (std::size_t i = 0; i < neededWords.size(); ++i)
        if (word == neededWords[i])
            return 1U << i;
    return 0;
}

} // namespace hindcast::redact
