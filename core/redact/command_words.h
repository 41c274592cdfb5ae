// CommandWords: reads a command word by word and says which words are secrets because of the option or the program they
// belong to: "--password x", "mysql -px", "htpasswd -b FILE USER x".
#pragma once

#include "redact/secret_names.h"

#include <cstddef>
#include <string_view>

namespace hindcast::redact {

struct ProgramHabits;

class CommandWords {
public:
    /// Part of a word: [begin, end), empty when nothing in it is a secret.
    struct Range {
        std::size_t begin = 0, end = 0;
        bool isEmpty() const { return begin >= end; }
    };
    /// `isQuoted`: the word stood in quotes, which are not part of it.
    Range take(std::string_view word, bool isQuoted = false);
    /// What begins now is another command: behind "|", ";" and the like.
    void startOver() { *this = {}; }
    /// The word that comes next is a command for a shell: "sh -c '…'".
    bool isShellCommandNext() const { return m_isShellCommandNext; }

private:
    enum class Expect {
        Nothing,
        Value, ///< all of it, as m_secrecy has it
        Quoted, ///< the same, if it is in quotes
        BehindPercent, ///< smbclient's USER%SECRET
        BehindEquals, ///< KEY=SECRET
        LiteralValue, ///< whatever it looks like
    };

    Range expected(Expect expect, std::string_view word, bool isQuoted) const;
    Range option(std::string_view word);
    Range shortOption(std::string_view word);
    void longOption(std::string_view name);
    Range positional(std::string_view word);
    void noteProgram(std::string_view word);
    void expect(Expect what, Secrecy secrecy, std::string_view name);

    const ProgramHabits* m_program = nullptr;
    std::string_view m_previous;
    Expect m_expect = Expect::Nothing;
    Secrecy m_secrecy = Secrecy::None;
    std::string_view m_name; ///< of the option that m_expect belongs to
    unsigned m_positional = 0; ///< words behind the program that are no options
    unsigned m_secretPositional = 0; ///< which of them is the secret; 0 = none
    bool m_isLogin = false; ///< "docker login": only then -p is not a port
    bool m_isShell = false;
    bool m_isShellCommandNext = false;
};

} // namespace hindcast::redact
