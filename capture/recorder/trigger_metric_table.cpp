#include "trigger_metric_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace hindcast::recorder {
namespace {

using S = TriggerSource;
using F = TriggerFormula;
using U = TriggerUnit;

constexpr double percent = 100;
constexpr double kibibyte = 1024;
constexpr double sector = 512; // in /proc/diskstats, whatever the device's own (Documentation/admin-guide/iostats.rst)
constexpr double millisecond = 1e-3;
constexpr double microsecond = 1e-6;
constexpr double page = 0; // stands for its size

/// Metrics of one source that are computed alike. As text, because a pointer for every word would be as large as the
/// words.
struct Family {
    const char* prefix;
    TriggerSource source;
    TriggerFormula formula;
    TriggerUnit unit;
    double factor;
    const char* rows; ///< "name terms", one a line; "=" for the terms: the name
    const char* group = ""; ///< in front of every term
    const char* whole = "";
    const char* labels = ""; ///< "state type:R S D": behind the colon the values of the first, where they are known
    Unlabelled unlabelled = Unlabelled::Any;
};

/// Of /proc/pressure/*; interrupts have no "some".
constexpr const char* averages = R"(full.avg10 =
full.avg60 =
full.avg300 =
some.avg10 =
some.avg60 =
some.avg300 =)";
constexpr const char* totals = R"(full full.total
some some.total)";
constexpr const char* interruptAverages = R"(full.avg10 =
full.avg60 =
full.avg300 =)";
constexpr const char* interruptTotals = "full full.total";

/// Of RFC 9293; a UDP socket has two of them.
constexpr const char* socketStates = "state:ESTABLISHED SYN-SENT SYN-RECEIVED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED "
                                     "CLOSE-WAIT LAST-ACK LISTEN CLOSING";

constexpr Family families[] = {
#include "trigger_metric_rows.inc"
};

std::string_view takeUntil(std::string_view& rest, char end)
{
    const auto at = rest.find(end);
    const auto word = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return word;
}

/// "a+b-c" with the group in front of each.
std::string grouped(std::string_view terms, std::string_view group)
{
    std::string text;
    for (bool isFirst = true; const char c : terms) {
        if (isFirst && !group.empty())
            (text += group) += '.';
        isFirst = c == '+' || c == '-';
        text += c;
    }
    return text;
}

TriggerMetric metricOf(const Family& family, std::string_view name, std::string_view terms)
{
    TriggerMetric metric;
    (metric.name = family.prefix) += name;
    metric.source = family.source;
    metric.formula = family.formula;
    metric.unit = family.unit;
    metric.factor = family.factor == page ? static_cast<double>(sysconf(_SC_PAGESIZE)) : family.factor;
    metric.numerator = grouped(terms == "=" ? name : terms, family.group);
    metric.denominator = family.whole;
    metric.values = family.labels;
    metric.labels = takeUntil(metric.values, ':');
    metric.unlabelled = family.unlabelled;
    return metric;
}

/// Of /proc/vmstat what has no name of its own. "nr_" names are gauges but for these, which are only ever added to
/// (include/linux/mmzone.h, enum node_stat_item).
TriggerMetric vmstatMetric(std::string_view key)
{
    constexpr std::array<std::string_view, 7> events{"nr_dirtied", "nr_foll_pin_acquired", "nr_foll_pin_released",
        "nr_throttled_written", "nr_vmscan_immediate_reclaim", "nr_vmscan_write", "nr_written"};
    const bool isGauge = key == "workingset_nodes"
        || (key.starts_with("nr_") && std::find(events.begin(), events.end(), key) == events.end());
    TriggerMetric metric;
    (metric.name = "vm.") += key;
    metric.source = S::Vmstat;
    metric.formula = isGauge ? F::Gauge : F::Rate;
    metric.numerator = key;
    return metric;
}

struct Alias {
    const char *alias, *name;
};
constexpr std::array aliases{Alias{"load1", "load.1"}, Alias{"load5", "load.5"}, Alias{"load15", "load.15"},
    Alias{"iowait", "cpu.iowait"}, Alias{"steal", "cpu.steal"}};
constexpr std::array beginnings{Alias{"psi.", "pressure."}, Alias{"mem.", "memory."}, Alias{"fs.", "filesystem."}};

std::string canonicalName(std::string_view name)
{
    for (const Alias& known : aliases)
        if (known.alias == name)
            return known.name;
    for (const Alias& known : beginnings)
        if (name.starts_with(known.alias))
            return std::string(known.name).append(name.substr(std::strlen(known.alias)));
    return std::string(name);
}

/// Letters to insert, remove or replace (Levenshtein). Of long words the beginning.
std::size_t distance(std::string_view from, std::string_view to)
{
    constexpr std::size_t longest = 63;
    from = from.substr(0, longest);
    to = to.substr(0, longest);
    std::uint8_t row[longest + 1];
    for (std::size_t i = 0; i <= to.size(); ++i)
        row[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 1; i <= from.size(); ++i) {
        unsigned diagonal = row[0];
        row[0] = static_cast<std::uint8_t>(i);
        for (std::size_t k = 1; k <= to.size(); ++k) {
            const unsigned replaced = diagonal + (from[i - 1] == to[k - 1] ? 0 : 1);
            diagonal = row[k];
            row[k] = static_cast<std::uint8_t>(std::min({row[k] + 1U, row[k - 1] + 1U, replaced}));
        }
    }
    return row[to.size()];
}

/// The best few of the words offered; a word that holds the wanted one is near however long.
class Nearest {
public:
    explicit Nearest(std::string_view wanted)
        : m_wanted(wanted)
    {
    }

    void offer(std::string word)
    {
        constexpr std::size_t leastPart = 3;
        std::size_t far = distance(m_wanted, word);
        if (far > 1 && m_wanted.size() >= leastPart && word.find(m_wanted) != std::string::npos)
            far = 1;
        if (far > std::max<std::size_t>(2, m_wanted.size() / 3))
            return;
        for (Found& found : m_found) { // into its place; what was there moves on
            if (!found.word.empty() && found.far <= far)
                continue;
            found.word.swap(word);
            std::swap(found.far, far);
        }
    }

    std::string text() const
    {
        std::string list;
        for (std::size_t i = 0; i < most && !m_found[i].word.empty(); ++i) {
            const bool isLast = i + 1 == most || m_found[i + 1].word.empty();
            list.append(i == 0 ? "" : isLast ? " or " : ", ").append(m_found[i].word);
        }
        return list;
    }

private:
    static constexpr std::size_t most = 3;
    struct Found {
        std::string word;
        std::size_t far = 0;
    };
    std::string_view m_wanted;
    Found m_found[most];
};

} // namespace

const char* pathOf(TriggerSource source)
{
    constexpr std::array<const char*, static_cast<std::size_t>(S::count)> paths{"hindcast/tick", "/proc/stat",
        "/proc/loadavg", "/proc/meminfo", "/proc/vmstat", "/proc/pressure/cpu", "/proc/pressure/memory",
        "/proc/pressure/io", "/proc/pressure/irq", "/proc/diskstats", "/proc/net/dev", "/proc/net/snmp",
        "/proc/net/netstat", "/proc/net/sockstat", "/proc/net/softnet_stat", "hindcast/sockets", "hindcast/filesystems",
        "/proc/<pid>/stat"};
    return paths[static_cast<std::size_t>(source)];
}

bool isListedNowAndThen(TriggerSource source)
{
    return source == S::Sockets || source == S::Filesystems || source == S::Processes;
}

std::optional<TriggerMetric> findTriggerMetric(std::string_view name)
{
    constexpr std::string_view vmstat = "vm.";
    if (name.starts_with(vmstat) && name.size() > vmstat.size())
        return vmstatMetric(name.substr(vmstat.size()));
    const std::string canonical = canonicalName(name);
    for (const Family& family : families) {
        const std::string_view prefix = family.prefix;
        if (!canonical.starts_with(prefix))
            continue;
        for (std::string_view rest = family.rows; !rest.empty();) {
            std::string_view row = takeUntil(rest, '\n');
            const std::string_view last = takeUntil(row, ' ');
            if (std::string_view(canonical).substr(prefix.size()) == last)
                return metricOf(family, last, row);
        }
    }
    return std::nullopt;
}

std::string nearestMetrics(std::string_view name)
{
    const std::string canonical = canonicalName(name);
    Nearest nearest(canonical);
    for (const Family& family : families)
        for (std::string_view rest = family.rows; !rest.empty();) {
            std::string_view row = takeUntil(rest, '\n');
            nearest.offer(std::string(family.prefix).append(takeUntil(row, ' ')));
        }
    return nearest.text();
}

std::string nearestWords(std::string_view word, std::string_view words)
{
    Nearest nearest(word);
    while (!words.empty())
        nearest.offer(std::string(takeUntil(words, ' ')));
    return nearest.text();
}

} // namespace hindcast::recorder
