// /proc/net/sockstat (and sockstat6): how many sockets there are of each protocol and how much memory they hold, as
// "TCP: inuse 4 orphan 0 tw 2 alloc 9 mem 3". Source: kernel net/ipv4/proc.c, sockstat_seq_show(): "mem" is in pages,
// "memory" (of FRAG) in bytes.
#include "base/text_scanner.h"
#include "parse/kernel_units.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct NamedValue {
    std::string_view name, word;
};
constexpr std::array namedValues{
    NamedValue{"inuse", "in_use"},
    NamedValue{"orphan", "orphaned"},
    NamedValue{"tw", "time_wait"},
    NamedValue{"alloc", "allocated"},
    NamedValue{"mem", "memory"},
};

std::string wordOf(std::string_view name)
{
    for (const NamedValue& known : namedValues)
        if (known.name == name)
            return std::string(known.word);
    return snakeCase(name);
}

/// "tcp", "tcp6", "udp_lite" would not be the field's word, so only the case is changed.
std::string smallLetters(std::string_view text)
{
    std::string result(text.substr(0, 32));
    std::transform(result.begin(), result.end(), result.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

class SockstatReader {
public:
    SockstatReader(const Input& input, Builder& out)
        : m_out(out)
        , m_pageSize(pageSizeBytes(input.host, out))
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty())
                readLine(line, sample.time);
    }

private:
    void readLine(std::string_view line, Time time)
    {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) {
            m_out.skipped(line, "expected a protocol and a colon");
            return;
        }
        auto& refs = m_known.at(line.substr(0, colon));
        auto rest = line.substr(colon + 1);
        std::size_t place = 0;
        for (auto name = nextField(rest); !name.empty(); name = nextField(rest), ++place) {
            const auto value = parseInteger<std::int64_t>(nextField(rest));
            if (!value) {
                m_out.skipped(line, "expected pairs of a name and a number");
                return;
            }
            if (refs.size() == place)
                refs.push_back(makeSeries(line.substr(0, colon), name));
            m_out.add(refs[place], time, static_cast<double>(*value) * (name == "mem" ? m_pageSize : 1));
        }
    }

    SeriesRef makeSeries(std::string_view protocol, std::string_view name)
    {
        const std::string owner = protocol == "sockets" ? std::string() : smallLetters(protocol) + '.';
        const bool isMemory = name == "mem" || name == "memory";
        return m_out.series("sockets." + owner + wordOf(name), {}, isMemory ? Unit::Bytes : Unit::Count, Kind::Gauge);
    }

    Builder& m_out;
    double m_pageSize;
    PositionalSeries m_known; ///< per protocol, in the order of its values, which no kernel changes while it runs
};

void parse(const Input& input, Builder& out)
{
    SockstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    return beginning.starts_with("sockets: used ") || beginning.starts_with("TCP6: inuse ") ? 90 : 0;
}

} // namespace

Parser proc_net_sockstat()
{
    return {.id = "proc_net_sockstat",
        .title = "Socket counts and memory",
        .members = "proc/net/sockstat proc/*/net/sockstat proc/net/sockstat6 proc/*/net/sockstat6",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
