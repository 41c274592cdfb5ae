#include "report/summary.h"

#include "diagnose/diagnose.h"
#include "model/process.h"
#include "model/series_math.h"
#include "model/thread_dumps.h"
#include "report/findings_report.h"
#include "report/threads_report.h"
#include "report/value_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <set>

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

/// One line of the USE table: utilisation, saturation or errors of a resource.
struct UseRow {
    std::string_view resource;
    std::string_view question; ///< "utilisation", "saturation", "errors"
    std::string_view metric;
    std::string_view shown;
    std::string_view perLabel; ///< "device": one line for each of the busiest; "" = the host
};
constexpr UseRow useRows[] = {
    {"CPU", "utilisation", "cpu.busy", "busy", ""},
    {"CPU", "utilisation", "cpu.steal", "steal", ""},
    {"CPU", "saturation", "cpu.run_queue", "run queue", ""},
    {"CPU", "saturation", "pressure.cpu.some", "stalled (some)", ""},
    {"Memory", "utilisation", "memory.used_share", "used", ""},
    {"Memory", "utilisation", "memory.available", "available", ""},
    {"Memory", "saturation", "swap.in", "swap in", ""},
    {"Memory", "saturation", "swap.out", "swap out", ""},
    {"Memory", "saturation", "pressure.memory.some", "stalled (some)", ""},
    {"Disk", "utilisation", "disk.util", "busy", "device"},
    {"Disk", "saturation", "disk.await", "await", "device"},
    {"Disk", "saturation", "disk.queue", "queue", "device"},
    {"Disk", "saturation", "pressure.io.some", "stalled (some)", ""},
    {"Network", "utilisation", "net.rx.bytes", "received", "interface"},
    {"Network", "utilisation", "net.tx.bytes", "sent", "interface"},
    {"Network", "errors", "net.rx.dropped", "dropped", "interface"},
    {"Network", "errors", "net.rx.errors", "errors", "interface"},
    {"TCP", "utilisation", "tcp.active_opens", "opened", ""},
    {"TCP", "utilisation", "tcp.passive_opens", "accepted", ""},
    {"TCP", "errors", "tcp.retransmission_ratio", "retransmitted", ""},
    {"TCP", "saturation", "tcp.listen_drops", "listen drops", ""},
};
constexpr std::size_t busiestShown = 3;
constexpr std::size_t processesShown = 5;
constexpr std::size_t problemsShown = 8;

class Summary {
public:
    Summary(const Snapshot& snapshot, const SummaryOptions& options)
        : m_snapshot(snapshot)
        , m_options(options)
        , m_range(options.range.value_or(snapshot.range))
    {
    }

    std::string text()
    {
        host();
        span();
        m_out += '\n'
            + bottleneckText(m_snapshot, diagnose::diagnose(m_snapshot, {m_options.range, {}}),
                {m_options.utcOffset, m_options.zoneName});
        use();
        processes();
        threadDumps();
        notCaptured();
        problems();
        return std::move(m_out);
    }

private:
    void host()
    {
        const Host& host = m_snapshot.host;
        std::string line = host.hostname.empty() ? "host not recorded" : safeText(host.hostname);
        const auto add = [&line](const std::string& text) {
            if (!text.empty())
                line += ", " + text;
        };
        add(safeText(host.distribution));
        if (!host.kernel.empty())
            add(fmt::format("Linux {} {}", safeText(host.kernel), safeText(host.machine)));
        if (host.cpus)
            add(fmt::format("{} CPU{}", *host.cpus, *host.cpus == 1 ? "" : "s"));
        if (host.memoryBytes)
            add(valueText(*host.memoryBytes, Unit::Bytes) + " memory");
        m_out += line + '\n';
    }

    std::string shown(Time time) const { return formatWithOffset(time, m_options.utcOffset); }

    void span()
    {
        if (m_snapshot.clock == Clock::Wall) {
            m_out += fmt::format("{} to {} ({}), {}", shown(m_range.begin), shown(m_range.end), m_options.zoneName,
                formatDuration(m_range.duration()));
            if (const auto times = processTimes(m_snapshot); times && usualInterval(times))
                m_out += fmt::format(", every {}", formatDuration(*usualInterval(times)));
        } else {
            m_out += "times not recorded: samples are numbered";
        }
        m_out += '\n';
        const std::string state = !m_snapshot.isFinished
            ? "cut: the recorder was stopped hard, or the file is not whole"
            : m_snapshot.isPartial ? "damaged: see Problems"
                                   : "";
        if (!state.empty())
            m_out += "The input is " + state + ".\n";
        for (const Gap& gap : m_snapshot.gaps)
            m_out += fmt::format(
                "Not measured from {} to {}: {}\n", shown(gap.range.begin), shown(gap.range.end), gap.reason);
    }

    struct Line {
        const Series* series;
        Statistics statistics;
    };

    /// The series of a row, most active first.
    std::vector<Line> linesOf(const UseRow& row) const
    {
        std::vector<Line> lines;
        for (const Series* series : m_snapshot.findAll(row.metric)) {
            const bool isHost = series->labels.empty();
            if (isHost != row.perLabel.empty())
                continue;
            Line line{series, statistics(*series, m_snapshot.clock == Clock::Wall ? m_range : m_snapshot.range)};
            const bool isIdle = !isHost && !(line.statistics.maximum > 0);
            if (line.statistics.samples > 0 && !isIdle)
                lines.push_back(line);
        }
        std::stable_sort(lines.begin(), lines.end(),
            [](const Line& a, const Line& b) { return a.statistics.mean > b.statistics.mean; });
        if (lines.size() > busiestShown)
            lines.resize(busiestShown);
        return lines;
    }

    void use()
    {
        TextTable table({Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
        table.add({"", "", "", "mean", "p95", "max", "max at"});
        std::string_view resource;
        for (const UseRow& row : useRows)
            for (const Line& line : linesOf(row)) {
                const Statistics& s = line.statistics;
                const Unit unit = line.series->unit;
                const std::string name = row.perLabel.empty()
                    ? std::string(row.shown)
                    : safeText(labelValue(line.series->labels, row.perLabel)) + ' ' + std::string(row.shown);
                // "at" only where something happened: the first of many equal zeros says nothing.
                const std::string when =
                    s.maximum > s.minimum && m_snapshot.clock == Clock::Wall ? shown(s.maximumAt) : "";
                table.add({row.resource == resource ? "" : std::string(row.resource), std::string(row.question), name,
                    valueText(s.mean, unit), valueText(s.p95, unit), valueText(s.maximum, unit), when});
                resource = row.resource;
            }
        if (!resource.empty())
            m_out += "\nUtilisation, saturation, errors\n" + table.text();
    }

    void processes()
    {
        const auto times = processTimes(m_snapshot);
        const auto last = processTickAt(m_snapshot, m_range.end);
        if (!times || !last)
            return;
        const std::uint32_t first = processTickAt(m_snapshot, m_range.begin).value_or(0);
        std::vector<ProcessFigures> figures = processesOver(m_snapshot, first, *last);
        const std::size_t seen = figures.size();
        std::erase_if(figures, [](const ProcessFigures& one) { return !(one.cpuPercent > 0); });
        std::stable_sort(figures.begin(), figures.end(),
            [](const ProcessFigures& a, const ProcessFigures& b) { return a.cpuPercent > b.cpuPercent; });
        m_out += fmt::format("\nProcesses: {} seen, {} used CPU\n", seen, figures.size());
        TextTable table({Align::Right, Align::Left, Align::Right, Align::Right, Align::Right});
        table.add({"pid", "command", "CPU mean", "CPU max", "resident"});
        for (std::size_t i = 0; i < std::min(processesShown, figures.size()); ++i) {
            const ProcessFigures& one = figures[i];
            table.add({std::string(one.process->attribute("pid")), safeText(one.process->attribute("comm")),
                valueText(one.cpuPercent, Unit::Percent), valueText(one.maximumCpuPercent, Unit::Percent),
                valueText(one.residentBytes, Unit::Bytes)});
        }
        if (!figures.empty())
            m_out += table.text();
    }

    /// A file that each device, group or interface has counts once: "/sys/fs/cgroup/*/memory.stat".
    static std::string kindOf(const std::string& name)
    {
        const auto last = name.rfind('/');
        if (name.starts_with("/hindcast/ethtool/"))
            return "/hindcast/ethtool/*";
        if (!name.starts_with("/sys/") || last == std::string::npos)
            return name;
        auto end = name.find('/', 5); // behind "/sys/block"
        if (!name.starts_with("/sys/block/") && end != std::string::npos)
            end = name.find('/', end + 1); // behind "/sys/fs/cgroup"
        return end == std::string::npos ? name : name.substr(0, end) + "/*" + name.substr(last);
    }

    void notCaptured()
    {
        constexpr std::size_t unreadKindsShown = 6;
        std::string denied, absent, unread;
        std::set<std::string> unreadKinds;
        const auto add = [](std::string& list, const std::string& name) {
            list += (list.empty() ? "" : ", ") + safeText(name);
        };
        for (const MemberReport& member : m_snapshot.members) {
            const bool isAbsent = member.errorNumber == ENOENT || member.errorNumber == EOPNOTSUPP;
            const std::string name = member.path.starts_with("samples") ? member.path.substr(7) : member.path;
            if (member.samples == 0 && member.errorNumber != 0)
                add(isAbsent ? absent : denied,
                    isAbsent ? name : fmt::format("{} ({})", name, std::strerror(member.errorNumber)));
            else if (member.source.empty() && !member.path.starts_with("start/") && !member.path.starts_with("end/")
                && member.path != "index.txt" && unreadKinds.insert(kindOf(name)).second
                && unreadKinds.size() <= unreadKindsShown)
                add(unread, kindOf(name));
        }
        if (denied.empty() && absent.empty() && unread.empty())
            return;
        m_out += "\nNot captured\n";
        if (!denied.empty())
            m_out += "  denied: " + denied + '\n';
        if (!absent.empty())
            m_out += "  not on this host: " + absent + '\n';
        if (!unread.empty())
            m_out += "  captured, but not read by this version: " + unread
                + (unreadKinds.size() > unreadKindsShown
                        ? fmt::format(" and {} more (all: members)", unreadKinds.size() - unreadKindsShown)
                        : "")
                + '\n';
    }

    /// One sentence: the rest is what `threads` prints.
    void threadDumps()
    {
        if (!hasThreadDumps(m_snapshot))
            return;
        const ThreadDumps dumps(m_snapshot);
        const auto plural = [](std::size_t count, std::string_view one) {
            return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
        };
        m_out += fmt::format("\nJava: {} of {}{} (more: threads)\n", plural(dumps.dumpCount(), "thread dump"),
            dumps.processes().size(), dumps.processes().size() == 1 ? " process" : " processes");
        for (const DeadlockSeen& deadlock : deadlocksSeen(m_snapshot, m_options.range))
            m_out += fmt::format("  DEADLOCK{} in {}: {}\n", deadlock.pid.empty() ? "" : " in process " + deadlock.pid,
                plural(deadlock.dumps, "dump"), safeText(deadlock.threads));
    }

    void problems()
    {
        std::size_t count = 0;
        std::string text;
        for (const ImportNote& note : m_snapshot.notes) {
            if (note.severity == NoteSeverity::Info)
                continue;
            if (++count > problemsShown)
                continue;
            text += "  ";
            if (!note.member.empty())
                text += safeText(note.member) + (note.line ? ':' + std::to_string(note.line) : std::string()) + ": ";
            text +=
                safeText(note.message) + (note.count > 1 ? fmt::format(" (x{})", note.count) : std::string()) + '\n';
        }
        if (count == 0)
            return;
        m_out += "\nProblems\n" + text;
        if (count > problemsShown)
            m_out += fmt::format("  and {} more (see members)\n", count - problemsShown);
    }

    const Snapshot& m_snapshot;
    const SummaryOptions& m_options;
    TimeRange m_range;
    std::string m_out;
};

} // namespace

std::string summaryText(const Snapshot& snapshot, const SummaryOptions& options)
{
    return Summary(snapshot, options).text();
}

} // namespace hindcast::report
