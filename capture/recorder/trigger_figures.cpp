#include "trigger_figures.h"

#include "framing/block.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

namespace hindcast::recorder {
namespace {

bool takeLine(std::string_view& rest, std::string_view& line)
{
    if (rest.empty())
        return false;
    const auto end = rest.find('\n');
    line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return true;
}

/// Empty at the end of the line.
std::string_view takeField(std::string_view& rest)
{
    std::size_t begin = 0;
    while (begin < rest.size() && (rest[begin] == ' ' || rest[begin] == '\t'))
        ++begin;
    std::size_t end = begin;
    while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t')
        ++end;
    const auto field = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return field;
}

/// `keys` names the columns; "-" = a column without a meaning.
void takeColumns(
    std::string_view rest, std::string_view object, std::string_view keys, Figure::Writing writing, FigureSink& sink)
{
    for (auto key = takeField(keys); !key.empty(); key = takeField(keys)) {
        const auto field = takeField(rest);
        if (field.empty())
            return;
        if (key != "-")
            sink.take({object, {}, {}, key, field, writing});
    }
}

constexpr std::string_view cpuKeys = "user nice system idle iowait irq softirq steal guest guest_nice";
constexpr std::string_view softirqTypes = "hi timer net_tx net_rx block irq_poll tasklet sched hrtimer rcu";

/// man 5 proc_stat. Of "intr" only the total in front: what follows is one number an interrupt.
void readStat(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        const auto name = takeField(line);
        if (name.starts_with("cpu")) {
            takeColumns(line, name.substr(3), cpuKeys, Figure::Writing::Decimal, sink);
        } else if (name == "softirq") {
            sink.take({{}, {}, {}, "softirqs", takeField(line)});
            std::string_view types = softirqTypes;
            for (auto type = takeField(types); !type.empty(); type = takeField(types))
                if (const auto field = takeField(line); !field.empty())
                    sink.take({type, {}, {}, "softirqs", field});
        } else {
            sink.take({{}, {}, {}, name, takeField(line)});
        }
    }
}

/// "0.00 0.01 0.05 2/111 2039"
void readLoadavg(std::string_view text, FigureSink& sink)
{
    std::string_view line;
    takeLine(text, line);
    for (const std::string_view key : {"1", "5", "15"})
        sink.take({{}, {}, {}, key, takeField(line)});
    const auto threads = takeField(line);
    const auto slash = threads.find('/');
    if (slash != std::string_view::npos)
        sink.take({{}, {}, {}, "threads", threads.substr(slash + 1)});
    sink.take({{}, {}, {}, "newest_process", takeField(line)});
}

/// "MemTotal:  16 kB", "nr_dirty 5", "late_ns 12"
void readNamedValues(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        auto name = takeField(line);
        if (name.ends_with(':'))
            name.remove_suffix(1);
        sink.take({{}, {}, {}, name, takeField(line)});
    }
}

/// Families of counters in /proc/vmstat whose names go on with who reclaimed, or the zone or type of the pages:
/// "pgscan_direct", "pgscan_direct_dma32" (until 4.8), "allocstall_normal". pgscan_anon and pgscan_file count the same
/// pages once more, and pgscan_direct_throttle no pages at all.
struct Family {
    std::string_view key, words;
};
constexpr std::array families{Family{"pgscan", " kswapd direct khugepaged proactive "},
    Family{"pgsteal", " kswapd direct khugepaged proactive "},
    Family{"allocstall", " dma dma32 normal high movable device "}, Family{"workingset_refault", " anon file "}};

void takeFamilyMember(const Family& family, std::string_view rest, std::string_view value, FigureSink& sink)
{
    const auto word = rest.substr(1, rest.find('_', 1) - 1);
    const auto at = family.words.find(word);
    const bool isWhole = at != std::string_view::npos && at > 0 && family.words[at - 1] == ' '
        && at + word.size() < family.words.size() && family.words[at + word.size()] == ' ';
    if (rest.front() == '_' && !word.empty() && isWhole)
        sink.take({word, {}, {}, family.key, value});
}

void readVmstat(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        const auto name = takeField(line);
        const auto value = takeField(line);
        sink.take({{}, {}, {}, name, value});
        for (const Family& family : families)
            if (name.size() > family.key.size() && name.starts_with(family.key) && name != "pgscan_direct_throttle")
                takeFamilyMember(family, name.substr(family.key.size()), value, sink);
    }
}

/// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0". Of the whole machine "full" of the CPU is undefined, and printed
/// as zeros (Documentation/accounting/psi.rst): those are no measurement.
void readPressure(TriggerSource source, std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        const auto kind = takeField(line);
        if (source == TriggerSource::PressureCpu && kind == "full" && line.ends_with(" total=0"))
            continue;
        for (auto field = takeField(line); !field.empty(); field = takeField(line)) {
            const auto equals = field.find('=');
            if (equals != std::string_view::npos)
                sink.take({{}, {}, kind, field.substr(0, equals), field.substr(equals + 1)});
        }
    }
}

/// Documentation/admin-guide/iostats.rst: 11 columns, 15 since 4.18, 17 since 5.5.
constexpr std::string_view diskKeys =
    "reads reads_merged sectors_read read_ms writes writes_merged sectors_written write_ms "
    "in_flight io_ms weighted_ms discards discards_merged sectors_discarded discard_ms flushes "
    "flush_ms";

void readDiskstats(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        takeField(line);
        takeField(line);
        const auto device = takeField(line);
        takeColumns(line, device, diskKeys, Figure::Writing::Decimal, sink);
    }
}

constexpr std::string_view interfaceKeys =
    "rx.bytes rx.packets rx.errors rx.dropped rx.fifo rx.frame rx.compressed rx.multicast "
    "tx.bytes tx.packets tx.errors tx.dropped tx.fifo tx.collisions tx.carrier tx.compressed";

/// The last colon: an alias is called "eth0:1".
void readNetDev(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos)
            continue;
        auto name = line.substr(0, colon);
        takeColumns(line.substr(colon + 1), takeField(name), interfaceKeys, Figure::Writing::Decimal, sink);
    }
}

/// A line of names, "Tcp: ActiveOpens PassiveOpens", and a line of values that begins alike.
void readPairedLines(std::string_view text, FigureSink& sink)
{
    for (std::string_view names, values; takeLine(text, names) && takeLine(text, values);) {
        auto group = takeField(names);
        if (group.empty() || takeField(values) != group)
            return;
        group.remove_suffix(1);
        for (auto name = takeField(names); !name.empty(); name = takeField(names))
            sink.take({{}, {}, group, name, takeField(values)});
    }
}

/// "TCP: inuse 4 orphan 0 tw 2 alloc 9 mem 3"
void readSockstat(std::string_view text, FigureSink& sink)
{
    for (std::string_view line; takeLine(text, line);) {
        auto group = takeField(line);
        if (!group.empty())
            group.remove_suffix(1);
        for (auto name = takeField(line); !name.empty(); name = takeField(line))
            sink.take({{}, {}, group, name, takeField(line)});
    }
}

/// net/core/net-procfs.c, softnet_seq_show(): the backlog and the number of the CPU since 5.10. Before, CPUs are
/// numbered by their lines.
constexpr std::string_view softnetKeys = "processed dropped time_squeeze - - - - - - received_rps flow_limited backlog";

void readSoftnet(std::string_view text, FigureSink& sink)
{
    constexpr unsigned cpuColumn = 12;
    unsigned lines = 0;
    for (std::string_view line; takeLine(text, line); ++lines) {
        std::string_view rest = line, number;
        for (unsigned column = 0; column <= cpuColumn; ++column)
            number = takeField(rest);
        unsigned cpu = lines;
        std::from_chars(number.data(), number.data() + number.size(), cpu, 16);
        takeColumns(line, std::to_string(cpu), softnetKeys, Figure::Writing::Hexadecimal, sink);
    }
}

/// "# device mount type size_bytes …" names the fields (capture/FORMAT.md); "-" = the file system does not say, as does
/// a number of 0 inodes.
void readFilesystems(std::string_view text, FigureSink& sink)
{
    std::string_view names;
    takeLine(text, names);
    takeField(names);
    for (std::string_view line; takeLine(text, line);) {
        const std::string device = framing::unescapeField(takeField(line));
        const std::string mount = framing::unescapeField(takeField(line));
        std::string_view keys = names;
        takeField(keys);
        takeField(keys);
        for (auto key = takeField(keys); !key.empty(); key = takeField(keys)) {
            const auto field = takeField(line);
            if (key == "inodes" && field == "0")
                break; // inodes_free follows
            if (!field.empty() && field != "-")
                sink.take({mount, device, {}, key, field});
        }
    }
}

/// RFC 9293's names in the order of the kernel's numbers (include/net/tcp_states.h), from 1.
constexpr std::array<std::string_view, 11> socketStates{"ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1",
    "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"};
/// As hindcast/socket_counts writes them. The kernel's tables have the first, listings the first two.
constexpr std::array<std::string_view, 6> socketProtocols{
    "tcp", "udp", "unix", "unix_stream", "unix_dgram", "unix_seqpacket"};
constexpr std::string_view processStates = "RSDZTtIX";

void giveCount(Figure figure, std::uint64_t count, FigureSink& sink)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, count);
    figure.key = "count";
    figure.text = {digits, static_cast<std::size_t>(end - digits)};
    sink.take(figure);
}

} // namespace

std::optional<double> Figure::number() const
{
    std::uint64_t whole = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, whole, writing == Writing::Hexadecimal ? 16 : 10);
    if (failure != std::errc{})
        return std::nullopt;
    if (end == last)
        return static_cast<double>(static_cast<std::int64_t>(whole));
    std::uint64_t fraction = 0;
    if (*end != '.' || std::from_chars(end + 1, last, fraction).ptr != last)
        return std::nullopt;
    double value = static_cast<double>(fraction);
    for (const char* digit = end + 1; digit < last; ++digit)
        value /= 10;
    return static_cast<double>(whole) + value;
}

void readFigures(TriggerSource source, std::string_view text, FigureSink& sink)
{
    switch (source) {
    case TriggerSource::Stat:
        return readStat(text, sink);
    case TriggerSource::Loadavg:
        return readLoadavg(text, sink);
    case TriggerSource::Tick:
    case TriggerSource::Meminfo:
        return readNamedValues(text, sink);
    case TriggerSource::Vmstat:
        return readVmstat(text, sink);
    case TriggerSource::PressureCpu:
    case TriggerSource::PressureMemory:
    case TriggerSource::PressureIo:
    case TriggerSource::PressureIrq:
        return readPressure(source, text, sink);
    case TriggerSource::Diskstats:
        return readDiskstats(text, sink);
    case TriggerSource::NetDev:
        return readNetDev(text, sink);
    case TriggerSource::Snmp:
    case TriggerSource::Netstat:
        return readPairedLines(text, sink);
    case TriggerSource::Sockstat:
        return readSockstat(text, sink);
    case TriggerSource::Softnet:
        return readSoftnet(text, sink);
    case TriggerSource::Filesystems:
        return readFilesystems(text, sink);
    case TriggerSource::Sockets:
    case TriggerSource::Processes:
    case TriggerSource::count:
        break;
    }
}

// SocketTally

void SocketTally::beginTick()
{
    m_form = Form::None;
    m_errorNumber = 0;
}

bool SocketTally::read(std::string_view path, int errorNumber, std::string_view text)
{
    const bool isCounts = path == "hindcast/socket_counts";
    const bool isKernelTable = path == "/proc/net/tcp" || path == "/proc/net/tcp6";
    if (!isCounts && !isKernelTable && path != "hindcast/sockets")
        return false;
    if (errorNumber != 0) {
        if (path != "/proc/net/tcp6") // without IPv6 there are none
            m_errorNumber = errorNumber;
        return true;
    }
    if (m_form == Form::Counts) // of all, where a listing may have been cut
        return true;
    if (m_form == Form::None || isCounts)
        m_counts = {};
    m_form = isCounts ? Form::Counts : Form::Listing;
    m_known = isCounts ? protocols : isKernelTable ? 1 : 2;
    if (isCounts)
        readCounts(text);
    else if (isKernelTable)
        readKernelTable(text);
    else
        readListing(text);
    return true;
}

void SocketTally::add(std::string_view protocol, std::string_view state, std::uint64_t count)
{
    const auto row = std::find(socketProtocols.begin(), socketProtocols.end(), protocol);
    const auto place = std::find(socketStates.begin(), socketStates.end(), state);
    if (row != socketProtocols.end() && place != socketStates.end())
        m_counts[static_cast<std::size_t>(row - socketProtocols.begin())]
                [static_cast<std::size_t>(place - socketStates.begin())] += count;
}

/// "tcp ESTABLISHED …"
void SocketTally::readListing(std::string_view text)
{
    for (std::string_view line; takeLine(text, line);) {
        const auto protocol = takeField(line);
        add(protocol, takeField(line), 1);
    }
}

/// "# proto state count", then "tcp ESTABLISHED 12". A second list, by peers, counts the same once more.
void SocketTally::readCounts(std::string_view text)
{
    bool isFirst = true;
    for (std::string_view line; takeLine(text, line); isFirst = false) {
        if (!isFirst && line.starts_with("# proto "))
            return;
        const auto protocol = takeField(line);
        const auto state = takeField(line);
        const auto count = Figure{{}, {}, {}, {}, takeField(line)}.number();
        if (count && *count > 0)
            add(protocol, state, static_cast<std::uint64_t>(*count));
    }
}

/// "   0: 0100007F:0277 00000000:0000 0A …" (man 5 proc_pid_net). 12 is a SYN received by a listener.
void SocketTally::readKernelTable(std::string_view text)
{
    constexpr unsigned newRequest = 12, synReceived = 3;
    for (std::string_view line; takeLine(text, line);) {
        for (int i = 0; i < 3; ++i)
            takeField(line);
        const auto field = takeField(line);
        unsigned state = 0;
        if (std::from_chars(field.data(), field.data() + field.size(), state, 16).ec != std::errc{})
            continue;
        if (state == newRequest)
            state = synReceived;
        if (state >= 1 && state <= states)
            ++m_counts[0][state - 1];
    }
}

/// Groups are "tcp", "udp" and "unix"; of the last, the second label is its type.
void SocketTally::giveTo(FigureSink& sink) const
{
    for (std::size_t i = 0; i < m_known; ++i) {
        const std::string_view protocol = socketProtocols[i];
        const auto line = protocol.find('_');
        const auto type = line == std::string_view::npos ? std::string_view() : protocol.substr(line + 1);
        for (std::size_t state = 0; state < states; ++state)
            giveCount({socketStates[state], type, protocol.substr(0, line), {}, {}}, m_counts[i][state], sink);
    }
}

// ProcessStates

/// "/proc/<pid>/stat"; its name may hold everything and ends at the last ")" (man 5 proc_pid_stat).
void ProcessStates::read(std::string_view path, int errorNumber, std::string_view text)
{
    constexpr std::string_view before = "/proc/";
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(path.data() + before.size(), path.data() + path.size(), number);
    if (failure != std::errc{}
        || std::string_view(end, static_cast<std::size_t>(path.data() + path.size() - end)) != "/stat")
        return;
    const auto place = std::lower_bound(m_processes.begin(), m_processes.end(), number,
        [](const auto& process, std::uint32_t wanted) { return process.first < wanted; });
    const bool isThere = place != m_processes.end() && place->first == number;
    if (errorNumber == ESRCH) {
        if (isThere)
            m_processes.erase(place);
        return;
    }
    const auto name = text.rfind(')');
    const char state = name != std::string_view::npos && name + 2 < text.size() ? text[name + 2] : '?';
    if (isThere)
        place->second = state;
    else
        m_processes.insert(place, {number, state});
}

/// Letters that are none of these (kernels until 3.13 have a few more) are counted with those that stay unknown: only
/// in the sum.
void ProcessStates::giveTo(FigureSink& sink) const
{
    std::array<std::uint64_t, processStates.size() + 1> counts{};
    for (const auto& process : m_processes) {
        const auto letter = processStates.find(process.second);
        ++counts[letter == std::string_view::npos ? processStates.size() : letter];
    }
    for (std::size_t i = 0; i < counts.size(); ++i)
        giveCount({i < processStates.size() ? processStates.substr(i, 1) : std::string_view("?"), {}, {}, {}, {}},
            counts[i], sink);
}

} // namespace hindcast::recorder
