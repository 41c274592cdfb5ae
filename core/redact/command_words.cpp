#include "redact/command_words.h"

#include <algorithm>
#include <array>

namespace hindcast::redact {
namespace {

using Range = CommandWords::Range;

constexpr std::array<std::string_view, 4> quotedAfter{"password", "passwd", "passphrase", "secret"};
constexpr std::array<std::string_view, 7> sentenceNouns{
    "password", "passwd", "passphrase", "secret", "token", "otp", "passcode"};
constexpr std::array<std::string_view, 5> codes{"verification", "security", "access", "login", "one-time"};

template <std::size_t Size> bool isAnyOf(std::string_view word, const std::array<std::string_view, Size>& words)
{
    return std::any_of(
        words.begin(), words.end(), [&](std::string_view wanted) { return equalsIgnoringCase(word, wanted); });
}

/// "-h", "--host": what stands where a value was expected and is the next option. "-x7!k" may well be a password, and
/// so may "--Xy7z": names of options are not written so.
bool looksLikeOption(std::string_view word)
{
    if (word.size() < 2 || word[0] != '-')
        return false;
    if (word.size() == 2)
        return isAsciiAlpha(word[1]);
    if (word[1] != '-' || !isAsciiAlpha(word[2]))
        return false;
    const bool hasDigit = std::any_of(word.begin(), word.end(), isAsciiDigit);
    const bool hasUpper = std::any_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool hasLower = std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return !(hasDigit && hasUpper && hasLower && word.find('=') == std::string_view::npos);
}

Range behind(std::string_view word, std::size_t sign)
{
    return sign == std::string_view::npos ? Range{} : Range{sign + 1, word.size()};
}

/// "rw,user=USER%SECRET,vers=3"
Range secretOfMount(std::string_view word)
{
    for (const std::string_view name : {"user=", "username="}) {
        const auto found = word.find(name);
        if (found == std::string_view::npos || (found > 0 && word[found - 1] != ','))
            continue;
        const auto end = std::min(word.find(',', found), word.size());
        const auto percent = word.find('%', found);
        if (percent < end)
            return {percent + 1, end};
    }
    return {};
}

Range following(Follows follows, std::string_view word)
{
    switch (follows) {
    case Follows::Whole:
        return {0, word.size()};
    case Follows::Cookie:
        return word.find('=') == std::string_view::npos ? Range{} : Range{0, word.size()};
    case Follows::BehindColon:
        return behind(word, word.find(':'));
    case Follows::BehindPercent:
        return behind(word, word.find('%'));
    case Follows::BehindEquals:
        return behind(word, word.find('='));
    case Follows::MountUser:
        return secretOfMount(word);
    }
    return {};
}

} // namespace

Range CommandWords::take(std::string_view word, bool isQuoted)
{
    m_isShellCommandNext = false;
    Range range;
    const Expect expect = m_expect;
    m_expect = Expect::Nothing;
    ++m_sinceNoun;
    ++m_sinceIdentified;
    if (expect == Expect::ValueOfSet && equalsIgnoringCase(word, "for"))
        m_isSqlPassword = true;
    else if (expect != Expect::Nothing && !isQuoted && keepsWaiting(expect, word))
        m_expect = expect;
    else if (expect == Expect::Value && m_secrecy == Secrecy::Random && word == "is") // "token is x"
        range = positional(word);
    else if (expect != Expect::Nothing && !looksLikeOption(word))
        range = expected(expect, word, isQuoted);
    else if (word.size() >= 2 && word[0] == '-')
        range = option(word);
    else
        range = positional(word);
    m_beforePrevious = m_previous;
    m_previous = word;
    return range;
}

/// Words between a name and its value.
bool CommandWords::keepsWaiting(Expect expect, std::string_view word)
{
    if (word == "\\") // the line goes on
        return true;
    const bool isValue = expect == Expect::Value || expect == Expect::ValueOfSet;
    if (isValue && word == "to") // "set password to x"
        return true;
    if (expect == Expect::LiteralValue && m_sinceIdentified < 8) // IDENTIFIED BY PASSWORD 'x'
        return equalsIgnoringCase(word, "password") || equalsIgnoringCase(word, "values");
    if (m_source != Source::Arguments || m_secrecy != Secrecy::Strong)
        return false;
    if (expect == Expect::OneArgument)
        return isAuthorizationScheme(word);
    return isValue && (word.empty() || word == "--" || word == "=" || word == ":" || word == ":=");
}

Range CommandWords::expected(Expect expect, std::string_view word, bool isQuoted) const
{
    const Range whole{0, word.size()};
    switch (expect) {
    case Expect::Quoted:
        return isQuoted || (word.size() > 2 && word[0] == '$' && word.back() == '$') ? whole : Range{}; // $$x$$
    case Expect::UnlikeAWord:
        if (isQuoted)
            return whole;
        return isUnlikeAWord(word) ? Range{0, word.find_last_not_of(",;.:!)") + 1} : Range{};
    case Expect::LiteralValue:
        return whole;
    case Expect::ValueOfSet:
        if (word == "=" || (!isQuoted && isReferringWord(word)))
            return {};
        [[fallthrough]];
    case Expect::Value:
        if (m_program && m_program->name == "wg" && word.starts_with('/')) // it reads its keys from files
            return {};
        return isSecretValue(m_secrecy, m_name, word) ? whole : Range{};
    case Expect::OneArgument:
        return word.find(' ') == std::string_view::npos && isSecretValue(m_secrecy, m_name, word) ? whole : Range{};
    case Expect::Habit:
        return following(m_follows, word);
    case Expect::Nothing:
        break;
    }
    return {};
}

void CommandWords::expect(Expect what, Secrecy secrecy, std::string_view name)
{
    m_expect = what;
    m_secrecy = secrecy;
    m_name = name;
}

void CommandWords::expectHabit(Follows follows)
{
    m_expect = Expect::Habit;
    m_follows = follows;
}

Range CommandWords::option(std::string_view word)
{
    if (m_positional == 0 && m_previous.empty())
        noteProgram(word); // "-bash"
    constexpr std::string_view literal = "--from-literal=";
    if (word.starts_with(literal))
        return behind(word, word.find('=', literal.size()));
    if (m_isShell && word[1] != '-' && word.back() == 'c')
        m_isShellCommandNext = true;
    bool isKnown = false;
    if (const Range range = optionHabit(word, isKnown); isKnown)
        return range;
    if (word[1] != '-') {
        const Range range = shortOption(word);
        if (!range.isEmpty() || m_expect != Expect::Nothing || word.size() == 2)
            return range;
    }
    const std::string_view name = word.substr(word[1] == '-' ? 2 : 1);
    if (name.find_first_of("=:") == std::string_view::npos)
        longOption(name);
    return {};
}

/// What the program's own list says of "--name x", "--name=x" or "-n x".
Range CommandWords::optionHabit(std::string_view word, bool& isKnown)
{
    if (!m_program)
        return {};
    const std::size_t dashes = word[1] == '-' ? 2 : 1;
    const auto sign = std::min(word.find('='), word.size());
    const OptionHabit* const habit = findOption(*m_program, word.substr(dashes, sign - dashes));
    if (!habit || (!habit->behind.empty() && (m_seenWords & wordBit(habit->behind)) == 0))
        return {};
    isKnown = true;
    if (sign == word.size()) {
        expectHabit(habit->follows);
        return {};
    }
    const Range range = following(habit->follows, word.substr(sign + 1));
    return {range.begin + sign + 1, range.end + sign + 1};
}

/// "-p x", "-px", and "-sSu x", where several letters share a dash.
Range CommandWords::shortOption(std::string_view word)
{
    if (!m_program)
        return {};
    const Habit habit = m_program->habit;
    if (habit == Habit::BatchPassword && word.find('b') != std::string_view::npos)
        m_firstSecret = m_lastSecret = word.find('n') != std::string_view::npos ? 2 : 3;
    const bool lacksWord = (habit == Habit::AfterLogin && (m_seenWords & wordBit("login")) == 0)
        || (habit == Habit::AfterSecret && (m_seenWords & wordBit("secret")) == 0);
    if (m_program->letters.empty() || lacksWord)
        return {};
    if (habit == Habit::Attached) {
        const std::size_t letters = word.starts_with("-hp") ? 3 : word.starts_with("-p") ? 2 : word.size();
        return {letters, word.size()};
    }
    const auto isSecretLetter = [&](char c) { return m_program->letters.find(c) != std::string_view::npos; };
    const bool isPercent = habit == Habit::Percent;
    if (isSecretLetter(word[1]) && word.size() > 2) {
        if (isPercent)
            return behind(word, word.find('%'));
        return m_program->name == "openssl" ? Range{} : Range{2, word.size()}; // its long names have one dash
    }
    const bool isCluster = std::all_of(word.begin() + 1, word.end(), isAsciiAlpha) && word.size() <= 6;
    if (isSecretLetter(word.back()) && (word.size() == 2 || (isCluster && m_program->name != "openssl")))
        expectHabit(isPercent ? Follows::BehindPercent : Follows::Whole);
    return {};
}

void CommandWords::longOption(std::string_view name)
{
    if (name == "from-literal") {
        expectHabit(Follows::BehindEquals);
        return;
    }
    const Secrecy secrecy = secrecyOf(name);
    if (secrecy == Secrecy::None || isFlagOnly(name))
        return;
    expect(Expect::Value, secrecy == Secrecy::Header ? Secrecy::Strong : secrecy, name);
}

void CommandWords::noteProgram(std::string_view word)
{
    const bool isOfShell = isShell(word);
    const ProgramHabits* const program = findProgram(word);
    if (program && program->isCommonWord && m_program && m_program->name != "sshpass")
        return;
    const bool isCommandOfSshpass = m_program && m_program->name == "sshpass" && !word.starts_with('-');
    if (!program && !isOfShell && !isCommandOfSshpass)
        return;
    m_program = program;
    m_isShell = isOfShell;
    m_seenWords = 0;
    m_positional = 0;
    m_firstSecret = program && program->habit == Habit::SecondWord ? 2
        : program && program->habit == Habit::ThirdWord            ? 3
                                                                   : 0;
    m_lastSecret = m_firstSecret;
    m_secretWords = Follows::Whole;
}

Range CommandWords::positional(std::string_view word)
{
    if (word == "|" || word == "||" || word == "&&" || word == ";") {
        startOver();
        return {};
    }
    const ProgramHabits* const before = m_program;
    const bool wasShell = m_isShell;
    noteProgram(word);
    if (m_program != before || m_isShell != wasShell)
        return {};
    ++m_positional;
    m_seenWords |= wordBit(word);
    constexpr std::string_view bearer = "bearer ";
    if (word.size() > bearer.size() && equalsIgnoringCase(word.substr(0, bearer.size()), bearer)
        && isUnlikeAWord(word.substr(bearer.size())))
        return {bearer.size(), word.size()};
    if (m_program) {
        const Range range = programWord(word);
        if (!range.isEmpty() || m_expect != Expect::Nothing)
            return range;
    }
    if (m_source == Source::Text || !argumentWord(word))
        sentenceWord(word);
    return {};
}

/// A word that is no option, of a program with habits.
Range CommandWords::programWord(std::string_view word)
{
    if (m_firstSecret > 0 && m_positional >= m_firstSecret && m_positional <= m_lastSecret) {
        const auto sign = word.find('='); // "login username=bob", but no base64
        const bool isNamed = m_program->name == "vault" && sign < word.find_last_not_of('=');
        return m_secretWords == Follows::Whole && isNamed ? Range{} : following(m_secretWords, word);
    }
    if (const WordHabit* const habit = findWord(*m_program, word)) {
        m_firstSecret = m_positional + habit->first;
        m_lastSecret = m_positional + habit->last;
        m_secretWords = habit->follows;
    }
    switch (m_program->habit) {
    case Habit::SlashOption:
        return word.starts_with("/p:") ? Range{3, word.size()} : Range{};
    case Habit::Slash: {
        const auto slash = word.find('/');
        if (word.find_first_of("/@") != 0 && slash != std::string_view::npos)
            return {slash + 1, std::min(word.rfind('@'), word.size())};
        break;
    }
    case Habit::Pairs: {
        const bool isKey = m_program->name == "iwconfig" && word == "key";
        if (isKey || (m_positional > 1 && secrecyOf(word) == Secrecy::Strong))
            expect(Expect::Value, Secrecy::Strong, word);
        break;
    }
    case Habit::Using:
        if (equalsIgnoringCase(word, "using") && equalsIgnoringCase(m_beforePrevious, "user"))
            expect(Expect::LiteralValue, Secrecy::Strong, word);
        break;
    default:
        break;
    }
    if (m_program->name == "mysql" && word == "password")
        expect(Expect::Value, Secrecy::Strong, word);
    return {};
}

/// "DB_PASSWORD", "=", "x" and "password:", "x" as arguments of their own.
bool CommandWords::argumentWord(std::string_view word)
{
    if ((word == "=" || word == ":=" || word == "=>") && secrecyOf(m_previous) == Secrecy::Strong) {
        expect(Expect::OneArgument, Secrecy::Strong, m_previous);
        return true;
    }
    if (word.size() < 2 || (word.back() != ':' && word.back() != '='))
        return false;
    const std::string_view name = word.substr(0, word.size() - 1);
    const bool isName = std::all_of(
        name.begin(), name.end(), [](char c) { return isAsciiAlnum(c) || c == '_' || c == '-' || c == '.'; });
    const Secrecy secrecy = isName ? secrecyOf(name) : Secrecy::None;
    if (secrecy != Secrecy::Strong && secrecy != Secrecy::Header)
        return false;
    expect(Expect::OneArgument, Secrecy::Strong, name);
    return true;
}

/// SQL, and what people and programs write: "set password x", "password for bob is x".
void CommandWords::sentenceWord(std::string_view word)
{
    if (word.empty())
        return;
    const bool isNoun = isAnyOf(word, sentenceNouns) || (word == "code" && isAnyOf(m_previous, codes));
    if (isNoun)
        m_sinceNoun = 0;
    if (equalsIgnoringCase(word, "identified"))
        m_sinceIdentified = 0;
    if (isAuthorizationScheme(word))
        expect(equalsIgnoringCase(word, "bearer") ? Expect::UnlikeAWord : Expect::Value, Secrecy::Random, word);
    else if (equalsIgnoringCase(m_previous, "set") && secrecyOf(word) == Secrecy::Strong)
        expect(Expect::ValueOfSet, Secrecy::Strong, word);
    else if (m_sinceIdentified <= 4 && equalsIgnoringCase(word, "by")) // IDENTIFIED WITH plugin BY
        expect(Expect::LiteralValue, Secrecy::Strong, word);
    else if (m_isSqlPassword && word == "=")
        expect(Expect::Quoted, Secrecy::Strong, word);
    else if (equalsIgnoringCase(word, "is") && m_sinceNoun <= 4)
        expect(Expect::UnlikeAWord, Secrecy::Strong, word);
    else if (isAnyOf(word, quotedAfter)) {
        const bool isSaid = equalsIgnoringCase(m_previous, "with") || equalsIgnoringCase(m_previous, "using");
        expect(isSaid ? Expect::UnlikeAWord : Expect::Quoted, Secrecy::Strong, word);
    } else if (equalsIgnoringCase(word, "otp") || equalsIgnoringCase(word, "community"))
        expect(Expect::UnlikeAWord, Secrecy::Strong, word);
}

} // namespace hindcast::redact
