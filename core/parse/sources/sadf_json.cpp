// `sadf -j`: an activity file of sysstat as JSON. Names differ from sar's in a few places, which sysstat_columns.h
// knows. Source: man 1 sadf, json_stats.c.
//
// The text is read twice: restarts stand behind all statistics, and every time must be known before values are put in.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/sysstat_rows.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Pass : std::uint8_t { Times, Values };

struct Member {
    std::string name, text;
    double value = notMeasured;
    bool isNumber = false;
};

/// An object or array that is not closed yet.
struct Frame {
    std::string name; ///< of an array's elements that of the array
    std::vector<Member> members; ///< of an object: those that are no objects themselves
};

/// Called by nlohmann::json::sax_parse() as it goes: no tree of the text is made.
class SadfJson {
public:
    SadfJson(const Input& input, Builder& out)
        : m_input(input)
        , m_out(out)
        , m_remarks(out)
    {
    }

    void begin(Pass pass)
    {
        m_pass = pass;
        m_time.reset();
    }
    void beginDocument()
    {
        m_frames.clear();
        m_statisticsDepth = 0;
    }
    std::vector<Time> takeTimes()
    {
        std::sort(m_times.begin(), m_times.end());
        m_times.erase(std::unique(m_times.begin(), m_times.end()), m_times.end());
        return std::move(m_times);
    }
    bool isLocal() const { return m_isLocal; }
    void finish()
    {
        for (const auto& [key, rows] : m_rows)
            rows->finish();
    }
    const std::string& failure() const { return m_failure; }

    // What nlohmann::json calls
    using string_t = nlohmann::json::string_t;
    bool null() { return addMember({{}, {}, notMeasured, true}); }
    bool boolean(bool value) { return addMember({{}, value ? "true" : "false"}); }
    bool number_integer(std::int64_t value)
    {
        return addMember({{}, std::to_string(value), static_cast<double>(value), true});
    }
    bool number_unsigned(std::uint64_t value)
    {
        return addMember({{}, std::to_string(value), static_cast<double>(value), true});
    }
    bool number_float(double value, const string_t& text) { return addMember({{}, text, value, true}); }
    bool string(const string_t& value) { return addMember({{}, value}); }
    bool binary(const nlohmann::json::binary_t&) { return true; }
    bool start_object(std::size_t) { return open(); }
    bool key(const string_t& name)
    {
        m_key = name;
        return true;
    }
    bool end_object()
    {
        const Frame frame = std::move(m_frames.back());
        close();
        take(frame);
        return true;
    }
    bool start_array(std::size_t)
    {
        open();
        if (m_frames.back().name == "statistics")
            m_statisticsDepth = m_frames.size();
        return true;
    }
    bool end_array()
    {
        if (m_frames.size() == m_statisticsDepth)
            m_statisticsDepth = 0;
        close();
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&)
    {
        m_failure = fmt::format("the JSON ends too early or is damaged at byte {}", position);
        return false;
    }

private:
    bool open()
    {
        constexpr std::size_t deepest = 64; // sadf has nine
        std::string name = m_key.empty() && !m_frames.empty() ? m_frames.back().name : std::move(m_key);
        m_key.clear();
        m_frames.push_back({std::move(name), {}});
        return m_frames.size() <= deepest;
    }

    void close()
    {
        m_frames.pop_back();
        m_key.clear();
    }

    bool addMember(Member member)
    {
        if (!m_frames.empty() && !m_key.empty()) {
            member.name = m_key;
            m_frames.back().members.push_back(std::move(member));
        }
        m_key.clear();
        return true;
    }

    static string_view textOf(const Frame& frame, string_view name)
    {
        for (const Member& member : frame.members)
            if (member.name == name)
                return member.text;
        return {};
    }

    void take(const Frame& frame)
    {
        if (frame.name == "timestamp")
            m_time = timeOf(frame);
        else if (frame.name == "boot")
            takeRestart(frame);
        else if (frame.name == "comment")
            takeComment(frame);
        else if (frame.name == "hosts")
            takeHost(frame);
        else if (m_statisticsDepth > 0 && frame.name != "statistics" && !frame.members.empty())
            takeRow(frame);
    }

    /// {"date": "2019-04-18", "time": "13:20:19", "tz": "UTC"}; "utc": 1 for the zone up to sysstat 12.7.
    std::optional<Time> timeOf(const Frame& frame)
    {
        const auto time =
            parseRfc3339(std::string(textOf(frame, "date")) + 'T' + std::string(textOf(frame, "time")) + 'Z');
        const auto zone = textOf(frame, "tz"), flag = textOf(frame, "utc");
        m_isLocal = m_isLocal || flag == "0" || (!zone.empty() && zone != "UTC" && zone != "GMT");
        if (!time && m_pass == Pass::Values)
            m_out.note(NoteSeverity::DataLoss, "a date or time of the JSON is not understood");
        if (time && m_pass == Pass::Times)
            m_times.push_back(*time);
        return time;
    }

    void takeRestart(const Frame& frame)
    {
        const auto time = timeOf(frame);
        if (time && m_pass == Pass::Values)
            m_remarks.restart(*time, parseInteger<unsigned>(textOf(frame, "cpu_count")));
    }

    void takeComment(const Frame& frame)
    {
        const auto before = m_times.size();
        const auto time = timeOf(frame);
        m_times.resize(std::min(before, m_times.size())); // nothing is measured at that time
        if (time && m_pass == Pass::Values)
            m_remarks.comment(*time, textOf(frame, "com"));
    }

    void takeHost(const Frame& frame)
    {
        Host& host = m_out.host();
        host.hostname = textOf(frame, "nodename");
        host.kernel = textOf(frame, "release");
        host.machine = textOf(frame, "machine");
        if (const auto cpus = parseInteger<unsigned>(textOf(frame, "number-of-cpus")))
            host.cpus = cpus;
    }

    void takeRow(const Frame& frame)
    {
        if (m_pass == Pass::Times || !m_time)
            return;
        SysstatRows& rows = rowsOf(frame);
        m_cells.clear();
        for (const Member& member : frame.members)
            m_cells.push_back({member.text, member.value});
        rows.add(*m_time, m_cells);
    }

    SysstatRows& rowsOf(const Frame& frame)
    {
        m_layoutKey = frame.name;
        for (const Member& member : frame.members)
            m_layoutKey.append("\n").append(member.name).append(member.isNumber ? "#" : "");
        auto& rows = m_rows[m_layoutKey];
        if (!rows) {
            std::vector<string_view> names;
            for (const Member& member : frame.members)
                names.push_back(member.name);
            SysstatLayout layout = sysstatJsonLayout(frame.name, names);
            for (std::size_t i = 0; i < layout.fields.size(); ++i)
                if (layout.fields[i].role == SysstatField::Role::Value && !frame.members[i].isNumber)
                    layout.fields[i].role = SysstatField::Role::Text;
            rows = std::make_unique<SysstatRows>(std::move(layout), m_input.host, m_out);
        }
        return *rows;
    }

    const Input& m_input;
    Builder& m_out;
    SysstatRemarks m_remarks;
    Pass m_pass = Pass::Times;
    std::vector<Frame> m_frames;
    std::size_t m_statisticsDepth = 0; ///< frames when inside the list of statistics
    std::string m_key; ///< read, and not used yet
    std::optional<Time> m_time;
    std::vector<Time> m_times;
    bool m_isLocal = false;
    std::map<std::string, std::unique_ptr<SysstatRows>> m_rows; ///< by name and members
    std::string m_layoutKey;
    std::vector<SysstatCell> m_cells;
    std::string m_failure;
};

constexpr string_view opening = "{\"sysstat\"";

/// The documents of a text: several may follow each other, and a prompt may stand in front.
std::vector<string_view> documentsOf(string_view text)
{
    std::vector<string_view> documents;
    for (auto begin = text.find(opening); begin != string_view::npos;) {
        const auto next = text.find(opening, begin + opening.size());
        documents.push_back(text.substr(begin, next == string_view::npos ? next : next - begin));
        begin = next;
    }
    return documents;
}

/// printf(3) writes a value that is none as "nan", which JSON has no word for. Nothing when there is none.
std::optional<std::string> withoutNan(string_view document)
{
    constexpr std::array spellings{
        string_view{": nan"}, string_view{": -nan"}, string_view{": inf"}, string_view{": -inf"}};
    constexpr string_view null = ": null";
    std::optional<std::string> result;
    for (const string_view spelling : spellings) {
        auto place = document.find(spelling);
        if (place == string_view::npos)
            continue;
        std::string repaired;
        std::size_t done = 0;
        const string_view before = result ? string_view(*result) : document;
        for (place = before.find(spelling); place != string_view::npos; place = before.find(spelling, done)) {
            repaired.append(before.substr(done, place - done)).append(null);
            done = place + spelling.size();
        }
        repaired.append(before.substr(done));
        result = std::move(repaired);
    }
    return result;
}

void parse(const Input& input, Builder& out)
{
    SadfJson reader(input, out);
    for (const Pass pass : {Pass::Times, Pass::Values}) {
        if (pass == Pass::Values)
            out.setTicks(reader.takeTimes());
        reader.begin(pass);
        for (const Sample& sample : input.samples) {
            out.setText(sample.text);
            for (const string_view document : documentsOf(sample.text)) {
                reader.beginDocument();
                const auto repaired = withoutNan(document);
                const string_view text = repaired ? string_view(*repaired) : document;
                // Whatever follows the closing brace is not JSON's.
                nlohmann::json::sax_parse(
                    text.begin(), text.end(), &reader, nlohmann::json::input_format_t::json, false);
            }
        }
    }
    reader.finish();
    out.setClock(Clock::Wall);
    out.setCivilTimes(reader.isLocal() ? CivilTimes::Local : CivilTimes::No);
    if (!reader.failure().empty())
        out.note(NoteSeverity::DataLoss, reader.failure());
}

int recognise(string_view beginning)
{
    // iostat and mpstat write {"sysstat" too, but are of no activity file.
    return beginning.find(opening) != string_view::npos && beginning.find("\"file-date\"") != string_view::npos ? 95
                                                                                                                : 0;
}

} // namespace

Parser sadf_json()
{
    return {.id = "sadf_json", .title = "sadf -j output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
