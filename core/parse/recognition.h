// recognition: which parser a text is for, by its content alone, and which others came near.
#pragma once

#include "parse/parser.h"

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// How much of a text parsers are asked about.
constexpr std::size_t recognisedBytes = 16 << 10;

struct Recognition {
    const Parser* parser = nullptr; ///< the one that is surest; null when none is sure enough
    std::vector<const Parser*> considered; ///< others about as sure, or without a parser those that come nearest
    std::uint64_t line = 1; ///< at which that parser's text begins, 1-based

    /// For people: "also looks like iostat; …", "may be ps or top: …"; "" when there is nothing to say.
    std::string note() const;
};

/// Of a text's beginning.
Recognition recognise(std::string_view beginning);
/// Of a text that a user opens by itself: a banner or a shell's session may stand in front of what it is about.
Recognition recogniseAnywhere(std::string_view text);

} // namespace hindcast::parse
