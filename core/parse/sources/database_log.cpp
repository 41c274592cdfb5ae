// The logs of MySQL, MariaDB and PostgreSQL.
#include "parse/server_log.h"

namespace hindcast::parse {
namespace {

int recognise(std::string_view beginning)
{
    return recogniseServerLog(beginning, ServerKind::Database);
}

} // namespace

Parser database_log()
{
    return {.id = "database_log",
        .title = "Log of a database server",
        .members = "",
        .parse = readServerLog,
        .recognise = recognise};
}

} // namespace hindcast::parse
