// TaskRows: the list of top taken apart, whatever fields it shows. Text that may hold blanks and is not the last column
// is found by its place under the heading, everything else by blanks.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// A line of names of which top knows PID and at least three more, one of them not of ps.
bool isTaskHeading(std::string_view line);
/// The names of a heading. The Chinese translation leaves the name of the state empty; it stands between SHR and %CPU.
std::vector<std::string_view> taskHeadingNames(std::string_view heading);

class TaskRows {
public:
    void begin(std::string_view heading, const std::vector<std::string_view>& names);
    /// One value per name, the last may be empty; false when the row does not fit.
    bool split(std::string_view row, std::vector<std::string_view>& values) const;

private:
    struct Column {
        std::size_t begin = 0, end = 0; ///< of the name, in characters
        bool holdsBlanks = false, isText = false, isState = false;
    };

    /// True when there are as many words as names, or more and only the last column may hold them.
    bool splitByBlanks(std::string_view row, std::vector<std::string_view>& values) const;
    bool splitByPlace(std::string_view row, std::vector<std::string_view>& values) const;
    std::string_view takeWord(std::string_view& row, std::size_t column) const;
    /// Text begins below its name, a number ends below its name's end.
    std::size_t endOf(std::string_view row, std::size_t column) const;

    std::vector<Column> m_columns;
    bool m_hasBlanksWithin = false; ///< a column that may hold blanks is not the last
};

} // namespace hindcast::parse
