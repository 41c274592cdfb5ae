// /proc/net/softnet_stat: packets each CPU took off the network, dropped because its backlog was full, and how often
// its time ran out; one line per online CPU, hexadecimal, 32 bits. Source: kernel net/core/net-procfs.c,
// softnet_seq_show(). Columns by kernel: 9 (2.6), 10 with RPS (2.6.35), 11 with flow limit (3.11), 13 with backlog
// length and CPU (5.10), 15.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct SoftnetColumn {
    std::size_t place;
    std::string_view metric;
    Unit unit;
    Kind kind;
};
/// Columns 3 to 8 have been zero, or of no meaning to a reader, since 2.6.
constexpr std::array columns{
    SoftnetColumn{0, "net.softnet.processed", Unit::Packets, Kind::Counter},
    SoftnetColumn{1, "net.softnet.dropped", Unit::Packets, Kind::Counter},
    SoftnetColumn{2, "net.softnet.time_squeeze", Unit::Count, Kind::Counter},
    SoftnetColumn{9, "net.softnet.received_rps", Unit::Count, Kind::Counter},
    SoftnetColumn{10, "net.softnet.flow_limited", Unit::Packets, Kind::Counter},
    SoftnetColumn{11, "net.softnet.backlog", Unit::Packets, Kind::Gauge},
};
constexpr std::size_t cpuPlace = 12;
constexpr std::size_t mostColumns = 15;
constexpr std::size_t fewestColumns = 3;

struct SoftnetLine {
    std::array<std::uint64_t, mostColumns> numbers;
    std::size_t count = 0; ///< 0 = not such a line
};

SoftnetLine readSoftnetLine(std::string_view line)
{
    SoftnetLine result;
    std::size_t count = 0;
    for (auto field = nextField(line); !field.empty() && count < mostColumns; field = nextField(line)) {
        constexpr std::size_t printedDigits = 8; // "%08x": a shorter one was cut
        const auto value = field.size() >= printedDigits ? parseHex(field) : std::nullopt;
        if (!value)
            return result;
        result.numbers[count++] = *value;
    }
    result.count = count >= fewestColumns ? count : 0;
    return result;
}

class SoftnetReader {
public:
    SoftnetReader(const Input& input, Builder& out)
        : m_out(out)
        , m_cpus(input.host.cpus)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        m_known.restart();
        m_columns = 0;
        std::uint64_t position = 0;
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (!trimmed(line).empty() && readLine(line, position, sample.time))
                ++position;
        if (m_columns != 0 && m_columns <= cpuPlace && m_cpus && *m_cpus != position)
            m_out.note(NoteSeverity::Info,
                "fewer or more lines than CPUs and no column that names the CPU: CPUs are numbered by their line");
    }

private:
    /// Whether the line is of a CPU, readable or not: one of another program does not count.
    bool readLine(std::string_view line, std::uint64_t position, Time time)
    {
        const SoftnetLine softnet = readSoftnetLine(line);
        if (softnet.count == 0 || softnet.count < m_columns) {
            m_out.skipped(line, "expected three or more hexadecimal columns, on every line as many");
            return parseHex(nextField(line)).has_value();
        }
        m_columns = softnet.count;
        // The position is the CPU's number only while no CPU is offline.
        const std::uint64_t cpu = softnet.count > cpuPlace ? softnet.numbers[cpuPlace] : position;
        auto& refs = refsOf(cpu);
        for (std::size_t i = 0; i < columns.size() && columns[i].place < softnet.count; ++i) {
            if (refs.size() == i)
                refs.push_back(
                    m_out.series(columns[i].metric, {{"cpu", std::to_string(cpu)}}, columns[i].unit, columns[i].kind));
            m_out.add(refs[i], time, static_cast<double>(softnet.numbers[columns[i].place]));
        }
        return true;
    }

    std::vector<SeriesRef>& refsOf(std::uint64_t cpu)
    {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), cpu).ptr;
        return m_known.at({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    Builder& m_out;
    std::optional<unsigned> m_cpus;
    PositionalSeries m_known;
    std::size_t m_columns = 0; ///< of the lines of this sample so far
};

void parse(const Input& input, Builder& out)
{
    SoftnetReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    constexpr std::size_t fewestOfAnyKernel = 9;
    return nextLine(beginning, line) && readSoftnetLine(line).count >= fewestOfAnyKernel ? 85 : 0;
}

} // namespace

Parser proc_net_softnet_stat()
{
    return {.id = "proc_net_softnet_stat",
        .title = "Network backlog of each CPU",
        .members = "proc/net/softnet_stat",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
