#include "parse/netstat_statistics.h"

#include "base/text_scanner.h"
#include "parse/network_counters.h"
#include "parse/snake_case.h"

#include <algorithm>

namespace hindcast::parse {
namespace {

using std::string_view;

std::string smallLetters(string_view text)
{
    std::string result(text.substr(0, 32));
    std::transform(result.begin(), result.end(), result.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

} // namespace

void NetstatStatistics::begin(string_view title)
{
    if (title == m_firstTitle)
        m_time += std::chrono::seconds{1};
    if (m_firstTitle.empty())
        m_firstTitle = title;
    m_place = {title, false};
}

void NetstatStatistics::readLine(string_view line, std::uint64_t number)
{
    const auto text = trimmed(line);
    const auto value = numberIn(text);
    if (!value) {
        readFact(text);
        return;
    }
    if (const std::string name = netstatCounterName(m_place, text); !name.empty()) {
        addCounter(name, static_cast<double>(*value));
        return;
    }
    if (text.find_first_not_of("0123456789") == string_view::npos) {
        m_out.skipped(line, "expected a number and what it counts");
        return;
    }
    m_table.beginRow(number);
    m_table.set("protocol", m_place.protocol);
    m_table.set("text", text);
    m_table.set("value", Unit::Count, static_cast<double>(*value));
}

/// "ICMP output histogram:", "Forwarding is enabled", "RTO algorithm is other".
void NetstatStatistics::readFact(string_view text)
{
    if (text.starts_with("Forwarding is "))
        addCounter("Forwarding", text.ends_with("enabled") ? 1 : 2);
    if (m_place.protocol.starts_with("Icmp")) {
        m_histograms += m_lastHistogram != text ? 1 : 0; // in any language input comes first
        m_lastHistogram = text;
        m_place.isOutputHistogram = text.find("output") != string_view::npos
            || (text.find("input") == string_view::npos && m_histograms % 2 == 0);
    }
}

/// Of IPv6 the counters are called as their siblings of IPv4.
void NetstatStatistics::addCounter(const std::string& name, double value)
{
    const bool isOfSix = m_place.protocol.ends_with('6');
    const auto plain = isOfSix ? m_place.protocol.substr(0, m_place.protocol.size() - 1) : m_place.protocol;
    const ProtocolValue* known = networkCounter(plain, name);
    if (isOfSix && !known && plain == "Ip")
        known = networkCounter("IpExt", name);
    ProtocolValue meaning = known ? *known : ProtocolValue{};
    std::string metric = smallLetters(m_place.protocol) + '.' + snakeCase(name);
    if (known && !isOfSix)
        metric = known->metric;
    else if (known)
        metric = smallLetters(m_place.protocol) + std::string(known->metric.substr(known->metric.find('.')));
    else if (name == "InTooBigErrors") // has no sibling
        metric = "ip6.too_big_errors_in";
    m_out.add(metric, {}, meaning.unit, meaning.kind, m_time, value / meaning.divisor);
}

} // namespace hindcast::parse
