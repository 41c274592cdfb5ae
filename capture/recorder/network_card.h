// A network card as its driver describes it, by the ioctl SIOCETHTOOL, in the words of the program ethtool. The driver
// is asked under a lock that it may hold for long: ask in a process of its own.
#pragma once

#include <string>

namespace hindcast::recorder {

/// What "ethtool -i", "-g", "-k", "-c", "-l" and "-a" would print, one after the other; what the driver does not answer
/// is left out. 0, or the errno of the first question: a loopback, for example, has no driver (EOPNOTSUPP).
int appendCardFacts(const std::string& interface, std::string& text);
/// Whether it is up and has a carrier (IFF_RUNNING, man 7 netdevice), of which no driver is asked: any question of
/// SIOCETHTOOL wakes a card that sleeps (dev_ethtool: pm_runtime_get_sync).
bool isRunning(const std::string& interface);
/// "name: value" per line, as "ethtool -S". 0 or errno.
int appendCardStatistics(const std::string& interface, std::string& text);

} // namespace hindcast::recorder
