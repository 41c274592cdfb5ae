#include "parse/loose_reading.h"

#include "base/text_scanner.h"
#include "parse/bundle_layout.h"
#include "parse/recognition.h"
#include "parse/stamped_blocks.h"
#include "parse/stamped_reading.h"

#include <fmt/format.h>

namespace hindcast::parse {
namespace {

/// Content decides, the place helps.
const Parser* chooseParser(std::string_view path, std::string_view text)
{
    if (const Parser* parser = parserByPlace(path, text))
        return parser;
    return isNeverByContent(path) ? nullptr : recognise(text).parser;
}

ParsedSource& addSource(const SourceSamples& file, std::string source, ParsedPart& parsed)
{
    ParsedSource& out = parsed.sources.emplace_back();
    out.member = file.member;
    out.source = std::move(source);
    out.bytes = file.bytes;
    out.readings = file.readings;
    out.writtenAt = file.writtenAt;
    return out;
}

bool readFacts(const SourceSamples& file, ParsedPart& parsed)
{
    auto facts = bundleFactsOf(file.member, file.samples.front().text, file.writtenAt);
    if (!facts)
        return false;
    ParsedSource& out = addSource(file, facts->source, parsed);
    const bool isMeasured = facts->source == "date" && facts->host.utcOffset;
    if (isMeasured)
        out.builder.note(NoteSeverity::Info, "tells the host's distance from UTC");
    if (!facts->isCollectedLocal)
        out.collectedAt = facts->collectedAt;
    out.builder.host() = std::move(facts->host);
    return true;
}

bool readStampedFile(const SourceSamples& file, const Host& host, ParsedPart& parsed)
{
    const auto stamped = splitAtStamps(file.samples.front().text);
    if (!stamped)
        return false;
    auto read = readStamped(file.member, *stamped, file.parser, chooseParser, host);
    if (read.empty())
        return false;
    std::uint64_t counted = 0;
    for (const ParsedSource& source : read)
        counted += source.bytes;
    read.front().bytes += file.bytes - std::min(file.bytes, counted); // the lines of the stamps
    for (ParsedSource& source : read)
        parsed.sources.push_back(std::move(source));
    return true;
}

} // namespace

bool readInBundle(const SourceSamples& file, const Host& host, ParsedPart& parsed)
{
    const bool isChosen = file.parser != nullptr; // by the user
    const std::string_view text = file.samples.front().text;
    if (!isChosen && readFacts(file, parsed))
        return true;
    const auto stalk = stalkFileOf(file.member);
    if (!isChosen && stalk && stalk->isOverall) {
        addSource(file, {}, parsed)
            .builder.note(NoteSeverity::Info,
                "not read: one average over the whole stalk, of which the file without -overall has the samples");
        return true;
    }
    if (readStampedFile(file, host, parsed))
        return true;
    if (isChosen)
        return false;
    const Parser* parser = parserByPlace(file.member, text);
    if (!parser && !isNeverByContent(file.member))
        return false;
    ParsedSource& out = addSource(file, parser ? std::string(parser->id) : std::string(), parsed);
    out.builder.setClock(file.clock);
    if (parser)
        parser->parse({file.member, file.samples, file.clock, host, file.writtenAt}, out.builder);
    return true;
}

void placeInBundle(std::string_view member, Builder& builder)
{
    const auto stalk = stalkFileOf(member);
    if (!stalk || builder.clock() != Clock::None || builder.rowTimes().empty())
        return;
    builder.placeAt(stalk->begin);
    builder.setCivilTimes(CivilTimes::Local);
    builder.note(NoteSeverity::Info,
        "placed by the name of the file, which tells when the stalk began: one row a second from then on, as pt-stalk "
        "starts its tools");
}

void readLinks(const archive::Part& part, ParsedPart& parsed)
{
    for (const archive::Link& link : part.links) {
        const std::string zone = zoneOfLink(link.target);
        if (zone.empty())
            continue;
        ParsedSource& out = parsed.sources.emplace_back();
        out.member = link.path;
        out.source = "localtime";
        out.readings = 1;
        out.builder.host().timezone = zone;
    }
}

bool isReadInBundle(std::string_view path, std::string_view beginning)
{
    if (const auto stamped = splitAtStamps(beginning))
        for (const StampedBlock& block : stamped->blocks)
            if (!trimmed(block.text).empty())
                return chooseParser(path, block.text) != nullptr;
    return parserByPlace(path, beginning) != nullptr;
}

} // namespace hindcast::parse
