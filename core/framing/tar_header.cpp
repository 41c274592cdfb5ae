#include "framing/tar_header.h"

#include <algorithm>
#include <cstring>

namespace hindcast::framing {
namespace {

// Offsets and widths of the ustar fields.
struct Field {
    std::size_t offset;
    std::size_t width;
};
constexpr Field nameField{0, 100}, modeField{100, 8}, ownerField{108, 8}, groupField{116, 8}, sizeField{124, 12},
    modifiedField{136, 12}, checksumField{148, 8}, typeField{156, 1}, magicField{257, 6}, versionField{263, 2},
    prefixField{345, 155};

void putText(TarBlock& block, Field field, std::string_view text)
{
    std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.width));
}

void putOctal(TarBlock& block, Field field, std::uint64_t value)
{
    for (std::size_t i = field.width - 1; i-- > 0; value >>= 3)
        block[field.offset + i] = static_cast<char>('0' + (value & 7U));
}

std::string_view text(std::string_view block, Field field)
{
    const auto whole = block.substr(field.offset, field.width);
    return whole.substr(0, whole.find('\0'));
}

std::optional<std::uint64_t> octal(std::string_view block, Field field)
{
    auto digits = block.substr(field.offset, field.width);
    while (!digits.empty() && digits.front() == ' ')
        digits.remove_prefix(1);
    std::uint64_t value = 0;
    std::size_t count = 0;
    for (; count < digits.size() && digits[count] >= '0' && digits[count] <= '7'; ++count)
        value = value * 8 + static_cast<std::uint64_t>(digits[count] - '0');
    if (count == 0 || (count < digits.size() && digits[count] != ' ' && digits[count] != '\0'))
        return std::nullopt;
    return value;
}

/// The sum of all header bytes with the checksum field read as spaces.
std::uint64_t headerSum(std::string_view block)
{
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool inChecksum = i >= checksumField.offset && i < checksumField.offset + checksumField.width;
        sum += inChecksum ? std::uint64_t{' '} : static_cast<std::uint8_t>(block[i]);
    }
    return sum;
}

} // namespace

std::optional<TarBlock> makeTarHeader(const TarMember& member)
{
    TarBlock block{};
    std::string_view name = member.path;
    if (name.size() > nameField.width) {
        const auto slash = name.find('/', name.size() - nameField.width - 1);
        if (slash == std::string_view::npos || slash == 0 || slash > prefixField.width)
            return std::nullopt;
        putText(block, prefixField, name.substr(0, slash));
        name.remove_prefix(slash + 1);
    }
    if (name.empty() || member.size >= (std::uint64_t{1} << 33))
        return std::nullopt;
    putText(block, nameField, name);
    putOctal(block, modeField, 0600);
    putOctal(block, ownerField, 0);
    putOctal(block, groupField, 0);
    putOctal(block, sizeField, member.size);
    putOctal(block, modifiedField, static_cast<std::uint64_t>(std::max<std::int64_t>(member.modified, 0)));
    block[typeField.offset] = member.type;
    putText(block, magicField, "ustar");
    putText(block, versionField, "00");
    const std::uint64_t sum = headerSum({block.data(), block.size()});
    putOctal(block, {checksumField.offset, 7}, sum); // six digits, NUL, space
    block[checksumField.offset + 7] = ' ';
    return block;
}

TarHeaderKind parseTarHeader(std::string_view block, TarMember& member)
{
    if (block.size() != tarBlockSize)
        return TarHeaderKind::Damaged;
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; }))
        return TarHeaderKind::End;
    const auto sum = octal(block, checksumField);
    const auto size = octal(block, sizeField);
    if (!sum || *sum != headerSum(block) || !size || text(block, magicField).substr(0, 5) != "ustar")
        return TarHeaderKind::Damaged;
    const auto prefix = text(block, prefixField);
    member.path = prefix.empty() ? std::string(text(block, nameField))
                                 : std::string(prefix) + '/' + std::string(text(block, nameField));
    member.size = *size;
    member.modified = static_cast<std::int64_t>(octal(block, modifiedField).value_or(0));
    member.type = block[typeField.offset] == '\0' ? '0' : block[typeField.offset];
    return TarHeaderKind::Member;
}

bool isSafeMemberPath(std::string_view path)
{
    if (path.empty() || path.size() > 255 || path.front() == '/')
        return false;
    if (std::any_of(path.begin(), path.end(),
            [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F || c == '\\'; }))
        return false;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (part.empty() || part == "." || part == "..")
            return false;
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (slash != std::string_view::npos && path.empty())
            return false; // a trailing slash names a folder
    }
    return true;
}

} // namespace hindcast::framing
