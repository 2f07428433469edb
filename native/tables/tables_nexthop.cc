// Where frames go and where they come from: nexthops of real servers, interfaces.
#include <limits>

#include "native/tables/records.h"
#include "native/tables/tables.h"

namespace xlb {

void Tables::set_nexthop(const IpAddress& address, const Nexthop& nexthop) {
  if (nexthop.kind == XLB_NEXTHOP_UNRESOLVED)
    nexthops_.erase(address);
  else
    nexthops_[address] = nexthop;
  if (const auto at = real_servers_.find(address); at != real_servers_.end())
    write_nexthop(at->second, nexthop);
}

// The kind is part of the destination MAC's word, which is written last: it makes the rest valid. The fast
// path has `at_once` in its place.
void Tables::write_nexthop(uint32_t id, const Nexthop& nexthop) {
  xlb_real_server& record = tables_.real_servers[id];
  const bool link = nexthop.kind == XLB_NEXTHOP_LINK;
  const uint64_t destination = mac_word(nexthop.mac, 0), source = mac_word(nexthop.source, 0);
  store(&record.at_once, 0U);
  if (link) {  // else what they say stays: a packet that has passed `at_once` just now reads them yet
    store(&record.macs, static_cast<__u64>(destination | source << 48));
    store(&record.macs_end, static_cast<__u32>(source >> 16));
  }
  store(&record.ifindex, nexthop.ifindex);
  store(&record.mtu, nexthop.mtu);
  store(&record.source_mac.word, static_cast<__u64>(source));
  store(&record.destination_mac.word, static_cast<__u64>(mac_word(nexthop.mac, nexthop.kind)));
  if (link) store(&record.at_once, nexthop.mtu != 0 ? nexthop.mtu : std::numeric_limits<__u32>::max());
}

Status Tables::set_interface(uint32_t ifindex, const MacAddress& mac, uint32_t mtu) {
  xlb_interface& record = tables_.interfaces[ifindex % XLB_MAX_INTERFACES];
  if (record.ifindex != 0 && record.ifindex != ifindex)
    return Status::limit("take packets of interface " + std::to_string(ifindex),
                         "interface " + std::to_string(record.ifindex) + " has its place in the table");
  store(&record.mtu, mtu);
  store(&record.mac.word, static_cast<__u64>(mac_word(mac, 0)));
  store(&record.ifindex, ifindex);
  return {};
}

void Tables::clear_interface(uint32_t ifindex) {
  xlb_interface& record = tables_.interfaces[ifindex % XLB_MAX_INTERFACES];
  if (record.ifindex != ifindex) return;
  store(&record.sockets, 0U);
  store(&record.ifindex, 0U);
}

void Tables::set_sockets(uint32_t ifindex, uint32_t first, uint32_t count) {
  xlb_interface& record = tables_.interfaces[ifindex % XLB_MAX_INTERFACES];
  if (record.ifindex != ifindex) return;
  store(&record.sockets, 0U);  // no place of the old ones with the count of the new
  store(&record.first_socket, first);
  store(&record.sockets, count);
}

void Tables::set_steering(Steering steering) {
  __u32* options = &tables_.settings->options;  // the packet path changes one of them, too
  const __u32 wanted = steering == Steering::kAll       ? XLB_OPTION_STEER
                       : steering == Steering::kWaiting ? XLB_OPTION_HOLD
                                                        : 0;
  __atomic_fetch_and(options, ~(XLB_OPTION_STEER | XLB_OPTION_HOLD), __ATOMIC_RELEASE);
  // Acquired: where a thread that died has ended steering before, that it is dead can be seen from now on.
  __atomic_fetch_or(options, wanted, __ATOMIC_ACQ_REL);
}

}  // namespace xlb
