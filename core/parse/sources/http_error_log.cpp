// The error logs of nginx and Apache.
#include "parse/server_log.h"

namespace hindcast::parse {
namespace {

int recognise(std::string_view beginning)
{
    return recogniseServerLog(beginning, ServerKind::Web);
}

} // namespace

Parser http_error_log()
{
    return {.id = "http_error_log",
        .title = "Error log of a web server",
        .members = "",
        .parse = readServerLog,
        .recognise = recognise};
}

} // namespace hindcast::parse
