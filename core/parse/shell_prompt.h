// ShellPrompt: the line people copy along with what a command printed: "[root@web1 ~]# free -m", "$ ps aux | head".
#pragma once

#include <string_view>

namespace hindcast::parse {

/// Whether a line is a prompt with a command of that tool. "C:\>" and bare commands ("free -m") are not.
bool isPromptOf(std::string_view line, std::string_view tool);

} // namespace hindcast::parse
