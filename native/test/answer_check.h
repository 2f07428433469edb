// Whether an answer of the director itself is one that its sender would take, said by code that shares
// nothing with the packet core (as frame_check.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/test/frames.h"

namespace xlb::test {

enum class Answer : uint8_t { kPortUnreachable, kTimeExceeded, kTooBig, kReset };

// Is `after` this answer to `before`, a sound frame: the ends exchanged, lengths and checksums right, and an
// ICMP error's quote what `before` holds, as much of it as it may? `mtu` goes with kTooBig, whose quote has
// been counted down already.
bool answered_rightly(const Bytes& before, const Bytes& after, Answer kind, uint32_t mtu = 0);

// Must nobody answer it, whatever it says: is it to or from more than one host, or none (RFC 1122 3.2.2, RFC
// 4443 2.4)? `network` is the offset of its IP header.
bool unanswerable(const Bytes& frame, size_t network, bool v6);

}  // namespace xlb::test
