// The text of ethtool: -S becomes counters of the interface, everything else (settings, -i, -k, -g, -c, -l, -a, -T, …)
// a table of names and values. Source: man 8 ethtool; ethtool.c and netlink/*.c.
//
// -S and -i do not name their interface. It is taken from a command line above ("# ethtool -S eth0"), else from the
// path of the member, as sosreport names it ("ethtool_-S_eth0"), and that is said; else it stays unknown.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr string_view statisticsTitle = "NIC statistics:";

struct Title {
    string_view section, interface;
};
/// "Ring parameters for eth0:", "RX flow hash indirection table for eth0 with 4 RX ring(s):".
std::optional<Title> readTitle(string_view line)
{
    line = trimmed(line);
    const auto place = line.find(" for ");
    if (place == string_view::npos || !line.ends_with(':'))
        return std::nullopt;
    Title title{line.substr(0, place), {}};
    auto rest = line.substr(place + 5);
    title.interface = nextField(rest);
    if (title.interface.ends_with(':'))
        title.interface.remove_suffix(1);
    for (const string_view known :
        {"Settings", "Features", "Offload parameters", "Ring parameters", "Coalesce parameters", "Channel parameters",
            "Pause parameters", "Time stamping parameters", "EEE Settings", "EEE settings", "FEC parameters",
            "Private flags", "RX flow hash indirection table", "Standard stats", "Tunnel information"})
        if (title.section == known)
            return title;
    return std::nullopt;
}

/// "ethtool -S eth0" in a prompt or a banner, or in a path with "_" for blanks.
string_view interfaceOfCommand(string_view text, char separator)
{
    const auto place = text.rfind("ethtool");
    if (place == string_view::npos)
        return {};
    const auto arguments = text.substr(place + 7);
    const auto last = arguments.find_last_of(separator);
    if (last == string_view::npos)
        return {};
    auto name = trimmed(arguments.substr(last + 1));
    if (separator == '_' && name.ends_with(".txt"))
        name.remove_suffix(4);
    const bool isOption = name.starts_with('-');
    return isOption || name.find_first_of("/\\\"'") != string_view::npos ? string_view{} : name;
}

bool isComplaint(string_view line)
{
    for (const string_view beginning : {"Cannot get ", "netlink error:", "no stats available", "No data available",
             "rxclass:", "RX classification rule", "Operation not supported"})
        if (line.starts_with(beginning))
            return true;
    return false;
}

Unit unitOf(string_view name)
{
    if (name.find("bytes") != string_view::npos || name.find("octets") != string_view::npos)
        return Unit::Bytes;
    if (name.find("packets") != string_view::npos || name.find("pkts") != string_view::npos)
        return Unit::Packets;
    return Unit::Count;
}

class EthtoolReader {
public:
    EthtoolReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_time = sample.time;
        m_table.emplace("ethtool", listedAt(m_input, sample));
        m_section.clear();
        m_group.clear();
        m_interface = interfaceOfCommand(m_input.member, '_');
        m_isFromPath = !m_interface.empty();
        auto rest = sample.text;
        m_line = 0;
        for (string_view line; nextLine(rest, line);) {
            ++m_line;
            if (!trimmed(line).empty())
                readLine(line);
        }
        m_table->finish(m_out);
    }

    void noteAssumptions()
    {
        if (m_isPathUsed)
            m_out.note(NoteSeverity::Info, "the text does not name its interface: it is the one in the member's name");
        if (m_isUnknown)
            m_out.note(NoteSeverity::Info, "the text does not name its interface");
    }

private:
    void readLine(string_view line)
    {
        if (const auto title = readTitle(line)) {
            begin(title->section, title->interface);
        } else if (trimmed(line) == statisticsTitle) {
            begin("Statistics", {});
            ++m_statistics;
        } else if (line.starts_with("driver: ")) {
            begin("Driver", {});
            readPairs(line);
        } else if (isComplaint(line)) {
            m_out.note(
                NoteSeverity::Info, "ethtool could not read something: " + std::string(line.substr(0, 80)), m_line);
        } else if (line.find("ethtool ") != string_view::npos) {
            m_interface = interfaceOfCommand(line, ' ');
            m_isFromPath = false;
        } else if (m_section == "Statistics") {
            readCounter(line);
        } else if (line.find(':') != string_view::npos) {
            readPairs(line);
        } else if (isBlank(line.front()) && !m_section.empty()) {
            addRow({}, trimmed(line)); // goes on: link modes, flags of time stamping
        } else {
            m_out.skipped(line, "expected a name, a colon and a value");
        }
    }

    void begin(string_view section, string_view interface)
    {
        m_section = section;
        m_group.clear();
        m_name.clear();
        m_queue.clear();
        if (!interface.empty()) {
            m_interface = interface;
            m_isFromPath = false;
        }
    }

    void readCounter(string_view line)
    {
        const auto colon = line.rfind(':');
        const auto value =
            colon == string_view::npos ? std::nullopt : parseInteger<std::int64_t>(trimmed(line.substr(colon + 1)));
        auto name = trimmed(line.substr(0, colon));
        if (!value || name.empty()) {
            if (colon != string_view::npos && trimmed(line.substr(colon + 1)).empty())
                return; // a heading inside
            m_out.skipped(line, "expected a counter's name and its number");
            return;
        }
        if (name.ends_with("Queue#")) { // "Tx Queue#: 0": of vmxnet3, the names below come again for each queue
            m_queue = std::to_string(*value);
            return;
        }
        Labels labels;
        std::string queue = m_queue;
        if (name.starts_with('[')) // "[0]: rx_bytes: 1": of bnxt_en, bnx2x
            if (const auto end = name.find("]: "); end != string_view::npos) {
                queue = name.substr(1, end - 1);
                name = trimmed(name.substr(end + 2));
            }
        if (!queue.empty())
            labels.push_back({"queue", queue});
        if (!m_interface.empty())
            labels.push_back({"interface", m_interface});
        else if (m_statistics > 1)
            labels.push_back({"listing", std::to_string(m_statistics)}); // whose they are is not known
        noteInterface();
        const std::string metric = "ethtool." + snakeCase(name);
        m_out.add(metric, labels, unitOf(metric), Kind::Counter, m_time, static_cast<double>(*value));
    }

    void noteInterface()
    {
        m_isPathUsed = m_isPathUsed || m_isFromPath;
        m_isUnknown = m_isUnknown || m_interface.empty();
    }

    /// "Speed: 1000Mb/s", "tx-checksumming: on [fixed]", "Adaptive RX: off  TX: n/a".
    void readPairs(string_view line)
    {
        const auto whole = trimmed(line);
        const auto colon = whole.find(':');
        const auto value = whole.substr(colon + 1);
        if (trimmed(value).empty() && !isBlank(line.front()) && m_section != "Driver") {
            m_group = whole.substr(0, colon); // "Pre-set maximums:"
            return;
        }
        const auto second = value.find("  ");
        const auto secondColon = second == string_view::npos ? second : value.find(": ", second);
        if (secondColon != string_view::npos && !trimmed(value.substr(0, second)).empty()) {
            addRow(whole.substr(0, colon), trimmed(value.substr(0, second)));
            const auto name = trimmed(value.substr(second, secondColon - second));
            const auto firstName = whole.substr(0, colon);
            const auto blank = firstName.rfind(' ');
            addRow(std::string(firstName.substr(0, blank == string_view::npos ? 0 : blank + 1)) + std::string(name),
                trimmed(value.substr(secondColon + 1)));
            return;
        }
        addRow(whole.substr(0, colon), trimmed(value));
    }

    void addRow(string_view name, string_view value)
    {
        if (!name.empty())
            m_name = name;
        noteInterface();
        m_table->beginRow(m_line);
        m_table->set("interface", m_interface);
        m_table->set("section", m_section);
        m_table->set("group", m_group);
        m_table->set("name", m_name);
        if (value == "n/a")
            return; // the driver does not know it
        if (const auto number = parseDouble(value))
            m_table->set("value", Unit::None, *number);
        else
            m_table->set("text", value);
    }

    const Input& m_input;
    Builder& m_out;
    Time m_time{};
    std::optional<TableMaker> m_table;
    std::string m_interface, m_section, m_group, m_name, m_queue;
    bool m_isFromPath = false, m_isPathUsed = false, m_isUnknown = false;
    int m_statistics = 0; ///< listings of counters so far
    std::uint64_t m_line = 0;
};

void parse(const Input& input, Builder& out)
{
    EthtoolReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 6;
    string_view line;
    bool hasDriver = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (readTitle(line) || trimmed(line) == statisticsTitle)
            return 90;
        if (hasDriver && line.starts_with("version:"))
            return 85;
        hasDriver = line.starts_with("driver: ");
    }
    return 0;
}

} // namespace

Parser ethtool()
{
    return {.id = "ethtool", .title = "ethtool output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
