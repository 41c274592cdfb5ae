// /proc/interrupts: how often each interrupt was served by each CPU. Source: man 5 proc_interrupts; kernel
// kernel/irq/proc.c, show_interrupts(), arch/*/kernel/irq.c. What stands behind the counters differs by architecture
// and age ("IO-APIC   2-edge      timer", "IR-PCI-MSI-edge      eth0", "GICv3  27 Level     arch_timer", "[EXT] Clock
// Comparator"); the driver's name comes last.
#include "base/text_scanner.h"
#include "parse/cpu_matrix.h"

#include <algorithm>
#include <string>

namespace hindcast::parse {
namespace {

bool isTrigger(std::string_view word)
{
    const auto dash = word.rfind('-');
    const auto kind = dash == std::string_view::npos ? word : word.substr(dash + 1);
    for (const std::string_view known :
        {"edge", "fasteoi", "level", "Edge", "Level", "fasteoi_mask", "percpu", "simple"})
        if (kind == known)
            return true;
    return false;
}

/// What is behind the word that says how the interrupt is signalled; all of it when there is no such word.
std::string_view driversIn(std::string_view description)
{
    auto rest = description;
    std::string_view behind;
    for (auto word = nextField(rest); !word.empty(); word = nextField(rest))
        if (isTrigger(word))
            behind = trimmed(rest);
    return behind.empty() ? description : behind;
}

Labels labelsOf(std::string_view name, std::string_view description)
{
    Labels labels{{"interrupt", std::string(name)}};
    const bool isNumbered = parseInteger(name).has_value();
    if (const auto drivers = isNumbered ? driversIn(description) : description; !drivers.empty())
        labels.push_back({"name", std::string(drivers.substr(0, 120))});
    return labels;
}

void parse(const Input& input, Builder& out)
{
    CpuMatrix matrix("system.interrupts", labelsOf, out);
    for (const Sample& sample : input.samples)
        matrix.read(sample);
}

/// Of soft interrupts the first is HI.
int recognise(std::string_view beginning)
{
    std::string_view first;
    const int score = recogniseCpuMatrix(beginning, first);
    return first == "HI" ? 0 : score;
}

} // namespace

Parser proc_interrupts()
{
    return {.id = "proc_interrupts",
        .title = "Interrupts",
        .members = "proc/interrupts",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
