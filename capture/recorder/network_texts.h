// How the network of this machine is set up, as texts: interfaces, addresses, routes, rules, neighbours and queueing
// disciplines, a line each. The columns are named in the first line and described in capture/FORMAT.md.
#pragma once

#include <string>

namespace hindcast::recorder {

/// All append to `text` and return 0 or errno. They may take as long as a driver is busy with its device.
int appendLinks(std::string& text);
int appendAddresses(std::string& text);
int appendRoutes(std::string& text);
int appendRules(std::string& text);
int appendNeighbours(std::string& text);
int appendQueueingDisciplines(std::string& text);

} // namespace hindcast::recorder
