#include "redact/name_places.h"

#include "redact/secret_names.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

constexpr std::size_t longestName = 253; // RFC 1035 §2.3.4

// They say what runs, and not who.
constexpr std::string_view keptUsers[] = {"root", "nobody", "daemon", "bin", "sys", "sync", "mail", "lp", "news", "man",
    "backup", "list", "games", "www-data", "nginx", "apache", "httpd", "postgres", "mysql", "mariadb", "redis",
    "memcached", "mongodb", "mongod", "rabbitmq", "kafka", "zookeeper", "elasticsearch", "opensearch", "logstash",
    "kibana", "tomcat", "jetty", "jenkins", "git", "gitlab", "hadoop", "hdfs", "yarn", "hbase", "spark", "oracle",
    "messagebus", "dbus", "ntp", "chrony", "_chrony", "sshd", "named", "bind", "postfix", "dovecot", "haproxy", "squid",
    "prometheus", "grafana", "influxdb", "systemd-network", "systemd-resolve", "systemd-timesync", "syslog", "rpc",
    "rpcuser", "tcpdump", "polkitd", "clamav", "ubuntu", "debian", "centos", "ec2-user", "admin", "user", "users",
    "unknown", "true", "false", "none", "null"};

constexpr std::string_view keptHosts[] = {"localhost", "localdomain", "none", "null", "any", "all", "true", "false",
    "pts", "notty", "tty", "default", "auto", "self", "file", "unix", "http", "https", "tcp", "udp", "ssl", "tls"};

// Last parts of names of hosts. Those that are also endings of files or of classes (io, sh, py, so, rs) are not among
// them.
constexpr std::string_view domains[] = {"com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "local", "lan",
    "internal", "intranet", "corp", "home", "private", "arpa", "example", "test", "invalid", "localdomain", "cloud",
    "dev", "app", "tech", "online", "site", "eu", "de", "uk", "fr", "nl", "us", "jp", "cn", "kr", "au", "ca", "ch",
    "at", "es", "it", "se", "fi", "dk", "be", "ie", "br", "ru", "pl", "cz", "hu", "pt", "gr", "tr", "il", "ua", "in",
    "nz", "za", "mx", "tw", "hk", "sg"};

// Those as well, but only behind two labels more, and not behind a folder.
constexpr std::string_view sharedDomains[] = {"io", "co", "me", "no", "ai", "sh", "so", "rs", "tv", "cc", "ly", "gg",
    "md", "xyz", "net", "systems", "network", "host", "zone", "live", "page", "club", "store", "shop", "group",
    "company", "software", "services", "solutions", "world", "life", "space", "link", "bank", "ro", "bg", "hr", "si",
    "sk", "lt", "lv", "ee", "is", "lu", "th", "vn", "id", "my", "ph", "ar", "cl", "pe", "ve", "sa", "ae", "ir", "ng",
    "ke", "eg"};
// So begin the names of packages of Java.
constexpr std::string_view packages[] = {
    "org", "com", "net", "io", "java", "javax", "jdk", "sun", "kotlin", "scala", "de"};

constexpr std::string_view userLabels[] = {"cn", "uid", "samaccountname", "user", "username", "login", "logname",
    "ruser", "acct", "account", "owner", "uname", "dbuser", "user_name", "user-name"};
constexpr std::string_view hostLabels[] = {"host", "hostname", "server", "servername", "node", "nodename", "peer",
    "rhost", "broker", "upstream", "remote", "master", "primary", "replica", "slave", "addr", "address", "domain",
    "endpoint", "client", "target", "dbhost", "dc"};

template <std::size_t Size> bool isOneOf(std::string_view word, const std::string_view (&words)[Size])
{
    return std::any_of(
        std::begin(words), std::end(words), [&](std::string_view other) { return equalsIgnoringCase(word, other); });
}

bool isNameByte(char c)
{
    return isAsciiAlnum(c) || c == '-' || c == '_' || c == '.';
}

std::string_view nameAt(std::string_view text, std::size_t place)
{
    std::size_t end = place;
    while (end < text.size() && end - place < longestName && isNameByte(text[end]))
        ++end;
    while (end > place && !isAsciiAlnum(text[end - 1]))
        --end;
    return text.substr(place, end - place);
}

bool isNumber(std::string_view name)
{
    return std::all_of(name.begin(), name.end(), isAsciiDigit);
}

/// "db7.example.com": a domain at the end, and letters, digits and "-" only.
bool isDomainName(std::string_view name)
{
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || !isOneOf(name.substr(dot + 1), domains))
        return false;
    return name.find('_') == std::string_view::npos && name.find("..") == std::string_view::npos;
}

/// "db7.shop.example.io": an ending that a file or a class may have too.
bool isSharedDomainName(std::string_view name)
{
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || !isOneOf(name.substr(dot + 1), sharedDomains))
        return false;
    const auto first = name.find('.');
    const bool isRest =
        std::all_of(name.begin(), name.end(), [](char c) { return isAsciiAlnum(c) || c == '-' || c == '.'; });
    return isRest && first != dot && name.find("..") == std::string_view::npos
        && !isOneOf(name.substr(0, first), packages);
}

bool hasDigit(std::string_view name)
{
    return std::any_of(name.begin(), name.end(), isAsciiDigit);
}

/// "ip-10-0-0-5", as clouds call their machines.
bool hasAddressInside(std::string_view name)
{
    return name.starts_with("ip-") && std::count(name.begin(), name.end(), '-') >= 4 && name.size() > 10
        && isAsciiDigit(name[3]);
}

bool isUnit(std::string_view name)
{
    for (const std::string_view suffix : {".service", ".slice", ".scope", ".socket", ".timer", ".mount", ".target"})
        if (name.ends_with(suffix))
            return true;
    return false;
}

} // namespace

std::size_t NamePlaces::at(std::size_t place, std::string& pseudonym)
{
    const std::string_view name = nameAt(m_text, place);
    if (name.starts_with("host-") || name.starts_with("user-"))
        return name.find('.') == std::string_view::npos && name.size() >= 11 ? name.size() : 0; // they are ours
    if (const std::size_t length = ownName(place)) {
        pseudonym = m_pseudonyms.host(m_text.substr(place, length));
        return length;
    }
    const bool isPart = place > 0 && m_text[place - 1] == '_'; // what is around it says nothing of it
    switch (isPart ? Role::Nothing : role(place, name)) {
    case Role::Host:
        if (isOneOf(name, keptHosts))
            return 0;
        pseudonym = m_pseudonyms.host(name);
        return name.size();
    case Role::User:
        if (isOneOf(name, keptUsers))
            return 0;
        pseudonym = m_pseudonyms.user(name);
        return name.size();
    case Role::Nothing:
        break;
    }
    return knownName(name, pseudonym);
}

/// What was told to be a name elsewhere is one here. Hosts with a digit or a dot only, and longer users: others are
/// words.
std::size_t NamePlaces::knownName(std::string_view name, std::string& pseudonym) const
{
    constexpr std::size_t shortestHost = 4, shortestUser = 6;
    for (unsigned parts = 0; parts < 4 && name.size() >= shortestHost; ++parts) {
        std::string found = m_pseudonyms.known(name);
        const bool isTelling = found.starts_with("user-") ? name.size() >= shortestUser
                                                          : hasDigit(name) || name.find('.') != std::string_view::npos;
        if (!found.empty() && isTelling) {
            pseudonym = std::move(found);
            return name.size();
        }
        const auto end = name.find_last_of("._-");
        if (end == std::string_view::npos)
            break;
        name = name.substr(0, end);
    }
    return 0;
}

/// A name of the machine as a word of its own; with the domain behind it, if there is one.
std::size_t NamePlaces::ownName(std::size_t place) const
{
    std::size_t longest = 0;
    for (const std::string& own : m_pseudonyms.ownNames()) {
        const std::string_view here = m_text.substr(place, own.size());
        const std::size_t end = place + own.size();
        if (own.size() > longest && equalsIgnoringCase(here, own)
            && (end >= m_text.size() || !isAsciiAlnum(m_text[end])))
            longest = own.size();
    }
    if (longest == 0)
        return 0;
    const std::string_view name = nameAt(m_text, place);
    return name.size() > longest && name[longest] == '.' && isDomainName(name) ? name.size() : longest;
}

bool NamePlaces::isBehind(std::size_t place, std::string_view words) const
{
    return place >= words.size() && m_text.substr(place - words.size(), words.size()) == words;
}

NamePlaces::Role NamePlaces::role(std::size_t place, std::string_view name) const
{
    if (name.empty() || isNumber(name))
        return Role::Nothing;
    const std::size_t end = place + name.size();
    const std::string_view rest = m_text.substr(end, 3);
    const char before = place > 0 ? m_text[place - 1] : ' ';
    if (isUser(place, name))
        return Role::User;
    if (isDomainName(name) || hasAddressInside(name))
        return before == '_' || rest.starts_with('(') ? Role::Nothing : Role::Host; // "net.example.com(": a call
    if (before != '/' && before != '.' && isSharedDomainName(name))
        return rest.starts_with('(') ? Role::Nothing : Role::Host;
    const bool isArgument = isBehind(place, std::string_view("ssh\0", 4));
    if (isArgument || (isBehind(place, "ssh ") && (hasDigit(name) || name.find('.') != std::string_view::npos)))
        return rest.starts_with('@') ? Role::User : Role::Host;
    if (isBehind(place, "://") || (isBehind(place, " //") && rest.starts_with('/')))
        return rest.starts_with('@') ? Role::User : Role::Host;
    const bool isPathBehind = rest.starts_with(":/") && !rest.starts_with("://");
    const bool mayBegin =
        before == ' ' || before == '\0' || before == '\n' || before == '\t' || before == ',' || before == '@';
    if (isPathBehind && mayBegin && !isOneOf(name, keptHosts)) // "server:/export"
        return Role::Host;
    if (before == '@' && place > 1 && isNameByte(m_text[place - 2]))
        return isUnit(name) || rest.starts_with("/") ? Role::Nothing : Role::Host;
    if (rest.starts_with('@') && end + 1 < m_text.size() && isAsciiAlnum(m_text[end + 1]))
        return isUnit(nameAt(m_text, end + 1)) ? Role::Nothing : Role::User;
    if (isBehind(place, "sshd: ") || isBehind(place, "invalid user ") || isBehind(place, "for user ")
        || isBehind(place, "of user ") || (isBehind(place, " for ") && m_text.substr(end).starts_with(" from ")))
        return Role::User;
    return before == ',' ? roleInList(place, name) : roleByLabel(place);
}

/// "/home/x", "~x", "DOMAIN\x", "by x(uid=1000)"
bool NamePlaces::isUser(std::size_t place, std::string_view name) const
{
    const char before = place > 0 ? m_text[place - 1] : ' ';
    const std::string_view rest = m_text.substr(place + name.size(), 8);
    if (before == '/')
        return isBehind(place, "/home/") || isBehind(place, "/Users/") || isBehind(place, "/users/")
            || isBehind(place, "/var/mail/");
    if (before == '~') {
        constexpr std::string_view ends(" \t\n\0='\":", 8);
        return isAsciiAlpha(name[0]) && (place == 1 || ends.find(m_text[place - 2]) != std::string_view::npos);
    }
    if (before == '\\') { // of Windows: [MS-ADTS] NetBIOS names have at most 15 bytes
        std::size_t begin = place - 1;
        while (begin > 0 && place - begin < 17
            && ((m_text[begin - 1] >= 'A' && m_text[begin - 1] <= 'Z') || isAsciiDigit(m_text[begin - 1])
                || m_text[begin - 1] == '-'))
            --begin;
        return place - 1 - begin >= 2
            && (begin == 0 || (!isAsciiAlnum(m_text[begin - 1]) && m_text[begin - 1] != '\\'));
    }
    return rest.starts_with("(uid=") || (isBehind(place, "user ") && rest.starts_with(" logged"));
}

/// The further ones of "--peers=db1:7000,db2:7000"; what is like no host is another option: "host=db1,rw".
NamePlaces::Role NamePlaces::roleInList(std::size_t place, std::string_view name) const
{
    constexpr std::size_t longestList = 256;
    const std::string_view rest = m_text.substr(place + name.size(), 2);
    const bool hasPort = rest.size() == 2 && rest[0] == ':' && isAsciiDigit(rest[1]);
    if (rest.starts_with('=') || !(hasPort || hasDigit(name) || name.find('.') != std::string_view::npos))
        return Role::Nothing;
    std::size_t begin = place, colon = std::string_view::npos;
    while (begin > 0 && place - begin < longestList
        && (isNameByte(m_text[begin - 1]) || m_text[begin - 1] == ',' || m_text[begin - 1] == ':')) {
        --begin;
        if (m_text[begin] == ':')
            colon = begin; // the first of all
    }
    const Role first = roleByLabel(begin);
    if (first == Role::Nothing && colon != std::string_view::npos)
        return roleByLabel(colon + 1) == Role::Host ? Role::Host : Role::Nothing; // "nodes:a1,a2"
    return first == Role::Host ? first : Role::Nothing;
}

/// "user=x", "--host x", "hostname: x"
NamePlaces::Role NamePlaces::roleByLabel(std::size_t place) const
{
    constexpr std::size_t longestLabel = 24;
    std::size_t end = place;
    bool hasSign = false;
    while (end > 0 && place - end < 4) {
        const char c = m_text[end - 1];
        if (c != ' ' && c != '\0' && c != '=' && c != ':' && c != '"' && c != '\'')
            break;
        hasSign = hasSign || c == '=' || c == ':';
        --end;
    }
    if (end == place)
        return Role::Nothing;
    std::size_t begin = end;
    while (begin > 0 && end - begin < longestLabel
        && (isAsciiAlnum(m_text[begin - 1]) || m_text[begin - 1] == '_' || m_text[begin - 1] == '-'))
        --begin;
    std::string_view label = m_text.substr(begin, end - begin);
    const bool isOption = label.starts_with('-');
    if (!hasSign && !isOption)
        return Role::Nothing;
    while (label.starts_with('-'))
        label.remove_prefix(1);
    const auto last = label.find_last_of("-_");
    const std::string_view noun = last == std::string_view::npos ? label : label.substr(last + 1);
    if (isOneOf(noun, userLabels) || isOneOf(label, userLabels))
        return Role::User;
    if (isOneOf(noun, hostLabels) || (noun.ends_with("s") && isOneOf(noun.substr(0, noun.size() - 1), hostLabels)))
        return Role::Host;
    return Role::Nothing;
}

} // namespace hindcast::redact
