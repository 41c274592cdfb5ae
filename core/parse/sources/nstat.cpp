// The text of nstat (and rtacct's kin), with -j too: counters of the network stack by name, in a table. They are no
// series: with -a they count since boot, without since nstat was last called, and the text does not show which. Source:
// man 8 nstat; iproute2 misc/nstat.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

bool isCounterName(string_view name)
{
    for (const string_view protocol : {"Ip", "Icmp", "Tcp", "Udp", "MPTcp", "Sctp", "Xfrm", "Tls"})
        if (name.starts_with(protocol) && name.size() > protocol.size())
            return true;
    return false;
}

struct Row {
    string_view name;
    double value = 0, rate = 0;
};
/// "IpInReceives                    120183             0.0".
std::optional<Row> readRow(string_view line)
{
    const auto name = nextField(line);
    const auto value = parseInteger<std::int64_t>(nextField(line));
    const auto rate = parseDouble(nextField(line));
    if (name.empty() || !value || !rate || !trimmed(line).empty())
        return std::nullopt;
    return Row{name, static_cast<double>(*value), *rate};
}

/// "#kernel": of a daemon (-d) the line tells its number and intervals, and only then rates are measured.
bool isHeading(string_view line)
{
    return line.starts_with("#kernel")
        || (line.starts_with('#') && line.find("sampling_interval=") != string_view::npos);
}

bool isJson(string_view text)
{
    text = trimmed(text);
    if (!text.starts_with('{'))
        return false;
    text.remove_prefix(1);
    text = trimmed(text);
    return text.starts_with("\"kernel\"");
}

class NstatReader {
public:
    NstatReader(const Input& input, const Sample& sample, Builder& out)
        : m_out(out)
        , m_table("network counters", listedAt(input, sample))
    {
    }

    void read(string_view text)
    {
        m_out.setText(text);
        isJson(text) ? readJson(text) : readText(text);
        m_table.finish(m_out);
    }

private:
    void readText(string_view rest)
    {
        std::uint64_t number = 0;
        bool hasRates = false;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (trimmed(line).empty())
                continue;
            if (isHeading(line)) {
                m_table.finish(m_out); // another call of nstat
                hasRates = !line.starts_with("#kernel");
            } else if (const auto row = readRow(line)) {
                m_table.beginRow(number);
                m_table.set("name", row->name);
                m_table.set("value", Unit::Count, row->value);
                if (hasRates)
                    m_table.set("rate", Unit::CountPerSecond, row->rate);
            } else {
                m_out.skipped(line, "expected a name, a number and a rate");
            }
        }
    }

    /// {"kernel":{"IpInReceives":120183,…}}, one object of names and numbers.
    void readJson(string_view text)
    {
        const auto whole = text;
        text.remove_prefix(text.find("\"kernel\"") + 8);
        const auto brace = text.find('{');
        text.remove_prefix(brace == string_view::npos ? text.size() : brace + 1);
        while (!text.empty()) {
            const auto end = text.find_first_of(",}");
            const auto pair = trimmed(text.substr(0, end));
            const auto colon = pair.rfind(':');
            const auto name = colon == string_view::npos ? string_view{} : trimmed(pair.substr(0, colon));
            const auto value =
                colon == string_view::npos ? std::nullopt : parseInteger<std::int64_t>(trimmed(pair.substr(colon + 1)));
            if (value && name.size() > 2 && name.front() == '"' && name.back() == '"') {
                m_table.beginRow();
                m_table.set("name", name.substr(1, name.size() - 2));
                m_table.set("value", Unit::Count, static_cast<double>(*value));
            } else if (!pair.empty()) {
                m_out.skipped(whole, "expected names and numbers");
                return;
            }
            if (end == string_view::npos || text[end] == '}')
                return;
            text.remove_prefix(end + 1);
        }
    }

    Builder& m_out;
    TableMaker m_table;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        NstatReader(input, sample, out).read(sample.text);
    if (!out.tables().empty())
        out.note(NoteSeverity::Info,
            "nstat counts since boot with -a and since its last call without: the text does not show which");
}

int recognise(string_view beginning)
{
    if (isJson(beginning)) {
        const auto name = beginning.find("\"kernel\"") + 8;
        const auto quote = beginning.find('"', name);
        return quote != string_view::npos && isCounterName(beginning.substr(quote + 1)) ? 80 : 0;
    }
    constexpr int linesLookedAt = 10;
    string_view line;
    bool hasHeading = false;
    int rows = 0;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        hasHeading = hasHeading || isHeading(line);
        const auto row = readRow(line);
        rows += row && isCounterName(row->name) ? 1 : 0;
    }
    return rows > 0 && (hasHeading || rows > 3) ? 90 : 0;
}

} // namespace

Parser nstat()
{
    return {.id = "nstat", .title = "nstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
