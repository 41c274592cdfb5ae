#include "parse/cpu_matrix.h"

#include "base/text_scanner.h"

#include <algorithm>

namespace hindcast::parse {
namespace {

constexpr std::size_t mostCells = 8192;

/// "CPU0", "CPU12"; nothing else stands in a heading.
std::string_view cpuNumber(std::string_view field)
{
    constexpr std::string_view prefix = "CPU";
    if (!field.starts_with(prefix))
        return {};
    const auto number = field.substr(prefix.size());
    return parseInteger(number) ? number : std::string_view{};
}

bool isHeading(std::string_view line)
{
    const auto first = nextField(line);
    return !cpuNumber(first).empty();
}

/// Takes a run of digits off the front; false when there is none. As fast as it gets: this is the bulk of the file.
bool takeNumber(const char*& place, const char* end, double& number)
{
    while (place != end && *place == ' ')
        ++place;
    const char* const begin = place;
    std::uint64_t value = 0;
    while (place != end && *place >= '0' && *place <= '9')
        value = value * 10 + static_cast<std::uint64_t>(*place++ - '0');
    const bool isNumber = place != begin && (place == end || *place == ' ' || *place == '\t');
    if (!isNumber)
        place = begin;
    number = static_cast<double>(value);
    return isNumber;
}

} // namespace

void CpuMatrix::read(const Sample& sample)
{
    m_out.setText(sample.text);
    m_next = 0;
    const std::string_view text = sample.text;
    auto rest = text;
    bool hasCpus = false;
    for (std::string_view line; nextLine(rest, line);) {
        m_isLastLine = rest.empty() && !text.ends_with('\n');
        if (isHeading(line)) {
            const auto lines = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
            hasCpus = readCpus(line);
            m_isDetailed = m_cpus.size() * lines <= mostCells;
            m_sums.assign(m_cpus.size(), 0);
        } else if (trimmed(line).empty()) {
            continue;
        } else if (!hasCpus) {
            m_out.skipped(line, "expected a line of CPUs first");
        } else {
            readRow(line, sample.time);
        }
    }
    if (hasCpus)
        addSumsOfCpus(sample.time);
}

bool CpuMatrix::readCpus(std::string_view line)
{
    if (line == m_heading)
        return true;
    m_heading = line;
    m_cpus.clear();
    m_cpuSums.clear();
    m_rows.clear(); // their cells are those of other CPUs
    m_names.clear();
    for (auto field = nextField(line); !field.empty(); field = nextField(line))
        if (const auto number = cpuNumber(field); !number.empty())
            m_cpus.emplace_back(number);
    for (const std::string& cpu : m_cpus)
        m_cpuSums.push_back(m_out.series(m_metric, {{"cpu", cpu}}, Unit::Count, Kind::Counter));
    return true;
}

void CpuMatrix::readRow(std::string_view line, Time time)
{
    const auto colon = line.find(':');
    const auto name = trimmed(line.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (name.empty() || name.find(' ') != std::string_view::npos) {
        m_out.skipped(line, "expected a name, a colon and a counter for each CPU");
        return;
    }
    m_numbers.clear();
    const char* place = line.data() + colon + 1;
    const char* const end = line.data() + line.size();
    for (double number = 0; m_numbers.size() < m_cpus.size() && takeNumber(place, end, number);)
        m_numbers.push_back(number);
    const auto description = trimmed({place, static_cast<std::size_t>(end - place)});
    // ERR and MIS have one counter for all CPUs (kernel arch/x86/kernel/irq.c, arch_show_interrupts()).
    const bool isOneForAll = m_numbers.size() == 1 && m_cpus.size() > 1 && description.empty() && !m_isLastLine;
    if (m_numbers.size() != m_cpus.size() && !isOneForAll) {
        m_out.skipped(line, "there are fewer counters than CPUs");
        return;
    }
    Row& row = rowOf(name, description);
    double sum = 0;
    for (std::size_t i = 0; i < m_numbers.size(); ++i) {
        sum += m_numbers[i];
        m_sums[i] += isOneForAll ? 0 : m_numbers[i];
    }
    m_out.add(row.sum, time, sum);
    if (isOneForAll || m_cpus.size() == 1)
        return;
    for (std::size_t i = 0; i < row.cells.size(); ++i)
        m_out.add(row.cells[i], time, m_numbers[i]);
}

CpuMatrix::Row& CpuMatrix::rowOf(std::string_view name, std::string_view description)
{
    if (m_next >= m_names.size() || m_names[m_next] != name) {
        const auto known = std::find(m_names.begin(), m_names.end(), name);
        m_next = static_cast<std::size_t>(known - m_names.begin());
    }
    if (m_next == m_names.size()) {
        m_names.emplace_back(name);
        Labels labels = m_labelsOf(name, description);
        Row row;
        row.sum = m_out.series(m_metric, labels, Unit::Count, Kind::Counter);
        for (std::size_t i = 0;
             m_isDetailed && m_cpus.size() > 1 && m_numbers.size() == m_cpus.size() && i < m_cpus.size(); ++i) {
            Labels cell = labels;
            cell.push_back({"cpu", m_cpus[i]});
            row.cells.push_back(m_out.series(m_metric, std::move(cell), Unit::Count, Kind::Counter));
        }
        m_rows.push_back(std::move(row));
    }
    return m_rows[m_next++];
}

void CpuMatrix::addSumsOfCpus(Time time)
{
    for (std::size_t i = 0; i < m_cpuSums.size(); ++i)
        m_out.add(m_cpuSums[i], time, m_sums[i]);
}

int recogniseCpuMatrix(std::string_view beginning, std::string_view& firstName)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    if (!isHeading(line) || !nextLine(beginning, line))
        return 0;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return 0;
    firstName = trimmed(line.substr(0, colon));
    auto rest = line.substr(colon + 1);
    return parseInteger(nextField(rest)) ? 90 : 0;
}

} // namespace hindcast::parse
