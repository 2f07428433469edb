// Routes, rules and macvlans to make, as values: the shapes of src/addon/routing.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/base/address.h"

namespace xlb::host {

struct Prefix {
  IpAddress address;
  uint8_t length = 0;

  [[nodiscard]] std::string to_string() const { return address.to_string() + "/" + std::to_string(length); }
};

struct NextHop {
  std::optional<IpAddress> gateway;
  uint32_t index = 0;  // 0: none
  uint32_t weight = 1;
  bool onlink = false;
};

struct RouteMetric {
  uint16_t type = 0;  // RTAX_*
  uint32_t value = 0;
  bool locked = false;
};

struct RouteSpec {
  bool v4 = true;
  Prefix destination;
  uint8_t type = 1;  // RTN_UNICAST
  std::optional<IpAddress> gateway;
  uint32_t index = 0;  // 0: none
  std::vector<NextHop> next_hops;
  std::optional<IpAddress> source;
  std::optional<Prefix> from;
  std::optional<uint32_t> table;
  std::optional<uint32_t> metric;
  std::optional<uint8_t> scope;
  std::optional<uint8_t> protocol;
  uint8_t tos = 0;
  bool onlink = false;
  std::vector<RouteMetric> metrics;
};

using Range16 = std::pair<uint16_t, uint16_t>;
using Range32 = std::pair<uint32_t, uint32_t>;

struct RuleSpec {
  bool v4 = true;
  uint8_t action = 1;  // FR_ACT_*
  std::optional<uint32_t> table;
  std::optional<uint32_t> target;
  bool invert = false;
  std::optional<Prefix> from;
  std::optional<Prefix> to;
  std::optional<uint32_t> priority;
  std::optional<uint32_t> fwmark;
  std::optional<uint32_t> fwmask;
  std::string input_interface;   // "": none
  std::string output_interface;  // "": none
  uint8_t tos = 0;
  std::optional<uint8_t> protocol;
  std::optional<uint8_t> ip_protocol;
  std::optional<Range16> source_ports;
  std::optional<Range16> destination_ports;
  std::optional<Range32> users;
  std::optional<uint32_t> suppress_prefix_length;
  std::optional<uint32_t> suppress_group;
};

struct MacvlanSpec {
  std::string name;
  uint32_t parent = 0;
  MacAddress mac;
  std::optional<uint32_t> group;
  std::string alias;  // "": none
};

}  // namespace xlb::host
