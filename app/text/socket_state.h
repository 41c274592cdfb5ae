// What is said of a socket's state everywhere in the window: its name as RFC 9293 writes it, two letters for places
// without room, what it means in plain words, and how much it deserves a second look.
#pragma once

#include "model/flow.h"

#include <QString>

namespace hindcast::text {

/// "CLOSE-WAIT"
QString stateName(TcpState state);
/// "CW": different for each state.
QString stateLetters(TcpState state);
/// Why it matters, in one or two sentences.
QString stateMeaning(TcpState state);

/// Lower ones first: what is most often a sign of trouble, then what is about to open or close, then the rest.
int stateRank(TcpState state);
/// States that a healthy program leaves within moments.
bool isSuspicious(TcpState state);

} // namespace hindcast::text
