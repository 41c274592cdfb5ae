// The text of df, of coreutils and of busybox: -k, -P, -h, -H, -m, -B, -i, -T, -a, --total and --output. Headings are
// told by their form, as the words are translated; sizes become bytes. A long device name stands alone on its line in
// old coreutils and in busybox, and the figures on the next. Source: man 1 df; coreutils src/df.c; busybox
// coreutils/df.c.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/shell_prompt.h"
#include "parse/table_maker.h"
#include "parse/tool_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace hindcast::parse {
namespace {

using std::string_view;

enum class Field : std::uint8_t {
    Device,
    Type,
    Size,
    Used,
    Available,
    Percent,
    Inodes,
    InodesUsed,
    InodesFree,
    InodesPercent,
    File,
    Mount
};

struct Heading {
    bool isInodes = false; ///< the figures are of inodes
    bool hasType = false;
    bool isOpen = false; ///< sizes with letters (-h), or inodes in a language that is not known: the figures tell
    double unit = 1024; ///< of a plain number, bytes
    std::vector<Field> fields; ///< of --output, when they are not the usual ones; else empty
};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

template <std::size_t Count> bool isOneOf(const std::array<string_view, Count>& words, string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// coreutils po/*.po, "Inodes".
constexpr std::array<string_view, 17> inodeWords{"Inodes", "Inœuds", "Nodos-i", "Inós", "Inode", "Iнодов", "Iノード",
    "I-nodes", "iwęzły", "Inoder", "indeksleri", "I-uzlů", "І-вузлів", "Inodos", "INodes", "iused", "I节点"};

/// coreutils po/*.po, "Type".
constexpr std::array<string_view, 9> typeWords{"Type", "Typ", "Tipo", "Тип", "タイプ", "类型", "類型", "형식", "Tür"};

/// "1K", "1024", "2MB", "1M", "512": what a plain number counts. Nothing for other words.
std::optional<double> readBlockSize(string_view text)
{
    if (text.empty() || !isDigit(text.front()))
        return std::nullopt;
    const bool isDecimal = text.size() > 2 && text.ends_with('B'); // "2MB" counts by 1000, "2M" by 1024
    if (!isDecimal)
        return readSize(text, 1);
    constexpr string_view letters = "kMGTPE";
    const char letter = text[text.size() - 2] == 'K' ? 'k' : text[text.size() - 2];
    const auto power = letters.find(letter);
    const auto number = parseDouble(text.substr(0, text.size() - 2));
    if (power == string_view::npos || !number)
        return std::nullopt;
    return *number * std::pow(1000.0, static_cast<double>(power + 1));
}

/// The word of a heading that has a number in it: "1K-blocks", "1K-Blöcke", "blocs de 1K", "1K的块", "khối-1K".
std::optional<double> blockSizeIn(string_view word)
{
    const auto begin = word.find_first_of("123456789");
    word.remove_prefix(begin == string_view::npos ? word.size() : begin);
    std::size_t end = 0;
    while (end < word.size() && isDigit(word[end]))
        ++end;
    while (end < word.size() && string_view("kKMGTPEB").find(word[end]) != string_view::npos)
        ++end;
    return end > 0 ? readBlockSize(word.substr(0, end)) : std::nullopt;
}

/// The names of --output, in English.
std::optional<Field> fieldNamed(string_view name)
{
    struct Named {
        string_view name;
        Field field;
    };
    static constexpr std::array names{Named{"Filesystem", Field::Device}, Named{"Type", Field::Type},
        Named{"Size", Field::Size}, Named{"Used", Field::Used}, Named{"Avail", Field::Available},
        Named{"Available", Field::Available}, Named{"Use%", Field::Percent}, Named{"Capacity", Field::Percent},
        Named{"Inodes", Field::Inodes}, Named{"IUsed", Field::InodesUsed}, Named{"IFree", Field::InodesFree},
        Named{"IUse%", Field::InodesPercent}, Named{"File", Field::File}, Named{"Mounted", Field::Mount},
        Named{"iused", Field::InodesUsed}, Named{"ifree", Field::InodesFree}, Named{"%iused", Field::InodesPercent}};
    for (const Named& one : names)
        if (one.name == name)
            return one.field;
    return name.ends_with("-blocks") && blockSizeIn(name) ? std::optional(Field::Size) : std::nullopt;
}

/// The fields of a heading that is wholly in English; empty for others.
std::vector<Field> englishFields(const std::vector<string_view>& names)
{
    std::vector<Field> result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == "on" && i > 0 && names[i - 1] == "Mounted")
            continue;
        const auto field = fieldNamed(names[i]);
        if (!field)
            return {};
        result.push_back(*field);
    }
    return result;
}

bool isUsual(const std::vector<Field>& fields)
{
    using enum Field;
    auto untyped = fields;
    if (untyped.size() > 1 && untyped[1] == Type)
        untyped.erase(untyped.begin() + 1);
    return untyped == std::vector{Device, Size, Used, Available, Percent, Mount}
    || untyped == std::vector{Device, Inodes, InodesUsed, InodesFree, InodesPercent, Mount}
    || untyped == std::vector{Device, Inodes, Used, Available, Percent, Mount}; // busybox
}

/// coreutils po/*.po, "Capacity" of -P, which has no percent sign.
constexpr std::array<string_view, 19> capacityWords{"Capacitate", "lượng", "Capacity", "Kapazität", "Capacité",
    "Capacidad", "Capacidade", "Capacid.", "Capacità", "Вместимость", "容量", "용량", "Vulgraad", "pojemność",
    "Kapacitet", "Sığa", "Kapacita", "Всього", "Емкость"};

/// A line of at least five words, one of them with a percent sign or the word for it, and no figures but a block size.
std::optional<Heading> readHeading(string_view line)
{
    if (line.empty() || isDigit(line.front()) || line.find('/') != string_view::npos)
        return std::nullopt;
    const auto names = fields(line);
    if (names.size() < 2)
        return std::nullopt;
    Heading heading;
    if (const auto found = englishFields(names); found.size() >= 2 && !isUsual(found)) {
        heading.fields = found;
        heading.unit = 1;
        for (const string_view name : names)
            heading.unit = blockSizeIn(name).value_or(heading.unit);
        const bool hasFigures = std::any_of(found.begin(), found.end(),
            [](Field field) { return field >= Field::Size && field <= Field::InodesPercent; });
        return hasFigures
                && names.size()
                    == found.size()
                        + static_cast<std::size_t>(std::count(names.begin(), names.end(), string_view("on")))
            ? std::optional(heading)
            : std::nullopt;
    }
    constexpr std::size_t fewest = 5;
    bool hasPercent = false;
    int shares = 0;
    std::optional<double> unit;
    for (const string_view name : names) {
        if (name.front() == '[' || name.find_first_of("=:+") != string_view::npos || name == "%CPU" || name == "PID")
            return std::nullopt;
        hasPercent = hasPercent || (name.size() > 1 && (name.ends_with('%') || name.starts_with('%')))
            || isOneOf(capacityWords, name);
        heading.isInodes = heading.isInodes || isOneOf(inodeWords, name);
        heading.hasType = heading.hasType || isOneOf(typeWords, name);
        if (std::any_of(name.begin(), name.end(), isDigit)) {
            if (unit || !(unit = blockSizeIn(name)))
                return std::nullopt;
        }
        shares += name.size() > 1 && (name.ends_with('%') || name.starts_with('%')) ? 1 : 0;
    }
    if (names.size() < fewest || !hasPercent)
        return std::nullopt;
    heading.unit = heading.isInodes ? 1 : unit.value_or(1); // "Size" of -h and -H
    heading.isOpen = !heading.isInodes && !unit;
    using enum Field;
    if (shares == 2) { // --output without a list has all fields, in this order
        heading.fields = {
            Device, Type, Inodes, InodesUsed, InodesFree, InodesPercent, Size, Used, Available, Percent, File, Mount};
        heading.unit = unit.value_or(1);
    }
    return heading;
}

/// "84%"; nothing for "-".
double readPercent(string_view text)
{
    if (text.ends_with('%'))
        text.remove_suffix(1);
    return readLocalNumber(text).value_or(notMeasured);
}

bool isFigure(string_view text)
{
    return text == "-" || (!text.empty() && (isDigit(text.front()) || text.front() == '-') && readSize(text, 1));
}

bool isPercent(string_view text)
{
    return text == "-" || (text.ends_with('%') && !std::isnan(readPercent(text)));
}

class DfReader {
public:
    DfReader(std::optional<Time> time, Builder& out)
        : m_time(time)
        , m_out(out)
    {
    }

    void read(const Sample& sample)
    {
        m_out.setText(sample.text);
        auto rest = sample.text;
        std::uint64_t number = 0;
        for (string_view line; nextLine(rest, line);) {
            ++number;
            if (!trimmed(line).empty())
                readLine(line, number);
        }
        endDevice();
        m_table.finish(m_out);
    }

private:
    void readLine(string_view line, std::uint64_t number)
    {
        if (line.starts_with("df: ")) {
            m_out.note(NoteSeverity::Info, "df says: " + std::string(line.substr(4, 80)), number);
        } else if (const auto heading = readHeading(line)) {
            endDevice();
            m_table.finish(m_out);
            m_heading = heading;
        } else if (isPromptOf(line, "df")) {
            return;
        } else if (!m_heading) {
            m_out.skipped(line, "a row before the heading");
        } else if (!m_heading->fields.empty()) {
            readChosen(line, number);
        } else {
            readRow(line, number);
        }
    }

    /// Device, perhaps a type, three figures, a share, and where it is mounted; device and mount point may hold blanks.
    void readRow(string_view line, std::uint64_t number)
    {
        const auto words = fields(line);
        if (words.size() < 5 && !isFigure(words.front()) && m_device.empty()) {
            m_device = line; // the figures are on the next line
            return;
        }
        const std::size_t first = m_device.empty() ? 1 : 0;
        for (std::size_t i = first; i + 4 <= words.size(); ++i) {
            if (!isFigure(words[i]) || !isFigure(words[i + 1]) || !isFigure(words[i + 2]) || !isPercent(words[i + 3]))
                continue;
            const auto mount = behind(line, words[i + 3]);
            if (mount.empty())
                break;
            addRow(line, words, i, mount, number);
            return;
        }
        endDevice();
        if (words.size() == 1 && !isFigure(words.front()))
            m_device = line;
        else
            m_out.skipped(line, "expected a device, its figures and where it is mounted");
    }

    void addRow(string_view line, const std::vector<string_view>& words, std::size_t first, string_view mount,
        std::uint64_t number)
    {
        auto device = m_device;
        string_view type;
        if (m_device.empty()) {
            device = trimmed(line.substr(0, static_cast<std::size_t>(words[first].data() - line.data())));
            if (m_heading->hasType && first > 1) {
                type = words[first - 1];
                device = trimmed(line.substr(0, static_cast<std::size_t>(type.data() - line.data())));
            }
        } else if (first == 1) {
            type = words.front();
        } else if (const auto names = fields(m_device); names.size() == 2) {
            device = names[0];
            type = names[1];
        }
        m_device = {};
        if (mount == "-") {
            m_out.note(NoteSeverity::Info, "the total of df is the sum of its rows and was left out", number);
            return;
        }
        if (m_heading->isOpen && isLargeAndPlain(words[first]))
            m_heading->isInodes = true;
        m_table.beginRow(number);
        m_table.set("filesystem", trimmed(device));
        m_table.set("type", type);
        setFigure(m_heading->isInodes ? Field::Inodes : Field::Size, words[first]);
        setFigure(m_heading->isInodes ? Field::InodesUsed : Field::Used, words[first + 1]);
        setFigure(m_heading->isInodes ? Field::InodesFree : Field::Available, words[first + 2]);
        m_table.set("used_percent", Unit::Percent, readPercent(words[first + 3]));
        m_table.set("mount", mount);
    }

    /// No size of -h: from 1024 on those have a letter.
    static bool isLargeAndPlain(string_view text)
    {
        constexpr std::uint64_t firstWithLetter = 1024;
        const auto number = parseInteger(text);
        return number && *number >= firstWithLetter;
    }

    /// --output with fields of one's own, and other systems: one word each, the mount point the rest. A device may hold
    /// blanks ("map auto_home"), which the figures behind it show.
    void readChosen(string_view line, std::uint64_t number)
    {
        constexpr std::size_t mostWordsOfDevice = 4;
        const bool isDeviceFirst = m_heading->fields.front() == Field::Device;
        for (std::size_t words = 1; words <= (isDeviceFirst ? mostWordsOfDevice : 1); ++words)
            if (const auto values = splitChosen(line, words); !values.empty()) {
                m_table.beginRow(number);
                for (std::size_t i = 0; i < values.size(); ++i)
                    setFigure(m_heading->fields[i], values[i]);
                return;
            }
        m_out.skipped(line, "expected a value for each name of the heading");
    }

    /// Empty when a figure is none.
    std::vector<string_view> splitChosen(string_view line, std::size_t wordsOfFirst) const
    {
        std::vector<string_view> values;
        auto left = line;
        for (std::size_t i = 0; i < m_heading->fields.size(); ++i) {
            const Field field = m_heading->fields[i];
            const bool isRest = i + 1 == m_heading->fields.size();
            auto value = isRest ? trimmed(left) : nextField(left);
            if (i == 0 && !isRest)
                for (std::size_t word = 1; word < wordsOfFirst; ++word) {
                    const auto next = nextField(left);
                    value = {value.data(), static_cast<std::size_t>(next.data() + next.size() - value.data())};
                }
            const bool isShare = field == Field::Percent || field == Field::InodesPercent;
            const bool isNumber = !isShare && field >= Field::Size && field <= Field::InodesFree;
            if (value.empty() || (isShare && !isPercent(value)) || (isNumber && !isFigure(value)))
                return {};
            values.push_back(value);
        }
        return values;
    }

    void setFigure(Field field, string_view text)
    {
        const auto size = readSize(text, m_heading->unit);
        const auto count = readSize(text, 1); // "1.2M" of -ih counts by 1024 too
        const auto set = [&](string_view name, Unit unit, std::optional<double> value) {
            if (value && text != "-")
                m_table.set(name, unit, *value);
        };
        switch (field) {
        case Field::Device:
            return m_table.set("filesystem", text);
        case Field::Type:
            return m_table.set("type", text);
        case Field::File:
            return text == "-" ? void() : m_table.set("file", text);
        case Field::Mount:
            return m_table.set("mount", text);
        case Field::Size:
            return set("size", Unit::Bytes, size);
        case Field::Used:
            return set("used", Unit::Bytes, size);
        case Field::Available:
            return set("available", Unit::Bytes, size);
        case Field::Percent:
            return m_table.set("used_percent", Unit::Percent, readPercent(text));
        case Field::Inodes:
            return set("inodes", Unit::Count, count);
        case Field::InodesUsed:
            return set("inodes_used", Unit::Count, count);
        case Field::InodesFree:
            return set("inodes_free", Unit::Count, count);
        case Field::InodesPercent:
            return m_table.set("inodes_used_percent", Unit::Percent, readPercent(text));
        }
    }

    /// What is left of a line behind one of its words.
    static string_view behind(string_view line, string_view word)
    {
        return trimmed(line.substr(static_cast<std::size_t>(word.data() + word.size() - line.data())));
    }

    /// A device whose figures never came.
    void endDevice()
    {
        if (!m_device.empty())
            m_out.skipped(m_device, "expected the figures of this device on the next line");
        m_device = {};
    }

    std::optional<Time> m_time;
    Builder& m_out;
    TableMaker m_table{"filesystems", m_time};
    std::optional<Heading> m_heading;
    string_view m_device; ///< of a row broken in two
};

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        DfReader(listedAt(input, sample), out).read(sample);
}

/// A heading, and a row with a share (or "-" for it) below, on its line or on the next.
int recognise(string_view beginning)
{
    constexpr int linesLookedAt = 12;
    string_view line;
    for (int i = 0; i < linesLookedAt && nextLine(beginning, line); ++i) {
        const auto heading = readHeading(line);
        if (!heading)
            continue;
        if (line.find("Filesystem") != string_view::npos || line.find("Mounted on") != string_view::npos)
            return 90;
        for (int row = 0; row < 3 && nextLine(beginning, line); ++row)
            for (const string_view word : fields(line))
                if (word.size() > 1 && isPercent(word))
                    return 88;
    }
    return 0;
}

} // namespace

Parser df()
{
    return {.id = "df", .title = "df output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
