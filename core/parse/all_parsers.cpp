#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>

namespace hindcast::parse {

#define PARSER(id) Parser id();
#include "parse/parsers.inc"
#undef PARSER

std::span<const Parser> allParsers()
{
#define PARSER(id) id(),
    static const std::array parsers{
#include "parse/parsers.inc"
    };
#undef PARSER
    return parsers;
}

const Parser* parserById(std::string_view id)
{
    for (const Parser& parser : allParsers())
        if (parser.id == id)
            return &parser;
    return nullptr;
}

namespace {

/// "*" stands for one part of the path, "**" for all that is left.
bool fits(std::string_view pattern, std::string_view path)
{
    while (!pattern.empty() && !path.empty()) {
        const auto patternPart = pattern.substr(0, pattern.find('/'));
        const auto pathPart = path.substr(0, path.find('/'));
        if (pattern == "**")
            return true;
        if (patternPart != "*" && patternPart != pathPart)
            return false;
        pattern.remove_prefix(std::min(pattern.size(), patternPart.size() + 1));
        path.remove_prefix(std::min(path.size(), pathPart.size() + 1));
    }
    return pattern.empty() && path.empty();
}

/// `patterns`: separated by blanks.
bool fitsAny(std::string_view patterns, std::string_view path)
{
    for (auto pattern = nextField(patterns); !pattern.empty(); pattern = nextField(patterns))
        if (fits(pattern, path))
            return true;
    return false;
}

} // namespace

const Parser* parserForSource(std::string_view path)
{
    for (const Parser& parser : allParsers())
        if (fitsAny(parser.members, path))
            return &parser;
    return nullptr;
}

const Parser* parserForIdentity(std::string_view path)
{
    for (const Parser& parser : allParsers())
        if (!parser.gathered.empty() && path.starts_with(parser.gathered) && fitsAny(parser.members, path))
            return &parser;
    return parserForSource(path);
}

} // namespace hindcast::parse
