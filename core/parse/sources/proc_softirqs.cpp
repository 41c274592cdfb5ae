// /proc/softirqs: how often each kind of soft interrupt ran on each CPU. Source: kernel fs/proc/softirqs.c,
// kernel/softirq.c (softirq_to_name). Columns are those of possible CPUs, so some never change.
#include "base/text_scanner.h"
#include "parse/cpu_matrix.h"

#include <algorithm>
#include <string>

namespace hindcast::parse {
namespace {

/// As in /proc/stat: "net_rx".
Labels labelsOf(std::string_view name, std::string_view)
{
    std::string type(name.substr(0, 32));
    std::transform(type.begin(), type.end(), type.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (type == "block_iopoll") // until Linux 4.5
        type = "irq_poll";
    return {{"type", std::move(type)}};
}

void parse(const Input& input, Builder& out)
{
    CpuMatrix matrix("system.softirqs", labelsOf, out);
    for (const Sample& sample : input.samples)
        matrix.read(sample);
}

int recognise(std::string_view beginning)
{
    std::string_view first;
    const int score = recogniseCpuMatrix(beginning, first);
    return first == "HI" ? score : 0;
}

} // namespace

Parser proc_softirqs()
{
    return {.id = "proc_softirqs",
        .title = "Soft interrupts of each CPU",
        .members = "proc/softirqs",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
