// plain_text: what people send as a text, made into one: UTF-16, byte order marks, colours of a terminal, line ends of
// other systems. Done once, before a parser is asked; lines keep their numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

/// The text in UTF-8, without a byte order mark and without what only a terminal obeys; nothing when it is so already,
/// which costs one look at each byte.
std::optional<std::string> plainText(std::string_view raw);

/// "an ELF program or library" for bytes that are no text, by their magic number or because they are full of control
/// characters; "" for a text. `beginning`: up to 16 KiB of what plainText() made of it.
std::string_view binaryKind(std::string_view beginning);

} // namespace hindcast::parse
