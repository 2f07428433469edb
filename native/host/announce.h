// Telling the neighbours of an interface that an address lives here.
#pragma once

#include <cstdint>

#include "native/base/address.h"
#include "native/base/status.h"

namespace xlb::host {

// IPv4: gratuitous ARP, request form (RFC 5227 §3: sender and target are the address, broadcast).
// IPv6: unsolicited neighbour advertisement with the override flag to all nodes (RFC 4861 §7.2.6).
// Sent `count` times at once, 1 to kAnnounceCountMax; spacing them out is the caller's.
Status announce(uint32_t index, const IpAddress& address, uint32_t count);

}  // namespace xlb::host
