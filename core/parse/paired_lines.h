// PairedLines: reads the form /proc/net/snmp and /proc/net/netstat share, where a line of names is followed by a line
// of values, both beginning with the protocol: "Tcp: ActiveOpens PassiveOpens" and "Tcp: 13 2". Values are found by
// name.
#pragma once

#include "parse/builder.h"
#include "parse/parser.h"

#include <span>
#include <string_view>
#include <vector>

namespace hindcast::parse {

/// What one value means. Values that no row names are counters called <protocol>.<name in snake case>.
struct ProtocolValue {
    std::string_view protocol, name; ///< as the kernel prints them: "Tcp", "ActiveOpens"
    std::string_view metric;
    Unit unit = Unit::Count;
    Kind kind = Kind::Counter;
    double divisor = 1; ///< kernel unit by ours: 1000 for milliseconds
};

class PairedLines {
public:
    PairedLines(std::span<const ProtocolValue> meanings, Builder& out)
        : m_meanings(meanings)
        , m_out(out)
    {
    }
    void read(const Sample& sample);

private:
    void readPair(std::string_view names, std::string_view values, std::string_view valueLine, Time time);
    std::vector<SeriesRef> makeSeries(std::string_view names);
    SeriesRef makeSeries(std::string_view protocol, std::string_view name);

    std::span<const ProtocolValue> m_meanings;
    Builder& m_out;
    PositionalSeries m_known; ///< by the whole line of names
    std::vector<double> m_divisors; ///< by SeriesRef::index
};

/// 0…100: whether a text begins with a pair of lines of `protocol`.
int recognisePairedLines(std::string_view beginning, std::string_view protocol);

} // namespace hindcast::parse
