#include "system_answers.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

void put(std::string& text, const char* key, const char* value)
{
    text += key;
    text += ' ';
    text += value;
    text += '\n';
}

void put(std::string& text, const char* key, long long value)
{
    char digits[32];
    std::snprintf(digits, sizeof digits, "%lld", value);
    put(text, key, digits);
}

void putLimit(std::string& text, const char* key, int resource)
{
    rlimit limit{};
    if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
        return;
    const auto print = [&](const char* kind, rlim_t value) {
        char name[48];
        std::snprintf(name, sizeof name, "%s_%s", key, kind);
        if (value == RLIM_INFINITY)
            put(text, name, "unlimited");
        else
            put(text, name, static_cast<long long>(value));
    };
    print("soft", limit.rlim_cur);
    print("hard", limit.rlim_max);
}

void putCapabilities(std::string& text)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (syscall(SYS_capget, &header, data) != 0)
        return;
    char digits[32];
    std::snprintf(digits, sizeof digits, "%08x%08x", data[1].effective, data[0].effective);
    put(text, "effective_capabilities", digits);
}

/// "Asia/Seoul" from where /etc/localtime points to: "/usr/share/zoneinfo/Asia/Seoul".
std::string zoneName(const Root& root)
{
    const std::string path = root.linkTarget("/etc/localtime");
    constexpr std::string_view folder = "zoneinfo/";
    const auto at = path.find(folder);
    if (at != std::string::npos)
        return path.substr(at + folder.size());
    return root.firstLine("/etc/timezone");
}

/// Asks the C library for the present offset of `rule`, a value of TZ.
void askOffset(const char* rule, TimeZone& zone)
{
    setenv("TZ", rule, 1);
    tzset();
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    if (!localtime_r(&now, &local))
        return;
    zone.abbreviation = local.tm_zone ? local.tm_zone : "";
    zone.offsetSeconds = local.tm_gmtoff;
}

} // namespace

std::string unameText()
{
    utsname name{};
    std::string text;
    if (uname(&name) != 0)
        return text;
    put(text, "sysname", name.sysname);
    put(text, "nodename", name.nodename);
    put(text, "release", name.release);
    put(text, "version", name.version);
    put(text, "machine", name.machine);
    return text;
}

std::string clockDisciplineText()
{
    timex answer{};
    std::string text;
    const int state = adjtimex(&answer);
    if (state < 0)
        return text;
    put(text, "state", state); // TIME_OK 0 … TIME_ERROR 5: not synchronised
    put(text, "status", answer.status);
    put(text, "offset", answer.offset);
    put(text, "frequency", answer.freq);
    put(text, "maximum_error_us", answer.maxerror);
    put(text, "estimated_error_us", answer.esterror);
    put(text, "time_constant", answer.constant);
    put(text, "tick_us", answer.tick);
    put(text, "tai_offset_s", answer.tai);
    return text;
}

std::string sysconfText()
{
    std::string text;
    const auto ask = [&](const char* key, int name) {
        const long value = sysconf(name);
        if (value >= 0)
            put(text, key, value);
    };
    ask("clock_ticks", _SC_CLK_TCK);
    ask("page_size", _SC_PAGESIZE);
    ask("processors_online", _SC_NPROCESSORS_ONLN);
    ask("processors_configured", _SC_NPROCESSORS_CONF);
    ask("physical_pages", _SC_PHYS_PAGES);
    ask("longest_arguments", _SC_ARG_MAX);
    return text;
}

std::string limitsText()
{
    std::string text;
    put(text, "uid", static_cast<long long>(getuid()));
    put(text, "effective_uid", static_cast<long long>(geteuid()));
    put(text, "gid", static_cast<long long>(getgid()));
    putCapabilities(text);
    putLimit(text, "open_files", RLIMIT_NOFILE);
    putLimit(text, "processes", RLIMIT_NPROC);
    putLimit(text, "locked_memory", RLIMIT_MEMLOCK);
    putLimit(text, "address_space", RLIMIT_AS);
    putLimit(text, "cpu_seconds", RLIMIT_CPU);
    putLimit(text, "file_size", RLIMIT_FSIZE);
    return text;
}

std::string containerText(const Root& root)
{
    std::string text;
    put(text, "/.dockerenv", root.exists("/.dockerenv") ? "yes" : "no");
    put(text, "/run/.containerenv", root.exists("/run/.containerenv") ? "yes" : "no");
    for (const char* const space : {"net", "pid", "mnt", "user", "cgroup", "uts", "ipc"}) {
        const std::string target = root.linkTarget(std::string("/proc/self/ns/") + space); // "net:[4026531840]"
        const auto begin = target.find('[');
        if (begin != std::string::npos && target.ends_with(']'))
            put(text, (std::string(space) + "_namespace").c_str(),
                target.substr(begin + 1, target.size() - begin - 2).c_str());
    }
    return text;
}

TimeZone hostTimeZone(const Root& root)
{
    TimeZone zone;
    const int descriptor = root.openFile("/etc/localtime");
    const int failure = descriptor < 0 ? errno : 0;
    // Without the file a name in /etc/timezone is not what anything goes by.
    if (failure == 0 || !root.linkTarget("/etc/localtime").empty())
        zone.name = zoneName(root);
    // The C library wants a path. This one is the very file that was found inside the root, wherever the root's links
    // lead; without /proc of our own the offset is not known.
    const std::string file = "/proc/self/fd/" + std::to_string(descriptor);
    if (failure == 0 && access(file.c_str(), R_OK) == 0)
        askOffset((':' + file).c_str(), zone);
    else if (failure == ENOENT && (root.isRealRoot() || zone.name.empty()))
        askOffset("UTC0", zone); // what a host without the file uses. In a folder only the zones may be left out
    if (descriptor >= 0)
        close(descriptor);
    if (zone.name.empty())
        zone.name = zone.abbreviation;
    return zone;
}

std::string timeZoneText(const TimeZone& zone)
{
    std::string text;
    if (!zone.name.empty())
        put(text, "name", zone.name.c_str());
    if (!zone.offsetSeconds)
        return text;
    put(text, "abbreviation", zone.abbreviation.c_str());
    put(text, "utc_offset_s", *zone.offsetSeconds);
    return text;
}

} // namespace hindcast::recorder
