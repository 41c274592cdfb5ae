// ProgramHabits: where programs take a secret that no name tells: "mysql -px", "vault login x", "mc alias set m URL x
// y". A table, so that a program more is a line more.
#pragma once

#include <cstdint>
#include <string_view>

namespace hindcast::redact {

enum class Habit : std::uint8_t {
    Plain,
    AfterLogin, ///< the letters mean a secret behind the word "login" only
    AfterSecret, ///< the same behind "secret"
    Attached, ///< only what is written together: 7z -pSECRET, rar -hpSECRET
    BatchPassword, ///< htpasswd: with -b the last word is the secret
    SecondWord, ///< wpa_passphrase SSID SECRET
    ThirdWord, ///< isql DSN USER SECRET
    Slash, ///< sqlplus USER/SECRET@DATABASE
    SlashOption, ///< xfreerdp /p:SECRET
    Percent, ///< smbclient -U USER%SECRET
    Pairs, ///< nmcli … wifi-sec.psk SECRET: names of secrets without dashes
    Using, ///< db2 connect to DATABASE user USER using SECRET
};

struct ProgramHabits {
    std::string_view name;
    bool isPrefix; ///< of a family: mysqldump, mysqladmin, …
    std::string_view letters; ///< options of one letter whose value is a secret
    Habit habit;
    bool isCommonWord = false; ///< may be anything but the program, where another program was named before
};

/// What an option, or a word, says about the word that follows.
enum class Follows : std::uint8_t {
    Whole, ///< all of it is the secret
    BehindColon, ///< USER:SECRET
    BehindPercent, ///< USER%SECRET
    BehindEquals, ///< KEY=SECRET
    MountUser, ///< user=USER%SECRET among the options of a mount
    Cookie, ///< NAME=SECRET, or the name of a file
};

struct OptionHabit {
    std::string_view program;
    std::string_view option; ///< without its dashes
    std::string_view behind; ///< a word that has to be there before; empty: none
    Follows follows;
};

/// Behind `word` the words `first` to `last`, counted without options, are secrets.
struct WordHabit {
    std::string_view program;
    std::string_view word;
    unsigned first, last;
    Follows follows;
};

/// The word may have a path before it, or "$(".
const ProgramHabits* findProgram(std::string_view word);
const OptionHabit* findOption(const ProgramHabits& program, std::string_view option);
const WordHabit* findWord(const ProgramHabits& program, std::string_view word);
bool isShell(std::string_view word);
/// A word that an OptionHabit, or AfterLogin and AfterSecret, ask for.
unsigned wordBit(std::string_view word);

} // namespace hindcast::redact
