// What the tables say, read for status screens and metrics.
#include "native/tables/records.h"
#include "native/tables/tables.h"

namespace xlb {

Counters Tables::counters_of(uint32_t id) const {
  Counters counters;
  for (uint32_t row = 0; row < tables_.rows; row++) {
    const auto& count = tables_.counters[row].destination[id];
    counters.connections += __atomic_load_n(&count.connections, __ATOMIC_RELAXED);
    counters.packets += __atomic_load_n(&count.packets, __ATOMIC_RELAXED);
    counters.bytes += __atomic_load_n(&count.bytes, __ATOMIC_RELAXED);
  }
  return counters;
}

DestinationState Tables::state_of(uint32_t id) const {
  const xlb_destination& destination = tables_.destinations[id];
  const xlb_real_server& real_server = tables_.real_servers[destination.real_server];
  DestinationState state;
  state.spec = {from_address(real_server.address), destination.weight, destination.upper, destination.lower};
  state.overloaded = READ_ONCE(destination.overloaded) != 0;
  state.persistent = __atomic_load_n(&destination.persistent, __ATOMIC_RELAXED);
  state.zeroed = {destination.zero_connections, destination.zero_packets, destination.zero_bytes};
  state.gone = (destination.flags & XLB_DESTINATION_GONE) != 0;
  state.active = __atomic_load_n(&destination.active, __ATOMIC_RELAXED);
  state.inactive = __atomic_load_n(&destination.inactive, __ATOMIC_RELAXED);
  state.counters = counters_of(id);
  state.nexthop.kind = real_server.destination_mac.bytes[6];
  state.nexthop.ifindex = real_server.ifindex;
  state.nexthop.mac = mac_of(real_server.destination_mac);
  state.nexthop.source = mac_of(real_server.source_mac);
  state.nexthop.mtu = real_server.mtu;
  return state;
}

VirtualServerState Tables::state_of_server(uint32_t id) const {
  const xlb_virtual_server& server = tables_.virtual_servers[id];
  VirtualServerState state;
  VirtualServerSpec& spec = state.spec;
  spec.key = key_of(server);
  spec.scheduler = server.scheduler;
  spec.scheduler_flags = server.scheduler_flags;
  if (server.persistence != 0)
    spec.persistence = {template_seconds(server.persistence), __builtin_bswap32(server.netmask),
                        server.prefix};
  spec.one_packet = (server.flags & XLB_ONE_PACKET) != 0;
  state.zeroed = {server.zero_connections, server.zero_packets, server.zero_bytes};
  state.counters = {server.past_connections, server.past_packets, server.past_bytes};
  for (const Candidate& candidate : current_list(id))
    state.destinations.push_back(state_of(candidate.destination));
  for (const uint32_t member : members_[id])
    if ((tables_.destinations[member].flags & XLB_DESTINATION_GONE) != 0)
      state.destinations.push_back(state_of(member));
  for (const DestinationState& destination : state.destinations) {
    state.counters.connections += destination.counters.connections;
    state.counters.packets += destination.counters.packets;
    state.counters.bytes += destination.counters.bytes;
  }
  return state;
}

std::vector<VirtualServerState> Tables::virtual_servers() const {
  std::vector<VirtualServerState> states;
  std::vector<size_t> at(XLB_MAX_VIRTUAL_SERVERS);
  for (uint32_t id = 1; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
    const xlb_virtual_server& server = tables_.virtual_servers[id];
    if ((server.flags & XLB_IN_USE) == 0 || server.pool != id) continue;
    at[id] = states.size();
    states.push_back(state_of_server(id));
  }
  for (uint32_t id = 1; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
    const xlb_virtual_server& server = tables_.virtual_servers[id];
    if ((server.flags & XLB_IN_USE) == 0 || server.pool == id) continue;
    states[at[server.pool]].spec.members.push_back(key_of(server));
  }
  return states;
}

std::vector<uint64_t> Tables::verdicts() const {
  std::vector<uint64_t> totals(XLB_VERDICT_COUNT);
  for (uint32_t row = 0; row < tables_.rows; row++)
    for (size_t i = 0; i < totals.size(); i++) totals[i] += tables_.counters[row].all.verdict[i];
  return totals;
}

xlb_statistics Tables::statistics() const {
  xlb_statistics total{};
  for (uint32_t row = 0; row < tables_.rows; row++) {
    const xlb_statistics& one = tables_.counters[row].all;
    total.evicted += one.evicted;
    total.duplicate += one.duplicate;
    total.templates_evicted += one.templates_evicted;
    total.templates_refused += one.templates_refused;
    total.answered += one.answered;
    total.unanswered += one.unanswered;
  }
  return total;
}

SlotNames Tables::slot_names() const {
  SlotNames names{std::vector<VirtualServerKey>(XLB_MAX_VIRTUAL_SERVERS),
                  std::vector<VirtualServerKey>(XLB_MAX_VIRTUAL_SERVERS),
                  std::vector<IpAddress>(XLB_MAX_DESTINATIONS)};
  for (const auto& [key, address] : addresses_) names.addresses[address.id] = key;
  for (const auto& [key, id] : servers_) names.servers[id] = key;
  for (const std::vector<uint32_t>& members : members_)
    for (const uint32_t id : members)
      names.destinations[id] =
          from_address(tables_.real_servers[tables_.destinations[id].real_server].address);
  return names;
}

}  // namespace xlb
