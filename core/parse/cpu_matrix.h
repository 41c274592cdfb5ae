// CpuMatrix: reads the form /proc/interrupts and /proc/softirqs share, a line of CPUs and then a line of counters per
// kind, one for each CPU. It keeps the sum of each kind and of each CPU; each single counter only where there are few:
// a host of 1152 CPUs and 500 interrupts would have half a million of them at every tick.
#pragma once

#include "parse/builder.h"
#include "parse/parser.h"

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

class CpuMatrix {
public:
    /// Labels of one kind, from its name ("NET_RX", "24") and what stands behind its counters ("PCI-MSI 1-edge eth0").
    using LabelsOfKind = Labels (*)(std::string_view name, std::string_view description);

    CpuMatrix(std::string_view metric, LabelsOfKind labelsOf, Builder& out)
        : m_metric(metric)
        , m_labelsOf(labelsOf)
        , m_out(out)
    {
    }
    void read(const Sample& sample);

private:
    struct Row {
        SeriesRef sum;
        std::vector<SeriesRef> cells; ///< by place of the CPU; empty when single counters are not kept
    };

    bool readCpus(std::string_view line);
    void readRow(std::string_view line, Time time);
    Row& rowOf(std::string_view name, std::string_view description);
    void addSumsOfCpus(Time time);

    std::string m_metric;
    LabelsOfKind m_labelsOf;
    Builder& m_out;
    std::string m_heading;
    std::vector<std::string> m_cpus; ///< of the heading, in its order: those that are online
    std::vector<SeriesRef> m_cpuSums;
    std::vector<double> m_sums; ///< of this sample, by CPU
    std::vector<double> m_numbers; ///< of a line
    std::vector<std::string> m_names; ///< rows in the order met; parallel to m_rows
    std::vector<Row> m_rows;
    std::size_t m_next = 0; ///< where the next line's row probably is
    bool m_isDetailed = false;
    bool m_isLastLine = false;
};

/// 0…100: whether a text begins with a line of CPUs and a line of counters for them. `first`: its name and its numbers'
/// description.
int recogniseCpuMatrix(std::string_view beginning, std::string_view& firstName);

} // namespace hindcast::parse
