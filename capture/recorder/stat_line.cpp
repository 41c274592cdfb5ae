#include "stat_line.h"

#include <array>
#include <charconv>

namespace hindcast::recorder {
namespace {

// Fields by their number in man 5 proc; the first after the name's ')' is field 3.
enum Field : std::size_t {
    State = 3,
    Flags = 9,
    MinorFaults = 10,
    MajorFaults = 12,
    UserTime = 14,
    SystemTime = 15,
    Threads = 20,
    StartTime = 22,
    ResidentPages = 24,
    LastField = ResidentPages
};
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
    std::array<std::uint64_t, LastField + 1> values{}; // those that may be negative are not wanted and stay 0
    const char* at = text.data() + close + 1;
    const char* const end = text.data() + text.size();
    for (std::size_t field = State; field <= LastField; ++field) {
        if (at == end || *at != ' ' || ++at == end) {
            if (field > StartTime)
                break; // enough to know the process
            return std::nullopt;
        }
        const char* const begin = at;
        while (at != end && *at != ' ' && *at != '\n')
            ++at;
        if (field == State) {
            line.state = *begin;
            continue;
        }
        const auto [stop, failure] = std::from_chars(begin, at, values[field]);
        const bool isNeeded = field == Flags || field == StartTime;
        if (isNeeded && (failure != std::errc{} || stop != at))
            return std::nullopt;
    }
    line.isKernelThread = (values[Flags] & kernelThreadFlag) != 0;
    line.startTicks = values[StartTime];
    line.cpuTicks = values[UserTime] + values[SystemTime];
    line.faults = values[MinorFaults] + values[MajorFaults];
    line.threads = values[Threads];
    line.residentPages = values[ResidentPages];
    return line;
}

} // namespace hindcast::recorder
