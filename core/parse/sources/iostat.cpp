// The text of iostat, sysstat 9 to 12.7 and busybox, with any of its options, and what -o JSON prints instead. Columns
// are found by the names in the heading, never by place; the device stands first or, in the layouts for people, last or
// on a line of its own. Source: man 1 iostat; sysstat iostat.c, write_ext_stat() and write_plain_ext_stat().
//
// The first report tells averages since boot: its figures become a table and never values of an interval. With -y it is
// left out, which sysstat 12 shows by an empty line too many and older versions not at all.
#include "parse/interval_figures.h"
#include "parse/iostat_columns.h"
#include "parse/shell_prompt.h"
#include "parse/sysstat_json.h"
#include "parse/sysstat_text.h"

#include <algorithm>
#include <array>
#include <deque>

namespace hindcast::parse {
namespace {

using std::string_view;

/// A device's place among the columns of a heading.
enum class Place : std::uint8_t { First, Last };

struct DiskHeading {
    FigureHeading figures;
    Place device = Place::First;
    string_view label; ///< "device", "filesystem"
    std::size_t indentation = 0; ///< that of groups is deeper
};

std::size_t indentationOf(string_view line)
{
    return static_cast<std::size_t>(
        std::find_if(line.begin(), line.end(), [](char c) { return !isBlank(c); }) - line.begin());
}

/// `behind`: what follows the banner. A text with doubled line ends has an empty line behind every line.
bool isSinceBootLeftOut(string_view behind)
{
    int empty = 0;
    string_view line, next;
    while (nextLine(behind, line) && trimmed(line).empty())
        ++empty;
    nextLine(behind, next);
    return empty >= 2 && !trimmed(line).empty() && !trimmed(next).empty();
}

bool isSinceBootLeftOutOfJson(string_view text)
{
    const auto list = text.find("\"statistics\"");
    const auto first = list == string_view::npos ? list : text.find('{', list);
    if (first == string_view::npos)
        return false;
    const auto between = text.substr(list, first - list);
    return std::count(between.begin(), between.end(), '\n') == 2;
}

class IostatReader {
public:
    IostatReader(const Input& input, Builder& out)
        : m_out(out)
        , m_clock(input, out)
        , m_cpu("CPU since boot", out)
        , m_disks("disks since boot", out)
    {
    }

    void read(const Sample& sample)
    {
        const string_view text = sample.text;
        m_out.setText(text);
        m_clock.restart(sample.time, usualDateOrder(text));
        m_isFirst = true;
        m_reports = 0;
        endReport();
        if (isSysstatJson(text))
            readJson(text);
        else
            readText(text);
        m_cpu.finish();
        m_disks.finish();
        endReport();
        m_heading = nullptr;
        m_cpuHeading = nullptr;
    }

    void noteAssumptions()
    {
        if (m_rows == 0) {
            m_out.note(NoteSeverity::DataLoss, "no row of iostat could be read");
            return;
        }
        if (m_cpu.wasAnySinceBoot() || m_disks.wasAnySinceBoot())
            m_out.note(NoteSeverity::Info,
                "the first report tells averages since boot, unless iostat -y left that out, which older versions do "
                "not show: it is a table of its own and no value of the series");
        if (m_isSinceBootLeftOut)
            m_out.note(NoteSeverity::Info, "iostat -y left out the averages since boot: all reports are of intervals");
        if (!m_unknown.empty())
            m_out.note(NoteSeverity::Info, "columns that are not known were left out: " + m_unknown);
        m_clock.noteAssumptions();
    }

private:
    void readText(string_view text)
    {
        auto rest = text;
        m_line = 0;
        m_headingText = {};
        for (string_view line; nextLine(rest, line);) {
            ++m_line;
            m_rest = rest;
            if (!trimmed(line).empty())
                readLine(line);
        }
        if (!m_pendingName.empty())
            m_out.skipped(m_pendingName, "expected the figures of a device on the next line");
        m_pendingName = {};
    }

    void readLine(string_view line)
    {
        if (m_cpuHeading && readCpuRow(line))
            return;
        if (m_heading && readDiskRow(line))
            return;
        if (isCpuHeading(line) || isDiskHeading(line))
            beginHeading(line);
        else if (const auto banner = readSysstatBanner(line)) {
            m_clock.takeBanner(*banner);
            takeFirst(isSinceBootLeftOut(m_rest));
            endReport();
        } else if (const auto stamp = m_clock.readStamp(line)) {
            endReport();
            m_stamp = stamp;
        } else if (isPromptOf(line, "iostat")) {
            endReport();
        } else if (m_heading && m_heading->device == Place::First && trimmed(line).find(' ') == string_view::npos
            && m_pendingName.empty()) {
            m_pendingName = line; // -h of sysstat 9 to 11: the figures stand on the next line
        } else {
            m_out.skipped(line,
                m_heading || m_cpuHeading ? "expected a device and a number for each name of the heading"
                                          : "a line before any heading");
        }
    }

    void takeFirst(bool isLeftOut)
    {
        m_isFirst = !isLeftOut;
        m_isSinceBootLeftOut = m_isSinceBootLeftOut || isLeftOut;
    }

    // Reports

    void endReport()
    {
        m_hasCpu = false;
        m_hasDisks = false;
        m_isOpen = false;
        m_stamp.reset();
        m_blocks.clear();
    }

    /// Called at each heading: `isAgain` when the report has such a heading already, so that a new one begins. Where
    /// reports have times, only a time begins one.
    void openReport(bool isAgain)
    {
        if (isAgain && !m_stamp)
            endReport();
        if (m_isOpen)
            return;
        const Time time = m_stamp ? *m_stamp : m_clock.numbered(m_reports);
        m_cpu.begin(time, m_isFirst, m_clock.listedAt(time));
        m_disks.begin(time, m_isFirst, m_clock.listedAt(time));
        ++m_reports;
        m_isFirst = false;
        m_isOpen = true;
    }

    void beginHeading(string_view line)
    {
        const bool isRepeated = line == m_headingText && m_line == m_headingLine + 1; // a line that came twice
        m_headingText = line;
        m_headingLine = m_line;
        if (!isRepeated)
            isCpuHeading(line) ? beginCpu(line) : beginDisks(line);
    }

    void beginCpu(string_view line)
    {
        openReport(m_hasCpu || m_hasDisks);
        m_hasCpu = true;
        m_heading = nullptr;
        for (FigureHeading& known : m_cpuHeadings)
            if (known.text() == line)
                m_cpuHeading = &known;
        if (!m_cpuHeading) {
            auto names = fields(line);
            names.erase(names.begin());
            names.resize(std::min(names.size(), mostIostatColumns));
            std::vector<const FigureColumn*> columns;
            for (const string_view name : names)
                columns.push_back(cpuColumnNamed(name));
            m_cpuHeading = &m_cpuHeadings.emplace_back(line, std::move(columns));
        }
    }

    /// Blocks of --pretty have other names and belong to the same report.
    void beginDisks(string_view line)
    {
        m_cpuHeading = nullptr;
        const bool isAgain = std::find(m_blocks.begin(), m_blocks.end(), line) != m_blocks.end();
        openReport(isAgain);
        m_hasDisks = true;
        m_blocks.push_back(line);
        for (DiskHeading& known : m_headings)
            if (known.figures.text() == line) {
                m_heading = &known;
                IntervalFigures::restart(m_heading->figures);
                return;
            }
        m_heading = &makeHeading(line);
    }

    DiskHeading& makeHeading(string_view line)
    {
        auto names = fields(line);
        const bool isFirst = isDeviceWord(names.front());
        const auto device = isFirst ? names.begin() : std::find_if(names.begin(), names.end(), isDeviceWord);
        const auto label = device->starts_with("File") ? "filesystem" : "device";
        names.erase(device);
        std::vector<const FigureColumn*> columns;
        for (const string_view name : names)
            columns.push_back(meaningOf(name));
        return m_headings.emplace_back(DiskHeading{
            FigureHeading(line, std::move(columns)), isFirst ? Place::First : Place::Last, label, indentationOf(line)});
    }

    /// Null when it is not known, which is said.
    const FigureColumn* meaningOf(string_view name)
    {
        if (const auto known = diskColumnNamed(name))
            return &m_columns.emplace_back(*known);
        if (m_unknown.find(name) == std::string::npos)
            m_unknown.append(m_unknown.empty() ? "" : ", ").append(name.substr(0, 32));
        return nullptr;
    }

    // Rows

    /// Takes one number a column off `rest`; false when there are fewer.
    template <typename ColumnAt> bool readValues(string_view& rest, std::size_t count, const ColumnAt& columnAt)
    {
        for (std::size_t i = 0; i < count; ++i) {
            const FigureColumn* column = columnAt(i);
            const auto field = nextField(rest);
            const auto figure = column ? readFigure(field, column->factor, column->divisor) : readFigure(field);
            if (!figure)
                return false;
            m_values[i] = *figure;
        }
        return true;
    }
    bool readValues(string_view& rest, const FigureHeading& heading)
    {
        return readValues(rest, heading.size(), [&heading](std::size_t i) { return heading.column(i); });
    }

    bool readCpuRow(string_view line)
    {
        auto rest = line;
        if (!readValues(rest, *m_cpuHeading) || !trimmed(rest).empty())
            return false;
        m_cpu.add(*m_cpuHeading, {}, {}, std::span(m_values).first(m_cpuHeading->size()), m_line);
        m_cpuHeading = nullptr; // there is one row
        ++m_rows;
        return true;
    }

    bool readDiskRow(string_view line)
    {
        auto rest = line;
        string_view name;
        bool isGroup = false;
        if (m_heading->device == Place::Last) {
            if (!readValues(rest, m_heading->figures))
                return false;
            name = trimmed(rest);
            isGroup = rest.starts_with("  ");
        } else if (!m_pendingName.empty()) {
            if (!readValues(rest, m_heading->figures) || !trimmed(rest).empty())
                return false;
            name = trimmed(m_pendingName);
            isGroup = indentationOf(m_pendingName) > m_heading->indentation;
            m_pendingName = {};
        } else {
            name = takeName(rest);
            if (!readValues(rest, m_heading->figures) || !trimmed(rest).empty())
                return false;
            isGroup = indentationOf(line) > m_heading->indentation;
        }
        if (name.empty())
            return false;
        add(name, isGroup);
        return true;
    }

    /// The device, which has blanks in it only where the file system's label had.
    string_view takeName(string_view& rest) const
    {
        const auto line = rest;
        auto name = nextField(rest);
        auto more = rest;
        std::size_t words = 0;
        while (!nextField(more).empty())
            ++words;
        for (; words > m_heading->figures.size(); --words) {
            nextField(rest);
            name = trimmed(line.substr(0, line.size() - rest.size()));
        }
        return name;
    }

    /// A group's figures are sums of those of its devices: they have names of their own, so that nothing counts twice.
    void add(string_view name, bool isGroup)
    {
        m_disks.add(m_heading->figures, isGroup ? string_view("group") : m_heading->label, name,
            std::span(m_values).first(m_heading->figures.size()), m_line,
            isGroup ? string_view("disk_group") : string_view());
        ++m_rows;
    }

    // JSON

    void readJson(string_view text)
    {
        takeFirst(isSinceBootLeftOutOfJson(text));
        const bool isWhole = readSysstatJson(text, [this](const JsonRecord& record) { takeRecord(record); });
        if (!isWhole)
            m_out.note(NoteSeverity::DataLoss, "the JSON text is damaged or ends early: what stands before is read");
    }

    void takeRecord(const JsonRecord& record)
    {
        if (record.name == "statistics") {
            endReport();
            return;
        }
        if (record.name != "avg-cpu" && !record.textOf("disk_device"))
            return;
        if (!m_isOpen) {
            if (const auto banner = bannerOf(record))
                m_clock.takeBanner(*banner);
            if (const auto stamp = record.outerText("timestamp"))
                m_stamp = m_clock.readStamp(*stamp);
            openReport(false);
        }
        const bool isCpu = record.name == "avg-cpu";
        const std::string key = record.keyOfNumbers();
        if (isCpu) {
            addCpuRecord(record, key);
            return;
        }
        m_heading = nullptr;
        for (DiskHeading& known : m_headings)
            if (known.figures.text() == key)
                m_heading = &known;
        if (!m_heading) {
            std::vector<const FigureColumn*> columns;
            for (const auto& [name, value] : record.numbers)
                columns.push_back(name == "util" || name.ends_with("rqm") ? meaningOf("%" + name) : meaningOf(name));
            m_heading = &m_headings.emplace_back(
                DiskHeading{FigureHeading(key, std::move(columns)), Place::First, "device", 0});
        }
        takeNumbers(record, m_heading->figures);
        const auto name = *record.textOf("disk_device");
        add(trimmed(name), name.starts_with(' '));
    }

    void addCpuRecord(const JsonRecord& record, const std::string& key)
    {
        FigureHeading* heading = nullptr;
        for (FigureHeading& known : m_cpuHeadings)
            if (known.text() == key)
                heading = &known;
        if (!heading) {
            std::vector<const FigureColumn*> columns;
            for (const auto& [name, value] : record.numbers)
                columns.push_back(cpuColumnNamed("%" + name));
            heading = &m_cpuHeadings.emplace_back(key, std::move(columns));
        }
        takeNumbers(record, *heading);
        m_cpu.add(*heading, {}, {}, std::span(m_values).first(heading->size()), 0);
        ++m_rows;
    }

    void takeNumbers(const JsonRecord& record, const FigureHeading& heading)
    {
        for (std::size_t i = 0; i < heading.size() && i < m_values.size(); ++i) {
            const FigureColumn* column = heading.column(i);
            const double number = record.numbers[i].second;
            m_values[i] = column ? number * column->factor / column->divisor : number;
        }
    }

    Builder& m_out;
    ReportClock m_clock;
    IntervalFigures m_cpu, m_disks;
    std::deque<FigureHeading> m_cpuHeadings;
    std::deque<DiskHeading> m_headings;
    std::deque<FigureColumn> m_columns; ///< of the headings of disks
    std::array<double, mostIostatColumns> m_values{};
    FigureHeading* m_cpuHeading = nullptr; ///< its row is expected
    DiskHeading* m_heading = nullptr;
    std::vector<string_view> m_blocks; ///< headings of disks in this report
    string_view m_pendingName; ///< a line that held a device only
    std::optional<Time> m_stamp; ///< of this report
    std::string m_unknown;
    string_view m_headingText; ///< the last one, and where
    std::uint64_t m_headingLine = 0;
    std::uint64_t m_line = 0, m_rows = 0;
    std::int64_t m_reports = 0;
    string_view m_rest; ///< behind the line
    bool m_isFirst = true; ///< of its iostat
    bool m_isSinceBootLeftOut = false;
    bool m_isOpen = false, m_hasCpu = false, m_hasDisks = false; ///< this report
};

void parse(const Input& input, Builder& out)
{
    IostatReader reader(input, out);
    for (const Sample& sample : input.samples)
        reader.read(sample);
    reader.noteAssumptions();
}

int recognise(string_view beginning)
{
    if (isSysstatJson(beginning))
        return beginning.find("\"disk_device\"") != string_view::npos
                || beginning.find("\"avg-cpu\"") != string_view::npos
            ? 95
            : 0;
    constexpr int linesLookedAt = 40;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i)
        if (isCpuHeading(line) || isDiskHeading(line))
            return 95;
    return 0;
}

} // namespace

Parser iostat()
{
    return {.id = "iostat", .title = "iostat output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
