#include "parse/sar_line.h"

#include "base/text_scanner.h"
#include "parse/sar_clock.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr std::size_t mostStampWords = 4; // "06:30:01 AM IST", "06시 30분 01초"

string_view between(string_view first, string_view last)
{
    return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

/// Of an activity this version does not know: units in the names.
bool looksLikeName(string_view name)
{
    return name.ends_with("/s") || name.starts_with('%') || name.ends_with("-sz") || name.starts_with("kb")
        || name.starts_with("MB") || name.find("kB") != string_view::npos;
}

bool isWord(string_view name)
{
    return !looksNumeric(name) && name.find(':') == string_view::npos;
}

/// Whether the names from `first` on are a heading.
bool areNames(const std::vector<string_view>& words, std::size_t first)
{
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(first);
    if (!std::all_of(begin, words.end(), isWord))
        return false;
    return isSysstatName(words[first]) ? std::any_of(begin, words.end(), isSysstatName)
                                       : std::any_of(begin, words.end(), looksLikeName);
}

/// The time of day in front of a line whose heading is not known yet, the longest reading first.
std::optional<Nanoseconds> stampOf(const std::vector<string_view>& words, std::size_t count)
{
    return count == 0 || count > words.size() ? std::nullopt : readSarStamp(between(words.front(), words[count - 1]));
}

/// How many words the stamp has where nothing but its form tells: a meridiem may follow or stand in front.
std::size_t stampWords(const std::vector<string_view>& words)
{
    for (std::size_t count = std::min(mostStampWords, words.size()); count > 0; --count) {
        const auto text = between(words.front(), words[count - 1]);
        if (readClockTime(text))
            return count;
    }
    return stampOf(words, 1) ? 1 : stampOf(words, 3) ? 3 : 0;
}

bool readCell(string_view field, const SysstatField& column, SysstatCell& cell)
{
    if (column.role != SysstatField::Role::Value) {
        cell = {field};
        return true;
    }
    const auto number = readSysstatNumber(field);
    if (number)
        cell = *number;
    return number.has_value();
}

bool readInOrder(string_view row, const SysstatLayout& layout, std::vector<SysstatCell>& cells)
{
    const std::size_t last = layout.fields.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
        const bool isRest = i == last && layout.fields[i].role != SysstatField::Role::Value;
        const auto field = isRest ? trimmed(row) : nextField(row);
        if (field.empty() || !readCell(field, layout.fields[i], cells[i]))
            return false;
        if (isRest)
            return true;
    }
    return trimmed(row).empty();
}

/// An item in front with blanks in its name: the numbers are counted from behind.
bool readFromBehind(string_view row, const SysstatLayout& layout, std::vector<SysstatCell>& cells)
{
    if (layout.fields.front().role == SysstatField::Role::Value)
        return false;
    const auto words = fields(row);
    if (words.size() <= layout.fields.size())
        return false;
    const std::size_t more = words.size() - layout.fields.size();
    cells[0] = {between(words.front(), words[more])};
    for (std::size_t i = 1; i < layout.fields.size(); ++i)
        if (!readCell(words[more + i], layout.fields[i], cells[i]))
            return false;
    return true;
}

/// Texts may have blanks in them; the last two stand below their names: "HP            HP Wireless Keyboard".
bool readByPlace(string_view row, std::size_t offset, const SysstatLayout& layout,
    const std::vector<std::size_t>& starts, std::vector<SysstatCell>& cells)
{
    const std::size_t count = layout.fields.size(), tailBegin = starts.back() - std::min(starts.back(), offset);
    string_view head = row, tail;
    if (tailBegin > 0 && tailBegin < row.size() && isBlank(row[tailBegin - 1])) {
        head = row.substr(0, tailBegin);
        tail = row.substr(tailBegin);
    } else if (const auto words = firstWords(row, count - 1); tailBegin < row.size() && !words.empty()) {
        head = between(row, words); // one text was too long for its column
        tail = row.substr(head.size());
    }
    for (std::size_t i = 0; i + 2 < count; ++i)
        if (const auto field = nextField(head); field.empty() || !readCell(field, layout.fields[i], cells[i]))
            return false;
    return readCell(trimmed(head), layout.fields[count - 2], cells[count - 2])
        && readCell(trimmed(tail), layout.fields[count - 1], cells[count - 1]);
}

} // namespace

string_view withoutColours(string_view line, std::string& buffer)
{
    constexpr char escape = '\x1B';
    if (line.find(escape) == string_view::npos)
        return line;
    buffer.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != escape) {
            buffer += line[i];
            continue;
        }
        if (++i < line.size() && line[i] == '[')
            do
                ++i;
            while (i < line.size() && (line[i] < '@' || line[i] > '~'));
    }
    return buffer;
}

bool looksNumeric(string_view field)
{
    if (field == "nan" || field == "-nan")
        return true;
    if (field.starts_with('-') || field.starts_with('+'))
        field.remove_prefix(1);
    if (field.empty() || field.front() < '0' || field.front() > '9')
        return false;
    constexpr string_view others = ".,%BkMGTPE";
    return std::all_of(field.begin(), field.end(),
        [&](char c) { return (c >= '0' && c <= '9') || others.find(c) != string_view::npos; });
}

string_view firstWords(string_view line, std::size_t count)
{
    auto rest = line;
    const auto first = nextField(rest);
    auto last = first;
    for (std::size_t i = 1; i < count; ++i)
        last = nextField(rest);
    return first.empty() || last.empty() ? string_view() : between(first, last);
}

std::optional<SarHeading> readSarHeading(string_view line)
{
    const auto words = fields(line);
    const auto make = [&](std::size_t stampFields) {
        SarHeading heading;
        heading.stampFields = stampFields;
        heading.names.assign(words.begin() + static_cast<std::ptrdiff_t>(stampFields), words.end());
        return heading;
    };
    const auto stamped = [&](std::size_t count) -> std::optional<SarHeading> {
        const auto time = stampOf(words, count);
        if (!time || count >= words.size() || !areNames(words, count))
            return std::nullopt;
        SarHeading heading = make(count);
        heading.stamp = between(words.front(), words[count - 1]);
        heading.time = *time;
        return heading;
    };
    // Where the first name is known everything in front of it is the stamp, whatever it is made of.
    for (std::size_t count = 1; count <= mostStampWords && count < words.size(); ++count)
        if (isSysstatName(words[count]))
            return stamped(count)                                           ? stamped(count)
                : words[count - 1].ends_with(':') && areNames(words, count) ? std::optional(make(count))
                                                                            : std::nullopt;
    return words.empty() ? std::nullopt : stamped(stampWords(words));
}

bool isHeadingOfOthers(const SarHeading& heading)
{
    const auto placeOf = [&](string_view name) {
        return std::find(heading.names.begin(), heading.names.end(), name) - heading.names.begin();
    };
    const auto has = [&](string_view name) { return placeOf(name) < std::ssize(heading.names); };
    constexpr std::array ofPidstat{string_view{"PID"}, string_view{"TGID"}, string_view{"UID"}, string_view{"TID"}};
    if (std::any_of(ofPidstat.begin(), ofPidstat.end(), has))
        return true;
    // mpstat prints interrupts before stolen time, sar behind it, and tables of interrupts that sar has not.
    if (has("%irq"))
        return placeOf("%irq") < placeOf("%steal");
    return has("CPU") && sysstatActivityOf(heading.names) == nullptr;
}

bool isHeadingOfSar(const SarHeading& heading)
{
    return !heading.stamp.empty() && !isHeadingOfOthers(heading) && sysstatActivityOf(heading.names) != nullptr;
}

std::optional<SarRemark> readSarRemark(string_view line)
{
    const auto words = fields(line);
    for (std::size_t count = 1; count <= mostStampWords && count < words.size(); ++count) {
        const bool isRestart =
            words[count] == "LINUX" && count + 1 < words.size() && words[count + 1].starts_with("RESTART");
        if (!isRestart && words[count] != "COM")
            continue;
        const auto time = stampOf(words, count);
        if (!time)
            return std::nullopt;
        SarRemark remark{*time, isRestart, std::nullopt, {}};
        if (const auto open = line.find('('); isRestart && open != string_view::npos) {
            auto rest = line.substr(open + 1);
            remark.cpus = parseInteger<unsigned>(nextField(rest));
        }
        if (!isRestart && count + 1 < words.size())
            remark.comment = between(words[count + 1], words.back());
        return remark;
    }
    return std::nullopt;
}

SarRowShape sarRowShape(const SysstatLayout& layout)
{
    const auto texts = std::count_if(layout.fields.begin(), layout.fields.end(),
        [](const SysstatField& field) { return field.role != SysstatField::Role::Value; });
    return {layout.fields.size(), static_cast<std::size_t>(texts)};
}

bool isSarAverage(string_view line, SarRowShape shape)
{
    auto rest = line;
    constexpr int mostWords = 3;
    bool isNamed = false;
    for (int i = 0; i < mostWords && !isNamed; ++i) {
        const auto word = nextField(rest);
        if (word.empty() || looksNumeric(word))
            return false;
        isNamed = word.ends_with(':') || word.ends_with("：");
    }
    if (!isNamed)
        return false;
    std::size_t count = 0, numbers = 0;
    for (auto word = nextField(rest); !word.empty(); word = nextField(rest), ++count)
        numbers += looksNumeric(word) ? 1U : 0U;
    return numbers > 0 && (count == shape.columns || (shape.texts > 0 && count + shape.texts >= shape.columns));
}

bool readSarCells(string_view row, std::size_t offset, const SysstatLayout& layout,
    const std::vector<std::size_t>& starts, std::vector<SysstatCell>& cells)
{
    const auto texts = std::count_if(layout.fields.begin(), layout.fields.end(),
        [](const SysstatField& field) { return field.role == SysstatField::Role::Text; });
    if (texts > 1)
        return readByPlace(row, offset, layout, starts, cells);
    return readInOrder(row, layout, cells) || readFromBehind(row, layout, cells);
}

} // namespace hindcast::parse
