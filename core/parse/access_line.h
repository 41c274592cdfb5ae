// AccessRequest: one request as a web server or proxy logs it, whatever the form of the line. Sources: Apache
// mod_log_config (common, combined, vhost_combined), nginx ngx_http_log_module ($request_time is seconds with three
// decimals), ingress-nginx and nginx-proxy-manager log formats, Traefik's common log format, HAProxy configuration
// manual §8.2.3, ltsv.org, and the JSON of nginx, Caddy, Traefik and Envoy.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace hindcast::parse {

struct AccessRequest {
    Time time{}; ///< when it was logged: at the end of the request
    bool hasZone = true;
    std::chrono::seconds offset{}; ///< of the zone from UTC
    std::string_view client; ///< ""
    std::string_view path; ///< as requested, "" when the request was none
    unsigned status = 0; ///< 0 = none was sent
    double bytes = std::numeric_limits<double>::quiet_NaN(); ///< sent
    double requestSeconds = std::numeric_limits<double>::quiet_NaN();
    double upstreamSeconds = std::numeric_limits<double>::quiet_NaN(); ///< retries summed
    bool isTimeGuessed = false; ///< a number with three decimals was taken for the time, for no name says so
};

/// Takes "2022-01-28T16:04:05.413656027Z stdout F " of a container's log off the front.
void takeContainerPrefix(std::string_view& line);

/// A line of text: common, combined and what is built on them, nginx-proxy-manager, HAProxy.
std::optional<AccessRequest> readAccessText(std::string_view line);

/// The port of "10.0.1.2:33317" is taken off, that of an IPv6 address only when there are brackets.
std::string_view withoutPort(std::string_view address);

/// "21/Nov/2026:03:17:02 +0900", also with fractions and without a zone.
struct AccessStamp {
    Time time{};
    bool hasZone = true;
    std::chrono::seconds offset{};
};
std::optional<AccessStamp> readAccessStamp(std::string_view text);

} // namespace hindcast::parse
