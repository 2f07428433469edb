// Frames put together header by header: what announcements and probes have in common.
#pragma once

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "native/base/address.h"

namespace xlb::host {

using Frame = std::vector<uint8_t>;

inline constexpr MacAddress kBroadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// RFC 826 for Ethernet and IPv4.
struct ArpPacket {
  uint16_t hardware, protocol;
  uint8_t hardware_length, protocol_length;
  uint16_t operation;
  uint8_t sender_mac[6], sender_address[4], target_mac[6], target_address[4];
};
static_assert(sizeof(ArpPacket) == 28);

template <typename T>
void append(Frame& frame, const T& header) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  frame.insert(frame.end(), bytes, bytes + sizeof header);
}

inline void append_ethernet(Frame& frame, const MacAddress& to, const MacAddress& from, uint16_t type) {
  ether_header header{};
  std::memcpy(header.ether_dhost, to.bytes.data(), to.bytes.size());
  std::memcpy(header.ether_shost, from.bytes.data(), from.bytes.size());
  header.ether_type = htons(type);
  append(frame, header);
}

// A request whose target is `target` and whose sender's address is left 0.0.0.0.
inline ArpPacket arp_request(const MacAddress& sender, const IpAddress& target) {
  ArpPacket arp{};
  arp.hardware = htons(ARPHRD_ETHER);
  arp.protocol = htons(ETHERTYPE_IP);
  arp.hardware_length = sizeof arp.sender_mac;
  arp.protocol_length = sizeof arp.sender_address;
  arp.operation = htons(ARPOP_REQUEST);
  std::memcpy(arp.sender_mac, sender.bytes.data(), sender.bytes.size());
  std::memcpy(arp.target_address, target.bytes().data(), sizeof arp.target_address);
  return arp;
}

// RFC 1071 over words of network order. REQUIRES: an even number of bytes, which all users have.
inline uint32_t add_words(uint32_t sum, const void* data, size_t bytes) {
  const auto* at = static_cast<const uint8_t*>(data);
  for (size_t i = 0; i + 1 < bytes; i += 2) sum += static_cast<uint32_t>(at[i] << 8 | at[i + 1]);
  return sum;
}

inline uint16_t fold_checksum(uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<uint16_t>(~sum));
}

}  // namespace xlb::host
