// The text of sar, sysstat 7 to 12.7, any activity, any locale. What its columns mean is in sysstat_columns.h, how its
// times are understood in sar_clock.h. Source: man 1 sar.
//
// A text is read twice: the activities each begin at the first time again, and any of them may have times that the ones
// before it have not (a disk that came later, a text put together from several), so all times are collected first.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/sar_banner.h"
#include "parse/sar_clock.h"
#include "parse/sar_line.h"
#include "parse/sysstat_rows.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

using std::string_view;
using namespace std::chrono_literals;

std::vector<std::size_t> placesOf(const std::vector<string_view>& names, string_view line)
{
    std::vector<std::size_t> places;
    for (const string_view name : names)
        places.push_back(static_cast<std::size_t>(name.data() - line.data()));
    return places;
}

/// Rows under one heading, wherever it is repeated.
struct Block {
    SysstatRows rows;
    HeadingClock clock;
    std::vector<std::size_t> starts; ///< of the names, in the heading's line
    std::size_t stampFields = 1;
    Nanoseconds headingTime{};
    bool isFirstRow = true; ///< of its section
    bool isNew = true; ///< its columns have not been compared with a row yet
    std::vector<SysstatCell> cells;
};

enum class Pass : std::uint8_t { Times, Values };

class SarReader {
public:
    SarReader(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
        , m_remarks(out)
    {
    }

    void read()
    {
        m_survey = surveySar(m_input.samples, m_input.writtenAt);
        if (!m_survey.foreignSystem.empty()) {
            m_out.note(NoteSeverity::Error,
                fmt::format(
                    "this is sar of {}: its columns are not those of Linux and are not read", m_survey.foreignSystem),
                m_survey.foreignLine);
            return;
        }
        m_out.setClock(Clock::Wall);
        m_out.setCivilTimes(CivilTimes::Local);
        scanAll(Pass::Times);
        placeUndated();
        std::sort(m_times.begin(), m_times.end());
        m_times.erase(std::unique(m_times.begin(), m_times.end()), m_times.end());
        m_out.setTicks(std::move(m_times));
        scanAll(Pass::Values);
        for (const auto& [names, block] : m_blocks)
            block->rows.finish();
        noteAssumptions();
    }

private:
    // The two passes

    void scanAll(Pass pass)
    {
        m_pass = pass;
        m_clock = {};
        if (m_dateOfUndated)
            m_clock.beginSection(m_dateOfUndated);
        m_block = nullptr;
        m_averaged = {};
        m_isSpaced = false;
        for (auto& [names, block] : m_blocks)
            block->clock = {};
        for (const Sample& sample : m_input.samples) {
            m_out.setText(sample.text);
            m_end = sample.text.data() + sample.text.size();
            auto rest = sample.text;
            if (constexpr string_view mark = "\xEF\xBB\xBF"; rest.starts_with(mark))
                rest.remove_prefix(mark.size());
            m_line = 0;
            for (string_view line; nextLine(rest, line);) {
                ++m_line;
                readLine(line);
            }
        }
    }

    void readLine(string_view printed)
    {
        const auto line = withoutColours(printed, m_plain);
        if (m_block && readRow(line, printed))
            return;
        const auto words = trimmed(line);
        if (words.empty()) {
            endBlock();
            return;
        }
        if (isSarAverage(line, m_averaged))
            return;
        if (const auto banner = readSarBanner(words)) {
            beginSection(*banner);
            return;
        }
        if (const auto remark = readSarRemark(line)) {
            takeRemark(*remark);
            return;
        }
        if (const auto heading = readSarHeading(line)) {
            takeHeading(*heading, line);
            return;
        }
        if (m_pass == Pass::Values && !isKnownChrome(words))
            m_out.skipped(printed, whySkipped(line));
    }

    /// Behind a blank line comes another heading. Should it be missing, the rows that follow are not of the one above;
    /// but a text may have a blank line behind every line, then also behind its headings.
    void endBlock()
    {
        m_isSpaced = m_isSpaced || (m_block && m_block->clock.isFresh);
        if (!m_isSpaced)
            m_block = nullptr;
    }

    void beginSection(const SarBanner& banner)
    {
        const auto date = readSarDate(banner.date, m_survey.order);
        if (m_pass == Pass::Values) {
            takeHost(banner);
            if (!date && !banner.date.empty())
                m_out.note(
                    NoteSeverity::Info, fmt::format("the date \"{}\" is not understood", banner.date.substr(0, 40)), 1);
        }
        if (date && !m_firstDate)
            m_firstDate = PrintedText{*date, std::string(banner.date)};
        m_clock.beginSection(date ? std::optional(date->date) : m_dateOfUndated);
        m_isDated = m_isDated || date;
        m_stamp.clear();
        m_block = nullptr;
    }

    void takeHost(const SarBanner& banner)
    {
        Host& host = m_out.host();
        host.hostname = banner.hostname;
        host.kernel = banner.kernel;
        if (!banner.machine.empty())
            host.machine = banner.machine;
        if (banner.cpus)
            host.cpus = banner.cpus;
    }

    void takeHeading(const SarHeading& heading, string_view line)
    {
        if (heading.stamp.empty()) {
            m_averaged = sarRowShape(sysstatLayout(heading.names));
            return;
        }
        m_block = &blockOf(heading);
        Block& block = *m_block;
        const auto section = block.clock.section;
        m_clock.heading(block.clock, heading.time);
        block.isFirstRow = block.isFirstRow || section != block.clock.section;
        block.headingTime = heading.time;
        block.stampFields = heading.stampFields;
        block.starts = placesOf(heading.names, line);
        m_averaged = sarRowShape(block.rows.layout());
        m_stamp.clear();
    }

    Block& blockOf(const SarHeading& heading)
    {
        m_key.clear();
        for (const string_view name : heading.names)
            m_key.append(name).append(" ");
        auto& block = m_blocks[m_key];
        if (!block) {
            block = std::make_unique<Block>(
                Block{SysstatRows(sysstatLayout(heading.names), m_input.host, m_out), {}, {}, 1, {}, true, true, {}});
            block->cells.resize(heading.names.size());
        }
        return *block;
    }

    void takeRemark(const SarRemark& remark)
    {
        const Time time = remark.isRestart ? m_clock.restart(remark.time)
                                           : m_clock.comment(m_block ? &m_block->clock : nullptr, remark.time);
        if (remark.isRestart) {
            m_block = nullptr;
            m_stamp.clear();
        }
        if (m_pass == Pass::Times) {
            // A time at which nothing was measured: no line is drawn over the restart.
            if (remark.isRestart)
                m_times.push_back(time);
            return;
        }
        if (remark.isRestart)
            m_remarks.restart(time, remark.cpus, m_line);
        else
            m_remarks.comment(time, remark.comment, m_line);
    }

    // Rows

    /// False when the line is no row of the heading above it: it may still be something else.
    bool readRow(string_view line, string_view printed)
    {
        Block& block = *m_block;
        if (!takeStamp(line, block.stampFields))
            return false;
        const auto row = line.substr(m_stamp.size());
        if (isRemark(row) || !isRow(row))
            return false;
        if (isCut(block, printed)) {
            if (m_pass == Pass::Values)
                m_out.skipped(printed, "the text ends within this row");
            return true;
        }
        // Nothing but the time is asked for, and that was known.
        if (m_pass == Pass::Times && !block.clock.isFresh && block.clock.last == m_timeOfDay)
            return true;
        if (!readSarCells(row, m_stamp.size(), block.rows.layout(), block.starts, block.cells)
            && !learnTexts(block, row)) {
            if (m_pass == Pass::Values)
                m_out.skipped(printed, "expected one value for each name of the heading");
            return true;
        }
        const Time time = m_clock.row(block.clock, m_timeOfDay);
        if (m_pass == Pass::Values)
            addRow(block, time, printed);
        else if (m_times.empty() || m_times.back() != time)
            m_times.push_back(time);
        return true;
    }

    /// A name at the end of the last line may be half of it, and then be another's.
    bool isCut(const Block& block, string_view printed) const
    {
        return printed.data() + printed.size() == m_end
            && block.rows.layout().fields.back().role != SysstatField::Role::Value;
    }

    /// Which columns of an activity that is not known are texts only its rows show.
    bool learnTexts(Block& block, string_view row)
    {
        SysstatLayout layout = block.rows.layout();
        const auto words = fields(row);
        if (layout.activity || !block.isNew || words.size() < layout.fields.size())
            return false;
        for (std::size_t i = 0; i < layout.fields.size(); ++i)
            if (layout.fields[i].role == SysstatField::Role::Value && !looksNumeric(words[i]))
                layout.fields[i].role = SysstatField::Role::Text;
        block.isNew = false;
        block.rows = SysstatRows(std::move(layout), m_input.host, m_out);
        return readSarCells(row, m_stamp.size(), block.rows.layout(), block.starts, block.cells);
    }

    /// Most lines have the time of the line before.
    bool takeStamp(string_view line, std::size_t words)
    {
        if (!m_stamp.empty() && line.size() > m_stamp.size() && isBlank(line[m_stamp.size()])
            && line.starts_with(m_stamp))
            return true;
        const auto stamp = firstWords(line, words);
        const auto time = stamp.empty() ? std::nullopt : readSarStamp(stamp);
        if (!time)
            return false;
        m_stamp = line.substr(0, static_cast<std::size_t>(stamp.data() + stamp.size() - line.data()));
        m_timeOfDay = *time;
        return true;
    }

    static bool isRemark(string_view row)
    {
        const auto word = nextField(row);
        return word == "COM" || word == "LINUX";
    }

    /// One of the first words is a number; of a heading none is.
    static bool isRow(string_view row)
    {
        constexpr int wordsLookedAt = 8;
        for (int i = 0; i < wordsLookedAt; ++i) {
            const auto word = nextField(row);
            if (word.empty())
                return false;
            if (looksNumeric(word))
                return true;
        }
        return false;
    }

    void addRow(Block& block, Time time, string_view printed)
    {
        const bool isSinceBoot = block.isFirstRow && m_timeOfDay == block.headingTime;
        block.isFirstRow = isSinceBoot;
        m_hasSinceBoot = m_hasSinceBoot || isSinceBoot;
        m_isAnythingRead = true;
        if (!block.rows.add(time, block.cells, isSinceBoot ? Averaged::SinceBoot : Averaged::Interval))
            m_out.skipped(printed, "a size where the column has none");
    }

    static bool isKnownChrome(string_view words) { return words.starts_with("Requested activities not available"); }

    string_view whySkipped(string_view line) const
    {
        auto rest = line;
        if (!takeClockTime(rest))
            return "neither a heading nor a row of sar";
        return "a row before any heading";
    }

    // What is said about it

    /// The rows of a text without a date are of the day on which it was written.
    void placeUndated()
    {
        if (m_isDated || m_times.empty())
            return;
        const auto written = m_input.writtenAt ? m_input.writtenAt
            : m_input.clock == Clock::Wall     ? std::optional(m_input.samples.back().time)
                                               : std::nullopt;
        if (!written) {
            m_remarks.setClock(Clock::None);
            m_out.setClock(Clock::None);
            m_out.setCivilTimes(CivilTimes::No);
            m_out.note(NoteSeverity::Info, "the text has no date: its times are of an unknown day");
            return;
        }
        const auto last = std::chrono::floor<std::chrono::days>(*std::max_element(m_times.begin(), m_times.end()));
        const auto shift = std::chrono::floor<std::chrono::days>(*written) - last;
        for (Time& time : m_times)
            time += shift;
        m_dateOfUndated = std::chrono::year_month_day{std::chrono::sys_days{} + shift};
        m_out.note(NoteSeverity::Info, "the text has no date: it is taken to be of the day on which it was written");
    }

    void noteAssumptions()
    {
        if (m_clock.wasSetBack()) {
            m_out.setCivilTimes(m_isDated ? CivilTimes::LocalFromFirst : CivilTimes::No);
            m_out.note(
                NoteSeverity::Info, "the clock was set back: times go on from there by the interval of the rows");
        }
        if (m_survey.isOrderAssumed && m_firstDate)
            m_out.note(NoteSeverity::Info,
                fmt::format("the date {} does not say which number is the month: taken as {} first", m_firstDate->text,
                    m_survey.order == DateOrder::DayFirst ? "day" : "month"));
        if (m_hasSinceBoot)
            m_out.note(NoteSeverity::Info,
                "rows at the time of their heading are averages since boot: their rates and shares were left out");
        if (!m_isAnythingRead && m_remarks.isEmpty())
            m_out.note(NoteSeverity::DataLoss, "no row of sar could be read");
    }

    struct PrintedText {
        PrintedDate date;
        std::string text;
    };

    const Input& m_input;
    Builder& m_out;
    Pass m_pass = Pass::Times;
    SarSurvey m_survey;
    SarClock m_clock;
    std::vector<Time> m_times;
    std::map<std::string, std::unique_ptr<Block>> m_blocks; ///< by heading
    Block* m_block = nullptr; ///< that of the last heading
    std::string m_key, m_plain;
    std::string m_stamp; ///< of the last row, as printed
    Nanoseconds m_timeOfDay{}; ///< of m_stamp
    SarRowShape m_averaged; ///< of the averages that may follow
    SysstatRemarks m_remarks;
    std::optional<PrintedText> m_firstDate;
    std::optional<std::chrono::year_month_day> m_dateOfUndated;
    std::uint64_t m_line = 0; ///< of the sample, 1-based
    const char* m_end = nullptr; ///< of the sample: a line that ends there has no line end
    bool m_isSpaced = false; ///< there is a blank line behind every line
    bool m_isDated = false, m_hasSinceBoot = false, m_isAnythingRead = false;
};

void parse(const Input& input, Builder& out)
{
    SarReader(input, out).read();
}

int recognise(string_view beginning)
{
    bool hasBanner = false, isForeign = false, isUnknown = false;
    string_view line;
    std::string plain;
    while (nextLine(beginning, line)) {
        const auto text = withoutColours(line, plain);
        if (const auto banner = readSarBanner(trimmed(text))) {
            hasBanner = true;
            isForeign = banner->system != "Linux";
            continue;
        }
        auto rest = text;
        if (isForeign && takeClockTime(rest) && !trimmed(rest).empty())
            return 80;
        if (const auto heading = readSarHeading(text)) {
            if (isHeadingOfSar(*heading))
                return hasBanner ? 95 : 75;
            if (isHeadingOfOthers(*heading))
                return 0;
            isUnknown = isUnknown || (hasBanner && !heading->stamp.empty());
        }
        if (const auto remark = readSarRemark(text); remark && remark->isRestart && hasBanner)
            return 90;
    }
    return isUnknown ? 40 : 0;
}

} // namespace

Parser sar()
{
    return {.id = "sar", .title = "sar output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
