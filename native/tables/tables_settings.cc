// What holds for all virtual servers: mark rules, options.
#include <algorithm>

#include "native/tables/records.h"
#include "native/tables/tables.h"

namespace xlb {
namespace {

int length_of(const xlb_mark_rule& rule) {
  return __builtin_popcountll(rule.mask.half[0]) + __builtin_popcountll(rule.mask.half[1]);
}

xlb_mark_rule record_of(const MarkRule& rule) {
  xlb_mark_rule record{};
  record.mask = mask_of(rule.prefix, rule.prefix_length);
  record.prefix = to_address(rule.prefix);
  for (int i = 0; i < 2; i++) record.prefix.half[i] &= record.mask.half[i];
  record.first_port = rule.first_port;
  record.last_port = rule.last_port;
  record.protocol = rule.protocol;
  record.fwmark = rule.fwmark;
  return record;
}

}  // namespace

Status Tables::set_mark_rules(const std::vector<MarkRule>& rules) {
  if (rules.size() > XLB_MAX_MARK_RULES)
    return Status::limit("set " + std::to_string(rules.size()) + " mark rules",
                         "there may be " + std::to_string(XLB_MAX_MARK_RULES));
  mark_rules_.clear();
  for (const MarkRule& rule : rules) {  // behind those of the same length
    const xlb_mark_rule record = record_of(rule);
    const auto shorter = std::ranges::find_if(
        mark_rules_, [&](const xlb_mark_rule& other) { return length_of(other) < length_of(record); });
    mark_rules_.insert(shorter, record);
  }
  write_mark_rules();
  return {};
}

// Into the half of the table that is not in force, which then is. Two changes within one packet's time could
// meet it.
void Tables::write_mark_rules() {
  const uint32_t first = tables_.settings->mark_rules >> 16 == 0 ? XLB_MAX_MARK_RULES : 0;
  for (size_t i = 0; i < mark_rules_.size(); i++) {
    xlb_mark_rule& rule = mark_rules_[i];
    const IpAddress any = from_address(rule.prefix).is_v4() ? *IpAddress::parse("0.0.0.0") : IpAddress();
    const auto server = servers_.find({XLB_PROTOCOL_MARK, any, 0, rule.fwmark});
    rule.virtual_server = server == servers_.end() ? 0 : static_cast<__u16>(server->second);
    tables_.mark_rules[first + i] = rule;
  }
  store(&tables_.settings->mark_rules, static_cast<__u32>(first << 16 | mark_rules_.size()));
  update_lookups();
}

void Tables::set_options(const Settings& settings) {
  uint32_t given = settings.options_given;
  uint32_t on = settings.options;
  if (settings.conn_reuse_mode.has_value()) {
    given |= XLB_OPTION_REUSE | XLB_OPTION_REUSE_FIN_WAIT;
    on &= ~(XLB_OPTION_REUSE | XLB_OPTION_REUSE_FIN_WAIT);
    if (*settings.conn_reuse_mode != 0) on |= XLB_OPTION_REUSE;
    if ((*settings.conn_reuse_mode & 2) != 0) on |= XLB_OPTION_REUSE_FIN_WAIT;
  }
  // The packet path and the AF_XDP threads change others of them meanwhile.
  __atomic_fetch_or(&tables_.settings->options, on, __ATOMIC_RELEASE);
  __atomic_fetch_and(&tables_.settings->options, ~(given & ~on), __ATOMIC_RELEASE);
  if (settings.icmp_per_second.has_value())
    store(&tables_.settings->icmp_per_second, *settings.icmp_per_second);
}

bool Tables::zero(const std::optional<VirtualServerKey>& key) {
  bool found = !key.has_value();
  for (const auto& [other, id] : servers_) {
    if (key.has_value() && *key != other) continue;
    xlb_virtual_server& server = tables_.virtual_servers[id];
    if ((server.flags & XLB_IN_USE) == 0) continue;
    found = true;
    const VirtualServerState state = state_of_server(server.pool);
    server.zero_connections = state.counters.connections;
    server.zero_packets = state.counters.packets;
    server.zero_bytes = state.counters.bytes;
    for (const uint32_t member : members_[id]) {
      const Counters counters = counters_of(member);
      xlb_destination& destination = tables_.destinations[member];
      destination.zero_connections = counters.connections;
      destination.zero_packets = counters.packets;
      destination.zero_bytes = counters.bytes;
    }
  }
  return found;
}

}  // namespace xlb
