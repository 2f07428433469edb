// Telling the neighbours of an interface that an address lives here.
//
// IPv4: gratuitous ARP, request form (RFC 5227 §3: sender and target are the address, broadcast).
// IPv6: unsolicited neighbour advertisement with the override flag to all nodes (RFC 4861 §7.2.6).
#pragma once

#include <cstdint>
#include <optional>

#include "native/base/address.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"

namespace xlb::host {

// Keeps its packet socket: to close one takes the kernel an RCU grace period, milliseconds (packet_release).
// Thread rule: one user at a time.
class Announcer {
 public:
  Status open();
  void close() { fd_.reset(); }

  // One frame. `mac`: where the address is said to be, and the sender; else the interface's own.
  Status send(uint32_t index, const IpAddress& address, const std::optional<MacAddress>& mac);

 private:
  UniqueFd fd_;
};

// Sent `count` times at once, 1 to kAnnounceCountMax; spacing them out is the caller's.
Status announce(uint32_t index, const IpAddress& address, uint32_t count);

}  // namespace xlb::host
