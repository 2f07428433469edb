// Frames for the test programs: a plan in, bytes out. Everything valid unless the plan says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace xlb::test {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;
using Ip = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d

enum class Kind : uint8_t { kTcp, kUdp, kIcmpError, kFirstFragment, kLaterFragment, kCount };

struct FramePlan {
  Mac destination_mac{2, 0, 0, 0, 0, 1};
  Mac source_mac{2, 0, 0, 0, 0, 0xcc};
  uint8_t vlan_tags = 0;
  bool v6 = false;
  Ip client{};
  Ip virtual_address{};
  uint16_t client_port = 0;
  uint16_t virtual_port = 0;
  Kind kind = Kind::kTcp;
  uint8_t protocol = 6;  // of the quoted packet, or of the fragments
  uint8_t tcp_flags = 2;
  uint8_t ttl = 64;
  uint8_t option_words = 0;  // IPv4: words of options; IPv6: extension headers of 8 bytes
  uint16_t identification = 1;
  uint8_t payload = 0;
  uint8_t padding = 0;    // bytes behind the IP packet
  uint8_t concealed = 0;  // bytes by which the IP header says less than there is
};

inline constexpr uint8_t kVersion4 = 4;

Ip ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
Bytes make_frame(const FramePlan& plan);

// Chooses the identification so that the checksum of the IPv4 header becomes `wanted`.
void aim_checksum(FramePlan* plan, uint16_t wanted);

// Makes the checksum of the IPv4 header that is found right again; does nothing where there is none.
void fix_ipv4_checksum(Bytes* frame);

}  // namespace xlb::test
