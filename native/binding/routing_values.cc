#include "native/binding/routing_values.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

namespace xlb::binding {
namespace {

constexpr uint32_t kWeightMax = 256;
constexpr size_t kInterfaceNameMax = 15;

struct Word {
  const char* name;
  uint16_t number;
};

constexpr Word kRouteTypes[] = {
    {"unicast", RTN_UNICAST},         {"local", RTN_LOCAL},       {"broadcast", RTN_BROADCAST},
    {"multicast", RTN_MULTICAST},     {"anycast", RTN_ANYCAST},   {"blackhole", RTN_BLACKHOLE},
    {"unreachable", RTN_UNREACHABLE}, {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW},
};

constexpr Word kRuleActions[] = {
    {"lookup", FR_ACT_TO_TBL},
    {"goto", FR_ACT_GOTO},
    {"nop", FR_ACT_NOP},
    {"blackhole", FR_ACT_BLACKHOLE},
    {"unreachable", FR_ACT_UNREACHABLE},
    {"prohibit", FR_ACT_PROHIBIT},
};

struct MetricWord {
  const char* name;
  uint16_t type;
  uint32_t scale;  // what the kernel counts in, per unit of ip-route
};

constexpr MetricWord kMetrics[] = {
    {"mtu", RTAX_MTU, 1},
    {"advmss", RTAX_ADVMSS, 1},
    {"window", RTAX_WINDOW, 1},
    {"rtt", RTAX_RTT,
     8},  // tcp_sock's srtt_us once was in eighths of a millisecond, its deviation in quarters
    {"rttvar", RTAX_RTTVAR, 4},
    {"ssthresh", RTAX_SSTHRESH, 1},
    {"cwnd", RTAX_CWND, 1},
    {"reordering", RTAX_REORDERING, 1},
    {"hoplimit", RTAX_HOPLIMIT, 1},
    {"initcwnd", RTAX_INITCWND, 1},
    {"initrwnd", RTAX_INITRWND, 1},
    {"rto_min", RTAX_RTO_MIN, 1},
    {"quickack", RTAX_QUICKACK, 1},
    {"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, 1},
};

uint16_t read_word(const Fields& fields, const char* name, std::span<const Word> words) {
  const std::string text = fields.string(name);
  std::string expected;
  for (const Word& word : words) {
    if (text == word.name) return word.number;
    expected += (expected.empty() ? "" : ", ") + std::string(word.name);
  }
  fields.fail(name, "one of " + expected);
  return 0;
}

bool read_family(const Fields& fields) {
  const uint32_t family = fields.uint32("family", 4, 6);
  if (family == 5) fields.fail("family", "4 or 6");
  return family == 4;
}

std::optional<host::Prefix> parse_prefix(const std::string& text, bool v4) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address || address->is_v4() != v4) return std::nullopt;
  host::Prefix prefix{*address, 0};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + slash + 1, end, prefix.length);
  if (error != std::errc() || at != end || prefix.length > address->max_prefix()) return std::nullopt;
  return prefix;
}

std::optional<host::Prefix> optional_prefix(const Fields& fields, const char* name, bool v4) {
  const std::optional<std::string> text = fields.optional_string(name);
  if (!text) return std::nullopt;
  std::optional<host::Prefix> prefix = parse_prefix(*text, v4);
  if (!prefix) fields.fail(name, v4 ? "a prefix like 10.0.0.0/8" : "a prefix like fd00::/8");
  return prefix;
}

std::optional<uint8_t> optional_byte(const Fields& fields, const char* name) {
  const std::optional<uint32_t> value = fields.optional_uint32(name, 0, UINT8_MAX);
  if (!value) return std::nullopt;
  return static_cast<uint8_t>(*value);
}

uint32_t read_index(const Fields& fields) {
  return fields.optional_uint32("index", 1, kInterfaceIndexMax).value_or(0);
}

host::NextHop read_next_hop(const Fields& fields) {
  host::NextHop hop;
  hop.gateway = fields.optional_address("gateway");
  hop.index = read_index(fields);
  hop.weight = fields.uint32("weight", 1, kWeightMax);
  hop.onlink = fields.flag("onlink");
  return hop;
}

// Unknown names are refused: a route without them would be another one.
std::vector<host::RouteMetric> read_metrics(const Fields& fields) {
  std::vector<host::RouteMetric> metrics;
  if (!fields.has("metrics")) return metrics;
  const std::vector<std::string> locked =
      fields.has("locked") ? fields.strings("locked") : std::vector<std::string>();
  const Fields values = fields.object("metrics");
  for (const std::string& name : values.names()) {
    const auto* known = std::ranges::find(kMetrics, name, &MetricWord::name);
    if (known == std::end(kMetrics)) {
      fields.fail("metrics", "of RTAX_* names (" + name + " is none)");
      break;
    }
    const uint32_t value = values.uint32(known->name, 0, UINT32_MAX / known->scale);
    metrics.push_back({known->type, value * known->scale, std::ranges::count(locked, name) > 0});
  }
  return metrics;
}

// [first, last], both of `maximum` at most.
std::optional<host::Range32> optional_range(const Fields& fields, const char* name, uint32_t maximum) {
  if (!fields.has(name)) return std::nullopt;
  const std::vector<uint32_t> ends = fields.uint32s(name, maximum);
  if (ends.size() == 2 && ends[0] <= ends[1]) return host::Range32{ends[0], ends[1]};
  fields.fail(name, "[first, last]");
  return std::nullopt;
}

std::optional<host::Range16> optional_ports(const Fields& fields, const char* name) {
  const auto range = optional_range(fields, name, UINT16_MAX);
  if (!range) return std::nullopt;
  return host::Range16{static_cast<uint16_t>(range->first), static_cast<uint16_t>(range->second)};
}

std::string interface_name(const Fields& fields, const char* name) {
  std::string text = fields.optional_string(name).value_or("");
  if (text.size() > kInterfaceNameMax) fields.fail(name, "a name of at most 15 bytes");
  return text;
}

}  // namespace

host::RouteSpec read_route(const Fields& fields) {
  host::RouteSpec route;
  route.v4 = read_family(fields);
  if (!fields.has("destination")) fields.fail("destination", "a string");
  route.destination = optional_prefix(fields, "destination", route.v4).value_or(host::Prefix());
  route.type = static_cast<uint8_t>(read_word(fields, "type", kRouteTypes));
  route.gateway = fields.optional_address("gateway");
  route.index = read_index(fields);
  if (fields.has("nextHops"))
    fields.each("nextHops", [&](const Fields& hop) { route.next_hops.push_back(read_next_hop(hop)); });
  route.source = fields.optional_address("source");
  route.from = optional_prefix(fields, "from", route.v4);
  route.table = fields.optional_uint32("table", 1);
  route.metric = fields.optional_uint32("metric");
  route.scope = optional_byte(fields, "scope");
  route.protocol = optional_byte(fields, "protocol");
  route.tos = optional_byte(fields, "tos").value_or(0);
  route.onlink = fields.flag("onlink");
  route.metrics = read_metrics(fields);
  return route;
}

host::RuleSpec read_rule(const Fields& fields) {
  host::RuleSpec rule;
  rule.v4 = read_family(fields);
  rule.action = static_cast<uint8_t>(read_word(fields, "action", kRuleActions));
  rule.table = fields.optional_uint32("table", 1);
  rule.target = fields.optional_uint32("target");
  rule.invert = fields.flag("not");
  rule.from = optional_prefix(fields, "from", rule.v4);
  rule.to = optional_prefix(fields, "to", rule.v4);
  rule.priority = fields.optional_uint32("priority");
  rule.fwmark = fields.optional_uint32("fwmark");
  rule.fwmask = fields.optional_uint32("fwmask");
  rule.input_interface = interface_name(fields, "inputInterface");
  rule.output_interface = interface_name(fields, "outputInterface");
  rule.tos = optional_byte(fields, "tos").value_or(0);
  rule.protocol = optional_byte(fields, "protocol");
  rule.ip_protocol = optional_byte(fields, "ipProtocol");
  rule.source_ports = optional_ports(fields, "sourcePorts");
  rule.destination_ports = optional_ports(fields, "destinationPorts");
  rule.users = optional_range(fields, "users", UINT32_MAX);
  rule.suppress_prefix_length = fields.optional_uint32("suppressPrefixLength");
  rule.suppress_group = fields.optional_uint32("suppressGroup");
  return rule;
}

host::MacvlanSpec read_macvlan(const Fields& fields) {
  host::MacvlanSpec macvlan;
  macvlan.name = fields.string("name");
  macvlan.parent = fields.uint32("parent", 1, kInterfaceIndexMax);
  macvlan.mac = fields.mac("mac");
  macvlan.group = fields.optional_uint32("group");
  macvlan.alias = fields.optional_string("alias").value_or("");
  return macvlan;
}

}  // namespace xlb::binding
