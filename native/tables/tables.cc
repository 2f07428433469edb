#include "native/tables/tables.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "native/base/clock.h"
#include "native/tables/records.h"
#include "native/tables/server_index.h"

namespace xlb {
namespace {

constexpr uint32_t kIcmpPerSecond = 1000;  // the kernel's net.ipv4.icmp_msgs_per_sec

// What a destination counted stays in its virtual server's totals when it is freed: they never go back.
void keep_counters(xlb_virtual_server* server, const Counters& counters) {
  server->past_connections += counters.connections;
  server->past_packets += counters.packets;
  server->past_bytes += counters.bytes;
}

// Lowest ids first, so that tables in use stay close together.
std::vector<uint32_t> descending(uint32_t below) {
  std::vector<uint32_t> ids;
  for (uint32_t id = below; id-- > 1;) ids.push_back(id);
  return ids;
}

}  // namespace

size_t Tables::AddressHash::operator()(const IpAddress& address) const {
  uint64_t words[2];
  std::memcpy(words, address.mapped().data(), sizeof(words));
  return mix(mix(0, words[0]), words[1]);
}

size_t Tables::KeyHash::operator()(const VirtualServerKey& key) const {
  return mix(AddressHash()(key.address),
             static_cast<uint64_t>(key.fwmark) << 32 | static_cast<uint64_t>(key.protocol) << 16 | key.port);
}

Tables::Tables(const xlb_tables& tables)
    : tables_(tables),
      space_(XLB_MAX_SCHEDULE),
      real_server_users_(XLB_MAX_REAL_SERVERS),
      members_(XLB_MAX_VIRTUAL_SERVERS) {
  if (tables_.settings->layout_revision == XLB_LAYOUT_REVISION)
    read_back();
  else
    initialise();
  if ((size_t{tables_.flow_bucket_mask} + 1) * sizeof(xlb_flow_bucket) > XLB_MAX_DIRECT_BYTES)
    __atomic_fetch_or(&tables_.settings->options, XLB_OPTION_LARGE, __ATOMIC_RELEASE);
  else
    __atomic_fetch_and(&tables_.settings->options, ~XLB_OPTION_LARGE, __ATOMIC_RELEASE);
}

void Tables::initialise() {
  xlb_settings& settings = *tables_.settings;
  // Random seeds: who shares a bucket cannot be worked out from outside. getrandom cannot fail at these
  // sizes.
  (void)getrandom(settings.flow_seed, sizeof(settings.flow_seed), 0);
  (void)getrandom(&settings.index_seed, sizeof(settings.index_seed), 0);
#define X(name, seconds, active) settings.timeout[XLB_STATE_##name] = (seconds) * XLB_CLOCK_SECOND;
  XLB_FLOW_STATES(X)
#undef X
  settings.options = XLB_OPTION_REUSE | XLB_OPTION_REOPEN_GONE | XLB_OPTION_ADOPT_FLOWS;
  settings.icmp_per_second = kIcmpPerSecond;
  free_addresses_ = descending(XLB_MAX_VIRTUAL_SERVERS);
  free_servers_ = descending(XLB_MAX_VIRTUAL_SERVERS);
  free_real_servers_ = descending(XLB_MAX_REAL_SERVERS);
  free_destinations_ = descending(XLB_MAX_DESTINATIONS);
  store(&settings.layout_revision,
        static_cast<uint32_t>(XLB_LAYOUT_REVISION));  // last: from now on adoptable
}

void Tables::read_back() {
  const uint64_t now = monotonic_nanoseconds();
  read_back_servers(now);
  read_back_destinations(now);
  const uint32_t rules = tables_.settings->mark_rules;
  for (uint32_t i = 0; i < (rules & 0xffff); i++)
    mark_rules_.push_back(tables_.mark_rules[(rules >> 16) + i]);
  // What the earlier process may not have come to after its last change.
  update_lookups();
  if (!mark_rules_.empty()) write_mark_rules();
}

void Tables::read_back_servers(uint64_t now_ns) {
  std::vector<bool> used(XLB_MAX_VIRTUAL_SERVERS);
  for (uint32_t id = XLB_MAX_VIRTUAL_SERVERS; id-- > 1;) {
    xlb_virtual_server& server = tables_.virtual_servers[id];
    if ((server.flags & (XLB_IN_USE | XLB_RETIRED)) == 0) {
      free_servers_.push_back(id);
      continue;
    }
    const VirtualServerKey key = key_of(server);
    servers_.emplace(key, id);
    Address& address = addresses_[without_port(key)];
    address.id = server.address_id;
    address.users++;
    used[server.address_id] = true;
    // Lists that the earlier process had yet to take away, or to put in force.
    if ((server.flags & XLB_IN_USE) == 0 || server.pool != id) {
      store_word(&server.walk, {0, 0});
      store_word(&server.turn, {0, 0});
    }
    if ((server.flags & XLB_IN_USE) == 0) retired_.push_back({id, now_ns});
    space_.reserve(server.walk);
    space_.reserve(server.turn);
    if ((server.flags & XLB_CHANGING) != 0) {
      forget_controlled(server);
      store(&server.flags, server.flags & ~XLB_CHANGING);
    }
  }
  for (uint32_t id = XLB_MAX_VIRTUAL_SERVERS; id-- > 1;)
    if (!used[id]) free_addresses_.push_back(id);
  for (const auto& [_, id] :
       servers_) {  // a group that the earlier process died over: of its members, or of it
    const uint32_t pool = tables_.virtual_servers[id].pool;
    const xlb_virtual_server& record = tables_.virtual_servers[pool];
    if ((record.flags & XLB_IN_USE) == 0 || record.pool != pool) retire_server(id, now_ns);
  }
}

void Tables::read_back_destinations(uint64_t now_ns) {
  std::vector<bool> used(XLB_MAX_REAL_SERVERS);
  std::vector<bool> listed(XLB_MAX_DESTINATIONS);
  for (const auto& [_, id] : servers_)
    for (const Candidate& candidate : current_list(id)) listed[candidate.destination] = true;
  for (uint32_t id = XLB_MAX_DESTINATIONS; id-- > 1;) {
    const xlb_destination& destination = tables_.destinations[id];
    if ((destination.flags & XLB_IN_USE) == 0) {
      free_destinations_.push_back(id);
      continue;
    }
    members_[destination.virtual_server].push_back(id);
    real_server_users_[destination.real_server]++;
    used[destination.real_server] = true;
    if ((destination.flags & XLB_DESTINATION_GONE) != 0)
      gone_.push_back({id, now_ns});
    else if (!listed[id])
      retire(id);  // the earlier process died between the two
  }
  for (uint32_t id = XLB_MAX_REAL_SERVERS; id-- > 1;) {
    if (used[id])
      real_servers_.emplace(from_address(tables_.real_servers[id].address), id);
    else
      free_real_servers_.push_back(id);
  }
}

void Tables::references_seen(References references, uint64_t began_ns) {
  const std::lock_guard lock(sweep_mutex_);
  references_ = std::move(references);
  sweep_began_ns_ = began_ns;
}

// Frees what is gone and no longer referred to.
void Tables::collect() {
  const std::lock_guard lock(sweep_mutex_);
  std::erase_if(gone_, [&](const Gone& gone) {
    if (sweep_began_ns_ < gone.since_ns + kRestNs || references_.destinations[gone.id] != 0) return false;
    free_destination(gone.id);
    return true;
  });
  std::erase_if(retired_, [&](const Gone& gone) {
    if (!members_[gone.id].empty() || referred_to(gone)) return false;
    free_virtual_server(gone.id);
    return true;
  });
}

// Must this record, whose own real servers are all gone, stay? While an address has flows it has to have a
// record, so that their packets are dropped as in IPVS and do not get to the director's own stack: the last
// one of it stays. And a member stays: flows tell their pool's real server, not by which member they came.
bool Tables::referred_to(const Gone& gone) const {
  const xlb_virtual_server& server = tables_.virtual_servers[gone.id];
  if (sweep_began_ns_ < gone.since_ns + kRestNs) return true;
  if (references_.addresses[server.address_id] == 0) return false;
  if (server.pool != gone.id) return true;
  const auto address = addresses_.find(without_port(key_of(server)));
  return address == addresses_.end() || address->second.users == 1;
}

void Tables::free_destination(uint32_t id) {
  xlb_destination& destination = tables_.destinations[id];
  const uint32_t server = destination.virtual_server;
  const uint32_t real_server = destination.real_server;
  keep_counters(&tables_.virtual_servers[server], counters_of(id));
  store(&destination.flags, 0U);
  free_destinations_.push_back(id);
  std::erase(members_[server], id);
  if (--real_server_users_[real_server] == 0) {
    real_servers_.erase(from_address(tables_.real_servers[real_server].address));
    free_real_servers_.push_back(real_server);
  }
}

void Tables::free_virtual_server(uint32_t id) {
  xlb_virtual_server& server = tables_.virtual_servers[id];
  const uint64_t now = monotonic_nanoseconds();
  const VirtualServerKey key = key_of(server);
  index_remove(tables_, id);
  space_.release(server.walk, now);
  space_.release(server.turn, now);
  servers_.erase(key);
  release_address(key);
  store(&server.flags, 0U);
  free_servers_.push_back(id);
  if (key.protocol == XLB_PROTOCOL_MARK) write_mark_rules();
  update_lookups();
}

// The id that flows to this address are known by; shared by all its ports.
Status Tables::claim_address(const VirtualServerKey& key, uint32_t* id) {
  const auto [at, fresh] = addresses_.try_emplace(without_port(key));
  if (fresh) at->second.id = take_last(free_addresses_);  // there are as many as virtual servers
  at->second.users++;
  *id = at->second.id;
  return {};
}

void Tables::release_address(const VirtualServerKey& key) {
  const auto at = addresses_.find(without_port(key));
  if (at == addresses_.end() || --at->second.users > 0) return;
  free_addresses_.push_back(at->second.id);
  addresses_.erase(at);
}

}  // namespace xlb
