// ServerLine: one line of the error log of a web server or a database, taken apart. Sources: nginx src/core/ngx_log.c;
// Apache server/log.c and its ErrorLogFormat; MySQL and MariaDB sql/log.cc; PostgreSQL's log_line_prefix "%m [%p] " and
// those of the distributions.
#pragma once

#include "model/snapshot.h"
#include "parse/log_stamp.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hindcast::parse {

enum class ServerKind : std::uint8_t { Web, Database };

struct ServerLine {
    ServerKind kind = ServerKind::Web;
    LogStamp stamp;
    Severity severity = Severity::Info;
    std::string_view program; ///< "nginx", "httpd", "mysqld", "postgres"
    std::string_view pid; ///< ""
    std::string_view text;
};

/// Nothing for a line that begins otherwise: it goes on with the one before it, or is of another log.
std::optional<ServerLine> readServerLine(std::string_view line);

} // namespace hindcast::parse
