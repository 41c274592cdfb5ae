// The javacore of IBM J9 and Eclipse OpenJ9, whose every line begins with a tag that says what it is. Read are the
// threads with their stacks and locks, and the deadlocks it found. Source: Eclipse OpenJ9 documentation, "Java dump".
#pragma once

#include "parse/thread_dump_tables.h"

#include <string_view>

namespace hindcast::parse {

bool isJavacore(std::string_view beginning);
void readJavacore(std::string_view text, Builder& out, ThreadDumpTables& tables);

} // namespace hindcast::parse
