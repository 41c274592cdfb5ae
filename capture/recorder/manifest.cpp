#include "manifest.h"

#include <cstdio>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace hindcast::recorder {
namespace {

/// Bytes over 0x7F are written as code points of their own value: a host name in an unknown encoding must not make the
/// whole manifest invalid.
void appendQuoted(std::string& json, std::string_view text)
{
    json += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (byte < 0x20 || byte >= 0x7F) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            json += escape;
        } else {
            json += c;
        }
    }
    json += '"';
}

void appendKey(std::string& json, const char* key)
{
    if (json.back() != '{')
        json += ',';
    json += '"';
    json += key;
    json += "\":";
}

void put(std::string& json, const char* key, std::string_view text)
{
    appendKey(json, key);
    if (text.empty())
        json += "null";
    else
        appendQuoted(json, text);
}

void put(std::string& json, const char* key, long long value)
{
    char digits[32];
    std::snprintf(digits, sizeof digits, "%lld", value);
    appendKey(json, key);
    json += digits;
}

void putKnown(std::string& json, const char* key, long long value, bool isKnown)
{
    if (isKnown) {
        put(json, key, value);
        return;
    }
    appendKey(json, key);
    json += "null";
}

/// Exact, because nanoseconds have nine decimals.
void putSeconds(std::string& json, const char* key, std::uint64_t nanoseconds)
{
    char digits[48];
    int length = std::snprintf(digits, sizeof digits, "%llu.%09llu",
        static_cast<unsigned long long>(nanoseconds / 1'000'000'000),
        static_cast<unsigned long long>(nanoseconds % 1'000'000'000));
    while (digits[length - 1] == '0')
        --length;
    if (digits[length - 1] == '.')
        --length;
    appendKey(json, key);
    json.append(digits, static_cast<std::size_t>(length));
}

void appendDenial(std::string& json, const Denial& denial)
{
    if (json.back() != '[')
        json += ',';
    json += '{';
    put(json, "path", denial.path);
    put(json, "errno", denial.errorNumber);
    put(json, "error", std::strerror(denial.errorNumber));
    putKnown(json, "tick", static_cast<long long>(denial.tick.value_or(0)), denial.tick.has_value());
    if (denial.count != 1)
        put(json, "count", static_cast<long long>(denial.count));
    json += '}';
}

void putPackets(std::string& json, const Manifest& manifest)
{
    appendKey(json, "packets");
    json += '[';
    for (const PacketRequest& request : manifest.packets) {
        json += json.back() == '[' ? "{" : ",{";
        put(json, "interface", request.interface);
        put(json, "filter", request.filter);
        json += '}';
    }
    json += ']';
    if (manifest.packets.empty())
        return;
    put(json, "snaplen", static_cast<long long>(manifest.snapLength));
    putSeconds(json, "packet_seconds", static_cast<std::uint64_t>(manifest.packetNanoseconds));
}

} // namespace

std::string manifestJson(const Manifest& manifest)
{
    std::string json = "{";
    put(json, "format", "hindcast");
    put(json, "schema", 1);
    put(json, "tool", "hindcast-record " HINDCAST_VERSION);
    put(json, "segment", static_cast<long long>(manifest.segment));
    put(json, "first_tick", static_cast<long long>(manifest.firstTick));
    put(json, "interval_ns", manifest.intervalNanoseconds);
    put(json, "hostname", manifest.hostname);
    put(json, "kernel", manifest.kernel);
    put(json, "machine", manifest.machine);
    put(json, "boot_id", manifest.bootId);
    putKnown(json, "boot_time_s", manifest.bootTimeSeconds, manifest.bootTimeSeconds > 0);
    put(json, "clock_ticks", sysconf(_SC_CLK_TCK));
    put(json, "page_size", sysconf(_SC_PAGESIZE));
    putKnown(json, "cpus", manifest.cpus, manifest.cpus > 0);
    put(json, "timezone", manifest.timeZone);
    putKnown(json, "utc_offset_s", manifest.utcOffsetSeconds.value_or(0), manifest.utcOffsetSeconds.has_value());
    put(json, "uid", static_cast<long long>(geteuid()));
    appendKey(json, "clocks");
    json += '{';
    put(json, "real_ns", manifest.clocks.real);
    put(json, "mono_ns", manifest.clocks.monotonic);
    put(json, "boot_ns", manifest.clocks.boot);
    json += '}';
    appendKey(json, "config");
    json += '{';
    const auto interval = static_cast<std::uint64_t>(manifest.askedIntervalNanoseconds);
    putSeconds(json, "interval_s", interval);
    if (manifest.lastSlot)
        putSeconds(json, "duration_s", *manifest.lastSlot * interval);
    else
        putKnown(json, "duration_s", 0, false);
    put(json, "socket_ticks", static_cast<long long>(manifest.socketTicks));
    put(json, "redact", manifest.redaction);
    putPackets(json, manifest);
    json += '}';
    appendKey(json, "denials");
    json += '[';
    for (const Denial& denial : manifest.denials)
        appendDenial(json, denial);
    json += "]}\n";
    return json;
}

} // namespace hindcast::recorder
