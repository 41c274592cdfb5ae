#include "redact/redaction.h"

#include "framing/block.h"
#include "redact/secret_names.h"

#include <algorithm>

namespace hindcast::redact {
namespace {

// Files of /proc that are no tables of numbers.
constexpr std::string_view texts[] = {"/proc/cmdline", "/proc/mounts", "/proc/swaps", "/proc/keys", "/proc/version",
    "/proc/modules", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
    "/proc/sys/kernel/poweroff_cmd", "/proc/net/unix"};
constexpr std::string_view names[] = {"/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname"};

// man 5 proc, of a process
constexpr std::string_view processTexts[] = {
    "cgroup", "mountinfo", "mounts", "mountstats", "cwd", "exe", "root", "fd", "stack", "comm"};

// Large, read at every tick, and without any address.
constexpr std::string_view countersOfNet[] = {
    "dev", "snmp", "snmp6", "netstat", "sockstat", "sockstat6", "softnet_stat"};

constexpr std::string_view ownNumbers[] = {"hindcast/tick", "hindcast/cost", "hindcast/socket_counts", "hindcast/hot",
    "hindcast/sampled", "hindcast/fds", "hindcast/sysconf", "hindcast/adjtimex", "hindcast/limits", "hindcast/summary"};

template <std::size_t Size> bool isOneOf(std::string_view word, const std::string_view (&words)[Size])
{
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::string_view lastPart(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

Content contentOfProcessFile(std::string_view path)
{
    const std::string_view file = lastPart(path);
    if (file == "stat")
        return Content::ProcessStat;
    if (file == "cmdline")
        return Content::CommandLine;
    if (file == "status")
        return Content::ProcessStatus;
    if (file == "comm")
        return Content::Name;
    if (file == "environ")
        return Content::Key; // nothing of ours reads it; another's bundle may hold it
    if (isOneOf(file, processTexts))
        return Content::Text;
    return path.find("/net/") != std::string_view::npos ? Content::Addresses : Content::Numbers;
}

Content contentOfProc(std::string_view path)
{
    constexpr std::string_view proc = "/proc/";
    if (isAsciiDigit(path[proc.size()]) || path.starts_with("/proc/self/"))
        return contentOfProcessFile(path);
    if (isOneOf(path, texts))
        return Content::Text;
    if (isOneOf(path, names))
        return Content::Addresses;
    // Documentation/networking/ip-sysctl.rst: the key of TCP Fast Open; the secret of stable IPv6 addresses
    if (path.ends_with("tcp_fastopen_key") || path.ends_with("/stable_secret"))
        return Content::Key;
    if (path.starts_with("/proc/net/"))
        return isOneOf(path.substr(10), countersOfNet) || path.starts_with("/proc/net/stat/") ? Content::Numbers
                                                                                              : Content::Addresses;
    return Content::Numbers;
}

bool isBelow(std::string_view path, std::string_view folder)
{
    return path.size() > folder.size() && path.starts_with(folder);
}

std::string_view withoutFolder(std::string_view path)
{
    return path.substr(path.find('/') + 1);
}

/// "start/proc/cmdline" -> "/proc/cmdline"; "start/hindcast/uname" -> "hindcast/uname"
std::string sourceOfMember(std::string_view path)
{
    const std::string_view inner = withoutFolder(path);
    return inner.starts_with("hindcast/") || inner.starts_with("tools/") ? std::string(inner)
                                                                         : '/' + std::string(inner);
}

} // namespace

Content contentOf(std::string_view path)
{
    if (isBelow(path, "/proc/"))
        return contentOfProc(path);
    if (isBelow(path, "/sys/class/net/"))
        return Content::Addresses;
    if (isBelow(path, "/sys/") && path.ends_with("/dm/name")) // a volume, as its owner called it
        return Content::Text;
    if (isBelow(path, "/sys/fs/cgroup/") || isBelow(path, "/sys/"))
        return Content::Numbers;
    if (isOneOf(path, ownNumbers))
        return Content::Numbers;
    if (path == "hindcast/sockets" || path == "hindcast/cgroups")
        return Content::Addresses;
    return isBelow(path, "logs/") || isBelow(path, "/logs/") ? Content::AccessLog : Content::Text;
}

bool Redaction::wants(std::string_view path) const
{
    return !(path.ends_with(".pcap") && path.starts_with("packets/"));
}

void Redaction::changeMember(std::string& path, std::string& bytes)
{
    if (path.ends_with("/pids.txt") && path.starts_with("seg/"))
        return changeProcesses(bytes);
    if (path.ends_with("/manifest.json") || path == "manifest.json")
        return changeManifest(bytes);
    if (path.starts_with("history/"))
        return changeArchive(bytes);
    if (path.starts_with("start/") || path.starts_with("end/") || path.starts_with("samples/"))
        change(sourceOfMember(path), bytes);
    else
        change(path, bytes);
    if (!path.starts_with("packets/")) // those of a file and of its text belong together
        changeText(path, TextKind::Name); // a log may be named after a token
}

/// Copies only from the first block that changes on: most ticks have nothing to change, and few of their blocks are
/// looked into.
void Redaction::changeBlocks(std::string& blocks)
{
    std::string made, body;
    std::string_view rest = blocks;
    std::size_t done = 0;
    framing::Block block;
    while (framing::nextBlock(rest, block) == framing::NextBlock::Found) {
        const std::string path = framing::unescapeField(block.path);
        const Content content = contentOf(path);
        if (!isStrict() && (block.body.empty() || content == Content::Numbers || content == Content::Addresses))
            continue;
        body = block.body;
        if (!body.empty())
            change(path, body);
        std::string name = path;
        changeBlockPath(name);
        if (body == block.body && name == path)
            continue;
        const auto begin = static_cast<std::size_t>(block.path.data() - blocks.data()) - 3; // "== "
        made.append(blocks, done, begin - done);
        // A body of unknown length (the script's) ends where the next block begins, and has its newline.
        framing::appendBlock(made, name, block.startNanoseconds, block.durationMicroseconds, block.errorNumber, body);
        done = blocks.size() - rest.size();
    }
    if (done == 0)
        return;
    made.append(blocks, done, std::string::npos);
    blocks.swap(made);
}

void Redaction::change(std::string_view path, std::string& body)
{
    switch (contentOf(path)) {
    case Content::Numbers:
        if (m_pseudonyms != nullptr)
            m_totals.names += replaceInterfaces(body, *m_pseudonyms);
        return;
    case Content::CommandLine:
        return changeText(body, TextKind::CommandLine);
    case Content::ProcessStat:
        return changeStat(body);
    case Content::ProcessStatus:
        return changeStatus(body);
    case Content::Name:
        return changeText(body, TextKind::Name);
    case Content::Text:
        return changeText(body, TextKind::Text);
    case Content::AccessLog:
        return changeText(body, TextKind::AccessLog);
    case Content::Addresses:
        if (m_pseudonyms == nullptr)
            return;
        if (path.find("/net/") != std::string_view::npos)
            m_totals.names += replaceNumbers(body, path, m_order, *m_pseudonyms);
        return names(body);
    case Content::Key:
        if (!body.empty() && body != redactedMark)
            ++m_totals.secrets[static_cast<std::size_t>(SecretKind::PrivateKey)];
        body = redactedMark;
        return;
    }
}

/// A cgroup, an interface or a volume may be called after the host.
void Redaction::changeBlockPath(std::string& path)
{
    constexpr std::string_view proc = "/proc/";
    const bool isOfProcess = isBelow(path, proc) && isAsciiDigit(path[proc.size()]);
    if (isStrict() && !isOfProcess)
        changeText(path, TextKind::Name);
}

void Redaction::changeText(std::string& text, TextKind kind)
{
    redactSecrets(text, kind, &m_totals.secrets);
    names(text);
}

void Redaction::names(std::string& text)
{
    if (m_pseudonyms != nullptr)
        m_totals.names += replaceNames(text, *m_pseudonyms);
}

/// pid starttime uid comm cmdline
void Redaction::changeProcesses(std::string& text)
{
    std::string made;
    made.reserve(text.size());
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        std::size_t comm = 0;
        for (int field = 0; field < 3 && comm != std::string_view::npos; ++field)
            comm = line.find(' ', comm) == std::string_view::npos ? std::string_view::npos : line.find(' ', comm) + 1;
        const std::size_t blank = comm == std::string_view::npos ? comm : line.find(' ', comm);
        if (blank == std::string_view::npos) {
            made += line;
        } else {
            std::string name = framing::unescapeField(line.substr(comm, blank - comm));
            std::string commandLine = framing::unescapeField(line.substr(blank + 1));
            changeText(name, TextKind::Name);
            const bool isUnknown = line.substr(blank + 1) == "-";
            changeText(commandLine, TextKind::CommandLine);
            made += line.substr(0, comm);
            framing::appendEscaped(made, name);
            made += ' ';
            if (!isUnknown && commandLine == "-")
                made += "%2D";
            else
                framing::appendEscaped(made, commandLine);
        }
        made += '\n';
        begin = end + 1;
    }
    text.swap(made);
}

/// The name ends at the last ")".
void Redaction::changeStat(std::string& text)
{
    const auto open = text.find('('), close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close <= open)
        return;
    std::string name = text.substr(open + 1, close - open - 1);
    const std::string before = name;
    changeText(name, TextKind::Name);
    if (name != before)
        text.replace(open + 1, close - open - 1, name);
}

void Redaction::changeStatus(std::string& text)
{
    constexpr std::string_view label = "Name:\t";
    const auto end = std::min(text.find('\n'), text.size());
    if (!std::string_view(text).starts_with(label))
        return;
    std::string name = text.substr(label.size(), end - label.size());
    const std::string before = name;
    changeText(name, TextKind::Name);
    if (name != before)
        text.replace(label.size(), end - label.size(), name);
}

/// Of another tool, in a form of its own: it names the host, and nothing in it can be changed.
void Redaction::changeArchive(std::string& bytes)
{
    if (!isStrict() || bytes == redactedMark)
        return;
    bytes = redactedMark;
    ++m_totals.names;
}

/// The host's name stands there by itself, whatever it is; all else is text. Marks and pseudonyms need no escape in
/// JSON.
void Redaction::changeManifest(std::string& text)
{
    changeText(text, TextKind::Text);
}

} // namespace hindcast::redact
