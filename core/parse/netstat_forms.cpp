#include "parse/netstat_forms.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {

using std::string_view;

namespace {

struct Word {
    string_view printed, english;
};
/// net-tools po/*.po: German, Brazilian Portuguese, Czech; French and Japanese leave the states.
constexpr std::array stateWords{
    Word{"VERBUNDEN", "ESTABLISHED"},
    Word{"ESTABELECIDA", "ESTABLISHED"},
    Word{"SPOJENO", "ESTABLISHED"},
    Word{"SPOJEN", "ESTABLISHED"},
    Word{"OUÇA", "LISTEN"},
    Word{"NASLOUCHÁ", "LISTEN"},
    Word{"HÖRT", "LISTEN"},
    Word{"SYN_ENVIADO", "SYN_SENT"},
    Word{"SYN_RECEBIDO", "SYN_RECV"},
    Word{"ESPERA_FIN1", "FIN_WAIT1"},
    Word{"ESPERA_FIN2", "FIN_WAIT2"},
    Word{"ESPERANDO_FECHAR", "CLOSE_WAIT"},
    Word{"FECHANDO", "CLOSING"},
    Word{"ZAVÍRÁ", "CLOSING"},
    Word{"FECHAR", "CLOSE"},
    Word{"ZAVŘEN", "CLOSE"},
    Word{"ÚLTIMO_ACK", "LAST_ACK"},
};
/// Of UNIX sockets, where the same word means another state.
constexpr std::array unixStateWords{
    Word{"VERBUNDEN", "CONNECTED"},
    Word{"CONNECTE", "CONNECTED"},
    Word{"CONECTADO", "CONNECTED"},
    Word{"SPOJEN", "CONNECTED"},
    Word{"ÜHENDATUD", "CONNECTED"},
    Word{"HÖRT", "LISTENING"},
    Word{"OUVINDO", "LISTENING"},
    Word{"NASLOUCHÁ", "LISTENING"},
    Word{"VERBINDUNGSAUFBAU", "CONNECTING"},
    Word{"ENCONNEXION", "CONNECTING"},
    Word{"CONECTANDO", "CONNECTING"},
    Word{"SPOJUJE", "CONNECTING"},
    Word{"VERBINDUNGSABBAU", "DISCONNECTING"},
    Word{"ENDECONNEXION", "DISCONNECTING"},
    Word{"DESCONECTANDO", "DISCONNECTING"},
    Word{"ODPOJUJE", "DISCONNECTING"},
    Word{"FREI", "FREE"},
    Word{"LIBRE", "FREE"},
    Word{"LIVRE", "FREE"},
};
constexpr std::array timerWords{
    Word{"aus", "off"},
    Word{"desligado", "off"},
    Word{"オフ", "off"},
    Word{"vyp", "off"},
    Word{"eikäi", "off"},
    Word{"ein", "on"},
    Word{"em", "on"},
    Word{"オン", "on"},
    Word{"zapnut", "on"},
    Word{"käib", "on"},
    Word{"キープアライブ", "keepalive"},
    Word{"時間待ち", "timewait"},
};

template <std::size_t Count> string_view inEnglish(const std::array<Word, Count>& words, string_view printed)
{
    for (const Word& word : words)
        if (word.printed == printed)
            return word.english;
    return printed;
}

bool isAddress(string_view text)
{
    return text == "*" || text == "default" || (!text.empty() && hasDigit(text)) || text == "::" || text == "[::]";
}

} // namespace

string_view netstatState(string_view printed)
{
    return inEnglish(stateWords, printed);
}

string_view netstatUnixState(string_view printed)
{
    return inEnglish(unixStateWords, printed);
}

string_view netstatTimer(string_view printed)
{
    return inEnglish(timerWords, printed);
}

bool hasDigit(string_view text)
{
    return text.find_first_of("0123456789") != string_view::npos;
}

bool isSocketHeading(string_view line)
{
    return line.starts_with("Proto ") && !hasDigit(line) && fields(line).size() >= 5;
}

bool isUnixHeading(string_view line)
{
    return line.find("-Q ") == string_view::npos && line.find("-F ") == string_view::npos
        && line.find("Jrk ") == string_view::npos;
}

bool hasUserColumns(string_view heading)
{
    constexpr std::array<string_view, 7> words{
        " User ", " Benutzer ", " Utilisatr ", "ユーザ ", " Usuário ", " Uživatel ", " Kasutaja "};
    return std::any_of(
        words.begin(), words.end(), [heading](string_view word) { return heading.find(word) != string_view::npos; });
}

bool isSocketProtocol(string_view word)
{
    constexpr std::array<string_view, 8> protocols{"tcp", "udp", "udplite", "raw", "sctp", "icmp", "dccp", "mptcp"};
    if (word.ends_with('6') || word.ends_with('4'))
        word.remove_suffix(1);
    return std::find(protocols.begin(), protocols.end(), word) != protocols.end();
}

string_view netstatListing(string_view line)
{
    const auto first = nextField(line), second = nextField(line);
    if (first == "Destination" && (second == "Gateway" || second == "Next"))
        return "routes";
    if (first == "Iface" && second == "MTU")
        return "interfaces";
    if (first == "Interface" && second == "RefCnt")
        return "multicast_groups";
    if (first == "prot" && second == "expire")
        return "masquerading";
    return first == "Proto" && second == "Destination" ? "bluetooth_sockets" : "";
}

bool isInterfaceHeading(string_view line)
{
    std::size_t found = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line))
        found += word.ends_with("-OK") ? 1 : 0;
    return found == 2;
}

bool isRouteRow(const std::vector<string_view>& words)
{
    constexpr std::size_t fewest = 8;
    return words.size() >= fewest && isAddress(words[2]) && words[2].find('.') != string_view::npos
        && !hasDigit(words[3]) && parseInteger(words[4]) && parseInteger(words[5]) && parseInteger(words[6]);
}

bool isSectionTitle(string_view line)
{
    return line.starts_with("Active ") || line.starts_with("Kernel ") || line.starts_with("IPv6/")
        || line.starts_with("IP masquerading");
}

bool isStatisticsTitle(string_view line)
{
    return line.size() > 2 && line.ends_with(':') && line.find(' ') == string_view::npos && line.front() >= 'A'
        && line.front() <= 'Z';
}

} // namespace hindcast::parse
