// An address as the socket calls take it.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "native/base/address.h"

namespace xlb::host {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// `scope` is an interface's index, for IPv6. Meant for link-local and multicast addresses; for others the
// kernel does not look (__ipv6_addr_needs_scope_id).
SocketAddress socket_address(const IpAddress& address, uint16_t port, uint32_t scope = 0);

// `from` is of AF_INET or AF_INET6.
IpAddress address_in(const sockaddr_storage& from);

}  // namespace xlb::host
