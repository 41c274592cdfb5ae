// TriggerMetrics: takes the text of each tick, computes the metrics that trigger conditions compare, and says of each
// condition whether it holds and with what value. Only the sources that some condition needs are looked at.
#pragma once

#include "trigger_expression.h"
#include "trigger_figures.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class TriggerMetrics {
public:
    struct Reading {
        bool isMeasured = false; ///< otherwise it does not hold, whatever the comparison
        bool holds = false;
        double value = 0; ///< in the metric's unit; of several objects that hold, the one furthest from the bound
        std::string first, second; ///< the values of the metric's labels; empty = of all together
    };

    /// Begins to watch a metric's condition, which outlives this; what reading() is asked with.
    std::size_t watch(const TriggerCondition& condition);
    /// From now on take() looks for the kernel log too.
    void watchKernelLog() { m_watchesKernelLog = true; }

    /// The blocks of one tick.
    void take(std::string_view blocks);
    const Reading& reading(std::size_t condition) const { return m_watched[condition]->reading; }
    /// New records of the tick taken last; lives as long as its blocks.
    std::string_view kernelLog() const { return m_kernelLog; }
    /// Why a metric is not measured on this machine: each once, one sentence each.
    std::vector<std::string> takeRemarks();

private:
    struct Term {
        std::string group, key;
        double factor; ///< 1 or -1
        bool isInDenominator;
    };
    struct Row {
        std::string first, second;
        double numerator = 0, denominator = 0;
        double numeratorBefore = 0, denominatorBefore = 0;
        std::int64_t time = 0, timeBefore = 0;
        std::uint32_t found = 0; ///< a bit for each term
        std::uint64_t tick = 0, tickBefore = 0; ///< 0 = never
    };
    struct Watched {
        explicit Watched(const TriggerCondition& what)
            : condition(what)
        {
        }
        const TriggerCondition& condition;
        std::vector<Term> terms;
        std::uint32_t required = 0; ///< bits of the terms that may not be missing
        std::vector<Row> rows;
        std::size_t lastRow = 0;
        Reading reading;
        bool wasMeasured = false, hasComplained = false, wasSourceSeen = false;
        std::string others; ///< values of the first label that were seen, none of them asked for
    };
    class Picker;

    static void addTerms(Watched& watched, std::string_view terms, bool isInDenominator);
    static bool isMeant(const Watched& watched, const Figure& figure);
    static Row& rowOf(Watched& watched, const Figure& figure);
    void readBlock(std::string_view path, std::string_view body, int errorNumber, std::int64_t time);
    void readSource(TriggerSource source, std::string_view body, int errorNumber, std::int64_t time);
    void pick(Watched& watched, const Figure& figure, std::int64_t time) const;
    static void noteOther(Watched& watched, std::string_view first);
    void giveCounts(std::int64_t time);
    bool isWanted(TriggerSource source) const { return (m_wanted >> static_cast<unsigned>(source) & 1U) != 0; }
    void conclude(Watched& watched, TriggerSource source);
    static bool valueOf(const Watched& watched, const Row& row, double& value);
    void complain(Watched& watched, int errorNumber);

    std::vector<std::unique_ptr<Watched>> m_watched;
    SocketTally m_sockets;
    ProcessStates m_processes;
    std::uint32_t m_wanted = 0, m_seen = 0; ///< a bit for each source
    bool m_watchesKernelLog = false;
    bool m_isKernelLogMissed = false; ///< which was said
    std::string_view m_kernelLog;
    std::uint64_t m_tick = 0;
    std::vector<std::string> m_remarks;
};

} // namespace hindcast::recorder
