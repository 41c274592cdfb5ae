// Counters of parts of the network that not every host uses: /proc/net/xfrm_stat (IPsec, "name value" a line; kernel
// Documentation/networking/xfrm_proc.rst), /proc/net/ip_vs_stats (load balancer, hexadecimal; kernel
// net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_stats_show()), /proc/net/rpc/nfs and nfsd (kernel net/sunrpc/stats.c,
// fs/nfsd/stats.c; man 8 nfsstat).
#include "base/text_scanner.h"
#include "parse/parser.h"
#include "parse/snake_case.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace hindcast::parse {
namespace {

void add(Builder& out, std::string_view metric, Labels labels, Unit unit, Time time, double value)
{
    out.add(out.series(metric, std::move(labels), unit, Kind::Counter), time, value);
}

/// "XfrmInNoStates         \t3"
bool readXfrmLine(std::string_view line, Time time, Builder& out)
{
    constexpr std::string_view prefix = "Xfrm";
    const auto name = nextField(line);
    const auto value = parseInteger(nextField(line));
    if (!name.starts_with(prefix) || !value || !trimmed(line).empty())
        return false;
    add(out, "xfrm." + snakeCase(name.substr(prefix.size())), {}, Unit::Packets, time, static_cast<double>(*value));
    return true;
}

// ip_vs_stats: two lines of names over "connections, packets in and out, bytes in and out"; behind a blank line and
// another heading the same per second, which the counters tell better.

constexpr std::array<std::string_view, 5> balancerMetrics{
    "ip_vs.connections", "ip_vs.packets_in", "ip_vs.packets_out", "ip_vs.bytes_in", "ip_vs.bytes_out"};
constexpr std::array balancerUnits{Unit::Count, Unit::Packets, Unit::Packets, Unit::Bytes, Unit::Bytes};

void readBalancer(const Sample& sample, Builder& out)
{
    auto rest = sample.text;
    bool areRates = false;
    for (std::string_view line; nextLine(rest, line);) {
        const auto values = fields(line);
        areRates = areRates || line.find("Conns/s") != std::string_view::npos;
        const bool isHeading =
            line.find("Total") != std::string_view::npos || line.find("Conns") != std::string_view::npos;
        if (values.empty() || isHeading)
            continue;
        const bool areNumbers = values.size() == balancerMetrics.size()
            && std::all_of(
                values.begin(), values.end(), [](std::string_view one) { return parseHex(one).has_value(); });
        if (!areNumbers) {
            out.skipped(line, "expected five hexadecimal numbers");
            continue;
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto value = static_cast<double>(*parseHex(values[i]));
            if (areRates)
                out.add(std::string(balancerMetrics[i]) + "_now", {}, perSecond(balancerUnits[i]), Kind::Gauge,
                    sample.time, value);
            else
                add(out, balancerMetrics[i], {}, balancerUnits[i], sample.time, value);
        }
    }
}

// rpc/nfs and rpc/nfsd: a word, then numbers in fixed places

struct CallLine {
    std::string_view word;
    std::array<std::string_view, 5> metrics; ///< "" = not wanted (obsolete) or not there
};
constexpr std::array clientLines{
    CallLine{"net", {"packets", "packets_udp", "packets_tcp", "tcp_connections", ""}},
    CallLine{"rpc", {"calls", "retransmissions", "authentication_refreshes", "", ""}},
};
constexpr std::array serverLines{
    CallLine{"rc", {"cache_hits", "cache_misses", "cache_not_used", "", ""}},
    CallLine{"fh", {"stale_file_handles", "", "", "", ""}},
    CallLine{"io", {"read_bytes", "written_bytes", "", "", ""}},
    CallLine{"th", {"threads", "", "", "", ""}},
    CallLine{"net", {"packets", "packets_udp", "packets_tcp", "tcp_connections", ""}},
    CallLine{"rpc", {"calls", "bad_calls", "bad_formats", "bad_authentications", "bad_clients"}},
};
/// NFS version 3, RFC 1813 §3.3, in the order of their numbers.
constexpr std::array<std::string_view, 22> procedures3{"null", "getattr", "setattr", "lookup", "access", "readlink",
    "read", "write", "create", "mkdir", "symlink", "mknod", "remove", "rmdir", "rename", "link", "readdir",
    "readdirplus", "fsstat", "fsinfo", "pathconf", "commit"};
/// Version 2, RFC 1094 §2.2.
constexpr std::array<std::string_view, 18> procedures2{"null", "getattr", "setattr", "root", "lookup", "readlink",
    "read", "writecache", "write", "create", "remove", "rename", "link", "symlink", "mkdir", "rmdir", "readdir",
    "statfs"};

/// Operations of version 4 are numbered differently by client and server, and more came with each kernel: their number.
std::string procedureName(std::string_view word, std::size_t number)
{
    if (word == "proc3" && number < procedures3.size())
        return std::string(procedures3[number]);
    if (word == "proc2" && number < procedures2.size())
        return std::string(procedures2[number]);
    return std::to_string(number);
}

bool readCallLine(std::string_view line, bool isServer, Time time, Builder& out)
{
    const auto word = nextField(line);
    std::vector<double> numbers;
    for (auto field = nextField(line); !field.empty(); field = nextField(line)) {
        const auto value = parseDouble(field); // "th" and "ra" have fractions
        if (!value)
            return false;
        numbers.push_back(*value);
    }
    const std::string area = isServer ? "nfs.server." : "nfs.client.";
    if (word.starts_with("proc") || word == "wdeleg_getattr") {
        if (numbers.empty() || word == "wdeleg_getattr")
            return !numbers.empty();
        const std::string version(word.substr(4, 1));
        const std::string metric = area + (word == "proc4ops" ? "operations" : "procedures");
        for (std::size_t i = 1; i < numbers.size(); ++i) // the first is how many follow
            add(out, metric, {{"procedure", procedureName(word, i - 1)}, {"version", version}}, Unit::Count, time,
                numbers[i]);
        return static_cast<double>(numbers.size() - 1) >= numbers.front();
    }
    if (word == "ra") // the read-ahead cache, gone since Linux 5.4
        return !numbers.empty();
    const std::span<const CallLine> lines = isServer ? std::span<const CallLine>(serverLines) : clientLines;
    for (const CallLine& known : lines) {
        if (known.word != word || numbers.empty())
            continue;
        for (std::size_t i = 0; i < known.metrics.size() && i < numbers.size(); ++i) {
            const bool isBytes = known.word == "io";
            if (known.word == "th" && !known.metrics[i].empty())
                out.add(area + std::string(known.metrics[i]), {}, Unit::Count, Kind::Gauge, time, numbers[i]);
            else if (!known.metrics[i].empty())
                add(out, area + std::string(known.metrics[i]), {}, isBytes ? Unit::Bytes : Unit::Count, time,
                    numbers[i]);
        }
        return true;
    }
    return false;
}

bool isServerText(std::string_view text)
{
    return text.starts_with("rc ");
}

enum class File : std::uint8_t { Unknown, Xfrm, Balancer, Client, Server };

File fileOf(std::string_view path, std::string_view text)
{
    const auto name = path.substr(path.rfind('/') + 1);
    std::string_view line, rest = text;
    nextLine(rest, line);
    if (name == "xfrm_stat" || line.starts_with("XfrmInError"))
        return File::Xfrm;
    if (name == "ip_vs_stats" || (line.find("Total Incoming Outgoing") != std::string_view::npos))
        return File::Balancer;
    if (name == "nfsd" || isServerText(text))
        return File::Server;
    if (name == "nfs" || (line.starts_with("net ") && text.find("\nrpc ") != std::string_view::npos))
        return File::Client;
    return File::Unknown;
}

void readSample(const Sample& sample, Builder& out)
{
    out.setText(sample.text);
    const File file = fileOf(sample.path, sample.text);
    if (file == File::Balancer) {
        readBalancer(sample, out);
        return;
    }
    auto rest = sample.text;
    for (std::string_view line; nextLine(rest, line);) {
        if (trimmed(line).empty())
            continue;
        const bool isRead = file == File::Xfrm ? readXfrmLine(line, sample.time, out)
            : file == File::Unknown            ? false
                                               : readCallLine(line, file == File::Server, sample.time, out);
        if (!isRead)
            out.skipped(line, "not a line of counters of this file");
    }
}

void parse(const Input& input, Builder& out)
{
    for (const Sample& sample : input.samples)
        readSample(sample, out);
}

int recognise(std::string_view beginning)
{
    const File file = fileOf({}, beginning);
    if (file == File::Server)
        return beginning.find("\nfh ") != std::string_view::npos ? 90 : 0;
    return file == File::Unknown ? 0 : 90;
}

} // namespace

Parser proc_net_counters()
{
    return {.id = "proc_net_counters",
        .title = "IPsec, load balancer and NFS counters",
        .members = "proc/net/xfrm_stat proc/net/ip_vs_stats proc/net/rpc/nfs proc/net/rpc/nfsd",
        .parse = parse,
        .recognise = recognise};
}

} // namespace hindcast::parse
