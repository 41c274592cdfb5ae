// /proc/cpuinfo: the processors, in each architecture's own words. Source: kernel
// arch/*/kernel/{cpu/proc,setup,cpuinfo}.c.
//   x86, arm, aarch64, POWER, RISC-V, LoongArch, MIPS: records with "processor : 0" first, between blank lines; older
//   arm and aarch64 put "Processor : ARMv7 …" before them and what all have in common ("Features", "Hardware") behind
//   them. s390x: what all have in common first ("vendor_id", "# processors", "features"), then "processor 0: version =
//   FF, …" on a line each, and since 4.10 records "cpu number : 0". Alpha, m68k, sparc: one text for all.
// Long lists of flags are given where they differ from those of the processor before.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/record_lines.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace hindcast::parse {
namespace {

constexpr std::array<std::string_view, 6> longLists{
    "flags", "vmx_flags", "bugs", "features", "isa", "power_management"};

/// "processor 0: version = FF,  identification = 0117C9,  machine = 2964" of s390x.
bool isMainframeProcessor(std::string_view line)
{
    auto rest = line;
    if (nextField(rest) != "processor")
        return false;
    const auto number = nextField(rest);
    return number.ends_with(':') && parseInteger(number.substr(0, number.size() - 1)).has_value()
        && line.find("version") != std::string_view::npos;
}

/// "cpu MHz" and "BogoMIPS" hold no further words.
std::string columnOf(std::string_view name)
{
    std::string lowered(name);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return snakeCase(lowered);
}

class CpuinfoReader {
public:
    CpuinfoReader(Builder& out, std::optional<Time> time)
        : m_out(out)
        , m_processors("processors", time)
        , m_machine("machine", time)
        , m_clocks("processor_clocks", time)
    {
    }

    void read(std::string_view text)
    {
        m_out.setText(text);
        std::uint64_t number = 0;
        for (std::string_view line; nextLine(text, line);) {
            ++number;
            if (trimmed(line).empty())
                m_isInProcessor = m_isInClocks = false;
            else if (isMainframeProcessor(line))
                readMainframeProcessor(line, number);
            else
                readLine(line, number);
        }
        if (m_isListShortened)
            m_out.note(NoteSeverity::Info, "lists of flags are given where they differ from the processor before");
        if (m_processors.rows() > 0 && !m_out.host().cpus)
            m_out.host().cpus = static_cast<unsigned>(m_processors.rows());
        m_processors.finish(m_out);
        m_machine.finish(m_out);
        m_clocks.finish(m_out);
    }

private:
    void readMainframeProcessor(std::string_view line, std::uint64_t number)
    {
        const auto colon = line.find(':');
        auto place = line.substr(0, colon);
        nextField(place);
        m_processors.beginRow(number);
        setRecordCell(m_processors, "processor", trimmed(place));
        auto rest = line.substr(colon + 1);
        while (!rest.empty()) {
            const auto part = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
            const auto sign = part.find('=');
            if (sign != std::string_view::npos) // identification and machine are codes
                m_processors.set(snakeCase(trimmed(part.substr(0, sign))), trimmed(part.substr(sign + 1)));
        }
    }

    void readLine(std::string_view line, std::uint64_t number)
    {
        const auto record = readRecordLine(line);
        if (!record) {
            m_out.skipped(line, "expected a name, a colon and a value");
            return;
        }
        const bool isNumber = parseInteger(record->value).has_value();
        const bool isProcessor = record->name == "processor" && isNumber;
        m_isInClocks = !isProcessor && (m_isInClocks || (record->name == "cpu number" && isNumber && !m_isInProcessor));
        if (m_isInClocks) {
            if (record->name == "cpu number")
                m_clocks.beginRow(number);
            set(m_clocks, record->name, record->value);
            return;
        }
        if (isProcessor)
            beginProcessor(number);
        if (m_isInProcessor && (isProcessor || !m_areBareNumbers))
            set(m_processors, record->name, record->value);
        else
            setOfMachine(record->name, record->value, number);
    }

    /// Where one number directly follows another, as on old aarch64, what comes behind the last one is of all.
    void beginProcessor(std::uint64_t number)
    {
        m_areBareNumbers = m_areBareNumbers || (m_isInProcessor && m_lastNumber + 1 == number);
        m_lastNumber = number;
        m_processors.beginRow(number);
        m_isInProcessor = true;
    }

    void setOfMachine(std::string_view name, std::string_view value, std::uint64_t number)
    {
        if (m_machine.rows() == 0)
            m_machine.beginRow(number);
        set(m_machine, name, value);
    }

    void set(TableMaker& table, std::string_view name, std::string_view value)
    {
        const std::string column = columnOf(name);
        if (std::find(longLists.begin(), longLists.end(), column) != longLists.end()) {
            std::string& last = m_lists[column];
            const bool isSame = last == value && !value.empty() && &table == &m_processors;
            m_isListShortened = m_isListShortened || isSame;
            if (isSame)
                return;
            last = value;
        }
        setRecordCell(table, column, value);
    }

    Builder& m_out;
    TableMaker m_processors, m_machine;
    TableMaker m_clocks; ///< the records of s390x, which repeat the processors
    std::map<std::string, std::string> m_lists; ///< as they stood last
    std::uint64_t m_lastNumber = 0; ///< line of the last processor's number
    bool m_areBareNumbers = false;
    bool m_isInProcessor = false, m_isInClocks = false;
    bool m_isListShortened = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        CpuinfoReader reader(out, listedAt(input, sample));
        reader.read(sample.text);
    }
}

/// Names that stand within the first lines of one architecture or another.
int recognise(std::string_view beginning)
{
    constexpr std::array<std::string_view, 22> names{"vendor_id", "cpu family", "model name", "bogomips", "BogoMIPS",
        "cpu MHz", "CPU implementer", "CPU architecture", "Features", "features", "cpu model", "cpu variation", "clock",
        "revision", "isa", "uarch", "# processors", "bogomips per cpu", "system type", "Hardware", "hart", "CPU part"};
    constexpr int linesLookedAt = 12;
    bool isFirst = true, hasProcessor = false;
    int known = 0, seen = 0;
    for (std::string_view line; seen < linesLookedAt && nextLine(beginning, line);) {
        if (trimmed(line).empty())
            continue;
        ++seen;
        if (isMainframeProcessor(line))
            return 90;
        const auto record = readRecordLine(line);
        if (!record)
            return 0;
        const bool isName = record->name == "processor" || record->name == "Processor" || record->name == "cpu"
            || record->name == "system type" || record->name == "CPU" || record->name == "vendor_id";
        if (isFirst && !isName)
            return 0;
        isFirst = false;
        hasProcessor = hasProcessor || isName;
        known += std::find(names.begin(), names.end(), record->name) != names.end() ? 1 : 0;
    }
    return hasProcessor && known >= 1 ? 90 : 0;
}

} // namespace

Parser proc_cpuinfo()
{
    return {
        .id = "proc_cpuinfo", .title = "Processors", .members = "proc/cpuinfo", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
