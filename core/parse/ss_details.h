// SsDetails: what ss prints behind the two ends of a socket or on the line below it: processes, timer, memory, and the
// figures of tcp_info, each by its name. Source: man 8 ss; iproute2 misc/ss.c, tcp_stats_print().
#pragma once

#include "base/unit.h"
#include "parse/table_maker.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace hindcast::parse {

class SsDetails {
public:
    /// Cells go to the row begun last in `table`.
    explicit SsDetails(TableMaker& table)
        : m_table(table)
    {
        m_places.fill(noPlace);
    }

    /// The table has become another one.
    void begin() { m_places.fill(noPlace); }
    void read(std::string_view text);

private:
    static constexpr std::size_t mostFigures = 96, noPlace = static_cast<std::size_t>(-1);

    void readWords(std::string_view text);
    void setUsers(std::string_view all);
    void setUser(std::string_view first);
    void setRate(std::string_view name, std::string_view value);
    void setNamed(std::string_view name, std::string_view value);
    void setPair(std::string_view value, std::string_view first, std::string_view second, Unit unit, double divisor);
    void setDuration(std::string_view name, std::string_view value);
    void setTimer(std::string_view value);
    void setMemory(std::string_view value);
    /// The column of one of the figures, looked up once per table.
    std::size_t place(std::size_t figure, std::string_view column, Unit unit);

    TableMaker& m_table;
    std::array<std::size_t, mostFigures> m_places;
};

} // namespace hindcast::parse
