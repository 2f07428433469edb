// Whether a frame is sound, said by code that shares nothing with the packet core: written from the RFCs,
// byte by byte, slow and plain.
#pragma once

#include <cstddef>
#include <optional>

#include "native/test/frames.h"

namespace xlb::test {

struct Sound {
  size_t network = 0;  // offset of the IP header
  bool v6 = false;
  bool later_fragment = false;
  bool icmp_error = false;
  uint8_t protocol = 0;  // of the flow: an ICMP error's is that of the packet it quotes
  Ip client{};
  Ip virtual_address{};
  uint16_t client_port = 0;
  uint16_t virtual_port = 0;
};

// What the frame says; nothing where any header of it is wrong, or where it is no packet that a virtual
// server of a layer-4 load balancer could have.
std::optional<Sound> sound(const Bytes& frame);

// Nothing but MACs, TTL (less one) and the checksum over it differs.
bool rewritten_rightly(const Bytes& before, const Bytes& after, const Sound& what);

// Of the IP packet in it.
size_t packet_length(const Bytes& frame, const Sound& what);

// Does it let routers cut it (RFC 791 3.1)?
bool may_be_cut(const Bytes& frame, const Sound& what);

// As a router passes it on: TTL or hop limit less one.
Bytes counted_down(const Bytes& frame, const Sound& what);

}  // namespace xlb::test
