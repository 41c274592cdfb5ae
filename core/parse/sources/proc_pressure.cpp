// /proc/pressure/{cpu,memory,io,irq}: how long tasks were stalled for want of a resource ("some": at least one, "full":
// all at once). Source: kernel Documentation/accounting/psi.rst. The averages are the kernel's own and lag; total is
// exact.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

constexpr std::array<std::string_view, 4> resources{"cpu", "memory", "io", "irq"};

/// "memory" of "/proc/pressure/memory", and of "…-pressure_memory.txt" for a bare file; "" when the name does not say.
std::string_view resourceOf(std::string_view path)
{
    const auto slash = path.rfind('/');
    auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    name = name.substr(0, name.find('.'));
    for (const auto resource : resources)
        if (name == resource
            || (name.size() > resource.size() && name.ends_with(resource)
                && (name[name.size() - resource.size() - 1] == '_' || name[name.size() - resource.size() - 1] == '-')))
            return resource;
    return {};
}

struct PressureLine {
    bool isFull = false;
    std::array<double, 3> averages; ///< percent over 10, 60, 300 s
    std::uint64_t totalMicroseconds = 0;
    bool isMeasured() const { return totalMicroseconds > 0 || averages[0] > 0 || averages[1] > 0 || averages[2] > 0; }
};

constexpr std::array<std::string_view, 3> averageNames{"avg10=", "avg60=", "avg300="};

std::optional<PressureLine> readPressureLine(std::string_view line)
{
    PressureLine result;
    const auto kind = nextField(line);
    if (kind != "some" && kind != "full")
        return std::nullopt;
    result.isFull = kind == "full";
    for (std::size_t i = 0; i < averageNames.size(); ++i) {
        const auto field = nextField(line);
        if (!field.starts_with(averageNames[i]))
            return std::nullopt;
        const auto value = parseDouble(field.substr(averageNames[i].size()));
        if (!value)
            return std::nullopt;
        result.averages[i] = *value;
    }
    constexpr std::string_view totalName = "total=";
    const auto field = nextField(line);
    const auto total = field.starts_with(totalName) ? parseInteger(field.substr(totalName.size())) : std::nullopt;
    if (!total)
        return std::nullopt;
    result.totalMicroseconds = *total;
    return result;
}

class PressureReader {
public:
    explicit PressureReader(Builder& out)
        : m_out(out)
    {
    }

    void read(const Sample& sample, std::string_view resource)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            const auto pressure = readPressureLine(line);
            if (!pressure) {
                m_out.skipped(line, "expected some or full, avg10, avg60, avg300 and total");
                continue;
            }
            // Of the whole machine "full" of the CPU is undefined; the kernel prints zeros for the sake of old programs
            // (psi.rst). That zero is no measurement.
            if (resource == "cpu" && pressure->isFull && !pressure->isMeasured())
                continue;
            add(sample.time, resource, *pressure);
        }
    }

private:
    void add(Time time, std::string_view resource, const PressureLine& pressure)
    {
        auto& refs = m_known.at(key(resource, pressure.isFull));
        if (refs.empty())
            makeSeries(refs, "pressure." + key(resource, pressure.isFull));
        for (std::size_t i = 0; i < pressure.averages.size(); ++i)
            m_out.add(refs[i], time, pressure.averages[i]);
        constexpr double microsecond = 1e6; // divided by, so that values stay decimal fractions
        m_out.add(refs[pressure.averages.size()], time, static_cast<double>(pressure.totalMicroseconds) / microsecond);
    }

    static std::string key(std::string_view resource, bool isFull)
    {
        return std::string(resource.empty() ? "unnamed" : resource) + (isFull ? ".full" : ".some");
    }

    void makeSeries(std::vector<SeriesRef>& refs, const std::string& metric)
    {
        for (const char* average : {".avg10", ".avg60", ".avg300"})
            refs.push_back(m_out.series(metric + average, {}, Unit::Percent, Kind::Gauge));
        refs.push_back(m_out.series(metric, {}, Unit::Seconds, Kind::Counter));
    }

    Builder& m_out;
    PositionalSeries m_known;
};

void parse(const Input& input, Builder& out)
{
    PressureReader reader(out);
    for (const Sample& sample : input.samples) {
        auto resource = resourceOf(sample.path);
        if (resource.empty())
            resource = resourceOf(input.member);
        if (resource.empty())
            out.note(NoteSeverity::Info, "the name of the file does not say which resource's pressure this is");
        reader.read(sample, resource);
    }
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    return nextLine(beginning, line) && readPressureLine(line) ? 90 : 0;
}

} // namespace

Parser proc_pressure()
{
    return {.id = "proc_pressure",
        .title = "Pressure stall information",
        .members = "proc/pressure/*",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
