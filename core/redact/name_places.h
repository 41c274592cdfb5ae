// NamePlaces: tells by what stands around a word whether it is the name of a host or of a user.
#pragma once

#include "redact/pseudonyms.h"

#include <string>
#include <string_view>

namespace hindcast::redact {

class NamePlaces {
public:
    NamePlaces(std::string_view text, Pseudonyms& pseudonyms)
        : m_text(text)
        , m_pseudonyms(pseudonyms)
    {
    }
    /// Length of the name that begins at `place`, the beginning of a word, and its pseudonym; 0 = none.
    std::size_t at(std::size_t place, std::string& pseudonym);

private:
    enum class Role { Nothing, User, Host };

    std::size_t ownName(std::size_t place) const;
    Role role(std::size_t place, std::string_view name) const;
    Role roleByLabel(std::size_t place) const;
    Role roleInList(std::size_t place, std::string_view name) const;
    bool isUser(std::size_t place, std::string_view name) const;
    std::size_t knownName(std::string_view name, std::string& pseudonym) const;
    bool isBehind(std::size_t place, std::string_view words) const;

    const std::string_view m_text;
    Pseudonyms& m_pseudonyms;
};

} // namespace hindcast::redact
