// The text of lscpu in all its forms: names and values, in any language (the first value is the architecture, the first
// plain number the count of CPUs); the tables of -e, -C and -p; JSON of -J. Source: man 1 lscpu; util-linux
// sys-utils/lscpu.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"
#include "parse/table_maker.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace hindcast::parse {
namespace {

using std::string_view;
using Json = nlohmann::json;

/// Beginnings of what uname -m prints.
bool isArchitecture(string_view value)
{
    constexpr std::array<string_view, 14> machines{"x86_64", "i386", "i486", "i586", "i686", "aarch64", "armv", "ppc64",
        "s390", "riscv", "loongarch", "mips", "ia64", "sparc"};
    return value.find(' ') == string_view::npos
        && std::any_of(machines.begin(), machines.end(), [value](string_view one) { return value.starts_with(one); });
}

struct Pair {
    string_view name, value;
    bool isIndented = false; ///< of the section above, util-linux 2.37 and later
};
/// "CPU(s):                          2", "Processeur(s) :    2", "アーキテクチャ：".
std::optional<Pair> readPair(string_view line)
{
    for (const string_view colon : {":", "："})
        if (const auto place = line.find(colon); place != string_view::npos && place > 0) {
            // "NUMA node0 CPU(s):", but "L1d:L1i:L2:L3" is a heading's
            const auto behind = line.substr(place + colon.size());
            if (!behind.empty() && !isBlank(behind.front()))
                continue;
            return Pair{trimmed(line.substr(0, place)), trimmed(behind), isBlank(line.front())};
        }
    return std::nullopt;
}

/// "CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE", "NAME ONE-SIZE ALL-SIZE WAYS TYPE …".
bool isTableHeading(string_view line)
{
    const auto words = fields(line);
    if (words.size() < 2 || (words[0] != "CPU" && words[0] != "NAME" && words[0] != "BOGOMIPS"))
        return false;
    return std::any_of(words.begin(), words.end(), [](string_view word) {
        return word == "SOCKET" || word == "CORE" || word == "ONLINE" || word == "ONE-SIZE" || word == "ALL-SIZE";
    });
}

/// "# CPU,Core,Socket,Node,,L1d,L1i,L2,L3".
bool isParsableHeading(string_view line)
{
    return line.starts_with("# CPU,") || line.starts_with("# Core,") || line.starts_with("# Socket,");
}

class LscpuReader {
public:
    LscpuReader(const Input& input, const Sample& sample, Builder& out)
        : m_out(out)
        , m_pairs("lscpu", listedAt(input, sample))
        , m_table("CPUs", listedAt(input, sample))
    {
    }

    void read(string_view text)
    {
        m_out.setText(text);
        if (trimmed(text).starts_with('{')) {
            readJson(text);
        } else {
            std::uint64_t number = 0;
            auto rest = text;
            for (string_view line; nextLine(rest, line);)
                readLine(line, ++number);
        }
        m_pairs.finish(m_out);
        m_table.finish(m_out);
    }

private:
    void readLine(string_view line, std::uint64_t number)
    {
        if (trimmed(line).empty())
            return;
        if (isParsableHeading(line))
            beginTable(split(line.substr(2), ','), ',');
        else if (line.starts_with('#'))
            return; // what the parsable form explains
        else if (isTableHeading(line))
            beginTable(fields(line), ' ');
        else if (!m_names.empty())
            readRow(line, number);
        else if (const auto pair = readPair(line))
            addPair(*pair, number);
        else
            m_out.skipped(line, "expected a name, a colon and a value");
    }

    static std::vector<string_view> split(string_view text, char separator)
    {
        std::vector<string_view> parts;
        for (;;) {
            const auto end = text.find(separator);
            parts.push_back(trimmed(text.substr(0, end)));
            if (end == string_view::npos)
                return parts;
            text.remove_prefix(end + 1);
        }
    }

    void beginTable(const std::vector<string_view>& names, char separator)
    {
        m_separator = separator;
        m_names.clear();
        for (const string_view name : names)
            m_names.push_back(name.empty() ? "" : snakeCase(name));
    }

    void readRow(string_view line, std::uint64_t number)
    {
        const auto values = m_separator == ',' ? split(line, ',') : fields(line);
        if (values.size() != m_names.size()) {
            m_out.skipped(line, "expected a value for each name of the heading");
            return;
        }
        m_table.beginRow(number);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (m_names[i].empty() || values[i] == "-")
                continue;
            if (const auto value = parseDouble(values[i]))
                m_table.set(m_names[i], Unit::None, *value);
            else
                m_table.set(m_names[i], values[i]);
        }
    }

    void addPair(const Pair& pair, std::uint64_t number)
    {
        if (!m_hasMachine && isArchitecture(pair.value)) {
            m_out.host().machine = pair.value;
            m_hasMachine = true;
        }
        const auto count = parseInteger<unsigned>(pair.value);
        if (!m_hasCpus && m_hasMachine && count && *count > 0) {
            m_out.host().cpus = *count;
            m_hasCpus = true;
        }
        if (pair.value.empty()) {
            m_section = pair.name;
            return;
        }
        m_pairs.beginRow(number);
        if (pair.isIndented)
            m_pairs.set("section", m_section);
        else
            m_section = pair.name; // "Vendor ID: …" is followed by what is indented below it
        m_pairs.set("name", pair.name);
        if (const auto value = parseDouble(pair.value))
            m_pairs.set("value", Unit::None, *value);
        else
            m_pairs.set("text", pair.value);
    }

    void readJson(string_view text)
    {
        const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
        if (!json.is_object()) {
            m_out.note(NoteSeverity::DataLoss, "the JSON text is damaged or ends early");
            return;
        }
        if (const auto list = json.find("lscpu"); list != json.end())
            addFields(*list, {}, 0);
        for (const char* name : {"cpus", "caches"})
            if (const auto list = json.find(name); list != json.end() && list->is_array())
                addObjects(*list);
    }

    void addFields(const Json& list, const std::string& section, int depth)
    {
        constexpr int deepest = 8;
        if (!list.is_array() || depth > deepest)
            return;
        for (const Json& item : list) {
            if (!item.is_object())
                continue;
            std::string name = textOf(item, "field");
            if (name.ends_with(':'))
                name.pop_back();
            const std::string value = textOf(item, "data");
            m_section = section;
            addPair({name, value, !section.empty()}, 0);
            if (const auto children = item.find("children"); children != item.end())
                addFields(*children, name, depth + 1);
        }
    }

    static std::string textOf(const Json& object, const char* key)
    {
        const auto found = object.find(key);
        return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
    }

    void addObjects(const Json& list)
    {
        for (const Json& item : list) {
            if (!item.is_object())
                continue;
            m_table.beginRow();
            for (const auto& [key, value] : item.items()) {
                if (value.is_number())
                    m_table.set(snakeCase(key), Unit::None, value.get<double>());
                else if (value.is_boolean())
                    m_table.set(snakeCase(key), value.get<bool>() ? "yes" : "no");
                else if (value.is_string())
                    m_table.set(snakeCase(key), string_view(value.get_ref<const std::string&>()));
            }
        }
    }

    Builder& m_out;
    TableMaker m_pairs, m_table;
    std::vector<std::string> m_names; ///< of the table
    char m_separator = ' ';
    std::string m_section;
    bool m_hasMachine = false, m_hasCpus = false;
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        LscpuReader(input, sample, out).read(sample.text);
}

int recognise(string_view beginning)
{
    if (trimmed(beginning).starts_with('{')) {
        const auto head = beginning.substr(0, 200);
        return head.find("\"lscpu\"") != string_view::npos && head.find("\"field\"") != string_view::npos ? 95
            : head.find("\"cpus\"") != string_view::npos && head.find("\"cpu\"") != string_view::npos
                && head.find("\"online\"") != string_view::npos
            ? 60
            : head.find("\"caches\"") != string_view::npos && head.find("\"one-size\"") != string_view::npos ? 60
                                                                                                             : 0;
    }
    constexpr int linesLookedAt = 12;
    string_view line;
    int pairs = 0;
    bool hasMachine = false;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        if (isParsableHeading(line) || isTableHeading(line))
            return 85;
        const auto pair = readPair(line);
        pairs += pair ? 1 : 0;
        hasMachine = hasMachine || (pair && pairs <= 2 && isArchitecture(pair->value));
    }
    return hasMachine && pairs >= 4 ? 85 : 0;
}

} // namespace

Parser lscpu()
{
    return {.id = "lscpu", .title = "lscpu output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
