#include "parse/kernel_log.h"

#include <algorithm>

namespace hindcast::parse {
namespace {

using std::string_view;

constexpr auto npos = string_view::npos;

bool has(string_view text, string_view mark)
{
    return text.find(mark) != npos;
}

std::optional<string_view> after(string_view text, string_view mark)
{
    const auto place = text.find(mark);
    return place == npos ? std::nullopt : std::optional(text.substr(place + mark.size()));
}

void label(Labels& labels, string_view name, string_view value)
{
    if (!value.empty())
        labels.push_back({std::string(name), std::string(value)});
}

/// The value of "key=value," in the line oom-kill:constraint=…,key=value,….
string_view commaValue(string_view text, string_view key)
{
    const auto rest = after(text, key);
    return rest ? rest->substr(0, rest->find(',')) : string_view{};
}

string_view withoutBlanks(string_view text)
{
    const auto begin = text.find_first_not_of(" \t");
    const auto end = text.find_last_not_of(" \t");
    return begin == npos ? string_view{} : text.substr(begin, end - begin + 1);
}

} // namespace

Severity severityOfLevel(unsigned level)
{
    constexpr unsigned error = 3, warning = 4;
    return level <= error ? Severity::Error : level == warning ? Severity::Warning : Severity::Info;
}

void KernelLog::rememberOomContext(std::string_view text)
{
    if (has(text, " invoked oom-killer")) {
        m_oom = {};
    } else if (has(text, "oom-kill:constraint=")) {
        m_oom.isOfCgroup = commaValue(text, "constraint=") == "CONSTRAINT_MEMCG";
        m_oom.cgroup = commaValue(text, m_oom.isOfCgroup ? ",oom_memcg=" : ",task_memcg=");
        m_oom.pid = commaValue(text, ",pid=");
    } else if (const auto limit = after(text, "killed as a result of limit of ")) { // before 4.19
        m_oom.isOfCgroup = true;
        m_oom.cgroup = withoutBlanks(*limit);
        m_oom.pid.clear();
    } else if (text.starts_with("Memory cgroup out of memory: Kill process")) {
        m_oom.isOfCgroup = true;
    }
}

void KernelLog::addOomContext(std::string_view text, KernelMessage& message)
{
    const auto pid = labelValue(message.labels, "pid");
    if (!m_oom.pid.empty() && m_oom.pid != pid)
        return; // of another kill
    if (m_oom.isOfCgroup && !text.starts_with("Out of memory"))
        message.kind = "oom-kill-cgroup";
    label(message.labels, "cgroup", m_oom.cgroup);
}

Event KernelLog::read(const KernelLine& line)
{
    Event event;
    event.time = line.time;
    event.clock = line.clock;
    event.line = line.line;
    event.text = line.text;
    if (line.isFromKernel) {
        KernelMessage message = readKernelMessage(line.text);
        if (!message.kind.empty())
            rememberOomContext(line.text);
        if (message.kind == "oom-kill" || message.kind == "oom-kill-cgroup")
            addOomContext(line.text, message);
        event.severity = message.severity;
        event.labels = std::move(message.labels);
        label(event.labels, "kind", message.kind);
    }
    label(event.labels, "host", line.host);
    std::sort(event.labels.begin(), event.labels.end());
    if (line.level)
        event.severity = std::max(event.severity, severityOfLevel(*line.level));
    return event;
}

void KernelLog::add(const KernelLine& line)
{
    m_out.event(read(line));
}

} // namespace hindcast::parse
