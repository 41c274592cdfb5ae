#include "parse/recognition.h"

#include "base/text_scanner.h"
#include "parse/plain_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr int sureEnough = 20; ///< of 100
constexpr int asSure = 10; ///< so much less sure is about as sure
constexpr std::size_t mostNamed = 3;

struct Score {
    const Parser* parser;
    int score;
};

/// Surest first; those who are as sure in the order of parsers.inc.
std::vector<Score> scoresOf(std::string_view beginning)
{
    std::vector<Score> scores;
    for (const Parser& parser : allParsers())
        if (const int score = parser.recognise ? parser.recognise(beginning) : 0; score > 0)
            scores.push_back({&parser, score});
    std::stable_sort(scores.begin(), scores.end(), [](const Score& a, const Score& b) { return a.score > b.score; });
    return scores;
}

Recognition judged(const std::vector<Score>& scores)
{
    Recognition result;
    if (!scores.empty() && scores.front().score >= sureEnough)
        result.parser = scores.front().parser;
    for (const Score& score : scores) {
        const bool isNear = !result.parser || score.score + asSure >= scores.front().score;
        if (score.parser != result.parser && isNear && result.considered.size() < mostNamed)
            result.considered.push_back(score.parser);
    }
    return result;
}

/// "ps", "ps or top", "ps, top or w"
std::string listed(const std::vector<const Parser*>& parsers, std::string_view conjunction)
{
    std::string text;
    for (std::size_t i = 0; i < parsers.size(); ++i) {
        text += i == 0 ? "" : i + 1 == parsers.size() ? fmt::format(" {} ", conjunction) : ", ";
        text += parsers[i]->id;
    }
    return text;
}

} // namespace

std::string Recognition::note() const
{
    std::string text;
    if (!parser && !considered.empty())
        text = fmt::format("it may be {}, but nothing in it is certain; --source says which", listed(considered, "or"));
    else if (!considered.empty())
        text = fmt::format("read as {}; {} {} considered", parser->id, listed(considered, "and"),
            considered.size() == 1 ? "was" : "were");
    if (parser && line > 1)
        text += fmt::format("{}what {} prints begins at line {}", text.empty() ? "" : "; ", parser->id, line);
    return text;
}

Recognition recognise(std::string_view beginning)
{
    beginning = beginning.substr(0, recognisedBytes);
    if (!binaryKind(beginning).empty())
        return {};
    return judged(scoresOf(beginning));
}

Recognition recogniseAnywhere(std::string_view text)
{
    Recognition first = recognise(text);
    if (first.parser || !binaryKind(text.substr(0, recognisedBytes)).empty())
        return first;
    constexpr int certain = 60; // further down only what is unmistakable
    constexpr std::uint64_t mostLines = 4000;
    constexpr std::uint64_t eachOfTheFirst = 30;
    constexpr std::size_t mostAsked = 60, linesBetween = 25;
    std::string_view rest = text, line;
    std::uint64_t number = 1;
    std::size_t asked = 0, since = 0;
    bool isBehindBlank = false;
    for (; number < mostLines && asked < mostAsked && nextLine(rest, line); ++number) {
        const bool isBlankLine = trimmed(line).empty();
        const bool isPlaceToAsk =
            !isBlankLine && number > 1 && (number <= eachOfTheFirst || isBehindBlank || since >= linesBetween);
        isBehindBlank = isBlankLine;
        ++since;
        if (!isPlaceToAsk)
            continue;
        ++asked;
        since = 0;
        const auto from = text.substr(static_cast<std::size_t>(line.data() - text.data()));
        const auto scores = scoresOf(from.substr(0, recognisedBytes));
        if (!scores.empty() && scores.front().score >= certain) {
            Recognition found = judged(scores);
            found.line = number;
            return found;
        }
    }
    return first;
}

} // namespace hindcast::parse
