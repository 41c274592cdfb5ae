// RouteDump: one table of the kernel's network configuration, message by message, asked by rtnetlink (man 7 rtnetlink).
// The kernel may hold the question back while a driver is busy with its device: ask in a process of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string_view>
#include <vector>

namespace hindcast::recorder {

class RouteDump {
public:
    /// `type`: RTM_GETLINK, RTM_GETADDR, …; `bodyBytes` zeros follow the header, as long as the structure of that type.
    RouteDump(std::uint16_t type, std::size_t bodyBytes);
    ~RouteDump();
    RouteDump(const RouteDump&) = delete;
    RouteDump& operator=(const RouteDump&) = delete;

    /// The next message, valid until the next call; null at the end and after a failure.
    const nlmsghdr* next();
    /// errno, 0 = none.
    int failure() const { return m_failure; }
    /// The table was changed while it was told: lines may be missing, or there twice (NLM_F_DUMP_INTR).
    bool isInconsistent() const { return m_isInconsistent; }

private:
    bool receive();

    int m_descriptor = -1;
    int m_failure = 0;
    bool m_isDone = false, m_isInconsistent = false;
    std::vector<char> m_bytes;
    const nlmsghdr* m_header = nullptr;
    unsigned m_left = 0;
};

/// The attributes behind the `bodyBytes` long structure of a message, by their type.
class RouteAttributes {
public:
    RouteAttributes(const nlmsghdr* header, std::size_t bodyBytes);
    /// Those nested in one.
    explicit RouteAttributes(std::string_view nested);

    /// "" when there is none of that type.
    std::string_view bytes(unsigned type) const;
    /// Of a text the terminating NUL is left out.
    std::string_view text(unsigned type) const;
    bool has(unsigned type) const { return bytes(type).data() != nullptr; }
    std::uint32_t number(unsigned type, std::uint32_t otherwise = 0) const;

private:
    std::string_view m_attributes;
};

} // namespace hindcast::recorder
