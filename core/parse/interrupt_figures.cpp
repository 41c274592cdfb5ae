#include "parse/interrupt_figures.h"

#include "base/text_scanner.h"

#include <algorithm>
#include <array>

namespace hindcast::parse {
namespace {

constexpr std::array<std::string_view, 11> softirqNames{
    "HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "BLOCK_IOPOLL", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"};

std::string lowered(std::string_view name)
{
    std::string result(name);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

} // namespace

Label interruptLabel(std::string_view name)
{
    if (std::find(softirqNames.begin(), softirqNames.end(), name) != softirqNames.end())
        return {"type", lowered(name)};
    if (name.size() == 4 && name.front() == 'i')
        if (const auto number = parseInteger<unsigned>(name.substr(1)))
            return {"interrupt", std::to_string(*number)};
    return {"interrupt", std::string(name)};
}

void InterruptFigures::begin(Time time, bool isSinceBoot, std::optional<Time> listedAt)
{
    finish();
    m_time = time;
    m_isSinceBoot = isSinceBoot;
    if (!isSinceBoot)
        return;
    m_table.emplace("interrupts since boot", listedAt);
    m_softTable.emplace("soft interrupts since boot", listedAt);
}

void InterruptFigures::finish()
{
    for (auto* table : {&m_table, &m_softTable}) {
        if (*table)
            (*table)->finish(m_out);
        table->reset();
    }
}

void InterruptFigures::add(
    std::string_view cpu, std::span<const Label> interrupts, std::span<const double> values, PositionalSeries& known)
{
    if (m_isSinceBoot) {
        list(cpu, interrupts, values);
        return;
    }
    auto& refs = known.at(cpu);
    if (refs.empty())
        for (const Label& interrupt : interrupts)
            refs.push_back(m_out.series(interrupt.name == "type" ? "system.softirqs" : "system.interrupts",
                {{"cpu", std::string(cpu)}, interrupt}, Unit::CountPerSecond, Kind::Gauge));
    for (std::size_t i = 0; i < refs.size() && i < values.size(); ++i)
        m_out.add(refs[i], m_time, values[i]);
}

void InterruptFigures::list(std::string_view cpu, std::span<const Label> interrupts, std::span<const double> values)
{
    m_wasAnySinceBoot = true;
    for (std::size_t i = 0; i < interrupts.size() && i < values.size(); ++i) {
        TableMaker& table = interrupts[i].name == "type" ? *m_softTable : *m_table;
        table.beginRow();
        table.set("cpu", cpu);
        table.set(interrupts[i].name, interrupts[i].value);
        table.set("per_second", Unit::CountPerSecond, values[i]);
    }
}

} // namespace hindcast::parse
