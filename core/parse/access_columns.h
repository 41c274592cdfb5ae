// Requests in forms whose columns stand by their place alone: W3C extended log files (IIS, CloudFront), whose heading
// names the columns; the load balancers of AWS; Envoy's text. Sources: W3C WD-logfile; "Access logs for your
// Application Load Balancer" and "… Classic Load Balancer"; Envoy "Access logging", default format, and Istio's.
#pragma once

#include "parse/access_line.h"

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::parse {

class AccessColumns {
public:
    /// Whether the line is one of a heading, "#Fields: date time c-ip …"; remembers the columns it names.
    bool takeHeading(std::string_view line);
    /// A row below a heading.
    std::optional<AccessRequest> readRow(std::string_view line) const;

private:
    std::vector<std::string> m_names;
    bool m_isCloudFront = false;
};

/// "http 2026-11-21T03:17:02.186641Z app/books/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET
/// …"", and the same without the type.
std::optional<AccessRequest> readLoadBalancer(std::string_view line);

/// "[2026-11-21T03:17:02.310Z] "GET /a HTTP/2" 204 - 154 0 226 100 "192.0.2.7" …"
std::optional<AccessRequest> readEnvoy(std::string_view line);

} // namespace hindcast::parse
