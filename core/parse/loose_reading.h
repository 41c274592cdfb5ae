// loose_reading: files that no recorder of ours wrote and that their text alone does not explain: those whose place in
// a bundle tells what they are, those that tell about the host as a whole, and those with a time above each block.
#pragma once

#include "archive/member.h"
#include "parse/demux.h"
#include "parse/merge.h"

#include <string_view>

namespace hindcast::parse {

/// Adds to `parsed.sources` what was read of the file; false when it is a text like any other, and nothing was added.
/// `file.parser`: what the user says it is; null = nothing said.
bool readInBundle(const SourceSamples& file, const Host& host, ParsedPart& parsed);

/// Rows without a time, read from a file of a stalk, are put where the stalk began.
void placeInBundle(std::string_view member, Builder& builder);

/// What the links of a bundle say by where they lead: the host's time zone.
void readLinks(const archive::Part& part, ParsedPart& parsed);

/// Whether readInBundle() would make something of a file that begins like this.
bool isReadInBundle(std::string_view path, std::string_view beginning);

} // namespace hindcast::parse
