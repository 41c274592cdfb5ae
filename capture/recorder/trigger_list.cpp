#include "trigger_list.h"

#include "message.h"
#include "trigger_command.h"

#include <algorithm>

namespace hindcast::recorder {
namespace {

/// Each line by itself, so that the caret of the second stands below its place in the first.
void sayLines(const std::string& text)
{
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        say("%s", text.substr(begin, end - begin).c_str());
        begin = end + 1;
    }
}

} // namespace

int addTriggers(const Options& options, TriggerWatch& watch)
{
    for (const std::string& expression : options.flight.triggers)
        if (const auto complaint = watch.add(expression)) {
            sayLines(*complaint);
            return exit_status::usage;
        }
    if (watch.needsSockets() && options.socketTicks == 0) {
        say("a trigger counts sockets, and with --socket-ticks 0 none are listed");
        return exit_status::usage;
    }
    return exit_status::complete;
}

int checkTriggers(const Options& options)
{
    StuckHelpers stuck;
    HelperCommands commands(stuck);
    TriggerWatch watch(options.hasCommands ? &commands : nullptr);
    return addTriggers(options, watch);
}

} // namespace hindcast::recorder
