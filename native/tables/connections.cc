#include "native/tables/connections.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "native/tables/records.h"

namespace xlb {
namespace {

constexpr uint16_t kInvalidPort = 65535;  // of a template that is found no more (ip_vs_check_template)

constexpr const char* kStates[] = {
#define X(name, seconds, active) #name,
    XLB_FLOW_STATES(X)
#undef X
};

IpAddress ipv4_of(uint32_t network_order_address) {
  std::array<uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &network_order_address, bytes.size());
  return IpAddress::from_bytes(bytes).value_or(IpAddress());
}

uint32_t seconds_left(uint32_t life, uint32_t now, uint32_t last_seen) {
  const auto left = static_cast<int32_t>(life - (now - last_seen));
  return left <= 0 ? 0 : static_cast<uint32_t>(left) / XLB_CLOCK_SECOND;
}

const char* protocol_name(uint8_t protocol) { return protocol == IPPROTO_UDP ? "UDP" : "TCP"; }

// An address that has just been freed has no name any more: then an IPv4 flow's slot says it (flow_slot.h).
VirtualServerKey virtual_address_of(const xlb_flow_slot& slot, const SlotNames& names) {
  const VirtualServerKey& named = names.addresses[slot.virtual_address & (XLB_MAX_VIRTUAL_SERVERS - 1)];
  if (named != VirtualServerKey{} || slot.client.word[XLB_FLOW_IPV4] != bpf_htonl(0xffff)) return named;
  return {.protocol = static_cast<uint8_t>(slot.client.word[XLB_FLOW_PROTOCOL]),
          .address = ipv4_of(slot.client.word[XLB_FLOW_VIRTUAL_ADDRESS])};
}

Connection flow_of(const xlb_flow_slot& slot, const SlotNames& names) {
  const VirtualServerKey address = virtual_address_of(slot, names);
  Connection connection;
  connection.client = from_address(slot.client);
  connection.client_port = network_order(slot.client_port);
  connection.virtual_port = network_order(slot.virtual_port);
  connection.real_port = connection.virtual_port;
  connection.protocol = protocol_name(address.protocol);
  connection.virtual_address = address.address;
  if (address.address.is_v4()) connection.client = ipv4_of(slot.client.word[XLB_FLOW_CLIENT]);
  if (address.protocol != XLB_PROTOCOL_MARK) return connection;
  connection.protocol =
      protocol_name((slot.virtual_address & XLB_FLOW_MARK_UDP) != 0 ? IPPROTO_UDP : IPPROTO_TCP);
  if (address.address.is_v4())
    connection.virtual_address = ipv4_of(slot.client.word[XLB_FLOW_VIRTUAL_ADDRESS]);
  return connection;
}

Connection template_of(const xlb_flow_slot& slot, const SlotNames& names) {
  const bool any_port = (slot.scope & XLB_TEMPLATE_ANY_PORT) != 0;
  const uint16_t id = slot.scope & (XLB_MAX_VIRTUAL_SERVERS - 1);
  const VirtualServerKey& key = any_port ? names.addresses[id] : names.servers[id];
  Connection connection;
  connection.client = from_address(slot.client);
  connection.protocol = key.protocol == XLB_PROTOCOL_MARK ? "IP" : protocol_name(key.protocol);
  connection.virtual_address =
      key.protocol == XLB_PROTOCOL_MARK ? ipv4_of(__builtin_bswap32(key.fwmark)) : key.address;
  connection.virtual_port = any_port ? 0 : key.port;
  if ((slot.scope & XLB_TEMPLATE_INVALID) != 0) connection.virtual_port = kInvalidPort;
  connection.real_port = connection.virtual_port;
  return connection;
}

void append(std::string* text, const std::string& field) {
  *text += '\t';
  *text += field;
}

}  // namespace

void each_connection(const xlb_tables& tables, std::span<const xlb_flow_bucket> buckets, uint32_t now,
                     const SlotNames& names, const std::function<void(const Connection&)>& take) {
  for (const xlb_flow_bucket& bucket : buckets) {
    for (const xlb_flow_slot& slot : bucket.slot) {
      const uint32_t control = READ_ONCE(slot.control);
      if ((control & XLB_FLOW_PHASE) != XLB_FLOW_LIVE) continue;
      xlb_flow_slot copy = slot;
      if (((READ_ONCE(slot.control) ^ control) & (XLB_FLOW_PHASE | XLB_FLOW_GENERATION)) != 0) continue;
      const uint8_t state = static_cast<uint8_t>(flow_state(control));
      const bool is_template = XLB_IS_TEMPLATE(state);
      Connection connection = is_template ? template_of(copy, names) : flow_of(copy, names);
      const uint32_t life = is_template ? template_life(copy.timeout) : tables.settings->timeout[state];
      connection.seconds = seconds_left(life, now, copy.last_seen);
      connection.state = state;
      connection.active = !is_template && (control & XLB_FLOW_INACTIVE) == 0;
      connection.real_server = names.destinations[copy.destination & (XLB_MAX_DESTINATIONS - 1)];
      take(connection);
    }
  }
}

const char* listed_state(uint8_t state) {
  if (state == XLB_STATE_TEMPLATE) return "NONE";
  return state < std::size(kStates) ? kStates[state] : "?";
}

void append_line(std::string* text, const Connection& connection) {
  *text += connection.protocol;
  append(text, std::to_string(connection.seconds));
  append(text, listed_state(connection.state));
  append(text, connection.client.to_string());
  append(text, std::to_string(connection.client_port));
  append(text, connection.virtual_address.to_string());
  append(text, std::to_string(connection.virtual_port));
  append(text, connection.real_server.to_string());
  append(text, std::to_string(connection.real_port));
  append(text, connection.active ? "1" : "0");
  *text += '\n';
}

}  // namespace xlb
