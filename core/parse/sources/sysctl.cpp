// The text of sysctl -a: "name = value", or "name=value" as in sysctl.conf. What could not be read is said by sysctl
// itself in lines that begin with its own name, or with "error:" in procps 3.2. Values of several lines come with the
// name on each, in busybox with the name on the first alone. Source: man 8 sysctl.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

struct Setting {
    std::string_view name, value;
};

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_'
        || c == '-' || c == '/' || c == ':' || c == '@' || c == '*' || c == '+' || c == ',' || c == '~' || c == '%';
}

/// A name has at least one point or slash: "vm.swappiness".
std::optional<Setting> readSetting(std::string_view line)
{
    const auto sign = line.find('=');
    if (sign == std::string_view::npos)
        return std::nullopt;
    const auto name = trimmed(line.substr(0, sign));
    bool hasPart = false;
    for (const char c : name) {
        if (!isNameCharacter(c))
            return std::nullopt;
        hasPart = hasPart || c == '.' || c == '/';
    }
    if (name.empty() || !hasPart)
        return std::nullopt;
    return Setting{name, trimmed(line.substr(sign + 1))};
}

bool isComplaint(std::string_view line)
{
    return line.starts_with("sysctl: ") || line.starts_with("error: ") || line.starts_with("warning: ");
}

/// What busybox prints of dev.cdrom.info, the one setting of several lines that every kernel with a drive has.
bool isContinued(std::string_view name, std::string_view line)
{
    return name == "dev.cdrom.info" && line.find(':') != std::string_view::npos;
}

void readText(const Sample& sample, std::optional<Time> time, Builder& out)
{
    out.setText(sample.text);
    TableMaker table("sysctl", time);
    auto rest = sample.text;
    std::string_view name; ///< of the setting above
    std::uint64_t number = 0;
    for (std::string_view line; nextLine(rest, line);) {
        ++number;
        if (trimmed(line).empty() || line.starts_with('#') || line.starts_with(';'))
            continue;
        const auto setting = isComplaint(line) ? std::nullopt : readSetting(line);
        if (setting) {
            name = setting->name;
            table.beginRow(number);
            table.set("name", setting->name);
            const auto value = parseDouble(setting->value);
            if (value)
                table.set("value", Unit::None, *value);
            else
                table.set("text", setting->value);
        } else if (isComplaint(line)) {
            out.note(NoteSeverity::Info, "sysctl could not read some settings", number);
        } else if (isContinued(name, line)) {
            table.beginRow(number);
            table.set("name", name);
            table.set("text", trimmed(line));
        } else {
            out.skipped(line, "expected: name = value");
        }
    }
    table.finish(out);
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readText(sample, listedAt(input, sample), out);
}

/// Names of the kernel's own folders, so that other people's settings files are not taken for it.
bool isKernelSetting(std::string_view name)
{
    for (const std::string_view folder :
        {"vm.", "kernel.", "net.", "fs.", "dev.", "abi.", "user.", "debug.", "sunrpc.", "crypto.", "fscache."})
        if (name.starts_with(folder)
            || (name.starts_with(folder.substr(0, folder.size() - 1))
                && name.substr(folder.size() - 1).starts_with('/')))
            return true;
    return false;
}

int recognise(std::string_view beginning)
{
    constexpr int linesLookedAt = 20;
    int lines = 0, settings = 0;
    for (std::string_view line; lines < linesLookedAt && nextLine(beginning, line);) {
        if (trimmed(line).empty() || line.starts_with('#') || isComplaint(line))
            continue;
        ++lines;
        const auto setting = readSetting(line);
        settings += setting && isKernelSetting(setting->name) ? 1 : 0;
    }
    return settings > 0 && settings * 10 >= lines * 6 ? 85 : 0;
}

} // namespace

Parser sysctl()
{
    return {.id = "sysctl", .title = "sysctl output", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
