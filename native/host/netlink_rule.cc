// Rules: what `ip rule add` and `ip rule delete` send.
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "native/host/netlink.h"

namespace xlb::host {
namespace {

constexpr uint8_t kProtocolKeepalived = 18;  // RTPROT_KEEPALIVED

std::string describe(const RuleSpec& rule) {
  std::string text = "rule";
  if (rule.priority) text += " " + std::to_string(*rule.priority);
  if (rule.from) text += " from " + rule.from->to_string();
  if (rule.to) text += " to " + rule.to->to_string();
  if (rule.table) text += " lookup " + std::to_string(*rule.table);
  return text;
}

template <typename T>
void put_bytes(Request& request, uint16_t type, const T& value) {
  request.put(type, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
}

void put_optional(Request& request, uint16_t type, const std::optional<uint32_t>& value) {
  if (value) request.put(type, *value);
}

void put_ports(Request& request, uint16_t type, const std::optional<Range16>& ports) {
  if (ports) put_bytes(request, type, fib_rule_port_range{ports->first, ports->second});
}

fib_rule_hdr header_of(const RuleSpec& rule) {
  fib_rule_hdr header{};
  header.family = rule.v4 ? AF_INET : AF_INET6;
  header.dst_len = rule.to ? rule.to->length : 0;
  header.src_len = rule.from ? rule.from->length : 0;
  header.tos = rule.tos;
  header.action = rule.action;
  header.flags = rule.invert ? FIB_RULE_INVERT : 0;
  return header;  // FRA_TABLE says the table
}

void put_rule(Request& request, const RuleSpec& rule) {
  if (rule.from && rule.from->length > 0) request.put(FRA_SRC, rule.from->address);
  if (rule.to && rule.to->length > 0) request.put(FRA_DST, rule.to->address);
  if (!rule.input_interface.empty()) request.put(FRA_IIFNAME, rule.input_interface);
  if (!rule.output_interface.empty()) request.put(FRA_OIFNAME, rule.output_interface);
  put_optional(request, FRA_PRIORITY, rule.priority);
  put_optional(request, FRA_FWMARK, rule.fwmark);
  put_optional(request, FRA_FWMASK, rule.fwmask);
  put_optional(request, FRA_TABLE, rule.table);
  put_optional(request, FRA_GOTO, rule.target);
  put_optional(request, FRA_SUPPRESS_PREFIXLEN, rule.suppress_prefix_length);
  put_optional(request, FRA_SUPPRESS_IFGROUP, rule.suppress_group);
  put_bytes(request, FRA_PROTOCOL, rule.protocol.value_or(kProtocolKeepalived));
  if (rule.ip_protocol) put_bytes(request, FRA_IP_PROTO, *rule.ip_protocol);
  put_ports(request, FRA_SPORT_RANGE, rule.source_ports);
  put_ports(request, FRA_DPORT_RANGE, rule.destination_ports);
  if (rule.users)
    put_bytes(request, FRA_UID_RANGE, fib_rule_uid_range{rule.users->first, rule.users->second});
}

}  // namespace

Result<bool> Netlink::add_rule(const RuleSpec& rule) {
  Request request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, header_of(rule));
  put_rule(request, rule);
  Status status = socket_.call(request, "add " + describe(rule));
  if (status.ok()) return true;
  if (status.error_number() == EEXIST) return false;
  return status;
}

Result<bool> Netlink::delete_rule(const RuleSpec& rule) {
  Request request(RTM_DELRULE, 0, header_of(rule));
  put_rule(request, rule);
  Status status = socket_.call(request, "delete " + describe(rule));
  if (status.ok()) return true;
  if (status.error_number() == ENOENT) return false;
  return status;
}

}  // namespace xlb::host
