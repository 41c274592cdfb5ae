#include "parse/listing.h"

#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace hindcast::parse {
namespace {

constexpr std::size_t linesLookedAt = 6;

bool isHexDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// "0001", "007": a code or a mask, which as a number would be another.
bool isCode(std::string_view text)
{
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9'
        && std::all_of(text.begin(), text.end(), isHexDigit);
}

/// The first words are the heading's, however wide they stand: columns widened over time.
bool isHeading(const Listing& listing, std::string_view line)
{
    auto wanted = listing.heading;
    for (auto word = nextField(wanted); !word.empty(); word = nextField(wanted))
        if (nextField(line) != word)
            return false;
    return !listing.heading.empty();
}

bool isRow(const Listing& listing, std::string_view line)
{
    if (listing.readRow) {
        TableMaker scratch("");
        scratch.beginRow();
        return listing.readRow(line, scratch);
    }
    const auto parts = fields(line);
    return parts.size() >= listing.fewest && (!listing.isRow || listing.isRow(parts));
}

/// 90 by a heading, 70 by rows alone; the last line may be cut.
int recognise(const Listing& listing, std::string_view beginning)
{
    int rows = 0;
    bool isFirst = true;
    std::string_view line;
    for (std::size_t seen = 0; seen < linesLookedAt && nextLine(beginning, line);) {
        if (trimmed(line).empty())
            continue;
        ++seen;
        if (isFirst && isHeading(listing, line))
            return 90;
        isFirst = false;
        if (!listing.heading.empty() || (!listing.isRow && !listing.readRow))
            return 0;
        if (!isRow(listing, line))
            return rows > 0 && beginning.empty() ? 70 : 0;
        ++rows;
    }
    return rows > 0 ? 70 : 0;
}

std::vector<ListingColumn> namedByHeading(std::string_view line, std::vector<std::string>& names)
{
    for (const auto word : fields(line))
        names.push_back(snakeCase(word));
    std::vector<ListingColumn> columns;
    for (const std::string& name : names) {
        const bool isAddress = name == "sk" || name == "groups" || name == "num";
        columns.push_back({name, isAddress ? FieldForm::Text : FieldForm::Plain, Unit::None, 1});
    }
    return columns;
}

void setField(TableMaker& table, const ListingColumn& column, std::string_view text)
{
    if (column.form == FieldForm::Plain)
        setPlain(table, column.name, text, column.unit, column.factor);
    else if (column.form == FieldForm::Hexadecimal && parseHex(text))
        table.set(column.name, column.unit, static_cast<double>(*parseHex(text)) * column.factor);
    else
        table.set(column.name, text);
}

Table emptyTable(const Listing& listing, std::optional<Time> time)
{
    Table table;
    table.name = listing.table;
    table.time = time;
    for (const auto word : fields(listing.heading))
        table.columns.push_back({snakeCase(word), Unit::None});
    return table;
}

void readFields(TableMaker& table, std::span<const ListingColumn> columns, std::string_view line)
{
    for (const ListingColumn& column : columns) {
        const auto text = column.form == FieldForm::Rest ? trimmed(line) : nextField(line);
        setField(table, column, text);
    }
}

} // namespace

void setPlain(TableMaker& table, std::string_view column, std::string_view text, Unit unit, double factor)
{
    const auto value = isCode(text) ? std::nullopt : parseDouble(text);
    if (value)
        table.set(column, unit, *value * factor);
    else
        table.set(column, text);
}

bool endsInPath(std::string_view path, std::string_view pattern)
{
    while (!pattern.empty()) {
        if (path.empty())
            return false;
        const auto patternSlash = pattern.rfind('/'), pathSlash = path.rfind('/');
        const auto part = pattern.substr(patternSlash + 1);
        if (part != "*" && part != path.substr(pathSlash + 1))
            return false;
        pattern = pattern.substr(0, patternSlash == std::string_view::npos ? 0 : patternSlash);
        path = path.substr(0, pathSlash == std::string_view::npos ? 0 : pathSlash);
    }
    return true;
}

const Listing* listingOf(std::span<const Listing> family, std::string_view path, std::string_view text)
{
    for (const Listing& listing : family)
        if (endsInPath(path, listing.path))
            return &listing;
    const Listing* best = nullptr;
    int surest = 0;
    for (const Listing& listing : family)
        if (const int score = recognise(listing, text); score > surest) {
            surest = score;
            best = &listing;
        }
    return best;
}

int recogniseListing(std::span<const Listing> family, std::string_view beginning)
{
    int surest = 0;
    for (const Listing& listing : family)
        surest = std::max(surest, recognise(listing, beginning));
    return surest;
}

void readListing(const Listing& listing, const Sample& sample, std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    TableMaker table{std::string(listing.table), time};
    std::vector<std::string> names;
    std::vector<ListingColumn> byHeading;
    bool hasHeading = false;
    auto rest = sample.text;
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty())
            continue;
        if (isHeading(listing, line)) {
            hasHeading = true;
            if (listing.columns.empty() && names.empty())
                byHeading = namedByHeading(line, names);
            continue;
        }
        const bool hasColumns = !listing.columns.empty() || !byHeading.empty() || listing.readRow;
        table.beginRow(number);
        bool isRead = hasColumns;
        if (listing.readRow)
            isRead = listing.readRow(line, table);
        else if (isRead && (isRead = isRow(listing, line)))
            readFields(
                table, listing.columns.empty() ? std::span<const ListingColumn>(byHeading) : listing.columns, line);
        if (!isRead) {
            table.dropRow();
            out.skipped(line, fmt::format("not a row of {}", listing.table));
        }
    }
    const bool isEmpty = hasHeading && table.rows() == 0 && out.skippedLines() == 0;
    if (isEmpty)
        out.table(emptyTable(listing, time)); // that there is nothing, such as no swap, is worth knowing
    table.finish(out);
}

void readListings(std::span<const Listing> family, const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        const Listing* listing = listingOf(family, sample.path, sample.text);
        out.setText(sample.text);
        if (listing)
            readListing(*listing, sample, listedAt(input, sample), out);
        else if (!trimmed(sample.text).empty())
            out.skipped(sample.text.substr(0, sample.text.find('\n')), "no known list");
    }
}

bool isHexadecimal(std::string_view text, std::size_t length)
{
    return !text.empty() && (length == 0 || text.size() == length) && std::all_of(text.begin(), text.end(), isHexDigit);
}

std::string ipv4Text(std::string_view digits)
{
    const auto value = isHexadecimal(digits, 8) ? parseHex(digits) : std::nullopt;
    if (!value)
        return {};
    return fmt::format("{}.{}.{}.{}", *value & 255, *value >> 8 & 255, *value >> 16 & 255, *value >> 24 & 255);
}

std::string ipv6Text(std::string_view digits)
{
    if (!isHexadecimal(digits, 32))
        return {};
    std::array<std::uint64_t, 8> groups{};
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = parseHex(digits.substr(i * 4, 4)).value_or(0);
    std::size_t begin = groups.size(), longest = 1; // RFC 5952 §4.2.2: a single group is not shortened
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t zeros = 0;
        while (i + zeros < groups.size() && groups[i + zeros] == 0)
            ++zeros;
        if (zeros > longest) {
            longest = zeros;
            begin = i;
        }
    }
    std::string text;
    for (std::size_t i = 0; i < groups.size();) {
        if (i == begin) {
            text += "::";
            i += longest;
            continue;
        }
        if (!text.empty() && text.back() != ':')
            text += ':';
        text += fmt::format("{:x}", groups[i]);
        ++i;
    }
    return text;
}

std::string unmangled(std::string_view name)
{
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto code =
            name[i] == '\\' && i + 3 < name.size() ? parseInteger<unsigned>(name.substr(i + 1, 3), 8) : std::nullopt;
        if (code && *code < 256) {
            text += static_cast<char>(*code);
            i += 3;
        } else {
            text += name[i];
        }
    }
    return text;
}

} // namespace hindcast::parse
