// Parser: how one recorded source is recognised and read. A parser is a function over text; it looks at nothing else.
#pragma once

#include "model/snapshot.h"
#include "parse/builder.h"

#include <span>
#include <string_view>

namespace hindcast::parse {

/// One reading of a source.
struct Sample {
    Time time{};
    std::string_view path; ///< "/proc/4121/stat": which of a family of files; "/proc/stat" for plain ones
    std::string_view text; ///< empty when errorNumber is set
    int errorNumber = 0; ///< errno instead of data: ESRCH (3) = the process has ended
    /// `time` on CLOCK_MONOTONIC, for sources that stamp their own lines with the time since boot; nothing outside
    /// ticks.
    std::optional<Nanoseconds> monotonic = {};
};

struct Input {
    std::string_view member; ///< "samples/proc/stat", or the path of a bare file
    std::span<const Sample> samples; ///< in time order
    Clock clock =
        Clock::Wall; ///< of Sample::time; None: a bare file without a clock, time is the sample's index in seconds
    const Host& host; ///< clock ticks, page size, CPUs: absent values are assumed by the parser and said in a note
    /// When the member was written last, as its tar, zip or folder says: good for a year or a date that the text leaves
    /// out, and to be said when used. Nothing when that is not known.
    std::optional<Time> writtenAt = {};
};

struct Parser {
    std::string_view id; ///< "proc_stat": the same in sources.txt, the file name, parsers.inc and tests/data/parse
    std::string_view title; ///< English, marked for translation: "CPU time and activity counters"
    std::string_view members; ///< path of the source below samples/, "*" standing for one part: "proc/*/stat", "**" at
                              ///< the end for one part or more; several are separated by blanks; "" for text of tools
    void (*parse)(const Input& input, Builder& out);
    /// Whether a bare file's beginning (up to 16 KiB) looks like this source: 0 no, up to 100 certain.
    int (*recognise)(std::string_view beginning) = nullptr;
    /// What a per-sample file family is part of: processes are entities.
    bool isPerProcess = false;
    /// A folder of many small files, each a value or two: "proc/sys". All of them together are one member, and one
    /// table.
    std::string_view gathered = {};
};

/// All parsers, in the order of parsers.inc.
std::span<const Parser> allParsers();
const Parser* parserById(std::string_view id);
/// The parser whose `members` pattern fits the path below samples/ ("proc/stat"); null when none does.
const Parser* parserForSource(std::string_view path);
/// The same for a path below start/ or end/: settings, which are read once and so belong into one table.
const Parser* parserForIdentity(std::string_view path);

} // namespace hindcast::parse
