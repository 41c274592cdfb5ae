// Listing: the kernel's plain tables, such as /proc/modules: perhaps a line of names, then one thing a line with its
// fields in fixed places. A family of such files is a list of them; which one a text is, its path or its content says.
#pragma once

#include "base/text_scanner.h"
#include "parse/builder.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

enum class FieldForm : std::uint8_t {
    Plain, ///< a number when it reads as one; digits behind a leading zero are a code
    Text,
    Hexadecimal,
    Rest, ///< what is left of the line
};

struct ListingColumn {
    std::string_view name;
    FieldForm form = FieldForm::Plain;
    Unit unit = Unit::None;
    double factor = 1;
};

struct Listing {
    std::string_view path; ///< how the path ends: "proc/modules"; "*" stands for one part
    std::string_view table;
    std::string_view heading; ///< how the line of names begins; "" = there is none
    std::span<const ListingColumn> columns; ///< empty: named by the heading, word by word
    std::size_t fewest = 1; ///< fields of a whole row
    /// Whether the fields look like a row; null: any do, and the text is not recognised without a heading.
    bool (*isRow)(std::span<const std::string_view> fields) = nullptr;
    /// For rows that are not a list of fields: fills the row that was begun, false when the line is none.
    bool (*readRow)(std::string_view line, TableMaker& table) = nullptr;
};

/// The listing a path belongs to, or when it says nothing the one that recognises the text; null when none does.
const Listing* listingOf(std::span<const Listing> family, std::string_view path, std::string_view text);
/// 0…100, of the one that is surest.
int recogniseListing(std::span<const Listing> family, std::string_view beginning);

/// Reads one text into a table.
void readListing(const Listing& listing, const Sample& sample, std::optional<Time> time, Builder& out);
/// All samples of an input, each by its listing.
void readListings(std::span<const Listing> family, const Input& input, Builder& out);

/// Sets a cell as FieldForm::Plain says; for readRow().
void setPlain(
    TableMaker& table, std::string_view column, std::string_view text, Unit unit = Unit::None, double factor = 1);

/// Whether all of `text` are hexadecimal digits, `length` of them (0: any number but none).
bool isHexadecimal(std::string_view text, std::size_t length = 0);
/// "fe80::1" of the 32 hexadecimal digits the kernel prints, as RFC 5952 writes it; "" when they are no address.
std::string ipv6Text(std::string_view digits);
/// "10.0.0.1" of eight hexadecimal digits of a little-endian machine; "" when they are no address.
std::string ipv4Text(std::string_view digits);
/// "\040" and the like of the kernel's mangled names (fs/seq_file.c, mangle_path) as the bytes they stand for.
std::string unmangled(std::string_view name);
/// Whether the path ends in the pattern's parts: "proc/net/arp" in "/proc/net/arp" and "sos/proc/net/arp".
bool endsInPath(std::string_view path, std::string_view pattern);

} // namespace hindcast::parse
