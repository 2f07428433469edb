// Where the packets of a check come from: address, port, interface and mark of a socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "native/base/address.h"
#include "native/base/status.h"
#include "native/host/socket_address.h"

namespace xlb::host {

struct ProbeOrigin {
  std::optional<IpAddress> source;  // of the destination's family; none: the kernel's choice
  uint16_t source_port = 0;         // 0: the kernel's choice
  std::string interface;            // SO_BINDTODEVICE; empty: the one that routing chooses
  std::optional<uint32_t> mark;     // SO_MARK, which routing rules and the firewall see; needs CAP_NET_ADMIN
};

// A link-local IPv6 address means the one on `interface`; elsewhere that is not looked at.
SocketAddress socket_address(const IpAddress& address, uint16_t port, const std::string& interface);

// Makes an unconnected socket for `family` send from there. The error says what could not be had, after
// `attempted`.
Status set_origin(int fd, int family, const ProbeOrigin& origin, const std::string& attempted);

}  // namespace xlb::host
