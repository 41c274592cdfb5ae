// CommandLine: the line of a shell above a tool's text, as people paste it: "[root@db1 ~]# iostat -x 5", "$ vmstat 1".
#pragma once

#include "base/text_scanner.h"

#include <string_view>

namespace hindcast::parse {

inline bool isCommandLine(std::string_view line, std::string_view tool)
{
    const auto place = line.find(tool);
    if (place == std::string_view::npos)
        return false;
    const auto behind = line.substr(place + tool.size());
    if (!behind.empty() && !isBlank(behind.front()))
        return false;
    const auto before = trimmed(line.substr(0, place));
    if (before.empty())
        return true;
    constexpr std::string_view promptEnds = "#$%>+:"; // "+" of sh -x, ":" of "Output of: iostat"
    const auto last = before.find_last_of(" \t");
    const auto word = last == std::string_view::npos ? before : before.substr(last + 1);
    return promptEnds.find(before.back()) != std::string_view::npos || word == "sudo" || word.ends_with('/')
        || word.ends_with("]#");
}

} // namespace hindcast::parse
