// /proc/cmdline: what the kernel was started with. Source: kernel Documentation/admin-guide/kernel-parameters.rst;
// values with blanks stand between quotation marks.
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/table_maker.h"

#include <string>

namespace hindcast::parse {
namespace {

/// Up to the next blank outside quotation marks.
std::string_view takeParameter(std::string_view& rest)
{
    rest = trimmed(rest);
    bool isQuoted = false;
    std::size_t end = 0;
    while (end < rest.size() && (isQuoted || !isBlank(rest[end]))) {
        isQuoted = isQuoted != (rest[end] == '"');
        ++end;
    }
    const auto parameter = rest.substr(0, end);
    rest.remove_prefix(end);
    return parameter;
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples) {
        out.setText(sample.text);
        TableMaker table("kernel_parameters", listedAt(input, sample));
        auto rest = trimmed(sample.text);
        for (auto parameter = takeParameter(rest); !parameter.empty(); parameter = takeParameter(rest)) {
            const auto sign = parameter.find('=');
            table.beginRow(1);
            table.set("parameter", parameter.substr(0, sign));
            if (sign != std::string_view::npos)
                table.set("value", parameter.substr(sign + 1));
        }
        table.finish(out);
    }
}

/// One line that begins with where the kernel came from, or names its root.
int recognise(std::string_view beginning)
{
    const auto line = trimmed(beginning);
    if (line.find('\n') != std::string_view::npos)
        return 0;
    const bool isBootImage = line.starts_with("BOOT_IMAGE=");
    const bool hasRoot = line.starts_with("root=") || line.find(" root=") != std::string_view::npos;
    const bool hasMore = line.find(" ro") != std::string_view::npos || line.find("console=") != std::string_view::npos
        || line.find(" rw") != std::string_view::npos;
    return isBootImage ? 85 : hasRoot && hasMore ? 60 : 0;
}

} // namespace

Parser proc_cmdline()
{
    return {.id = "proc_cmdline",
        .title = "Parameters of the kernel",
        .members = "proc/cmdline",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
