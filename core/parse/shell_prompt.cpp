#include "parse/shell_prompt.h"

#include "base/text_scanner.h"

namespace hindcast::parse {

bool isPromptOf(std::string_view line, std::string_view tool)
{
    for (auto place = line.find_first_of("#$>%"); place != std::string_view::npos;
         place = line.find_first_of("#$>%", place + 1)) {
        auto command = line.substr(place + 1);
        if (command.empty() || (!isBlank(command.front()) && place != 0))
            continue;
        if (line[place] == '%' && place > 0 && line[place - 1] >= '0' && line[place - 1] <= '9')
            continue; // "38% /srv/df" is a share and a path
        auto word = nextField(command);
        if (word == "sudo" || word == "watch" || word == "LANG=C" || word == "LC_ALL=C")
            word = nextField(command);
        if (const auto slash = word.rfind('/'); slash != std::string_view::npos)
            word.remove_prefix(slash + 1);
        if (word == tool)
            return true;
    }
    return false;
}

} // namespace hindcast::parse
