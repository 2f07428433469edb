// What rtnetlink says about the host, as values. The JavaScript side has the same shapes
// (src/addon/addon.ts).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "native/base/address.h"

namespace xlb::host {

struct Link {
  uint32_t index = 0;
  std::string name;
  std::optional<MacAddress> mac;  // none on a loopback or a device that is not Ethernet
  bool up = false;
  bool running = false;
  bool loopback = false;
  uint32_t mtu = 0;
  std::string kind;                // "" for a plain device
  std::optional<uint32_t> parent;  // that a macvlan, VLAN or tunnel is on
  std::string alias;
};

struct HostAddress {
  uint32_t index = 0;
  IpAddress address;
  uint8_t prefix = 0;
  std::string label;              // IPv4 only; "" where there is none
  std::optional<IpAddress> peer;  // of a point-to-point link; `prefix` is its then
};

struct NewAddress : HostAddress {
  std::optional<IpAddress> broadcast;
  std::optional<uint8_t> scope;
  bool nodad = false;             // IPv6
  bool deprecated = false;        // IPv6
  bool home = false;              // IPv6
  bool manage_temporary = false;  // IPv6
  bool no_prefix_route = false;
  bool auto_join = false;
  std::optional<uint32_t> preferred_lifetime;  // seconds
};

struct Route {
  uint8_t type = 0;  // RTN_*
  uint32_t index = 0;
  std::optional<IpAddress> gateway;
  std::optional<IpAddress> source;
  std::optional<uint32_t> mtu;  // where the route has one of its own
};

struct Neighbour {
  uint32_t index = 0;
  IpAddress address;
  std::optional<MacAddress> mac;
  uint16_t state = 0;           // NUD_* bits
  uint8_t flags = 0;            // NTF_*
  uint32_t extended_flags = 0;  // NTF_EXT_*
};

template <typename T>
struct Changed {
  T now;
  bool removed = false;
};

struct RouteChanged {};
struct Overrun {};

using HostEvent =
    std::variant<Changed<Link>, Changed<HostAddress>, Changed<Neighbour>, RouteChanged, Overrun>;

// The interface's name, "interface 7" where index 7 has none. For messages.
std::string interface_name(uint32_t index);

}  // namespace xlb::host
