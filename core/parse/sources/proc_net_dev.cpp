// /proc/net/dev: bytes, packets and errors of every network interface, "eth0: 16 numbers". Source: man 5 proc_pid_net;
// kernel net/core/net-procfs.c, dev_seq_printf_stats(). "drop" of receiving includes packets the card had no room for.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct InterfaceColumn {
    std::string_view metric;
    Unit unit;
};
constexpr std::array columns{
    InterfaceColumn{"net.rx.bytes", Unit::Bytes},
    InterfaceColumn{"net.rx.packets", Unit::Packets},
    InterfaceColumn{"net.rx.errors", Unit::Packets},
    InterfaceColumn{"net.rx.dropped", Unit::Packets},
    InterfaceColumn{"net.rx.fifo", Unit::Packets},
    InterfaceColumn{"net.rx.frame", Unit::Packets},
    InterfaceColumn{"net.rx.compressed", Unit::Packets},
    InterfaceColumn{"net.rx.multicast", Unit::Packets},
    InterfaceColumn{"net.tx.bytes", Unit::Bytes},
    InterfaceColumn{"net.tx.packets", Unit::Packets},
    InterfaceColumn{"net.tx.errors", Unit::Packets},
    InterfaceColumn{"net.tx.dropped", Unit::Packets},
    InterfaceColumn{"net.tx.fifo", Unit::Packets},
    InterfaceColumn{"net.tx.collisions", Unit::Packets},
    InterfaceColumn{"net.tx.carrier", Unit::Packets},
    InterfaceColumn{"net.tx.compressed", Unit::Packets},
};

class NetDevReader {
public:
    explicit NetDevReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!isHeader(line) && !trimmed(line).empty())
                readLine(line, sample.time);
    }

private:
    static bool isHeader(std::string_view line) { return line.find('|') != std::string_view::npos; }

    void readLine(std::string_view line, Time time)
    {
        // The last colon: an alias is called "eth0:1", and old kernels print no blank behind the name's own colon.
        const auto colon = line.rfind(':');
        const auto interface = trimmed(line.substr(0, colon == std::string_view::npos ? 0 : colon));
        std::array<std::uint64_t, columns.size()> numbers;
        if (interface.empty() || !readNumbers(line.substr(colon + 1), numbers)) {
            m_out.skipped(line, "expected an interface, a colon and 16 numbers");
            return;
        }
        auto& refs = m_known.at(interface);
        if (refs.empty())
            for (const InterfaceColumn& column : columns)
                refs.push_back(
                    m_out.series(column.metric, {{"interface", std::string(interface)}}, column.unit, Kind::Counter));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            m_out.add(refs[i], time, static_cast<double>(numbers[i]));
    }

    static bool readNumbers(std::string_view text, std::array<std::uint64_t, columns.size()>& numbers)
    {
        for (std::uint64_t& number : numbers) {
            const auto value = parseInteger(nextField(text));
            if (!value)
                return false;
            number = *value;
        }
        return nextField(text).empty();
    }

    Builder& m_out;
    PositionalSeries m_known;
};

void parse(const Input& input, Builder& out)
{
    NetDevReader reader(out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

/// /proc/net/wireless begins alike; the second line tells them apart.
int recognise(std::string_view beginning)
{
    std::string_view heading, names;
    const bool isInterfaceTable = nextLine(beginning, heading) && nextLine(beginning, names)
        && heading.starts_with("Inter-|") && names.find("|bytes") != std::string_view::npos;
    return isInterfaceTable ? 95 : 0;
}

} // namespace

Parser proc_net_dev()
{
    return {.id = "proc_net_dev",
        .title = "Network interface counters",
        .members = "proc/net/dev proc/*/net/dev",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
