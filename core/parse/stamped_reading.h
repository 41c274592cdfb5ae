// stamped_reading: a text whose blocks stand below lines with the time, read block by block: each is given to the
// parser that knows it, as if it were a text of its own, and what has no time of its own gets that of its line.
#pragma once

#include "parse/merge.h"
#include "parse/parser.h"
#include "parse/stamped_blocks.h"

#include <string_view>
#include <vector>

namespace hindcast::parse {

/// Which parser is for a text in a file of that path; null when none is.
using ChooseParser = const Parser* (*)(std::string_view path, std::string_view text);

/// One per run of blocks that one parser takes at a time, in the order of the text; blocks that no parser knows are
/// counted in a note. Nothing at all when no block is known: the text is no such file then.
/// `forced`: what the user says the blocks are; null = chosen by `choose`.
std::vector<ParsedSource> readStamped(
    std::string_view member, const StampedText& stamped, const Parser* forced, ChooseParser choose, const Host& host);

} // namespace hindcast::parse
