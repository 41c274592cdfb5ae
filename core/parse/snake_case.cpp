#include "parse/snake_case.h"

namespace hindcast::parse {
namespace {

constexpr bool isCapital(char c)
{
    return c >= 'A' && c <= 'Z';
}
constexpr bool isSmall(char c)
{
    return c >= 'a' && c <= 'z';
}
constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool beginsWord(std::string_view name, std::size_t place)
{
    if (place == 0 || !isCapital(name[place]))
        return false;
    const char before = name[place - 1];
    if (isSmall(before) || isDigit(before))
        return true;
    return isCapital(before) && place + 1 < name.size() && isSmall(name[place + 1]);
}

} // namespace

std::string snakeCase(std::string_view name)
{
    constexpr std::size_t longest = 64;
    std::string result;
    for (std::size_t place = 0; place < name.size() && result.size() < longest; ++place) {
        const char c = name[place];
        const bool isWordCharacter = isCapital(c) || isSmall(c) || isDigit(c);
        if ((beginsWord(name, place) || !isWordCharacter) && !result.empty() && result.back() != '_')
            result += '_';
        if (isWordCharacter)
            result += isCapital(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    while (!result.empty() && result.back() == '_')
        result.pop_back();
    return result.empty() ? std::string("unnamed") : result;
}

} // namespace hindcast::parse
