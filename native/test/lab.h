// A small lab in memory: two interfaces, eight virtual servers of every kind, six real servers a family. The
// fuzzer and the stress test work on it.
#pragma once

#include <array>
#include <memory>

#include "native/datapath/engine.h"
#include "native/tables/tables.h"
#include "native/test/frames.h"

namespace xlb::test {

inline constexpr uint32_t kServers = 8;
inline constexpr uint32_t kRealServers = 6;  // of each family
inline constexpr uint32_t kInterfaces = 2;   // ifindex 1 and 2
inline constexpr uint32_t kDestinations = kServers * kRealServers + 1;

struct ServerPlan {
  uint8_t protocol;
  bool v6;
  uint8_t last_byte;  // 10.0.0.x or fd00::x
  uint16_t port;
  uint8_t scheduler;
};

inline constexpr std::array<ServerPlan, kServers> kServerPlans = {{
    {6, false, 100, 80, XLB_ROUND_ROBIN},
    {6, false, 100, 443, XLB_WEIGHTED_ROUND_ROBIN},
    {6, true, 100, 80, XLB_LEAST_CONNECTION},
    {6, true, 100, 443, XLB_WEIGHTED_LEAST_CONNECTION},
    {17, false, 100, 53, XLB_ROUND_ROBIN},
    {17, true, 100, 53, XLB_WEIGHTED_LEAST_CONNECTION},
    {6, false, 101, 0, XLB_WEIGHTED_ROUND_ROBIN},
    {17, true, 101, 0, XLB_LEAST_CONNECTION},
}};

inline Ip lab_ip(bool v6, uint8_t third, uint8_t last) {
  if (!v6) return ipv4(10, 0, third, last);
  return {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, third, last};
}

inline Ip virtual_ip(const ServerPlan& server) { return lab_ip(server.v6, 0, server.last_byte); }

inline VirtualServerKey key_of(const ServerPlan& server) {
  return {server.protocol, IpAddress::from_bytes(virtual_ip(server)).value_or(IpAddress()), server.port};
}

inline IpAddress real_address(bool v6, uint32_t number) {
  return IpAddress::from_bytes(lab_ip(v6, 0, static_cast<uint8_t>(11 + number))).value_or(IpAddress());
}

inline Mac interface_mac(uint32_t ifindex) { return {2, 0, 0, 0, 0, static_cast<uint8_t>(ifindex)}; }

inline Mac real_mac(bool v6, uint32_t number) {
  return {2, 0, 0, 0, static_cast<uint8_t>(v6 ? 6 : 4), static_cast<uint8_t>(number)};
}

// A link nexthop; the interface is the one of its number's parity.
inline Nexthop link_to(bool v6, uint32_t number) {
  const uint32_t ifindex = 1 + number % kInterfaces;
  return {XLB_NEXTHOP_LINK, ifindex, {real_mac(v6, number)}, {interface_mac(ifindex)}};
}

// The pool with these weights; a weight below 0 leaves the real server out.
inline VirtualServerSpec pool_of(const ServerPlan& server, const std::array<int64_t, kRealServers>& weights) {
  VirtualServerSpec spec;
  spec.key = key_of(server);
  spec.scheduler = server.scheduler;
  for (uint32_t i = 0; i < kRealServers; i++)
    if (weights[i] >= 0)
      spec.destinations.push_back(
          {.address = real_address(server.v6, i), .weight = static_cast<uint32_t>(weights[i])});
  return spec;
}

}  // namespace xlb::test
