// NetstatStatistics: what netstat -s counts, as the counters of /proc/net/snmp and /proc/net/netstat; sentences in a
// language that is not known are a table.
#pragma once

#include "base/time.h"
#include "parse/builder.h"
#include "parse/netstat_sentences.h"
#include "parse/table_maker.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hindcast::parse {

class NetstatStatistics {
public:
    /// `time` of the counters; `listed` of the table.
    NetstatStatistics(Time time, std::optional<Time> listed, Builder& out)
        : m_time(time)
        , m_out(out)
        , m_table("netstat_statistics", listed)
    {
    }

    /// "Tcp:". The first title again is another look, as in a loop: a second later, as the delay is not in the text.
    void begin(std::string_view title);
    void readLine(std::string_view line, std::uint64_t number);
    void finish() { m_table.finish(m_out); }

private:
    void readFact(std::string_view text);
    void addCounter(const std::string& name, double value);

    Time m_time;
    Builder& m_out;
    TableMaker m_table;
    NetstatPlace m_place;
    std::string_view m_firstTitle, m_lastHistogram;
    int m_histograms = 0;
};

} // namespace hindcast::parse
