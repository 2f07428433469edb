// The frames of a probe of a virtual address at one real server, and of what comes back. Pure: bytes in,
// values out.
//
// A SYN to VIP:port in a frame to the real server's MAC, as the packet path sends those of clients, but from
// the director's own address. What comes back is untrusted: every length is looked at, checksums are not (a
// veth hands over frames whose checksums are unfinished; the sequence number tells an answer from anything
// else).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "native/base/address.h"
#include "native/host/frame.h"

namespace xlb::host {

// One probe's way. Both addresses of one family.
struct VipPath {
  MacAddress own_mac;
  MacAddress next_mac;  // the real server's, or that of the gateway in front of it
  IpAddress own;
  uint16_t own_port = 0;
  IpAddress vip;
  uint16_t port = 0;
};

Frame vip_syn(const VipPath& path, uint32_t sequence);

// Ends what the SYN began there. `sequence`: the SYN's.
Frame vip_reset(const VipPath& path, uint32_t sequence);

// Who has the (IPv4) address? With sender 0.0.0.0 (RFC 5227 §1.1), so that no table learns anything from it.
Frame arp_question(const MacAddress& own_mac, const IpAddress& vip);

enum class HeardKind : uint8_t {
  kOpen,         // SYN and ACK
  kClosed,       // RST and ACK
  kUnreachable,  // ICMP, by its quotation
  kArp,          // somebody says that the address `vip` is at `from`: a reply, or a request from it
};

// What a frame says of a probe. Of kArp only `from` and `vip`.
struct Heard {
  HeardKind kind = HeardKind::kOpen;
  MacAddress from;  // of the Ethernet header
  IpAddress vip;
  uint16_t port = 0;
  IpAddress own;
  uint16_t own_port = 0;
  uint32_t sequence = 0;  // of the SYN that it answers
  uint8_t code = 0;       // of ICMP
};

// Nothing where the frame is cut, makes no sense or is no answer to any probe.
std::optional<Heard> hear(std::span<const uint8_t> frame);

}  // namespace xlb::host
