#include "stat_line.h"

#include <charconv>

namespace hindcast::recorder {
namespace {

// Fields by their number in man 5 proc; the first after the name's ')' is field 3.
constexpr int stateField = 3, flagsField = 9, startTimeField = 22;
constexpr std::uint64_t kernelThreadFlag = 0x00200000; // PF_KTHREAD, include/linux/sched.h

} // namespace

std::optional<StatLine> parseStatLine(std::string_view text)
{
    const auto open = text.find('(');
    const auto close = text.rfind(')'); // a name may hold ')' itself, the numbers behind it cannot
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    StatLine line;
    line.comm = text.substr(open + 1, close - open - 1);
    const char* at = text.data() + close + 1;
    const char* const end = text.data() + text.size();
    for (int field = stateField; field <= startTimeField; ++field) {
        if (at == end || *at != ' ' || ++at == end)
            return std::nullopt;
        const char* const begin = at;
        while (at != end && *at != ' ' && *at != '\n')
            ++at;
        std::uint64_t value = 0;
        if (field == stateField)
            line.state = *begin;
        else if (field == flagsField || field == startTimeField) {
            const auto [stop, failure] = std::from_chars(begin, at, value);
            if (failure != std::errc{} || stop != at)
                return std::nullopt;
            if (field == flagsField)
                line.isKernelThread = (value & kernelThreadFlag) != 0;
            else
                line.startTicks = value;
        }
    }
    return line;
}

} // namespace hindcast::recorder
