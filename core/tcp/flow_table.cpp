#include "tcp/flow_table.h"

#include <cstring>

namespace hindcast::tcp {
namespace {

/// Multiply and fold, as in wyhash: enough for keys an attacker gains nothing by guessing (it costs him time, not us).
std::uint64_t mixed(std::uint64_t value, std::uint64_t more)
{
    value = (value ^ more) * 0x9e3779b97f4a7c15ULL;
    return value ^ (value >> 29);
}

std::uint64_t mixedAddress(std::uint64_t value, const IpAddress& address)
{
    std::uint64_t halves[2];
    std::memcpy(halves, address.bytes.data(), sizeof halves);
    return mixed(mixed(value, halves[0]), halves[1]);
}

} // namespace

std::size_t FlowKeyHash::operator()(const FlowKey& key) const noexcept
{
    const std::uint64_t ports = static_cast<std::uint64_t>(key.low.port) << 16 | key.high.port;
    return mixedAddress(mixedAddress(mixed(0, ports), key.low.address), key.high.address);
}

std::optional<std::uint32_t> FlowTable::find(const FlowKey& key) const
{
    const auto found = m_flows.find(key);
    return found == m_flows.end() ? std::nullopt : std::optional(found->second);
}

} // namespace hindcast::tcp
