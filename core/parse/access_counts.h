// AccessCounts: requests gathered into rates and times on a steady grid, and into the paths and clients that were seen
// most. Memory follows the span of the log and the variety in it, not its length.
#pragma once

#include "parse/access_line.h"
#include "parse/builder.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hindcast::parse {

/// Times of requests, exact while they are few, to 1 % when they are many.
class TimeSpread {
public:
    void add(double seconds);
    void add(const TimeSpread& other);
    bool isEmpty() const { return m_count == 0; }
    double longest() const { return m_longest; }
    /// The least value that `share` (0…1) of all values do not exceed.
    double quantile(double share) const;

private:
    void toBins();
    void addToBins(double seconds, std::uint64_t times);

    std::uint64_t m_count = 0;
    double m_longest = 0;
    std::vector<float> m_values; ///< as long as there are no bins
    std::map<int, std::uint64_t> m_bins; ///< by logarithm
};

class AccessCounts {
public:
    void add(const AccessRequest& request);
    /// Writes the series "http.*" and the tables.
    void write(Builder& out) const;
    std::uint64_t requests() const { return m_requests; }

private:
    struct Interval {
        std::uint32_t requests = 0;
        std::array<std::uint32_t, 6> byClass{}; ///< 1xx … 5xx; 0: none was sent, or another number
        std::map<unsigned, std::uint32_t> byStatus; ///< of the codes that are told apart
        double bytes = 0;
        bool hasBytes = false;
        TimeSpread requestTime, upstreamTime;

        void add(const Interval& other);
    };
    /// What one path or client asked for, in all.
    struct Total {
        std::uint64_t requests = 0, errors = 0;
        double bytes = 0, seconds = 0, longest = 0;
        bool hasTime = false;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Totals = std::unordered_map<std::string, Total, TextHash, std::equal_to<>>;

    Interval& intervalAt(Time time);
    void coarsen();
    static void addTotal(Totals& totals, std::string_view key, const AccessRequest& request, bool& isCut);
    static void writeTotals(Builder& out, std::string_view table, std::string_view column, const Totals& totals);
    void writeSeries(Builder& out) const;

    std::map<std::int64_t, Interval> m_intervals; ///< by number
    std::int64_t m_length = 1; ///< of an interval, seconds
    std::optional<std::int64_t> m_lastNumber;
    Interval* m_last = nullptr; ///< of m_lastNumber
    Totals m_paths, m_clients;
    std::map<unsigned, std::uint64_t> m_statuses;
    bool m_arePathsCut = false, m_areClientsCut = false;
    std::uint64_t m_requests = 0;
    std::string m_path; ///< of the request at hand, without what tells apart more than the place asked for
};

/// "/orders/4711/lines?token=x" as "/orders/{n}/lines": the query is cut, numbers and long identifiers become marks, so
/// that requests for one thing are together and no secret is kept. "(no request)" when there is none.
void normalisePath(std::string_view path, std::string& out);

} // namespace hindcast::parse
