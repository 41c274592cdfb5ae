#include "parse/task_rows.h"

#include "base/text_scanner.h"
#include "parse/process_columns.h"

#include <algorithm>

namespace hindcast::parse {

using std::string_view;

namespace {

constexpr std::size_t mostColumns = 96;

/// Where characters begin: continuation bytes of UTF-8 do not count.
std::size_t countCharacters(string_view text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t byteOfCharacter(string_view text, std::size_t character)
{
    std::size_t byte = 0;
    for (; byte < text.size(); ++byte)
        if ((static_cast<unsigned char>(text[byte]) & 0xC0U) != 0x80U && character-- == 0)
            break;
    return byte;
}

} // namespace

bool isTaskHeading(string_view line)
{
    bool hasPid = false;
    std::size_t known = 0, ofTop = 0;
    for (auto word = nextField(line); !word.empty(); word = nextField(line)) {
        const ProcessColumn* column = topColumn(word);
        if (column) {
            ++known;
            hasPid = hasPid || column->heading == "PID";
            ofTop += column->heading == "TIME+" || column->heading == "VIRT" || column->heading == "RES"
                    || column->heading == "SHR" || column->heading == "PR" || column->heading == "%VSZ"
                    || column->heading == "SHARE"
                ? 1
                : 0;
        } else if (word.find_first_of("0123456789") != string_view::npos) {
            return false;
        }
    }
    return hasPid && known >= 4 && ofTop >= 1;
}

std::vector<string_view> taskHeadingNames(string_view heading)
{
    constexpr std::size_t widestGap = 3; // between the two without a state
    std::vector<string_view> names;
    for (auto name = nextField(heading); !name.empty() && names.size() < mostColumns; name = nextField(heading)) {
        if (name == "%CPU" && !names.empty() && names.back() == "SHR"
            && static_cast<std::size_t>(name.data() - names.back().data()) > names.back().size() + widestGap)
            names.push_back("S");
        names.push_back(name);
    }
    return names;
}

void TaskRows::begin(string_view line, const std::vector<string_view>& names)
{
    m_columns.clear();
    for (const string_view name : names) {
        const bool isNamed = name.data() >= line.data() && name.data() < line.data() + line.size();
        const auto first = isNamed ? static_cast<std::size_t>(name.data() - line.data()) : 0;
        const ProcessColumn* meaning = topColumn(name);
        Column column;
        column.begin = countCharacters(line.substr(0, first));
        column.end = column.begin + countCharacters(name);
        column.holdsBlanks =
            meaning && (meaning->value == ProcessValue::Command || meaning->value == ProcessValue::Words);
        column.isState = meaning && meaning->value == ProcessValue::State;
        column.isText = !meaning || meaning->value == ProcessValue::Text || column.holdsBlanks;
        m_columns.push_back(column);
    }
    m_hasBlanksWithin = !m_columns.empty()
        && std::any_of(m_columns.begin(), m_columns.end() - 1, [](const Column& one) { return one.holdsBlanks; });
}

bool TaskRows::split(string_view row, std::vector<string_view>& values) const
{
    if (splitByBlanks(row, values))
        return true;
    return splitByPlace(row, values);
}

bool TaskRows::splitByBlanks(string_view row, std::vector<string_view>& values) const
{
    values.clear();
    for (std::size_t i = 0; i + 1 < m_columns.size(); ++i) {
        values.push_back(takeWord(row, i));
        if (values.back().empty())
            return false;
    }
    const auto last = trimmed(row);
    values.push_back(last);
    const bool isOneWord = !last.empty() && last.find_first_of(" \t") == string_view::npos;
    return isOneWord || (m_columns.back().holdsBlanks && !m_hasBlanksWithin);
}

string_view TaskRows::takeWord(string_view& row, std::size_t column) const
{
    const auto word = nextField(row);
    if (!m_columns[column].isState)
        return word;
    auto left = row;
    const auto next = nextField(left); // busybox: "S <", "SW N"
    if (next != "<" && next != "N")
        return word;
    row = left;
    return {word.data(), static_cast<std::size_t>(next.data() + next.size() - word.data())};
}

bool TaskRows::splitByPlace(string_view row, std::vector<string_view>& values) const
{
    values.clear();
    auto rest = row;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i + 1 == m_columns.size()) {
            values.push_back(trimmed(rest));
        } else if (m_columns[i].holdsBlanks) {
            const std::size_t end = endOf(row, i);
            const auto begin = static_cast<std::size_t>(rest.data() - row.data());
            if (end <= begin)
                return false;
            values.push_back(trimmed(row.substr(begin, end - begin)));
            rest = row.substr(end);
        } else {
            values.push_back(takeWord(rest, i));
        }
        if (values.back().empty() && i + 1 < m_columns.size())
            return false;
    }
    return true;
}

std::size_t TaskRows::endOf(string_view row, std::size_t column) const
{
    const Column& next = m_columns[column + 1];
    if (next.isText || next.isState)
        return byteOfCharacter(row, next.begin);
    std::size_t byte = byteOfCharacter(row, next.end);
    while (byte > 0 && isBlank(row[byte - 1]))
        --byte; // shorter than its name
    while (byte > 0 && !isBlank(row[byte - 1]))
        --byte;
    return byte;
}

} // namespace hindcast::parse
