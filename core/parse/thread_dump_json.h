// Thread dumps as JSON: jcmd Thread.dump_to_file -format=json (JDK 21 and later, with virtual threads and the executors
// they belong to), and the list of ThreadInfo that management interfaces give ({"threads":[{"threadName":…}]}).
// Sources: OpenJDK com.sun.management.HotSpotDiagnosticMXBean.dumpThreads, jdk.internal.vm.ThreadDumper;
// java.lang.management.ThreadInfo.
#pragma once

#include "parse/thread_dump_tables.h"

#include <string_view>

namespace hindcast::parse {

bool isThreadDumpJson(std::string_view beginning);
/// Every thread whose object is whole, also of a text that is cut.
void readThreadDumpJson(std::string_view text, Builder& out, ThreadDumpTables& tables);

} // namespace hindcast::parse
