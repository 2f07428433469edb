#include "native/host/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace xlb::host {

SocketAddress socket_address(const IpAddress& address, uint16_t port, uint32_t scope) {
  SocketAddress made;
  if (address.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&made.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes().data(), sizeof v4->sin_addr);
    made.length = sizeof *v4;
    return made;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  std::memcpy(&v6->sin6_addr, address.bytes().data(), sizeof v6->sin6_addr);
  v6->sin6_scope_id = scope;
  made.length = sizeof *v6;
  return made;
}

IpAddress address_in(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    return *IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4});
  }
  return *IpAddress::from_bytes(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr.s6_addr);
}

}  // namespace xlb::host
