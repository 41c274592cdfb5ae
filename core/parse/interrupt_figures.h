// InterruptFigures: what mpstat -I tells of every interrupt of every CPU, as text or JSON.
#pragma once

#include "parse/builder.h"
#include "parse/table_maker.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// {type, net_rx} of a soft interrupt (kernel/softirq.c), {irq, 24} or {irq, LOC} of any other; "i024" is 24.
Label interruptLabel(std::string_view name);

class InterruptFigures {
public:
    explicit InterruptFigures(Builder& out)
        : m_out(out)
    {
    }
    void begin(Time time, bool isSinceBoot, std::optional<Time> listedAt);
    /// A CPU's row: one number, per second, for each interrupt. `known` remembers the series of the heading.
    void add(std::string_view cpu, std::span<const Label> interrupts, std::span<const double> values,
        PositionalSeries& known);
    /// Ends the tables of averages since boot.
    void finish();
    bool wasAnySinceBoot() const { return m_wasAnySinceBoot; }

private:
    void list(std::string_view cpu, std::span<const Label> interrupts, std::span<const double> values);

    Builder& m_out;
    Time m_time{};
    bool m_isSinceBoot = false, m_wasAnySinceBoot = false;
    std::optional<TableMaker> m_table, m_softTable;
};

} // namespace hindcast::parse
