// CommandWords: reads a command word by word and says which words are secrets because of the option, the program or the
// sentence they belong to: "--password x", "mysql -px", "IDENTIFIED BY 'x'", "with password x7y8z9".
#pragma once

#include "redact/program_habits.h"
#include "redact/secret_names.h"

#include <cstddef>
#include <string_view>

namespace hindcast::redact {

class CommandWords {
public:
    /// Part of a word: [begin, end), empty when nothing in it is a secret.
    struct Range {
        std::size_t begin = 0, end = 0;
        bool isEmpty() const { return begin >= end; }
    };
    enum class Source { Text, Arguments }; ///< in a text "name = value" is found by its "="

    explicit CommandWords(Source source = Source::Text)
        : m_source(source)
    {
    }
    /// `isQuoted`: the word stood in quotes, which are not part of it.
    Range take(std::string_view word, bool isQuoted = false);
    /// What begins now is another command: behind "|", ";" and the like.
    void startOver() { *this = CommandWords(m_source); }
    /// The word that comes next is a command for a shell: "sh -c '…'".
    bool isShellCommandNext() const { return m_isShellCommandNext; }

private:
    enum class Expect {
        Nothing,
        Value, ///< all of it, as m_secrecy has it
        ValueOfSet, ///< "set password x", but not "set password policy"
        OneArgument, ///< without a blank: behind an argument "password:"
        Quoted, ///< the same, if it is in quotes
        UnlikeAWord, ///< in quotes, or nothing that a sentence is made of
        LiteralValue, ///< whatever it looks like
        Habit, ///< as m_follows has it
    };

    bool keepsWaiting(Expect expect, std::string_view word);
    Range expected(Expect expect, std::string_view word, bool isQuoted) const;
    Range option(std::string_view word);
    Range optionHabit(std::string_view word, bool& isKnown);
    Range shortOption(std::string_view word);
    void longOption(std::string_view name);
    Range positional(std::string_view word);
    Range programWord(std::string_view word);
    void sentenceWord(std::string_view word);
    bool argumentWord(std::string_view word);
    void noteProgram(std::string_view word);
    void expect(Expect what, Secrecy secrecy, std::string_view name);
    void expectHabit(Follows follows);

    Source m_source;
    const ProgramHabits* m_program = nullptr;
    std::string_view m_previous, m_beforePrevious;
    Expect m_expect = Expect::Nothing;
    Follows m_follows = Follows::Whole;
    Secrecy m_secrecy = Secrecy::None;
    std::string_view m_name; ///< of the option that m_expect belongs to
    unsigned m_positional = 0; ///< words behind the program that are no options
    unsigned m_firstSecret = 0, m_lastSecret = 0; ///< which of them are secrets; 0 = none
    Follows m_secretWords = Follows::Whole;
    unsigned m_seenWords = 0; ///< wordBit()s
    unsigned m_sinceNoun = 1000; ///< words behind "password", "token"
    unsigned m_sinceIdentified = 1000; ///< words behind SQL's "IDENTIFIED"
    bool m_isSqlPassword = false; ///< behind SET PASSWORD FOR
    bool m_isShell = false;
    bool m_isShellCommandNext = false;
};

} // namespace hindcast::redact
