// The text of mpstat, sysstat 9 to 12.7 and busybox, with any of its options, and what -o JSON prints instead: shares
// of CPU time per CPU (-P) and NUMA node (-n, -N), interrupts per CPU (-I SUM, CPU, SCPU). Columns are found by the
// names in the heading. Source: man 1 mpstat; sysstat mpstat.c.
//
// A heading is stamped with the time before the interval, a row with the time at its end; where both are the same there
// was no interval and the figures are averages since boot. "Average:" rows sum up the others and are no samples.
#include "parse/interrupt_figures.h"
#include "parse/interval_figures.h"
#include "parse/shell_prompt.h"
#include "parse/sysstat_json.h"
#include "parse/sysstat_text.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr std::array cpuColumns{
    FigureColumn{"%usr", "cpu.user", Unit::Percent},
    FigureColumn{"%user", "cpu.user", Unit::Percent},
    FigureColumn{"%nice", "cpu.nice", Unit::Percent},
    FigureColumn{"%sys", "cpu.system", Unit::Percent},
    FigureColumn{"%system", "cpu.system", Unit::Percent},
    FigureColumn{"%iowait", "cpu.iowait", Unit::Percent},
    FigureColumn{"%irq", "cpu.irq", Unit::Percent},
    FigureColumn{"%soft", "cpu.softirq", Unit::Percent},
    FigureColumn{"%steal", "cpu.steal", Unit::Percent},
    FigureColumn{"%guest", "cpu.guest", Unit::Percent},
    FigureColumn{"%gnice", "cpu.guest_nice", Unit::Percent},
    FigureColumn{"%idle", "cpu.idle", Unit::Percent},
    FigureColumn{"intr/s", "system.interrupts", Unit::CountPerSecond},
};
constexpr std::size_t mostColumns = 2048; // a large machine has that many interrupts

bool isTopology(string_view name)
{
    return name == "CORE" || name == "SOCK" || name == "SOCKET" || name == "NODE";
}

std::string lowered(string_view name)
{
    std::string result(name);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

/// What stands before the word that names the rows ("CPU" or "NODE"): a time or "Average:".
struct HeadingParts {
    string_view before, rowsOf, columns;
};
std::optional<HeadingParts> splitHeading(string_view line)
{
    constexpr int mostWordsBefore = 5;
    auto rest = line;
    for (int words = 0; words <= mostWordsBefore; ++words) {
        const std::size_t at = line.size() - rest.size();
        const auto word = nextField(rest);
        if (word.empty())
            return std::nullopt;
        if (word != "CPU" && word != "NODE")
            continue;
        auto columns = rest;
        auto name = nextField(columns);
        while (isTopology(name))
            name = nextField(columns);
        if (!name.starts_with('%') && !name.ends_with("/s"))
            return std::nullopt;
        return HeadingParts{trimmed(line.substr(0, at)), word, trimmed(rest)};
    }
    return std::nullopt;
}

struct MpstatHeading {
    FigureHeading figures;
    string_view label; ///< "cpu", "node"
    std::vector<std::string> topology; ///< "core", "sock", "node"
    bool isInterrupts = false; ///< one column an interrupt
    std::vector<Label> interrupts; ///< by column
    PositionalSeries series; ///< of interrupts
};

class MpstatReader {
public:
    MpstatReader(const Input& input, Builder& out)
        : m_out(out)
        , m_clock(input, out)
        , m_figures("CPUs since boot", out)
        , m_interrupts(out)
        , m_places("CPU places")
        , m_values(mostColumns)
    {
    }

    void read(const Sample& sample)
    {
        const string_view text = sample.text;
        m_out.setText(text);
        m_clock.restart(sample.time, usualDateOrder(text));
        m_heading = nullptr;
        m_open.reset();
        m_reports = 0;
        m_line = 0;
        if (isSysstatJson(text))
            readJson(text);
        else
            readText(text);
        m_figures.finish();
        m_interrupts.finish();
        m_places.finish(m_out);
    }

    void noteAssumptions()
    {
        if (m_rows == 0) {
            m_out.note(NoteSeverity::DataLoss, "no row of mpstat could be read");
            return;
        }
        if (m_figures.wasAnySinceBoot() || m_interrupts.wasAnySinceBoot())
            m_out.note(NoteSeverity::Info,
                "a report without an interval tells averages since boot: it is a table of its own and no value of the "
                "series");
        if (m_averages > 0)
            m_out.note(NoteSeverity::Info, "rows of averages sum up the others and were left out");
        if (!m_unknown.empty())
            m_out.note(NoteSeverity::Info, "columns that are not known were left out: " + m_unknown);
        m_clock.noteAssumptions();
    }

private:
    void readText(string_view text)
    {
        auto rest = text;
        for (string_view line; nextLine(rest, line);) {
            ++m_line;
            if (trimmed(line).empty())
                continue;
            if (m_heading && readRow(line))
                continue;
            if (const auto parts = splitHeading(line))
                beginHeading(*parts);
            else if (const auto banner = readSysstatBanner(line))
                m_clock.takeBanner(*banner);
            else if (isAverage(line))
                ++m_averages;
            else if (!isPromptOf(line, "mpstat"))
                m_out.skipped(line,
                    m_heading ? "expected a time, a CPU and a number for each name of the heading"
                              : "a line before any heading");
        }
    }

    /// A row like the others, with "Average:" for a time.
    bool isAverage(string_view line)
    {
        auto rest = afterAverage(line);
        if (!m_heading || !rest)
            return false;
        nextField(*rest);
        auto values = trimmed(*rest);
        takeTopology(values);
        return readValues(values);
    }

    void beginHeading(const HeadingParts& parts)
    {
        auto before = parts.before;
        m_headingTime = takeRowTime(before);
        for (MpstatHeading& known : m_headings)
            if (known.figures.text() == parts.columns && (known.label == "node") == (parts.rowsOf == "NODE")) {
                m_heading = &known;
                IntervalFigures::restart(known.figures);
                known.series.restart();
                return;
            }
        m_heading = &makeHeading(parts);
    }

    MpstatHeading& makeHeading(const HeadingParts& parts)
    {
        auto names = fields(parts.columns);
        std::vector<std::string> topology;
        while (!names.empty() && isTopology(names.front())) {
            topology.push_back(lowered(names.front()));
            names.erase(names.begin());
        }
        names.resize(std::min(names.size(), mostColumns));
        const bool isInterrupts = std::all_of(names.begin(), names.end(), [](string_view name) {
            return name.ends_with("/s");
        }) && names.front() != "intr/s";
        std::vector<const FigureColumn*> columns;
        std::vector<Label> interrupts;
        for (const string_view name : names) {
            columns.push_back(isInterrupts ? nullptr : columnNamed(cpuColumns, name));
            if (isInterrupts)
                interrupts.push_back(interruptLabel(name.substr(0, name.size() - 2)));
            else if (!columns.back())
                m_unknown.append(m_unknown.empty() ? "" : ", ").append(name.substr(0, 32));
        }
        return m_headings.emplace_back(MpstatHeading{FigureHeading(parts.columns, std::move(columns)),
            parts.rowsOf == "NODE" ? "node" : "cpu", std::move(topology), isInterrupts, std::move(interrupts), {}});
    }

    bool readRow(string_view line)
    {
        auto rest = line;
        const auto clock = takeRowTime(rest);
        if (!clock)
            return false;
        const auto name = nextField(rest);
        auto values = trimmed(rest);
        const auto topology = takeTopology(values);
        if (name.empty() || name == "CPU" || name == "NODE" || !readValues(values))
            return false;
        begin(*clock);
        addRow(name);
        if (!topology.empty())
            addTopology(name, topology);
        ++m_rows;
        return true;
    }

    /// Cores, sockets and nodes stand before the figures; the row of all CPUs has none.
    std::vector<string_view> takeTopology(string_view& values) const
    {
        if (m_heading->topology.empty())
            return {};
        const auto words = fields(values);
        if (words.size() != m_heading->figures.size() + m_heading->topology.size())
            return {};
        for (std::size_t i = 0; i < m_heading->topology.size(); ++i)
            nextField(values);
        return {words.begin(), words.begin() + static_cast<std::ptrdiff_t>(m_heading->topology.size())};
    }

    bool readValues(string_view rest)
    {
        for (std::size_t i = 0; i < m_heading->figures.size(); ++i) {
            const auto figure = readFigure(nextField(rest));
            if (!figure)
                return false;
            m_values[i] = *figure;
        }
        return trimmed(rest).empty();
    }

    /// Rows with one time are of one report, whichever their headings.
    void begin(Nanoseconds clock)
    {
        if (m_open == clock)
            return;
        m_open = clock;
        m_time = m_clock.ofDay(clock);
        m_isSinceBoot = clock == m_headingTime;
        m_figures.begin(m_time, m_isSinceBoot, m_clock.listedAt(m_time));
        m_interrupts.begin(m_time, m_isSinceBoot, m_clock.listedAt(m_time));
    }

    void addRow(string_view name)
    {
        const bool isAll = name == "all" || name == "-1";
        if (m_heading->isInterrupts)
            m_interrupts.add(name, m_heading->interrupts, valuesOfRow(), m_heading->series);
        else if (m_isSinceBoot || !isAll)
            m_figures.add(m_heading->figures, m_heading->label, name, valuesOfRow(), m_line);
        else
            m_figures.add(m_heading->figures, {}, {}, valuesOfRow(), m_line);
    }

    std::span<double> valuesOfRow() { return std::span(m_values).first(m_heading->figures.size()); }

    /// Once a CPU: it does not change.
    void addTopology(string_view name, const std::vector<string_view>& places)
    {
        if (std::find(m_placed.begin(), m_placed.end(), name) != m_placed.end())
            return;
        m_placed.emplace_back(name);
        m_places.beginRow(m_line);
        m_places.set("cpu", name);
        for (std::size_t i = 0; i < places.size(); ++i)
            if (const auto number = parseInteger(places[i]))
                m_places.set(m_heading->topology[i], Unit::None, static_cast<double>(*number));
    }

    // JSON

    void readJson(string_view text)
    {
        const bool hasSeveral = [text] {
            const auto first = text.find("\"timestamp\"");
            return first != string_view::npos && text.find("\"timestamp\"", first + 1) != string_view::npos;
        }();
        m_isSinceBoot = !hasSeveral;
        const bool isWhole = readSysstatJson(text, [this](const JsonRecord& record) { takeRecord(record); });
        if (!isWhole)
            m_out.note(NoteSeverity::DataLoss, "the JSON text is damaged or ends early: what stands before is read");
        if (!hasSeveral)
            m_out.note(NoteSeverity::Info,
                "there is one report, and the text does not show whether it is of an interval: it is taken as averages "
                "since boot");
    }

    void takeRecord(const JsonRecord& record)
    {
        if (record.name == "statistics") {
            m_open.reset();
            return;
        }
        if (!record.outer || record.outer->empty())
            return;
        const bool isInterrupt = record.name == "intr";
        const auto owner =
            isInterrupt ? record.outerText("cpu") : record.textOf(record.name == "node-load" ? "node" : "cpu");
        if (!owner || record.numbers.empty())
            return;
        openReport(record);
        if (isInterrupt)
            addInterruptRecord(record, *owner);
        else
            addCpuRecord(record, *owner);
    }

    void openReport(const JsonRecord& record)
    {
        if (m_open)
            return;
        if (const auto banner = bannerOf(record))
            m_clock.takeBanner(*banner);
        const auto stamp = record.outerText("timestamp");
        const auto time = stamp ? m_clock.readStamp(*stamp) : std::nullopt;
        m_time = time.value_or(m_clock.numbered(m_reports));
        ++m_reports;
        m_open = Nanoseconds{};
        m_figures.begin(m_time, m_isSinceBoot, m_clock.listedAt(m_time));
        m_interrupts.begin(m_time, m_isSinceBoot, m_clock.listedAt(m_time));
    }

    void addCpuRecord(const JsonRecord& record, string_view name)
    {
        const bool isNode = record.name == "node-load";
        const std::string key = record.name + ' ' + record.keyOfNumbers();
        m_heading = nullptr;
        for (MpstatHeading& known : m_headings)
            if (known.figures.text() == key)
                m_heading = &known;
        if (!m_heading) {
            std::vector<const FigureColumn*> columns;
            for (const auto& [column, value] : record.numbers)
                columns.push_back(columnNamed(cpuColumns, column == "intr" ? "intr/s" : "%" + column));
            m_heading = &m_headings.emplace_back(
                MpstatHeading{FigureHeading(key, std::move(columns)), isNode ? "node" : "cpu", {}, false, {}, {}});
        }
        for (std::size_t i = 0; i < record.numbers.size(); ++i)
            m_values[i] = record.numbers[i].second;
        addRow(name);
        ++m_rows;
    }

    void addInterruptRecord(const JsonRecord& record, string_view cpu)
    {
        const auto name = record.textOf("name");
        if (!name)
            return;
        ++m_rows;
        const std::array interrupts{interruptLabel(*name)};
        const std::array values{record.numbers.front().second};
        m_interrupts.add(cpu, interrupts, values, m_interruptSeries[interrupts.front().value]);
    }

    Builder& m_out;
    ReportClock m_clock;
    IntervalFigures m_figures;
    InterruptFigures m_interrupts;
    std::map<std::string, PositionalSeries> m_interruptSeries; ///< of JSON, by interrupt
    TableMaker m_places;
    std::deque<MpstatHeading> m_headings;
    std::vector<double> m_values;
    MpstatHeading* m_heading = nullptr;
    std::optional<Nanoseconds> m_headingTime, m_open;
    Time m_time{};
    bool m_isSinceBoot = false;
    std::vector<std::string> m_placed;
    std::string m_unknown;
    std::int64_t m_reports = 0;
    std::uint64_t m_line = 0, m_rows = 0, m_averages = 0;
};

void parse(const Input& input, Builder& out)
{
    MpstatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

/// A heading of sar is told apart by its order: it has %steal before %irq, and softnet counters per CPU.
bool isMpstatHeading(string_view line)
{
    const auto parts = splitHeading(line);
    if (!parts)
        return false;
    string_view before;
    for (auto columns = parts->columns; !columns.empty();) {
        const auto name = nextField(columns);
        const bool isNumber = name.ends_with("/s") && parseInteger(name.substr(0, name.size() - 2));
        if ((name == "%irq" && before == "%iowait") || isNumber || name == "intr/s" || name == "NET_RX/s"
            || name == "LOC/s" || name == "HI/s")
            return true;
        before = name;
    }
    return false;
}

int recognise(string_view beginning)
{
    if (isSysstatJson(beginning)) {
        const bool isSadf = beginning.find("\"sysdata-version\"") != string_view::npos
            || beginning.find("\"file-date\"") != string_view::npos;
        for (const string_view key :
            {"\"cpu-load\"", "\"node-load\"", "\"sum-interrupts\"", "\"individual-interrupts\"", "\"soft-interrupts\""})
            if (!isSadf && beginning.find(key) != string_view::npos)
                return 95;
        return 0;
    }
    constexpr int linesLookedAt = 20;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (isMpstatHeading(line))
            return 85;
    return 0;
}

} // namespace

Parser mpstat()
{
    return {.id = "mpstat", .title = "mpstat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
