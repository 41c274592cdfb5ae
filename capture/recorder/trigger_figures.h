// readFigures: takes the text of a source apart into single figures, "eth0, rx.bytes, 1234", so that a trigger can pick
// those it compares. Nothing is kept and nothing converted before it is asked for.
#pragma once

#include "trigger_metric_table.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace hindcast::recorder {

struct Figure {
    std::string_view first, second; ///< what it is of: the values of the metric's labels; empty = of the whole
    std::string_view group, key; ///< "Tcp", "InSegs"; group is empty where the source has none
    std::string_view text;
    enum class Writing : std::uint8_t { Decimal, Hexadecimal } writing = Writing::Decimal;

    /// Nothing when it is no number. Counts of what comes and goes are sums over CPUs that are printed as unsigned and
    /// may be a little below zero for a moment (mm/vmstat.c): those are negative here.
    std::optional<double> number() const;
};

class FigureSink {
public:
    virtual ~FigureSink() = default;
    virtual void take(const Figure& figure) = 0;
};

/// All figures of the text of a source, but for those that are counted: SocketTally, ProcessStates.
void readFigures(TriggerSource source, std::string_view text, FigureSink& sink);

/// Sockets by protocol and state: from the recorder's counts, from a listing, or from the kernel's own tables.
class SocketTally {
public:
    /// Takes a block of a tick that has to do with sockets; false when it has not.
    bool read(std::string_view path, int errorNumber, std::string_view text);
    void beginTick();
    /// Whether anything came in this tick.
    bool isNew() const { return m_form != Form::None; }
    int errorNumber() const { return m_errorNumber; }
    void giveTo(FigureSink& sink) const;

private:
    enum class Form : std::uint8_t { None, Listing, Counts };

    void readListing(std::string_view text);
    void readCounts(std::string_view text);
    void readKernelTable(std::string_view text);
    void add(std::string_view protocol, std::string_view state, std::uint64_t count);

    static constexpr std::size_t protocols = 6, states = 11;
    std::array<std::array<std::uint64_t, states>, protocols> m_counts{};
    std::size_t m_known = 0; ///< protocols that what came last tells about: those before
    Form m_form = Form::None; ///< of what came in this tick
    int m_errorNumber = 0;
};

/// Processes by state, kept up to date by the blocks of those that changed.
class ProcessStates {
public:
    void read(std::string_view path, int errorNumber, std::string_view text);
    void giveTo(FigureSink& sink) const;
    bool isKnown() const { return !m_processes.empty(); }

private:
    std::vector<std::pair<std::uint32_t, char>> m_processes; ///< sorted by their numbers
};

} // namespace hindcast::recorder
