// /proc/key-users: kernel keys of each user and their limits: "    0:    91 90/90 87/1000000 1941/25000000". Source:
// man 5 proc_key-users: uses, keys and those instantiated, keys and bytes with their limits.
#include "base/text_scanner.h"
#include "parse/parser.h"

#include <array>
#include <string>

namespace hindcast::parse {
namespace {

struct KeyUser {
    std::string_view uid;
    std::array<double, 7> numbers{};
};
struct KeyColumn {
    std::string_view metric;
    Unit unit = Unit::Count;
};
constexpr std::array columns{KeyColumn{"keys.uses"}, KeyColumn{"keys.all"}, KeyColumn{"keys.instantiated"},
    KeyColumn{"keys.counted"}, KeyColumn{"keys.limit"}, KeyColumn{"keys.bytes", Unit::Bytes},
    KeyColumn{"keys.bytes_limit", Unit::Bytes}};

bool readPair(std::string_view field, double& first, double& second)
{
    const auto slash = field.find('/');
    const auto a = parseInteger(field.substr(0, slash));
    const auto b = slash == std::string_view::npos ? std::nullopt : parseInteger(field.substr(slash + 1));
    if (!a || !b)
        return false;
    first = static_cast<double>(*a);
    second = static_cast<double>(*b);
    return true;
}

std::optional<KeyUser> readKeyUser(std::string_view line)
{
    KeyUser user;
    user.uid = nextField(line);
    const auto uses = parseInteger(nextField(line));
    if (!user.uid.ends_with(':') || !uses)
        return std::nullopt;
    user.uid.remove_suffix(1);
    user.numbers[0] = static_cast<double>(*uses);
    for (std::size_t i = 1; i < user.numbers.size(); i += 2)
        if (!readPair(nextField(line), user.numbers[i], user.numbers[i + 1]))
            return std::nullopt;
    return parseInteger(user.uid) ? std::optional(user) : std::nullopt;
}

void parse(const Input& input, Builder& out)
{
    PositionalSeries known;
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        known.restart();
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);) {
            if (trimmed(line).empty())
                continue;
            const auto user = readKeyUser(line);
            if (!user) {
                out.skipped(line, "expected a user and four figures of keys");
                continue;
            }
            auto& refs = known.at(user->uid);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (refs.size() == i)
                    refs.push_back(
                        out.series(columns[i].metric, {{"uid", std::string(user->uid)}}, columns[i].unit, Kind::Gauge));
                out.add(refs[i], sample.time, user->numbers[i]);
            }
        }
    }
}

int recognise(std::string_view beginning)
{
    std::string_view line;
    while (nextLine(beginning, line) && trimmed(line).empty()) { }
    return readKeyUser(line) ? 85 : 0;
}

} // namespace

Parser proc_key_users()
{
    return {.id = "proc_key_users",
        .title = "Kernel keys of each user",
        .members = "proc/key-users",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
