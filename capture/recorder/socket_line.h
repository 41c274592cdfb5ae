// One socket as the kernel's sock_diag tells it, as one line of the block hindcast/sockets. Pure text: it asks nobody.
#pragma once

#include "sock_diag.h"

#include <string>
#include <string_view>

namespace hindcast::recorder {

/// The block's first line: what the fields are, in order.
extern const char socketColumnsLine[];

/// RFC 9293's name of a state; "-" for a number without one.
std::string_view socketStateName(unsigned state);

/// The inode leads to the owner and to nothing else; of all fields it takes most room in a long listing.
enum class InodeOfOwned { Told, LeftOut };

/// A figure that is not told, or that holds nothing in this state, becomes "-". `owners`: "4711,4712", "" = not known.
void appendSocketLine(std::string& text, SocketProtocol protocol, const inet_diag_msg& socket,
    const SocketDetails& details, std::string_view owners, InodeOfOwned inodeOfOwned);

} // namespace hindcast::recorder
