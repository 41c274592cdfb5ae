#include "diagnose/needs.h"

#include "model/process.h"
#include "model/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace hindcast::diagnose {
namespace {

/// Whether a member's path is that source: "proc/stat" fits "samples/proc/stat" and "/proc/stat".
bool isSource(std::string_view path, std::string_view source)
{
    return path == source
        || (path.size() > source.size() && path.ends_with(source) && path[path.size() - source.size() - 1] == '/');
}

/// "proc/net/snmp" is read by "proc_net_snmp".
std::string parserOf(std::string_view source)
{
    std::string id(source);
    std::replace(id.begin(), id.end(), '/', '_');
    return id;
}

std::string_view errnoName(int number)
{
    switch (number) {
    case EACCES:
        return "EACCES";
    case EPERM:
        return "EPERM";
    case ENOENT:
        return "ENOENT";
    case EOPNOTSUPP:
        return "EOPNOTSUPP";
    case EIO:
        return "EIO";
    default:
        return "";
    }
}

std::string refusal(const MemberReport& member)
{
    const std::string path = member.path.starts_with("samples/") ? member.path.substr(7) : member.path;
    if (member.errorNumber == ENOENT)
        return path + " does not exist on this host";
    const std::string_view name = errnoName(member.errorNumber);
    return std::system_category().message(member.errorNumber) + " ("
        + (name.empty() ? "errno " + std::to_string(member.errorNumber) : std::string(name)) + ") for " + path;
}

bool hasMeasured(const Snapshot& snapshot, std::string_view metricName)
{
    const auto all = snapshot.findAll(metricName);
    return std::any_of(all.begin(), all.end(), [](const Series* series) {
        // A constant NaN is a column that was never filled.
        return series->values.size() > 0
            && !(series->values.isConstant() && series->values.at(0) != series->values.at(0));
    });
}

} // namespace

bool hasKernelLog(const Snapshot& snapshot)
{
    const auto isLog = [](std::string_view source) {
        return source == "dmesg" || source == "kmsg" || source == "dev_kmsg";
    };
    // The logs of daemons hold what the kernel said only where they were told to keep it.
    const auto isKernels = [](const Event& event) {
        return (event.source == "syslog" || event.source == "journal")
            && labelValue(event.labels, "program") == "kernel";
    };
    return std::any_of(snapshot.members.begin(), snapshot.members.end(),
               [&](const MemberReport& member) { return isLog(member.source) && member.samples > 0; })
        || std::any_of(snapshot.events.begin(), snapshot.events.end(),
            [&](const Event& event) { return isLog(event.source) || isKernels(event); });
}

bool isRecorded(const Snapshot& snapshot, const Input& input)
{
    switch (input.kind) {
    case Input::Kind::Metric:
        return hasMeasured(snapshot, input.name);
    case Input::Kind::Processes:
        return processTimes(snapshot) != nullptr;
    case Input::Kind::Sockets:
        return hasSockets(snapshot);
    case Input::Kind::KernelLog:
        return hasKernelLog(snapshot);
    case Input::Kind::Packets:
        return !snapshot.packets.packets.empty() || !snapshot.packets.flows.empty();
    case Input::Kind::Table:
        return std::any_of(snapshot.tables.begin(), snapshot.tables.end(),
            [&](const Table& table) { return table.name == input.name && !table.rows.empty(); });
    }
    return false;
}

MissingInput missingInput(const Snapshot& snapshot, const Need& need)
{
    MissingInput missing{need.what, "not recorded", need.remedy};
    for (const MemberReport& member : snapshot.members)
        if (member.errorNumber != 0 && member.samples == 0
            && std::any_of(need.members.begin(), need.members.end(),
                [&](std::string_view source) { return isSource(member.path, source); })) {
            missing.reason = refusal(member);
            return missing;
        }
    const auto wasReadOnce = [&](const MemberReport& member) {
        return member.samples == 1
            && std::any_of(need.members.begin(), need.members.end(), [&](std::string_view source) {
                   return isSource(member.path, source) || member.source == parserOf(source);
               });
    };
    const bool isOfMetrics = std::any_of(
        need.anyOf.begin(), need.anyOf.end(), [](const Input& input) { return input.kind == Input::Kind::Metric; });
    if (isOfMetrics && std::any_of(snapshot.members.begin(), snapshot.members.end(), wasReadOnce))
        missing = {need.what, "one sample only, two are needed", need.remedy + ", more than once"};
    const bool isOfPackets = std::any_of(
        need.anyOf.begin(), need.anyOf.end(), [](const Input& input) { return input.kind == Input::Kind::Packets; });
    if (isOfPackets && !snapshot.packets.isEmpty())
        missing.reason = "no TCP segment is among the captured packets";
    return missing;
}

std::vector<MissingInput> missingInputs(const Snapshot& snapshot, const Rule& rule)
{
    std::vector<MissingInput> missing;
    for (const Need& need : rule.needs)
        if (std::none_of(
                need.anyOf.begin(), need.anyOf.end(), [&](const Input& input) { return isRecorded(snapshot, input); }))
            missing.push_back(missingInput(snapshot, need));
    return missing;
}

} // namespace hindcast::diagnose
