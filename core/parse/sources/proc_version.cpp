// /proc/version: the kernel and its build: "Linux version 6.1.0 (builder@host) (gcc …) #1 SMP … date". Source: kernel
// init/version.c, linux_proc_banner; the compiler stands in one or two pairs of parentheses.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

constexpr std::string_view beginning = "Linux version ";

/// Takes "(…)" with what it encloses off the front; "" when there is none.
std::string_view takeParentheses(std::string_view& rest)
{
    rest = trimmed(rest);
    if (!rest.starts_with('('))
        return {};
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        depth += rest[i] == '(' ? 1 : 0;
        depth -= rest[i] == ')' ? 1 : 0;
        if (depth == 0) {
            const auto inside = rest.substr(1, i - 1);
            rest.remove_prefix(i + 1);
            return inside;
        }
    }
    return {};
}

void readLine(std::string_view line, TableMaker& table, Builder& out)
{
    auto rest = line.substr(beginning.size());
    const auto release = nextField(rest);
    if (out.host().kernel.empty())
        out.host().kernel = release;
    table.beginRow(1);
    table.set("release", release);
    table.set("builder", takeParentheses(rest));
    const auto compiler = takeParentheses(rest), linker = takeParentheses(rest);
    table.set("compiler", linker.empty() ? std::string(compiler) : std::string(compiler) + ", " + std::string(linker));
    table.set("build", trimmed(rest));
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        TableMaker table("kernel_version", listedAt(input, sample));
        auto rest = sample.text;
        for (std::string_view line; nextLine(rest, line);)
            if (trimmed(line).starts_with(beginning))
                readLine(trimmed(line), table, out);
            else if (!trimmed(line).empty())
                out.skipped(line, "expected: Linux version …");
        table.finish(out);
    }
}

/// The kernel's log begins with the same words behind a stamp; alone they stand in one line only.
int recognise(std::string_view text)
{
    const auto line = trimmed(text);
    return line.starts_with(beginning) && line.find('\n') == std::string_view::npos
            && line.find('#') != std::string_view::npos
        ? 95
        : 0;
}

} // namespace

Parser proc_version()
{
    return {.id = "proc_version",
        .title = "Kernel version",
        .members = "proc/version",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
