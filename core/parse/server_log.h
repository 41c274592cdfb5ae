// ServerLog: the error log of a web server or a database as events; lines without a date go on with the one before.
#pragma once

#include "parse/parser.h"
#include "parse/server_line.h"

namespace hindcast::parse {

void readServerLog(const Input& input, Builder& out);
/// 0 no, up to 100 certain, as Parser::recognise.
int recogniseServerLog(std::string_view beginning, ServerKind kind);

} // namespace hindcast::parse
