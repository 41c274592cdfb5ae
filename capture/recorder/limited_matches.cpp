#include "limited_matches.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>
#include <utility>

namespace hindcast::recorder {
namespace {

bool isDigit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// The digits `text` begins with, without zeros before them; `rest` is what follows.
std::string_view number(std::string_view text, std::string_view& rest)
{
    std::size_t end = 0;
    while (end < text.size() && isDigit(text[end]))
        ++end;
    rest = text.substr(end);
    text = text.substr(0, end);
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    return text;
}

bool isBefore(std::string_view left, std::string_view right)
{
    while (!left.empty() && !right.empty()) {
        if (isDigit(left[0]) && isDigit(right[0])) {
            const std::string_view one = number(left, left), other = number(right, right);
            if (one != other)
                return std::pair(one.size(), one) < std::pair(other.size(), other);
        } else if (left[0] != right[0]) {
            return left[0] < right[0];
        } else {
            left.remove_prefix(1);
            right.remove_prefix(1);
        }
    }
    return left.size() < right.size();
}

/// The folder that the first '*' of the pattern stands for a name of has a link "device" when a bus has it
/// (Documentation/admin-guide/sysfs-rules.rst).
bool isOfDevice(const Root& root, const std::string& path, std::size_t star)
{
    return root.exists((path.substr(0, path.find('/', star)) + "/device").c_str());
}

} // namespace

LimitedMatches limitedMatches(const Root& root, const char* pattern, std::size_t most)
{
    LimitedMatches matches;
    matches.paths = root.matches(pattern);
    if (matches.paths.size() <= most)
        return matches;
    std::sort(matches.paths.begin(), matches.paths.end(), isBefore);
    const char* const star = std::strchr(pattern, '*');
    const auto place = static_cast<std::size_t>(star - pattern);
    std::stable_partition(matches.paths.begin(), matches.paths.end(),
        [&](const std::string& path) { return isOfDevice(root, path, place); });
    matches.leftOut = matches.paths.size() - most;
    matches.paths.resize(most);
    return matches;
}

} // namespace hindcast::recorder
