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

std::string text_of(const VirtualServerKey& key) {
  return "virtual server " + key.address.to_string() + " port " + std::to_string(key.port);
}

// What a destination counted stays in its virtual server's totals when it is freed: they never go back.
void keep_counters(xlb_virtual_server* server, const Counters& counters) {
  server->past_connections += counters.connections;
  server->past_packets += counters.packets;
  server->past_bytes += counters.bytes;
}

template <typename T>
T take_last(std::vector<T>& from) {
  T value = from.back();
  from.pop_back();
  return value;
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
  return mix(AddressHash()(key.address), static_cast<uint64_t>(key.protocol) << 16 | key.port);
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
  settings.reopen_gone = 1;
  free_servers_ = descending(XLB_MAX_VIRTUAL_SERVERS);
  free_real_servers_ = descending(XLB_MAX_REAL_SERVERS);
  free_destinations_ = descending(XLB_MAX_DESTINATIONS);
  store(&settings.layout_revision,
        static_cast<uint32_t>(XLB_LAYOUT_REVISION));  // last: from now on adoptable
}

void Tables::read_back() {
  const uint64_t now = monotonic_nanoseconds();
  for (uint32_t id = XLB_MAX_VIRTUAL_SERVERS; id-- > 1;) {
    const xlb_virtual_server& server = tables_.virtual_servers[id];
    if ((server.flags & (XLB_IN_USE | XLB_RETIRED)) == 0) {
      free_servers_.push_back(id);
      continue;
    }
    servers_.emplace(key_of(server), id);
    if ((server.flags & XLB_IN_USE) == 0) retired_.push_back({id, now});
    space_.reserve(server.walk);
    space_.reserve(server.turn);
  }
  std::vector<bool> used(XLB_MAX_REAL_SERVERS);
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
      gone_.push_back({id, now});
    else if ((tables_.virtual_servers[destination.virtual_server].flags & XLB_IN_USE) == 0)
      retire(id);  // the earlier process died between the two
  }
  for (uint32_t id = XLB_MAX_REAL_SERVERS; id-- > 1;) {
    if (used[id])
      real_servers_.emplace(from_address(tables_.real_servers[id].address), id);
    else
      free_real_servers_.push_back(id);
  }
}

Status Tables::set_virtual_server(const VirtualServerSpec& spec) {
  collect();
  uint32_t id = 0;
  if (Status status = make_virtual_server(spec.key, &id); !status.ok()) return status;
  CandidateList list;
  std::vector<uint32_t> fresh;
  Status status = claim_destinations(id, spec, {&list, &fresh});
  xlb_virtual_server& server = tables_.virtual_servers[id];
  const bool hidden = (server.flags & XLB_IN_USE) == 0;
  if (status.ok() && hidden)
    status = index_insert(tables_, id);  // no packet takes it before the flag is there
  if (status.ok()) status = publish(id, spec.scheduler, list);
  if (!status.ok()) {
    if (hidden) index_remove(tables_, id);
    withdraw(fresh);
    return status;
  }
  retire_missing(id, list);
  store(&server.flags, XLB_IN_USE);
  std::erase_if(retired_, [&](const Gone& gone) { return gone.id == id; });
  update_any_port();
  return {};
}

// Takes back what a change claimed before it failed. No packet has seen it, so it need not rest.
void Tables::withdraw(const std::vector<uint32_t>& destinations) {
  for (const uint32_t id : destinations) {
    std::erase_if(gone_, [&](const Gone& gone) { return gone.id == id; });
    free_destination(id);
  }
}

// The record of the key; a new one stays invisible (retired) until its pool is in place.
Status Tables::make_virtual_server(const VirtualServerKey& key, uint32_t* id) {
  if (const auto at = servers_.find(key); at != servers_.end()) {
    *id = at->second;
    return {};
  }
  if (free_servers_.empty())
    return Status::limit(
        "add " + text_of(key),
        "the table holds " + std::to_string(XLB_MAX_VIRTUAL_SERVERS - 1) + " virtual servers");
  *id = take_last(free_servers_);
  xlb_virtual_server& server = tables_.virtual_servers[*id];
  server = {};
  server.address = to_address(key.address);
  server.port = network_order(key.port);
  server.protocol = key.protocol;
  server.cursor = XLB_CURSOR_FRESH;
  store(&server.flags, XLB_RETIRED);
  retired_.push_back({*id, monotonic_nanoseconds()});
  servers_.emplace(key, *id);
  return {};
}

Status Tables::claim_destinations(uint32_t server, const VirtualServerSpec& spec, const Claim& claim) {
  std::unordered_set<uint32_t> seen;
  for (const DestinationSpec& wanted : spec.destinations) {
    uint32_t id = 0;
    const size_t known = members_[server].size();
    if (Status status = claim_destination(server, wanted.address, &id); !status.ok()) return status;
    if (members_[server].size() > known) claim.fresh->push_back(id);
    if (!seen.insert(id).second)
      return Status::argument("set " + text_of(spec.key),
                              "real server " + wanted.address.to_string() + " is named twice");
    claim.list->push_back({id, wanted.weight});
  }
  return {};
}

Status Tables::claim_destination(uint32_t server, const IpAddress& address, uint32_t* id) {
  const auto known = real_servers_.find(address);
  if (known != real_servers_.end()) {
    for (const uint32_t member : members_[server]) {
      if (tables_.destinations[member].real_server != known->second) continue;
      *id = member;
      return {};
    }
  }
  if (free_destinations_.empty())
    return Status::limit("add real server " + address.to_string(),
                         "the table holds " + std::to_string(XLB_MAX_DESTINATIONS - 1) + " destinations");
  uint32_t real_server = 0;
  if (Status status = claim_real_server(address, &real_server); !status.ok()) return status;
  *id = take_last(free_destinations_);
  for (uint32_t row = 0; row < tables_.rows; row++)
    tables_.destination_statistics[row * XLB_MAX_DESTINATIONS + *id] = {};
  xlb_destination& destination = tables_.destinations[*id];
  destination = {};
  destination.virtual_server = server;
  destination.real_server = real_server;
  // Gone until publish() has put it on the list: if that fails, it is collected as any other.
  store(&destination.flags, XLB_IN_USE | XLB_DESTINATION_GONE);
  gone_.push_back({*id, monotonic_nanoseconds()});
  members_[server].push_back(*id);
  real_server_users_[real_server]++;
  return {};
}

Status Tables::claim_real_server(const IpAddress& address, uint32_t* id) {
  if (const auto at = real_servers_.find(address); at != real_servers_.end()) {
    *id = at->second;
    return {};
  }
  if (free_real_servers_.empty())
    return Status::limit("add real server " + address.to_string(),
                         "the table holds " + std::to_string(XLB_MAX_REAL_SERVERS - 1) + " real servers");
  *id = take_last(free_real_servers_);
  xlb_real_server& record = tables_.real_servers[*id];
  record = {};
  record.address = to_address(address);
  real_servers_.emplace(address, *id);
  const auto nexthop = nexthops_.find(address);
  if (nexthop != nexthops_.end()) write_nexthop(*id, nexthop->second);
  return {};
}

CandidateList Tables::current_list(uint32_t server) const {
  CandidateList list;
  const xlb_schedule& walk = tables_.virtual_servers[server].walk;
  for (uint32_t i = 0; i < walk.count; i++) {
    const uint32_t id = entries()[walk.first + i];
    list.push_back({id, tables_.destinations[id].weight});
  }
  return list;
}

// New lists beside the old ones, then one word each that switches over. Additions before removals: a
// destination that is new takes flows from the switch on, one that is missing is marked gone only afterwards.
Status Tables::publish(uint32_t server_id, uint8_t scheduler, const CandidateList& list) {
  xlb_virtual_server& server = tables_.virtual_servers[server_id];
  // Another scheduler starts anew over the whole list: wrr at its highest level, unlike one whose list was
  // filled server by server.
  const CandidateList before = current_list(server_id);
  const Progress progress =
      scheduler == server.scheduler ? Progress{server.cursor, server.last} : Progress{XLB_CURSOR_FRESH, 0};
  if (scheduler == server.scheduler && before == list && !list.empty()) return {};

  // lc and wlc do not look at it, but a packet that has just read that the scheduler is rr or wrr will.
  const Turn turn = scheduler == XLB_WEIGHTED_ROUND_ROBIN
                        ? weighted_round_robin_turn(before, progress.cursor, list)
                        : round_robin_turn(before, progress, list);
  std::vector<uint32_t> walk;
  for (const Candidate& candidate : list) walk.push_back(candidate.destination);

  const uint64_t now = monotonic_nanoseconds();
  const auto room = space_.allocate(static_cast<uint32_t>(walk.size() + turn.picks.size()), now);
  if (!room.has_value())
    return Status::limit("set " + text_of(key_of(server)),
                         "the schedule table is full (" + std::to_string(XLB_MAX_SCHEDULE) + " entries)");
  const xlb_schedule new_walk{room->first, static_cast<uint32_t>(walk.size())};
  const xlb_schedule new_turn{room->first + new_walk.count, static_cast<uint32_t>(turn.picks.size())};
  std::ranges::copy(walk, entries() + new_walk.first);
  std::ranges::copy(turn.picks, entries() + new_turn.first);
  for (const Candidate& candidate : list) {
    if (candidate.weight > 0) store(&tables_.destinations[candidate.destination].weight, candidate.weight);
    store(&tables_.destinations[candidate.destination].flags, XLB_IN_USE);
  }
  space_.release(server.walk, now);
  space_.release(server.turn, now);
  store_word(&server.walk, new_walk);
  store_word(&server.turn, new_turn);
  store(&server.last, turn.progress.last);
  store(&server.cursor, turn.progress.cursor);
  store(&server.scheduler, scheduler);
  for (const Candidate& candidate : list)  // drained only now: the old lists may have had nobody else
    if (candidate.weight == 0) store(&tables_.destinations[candidate.destination].weight, 0U);
  return {};
}

void Tables::retire_missing(uint32_t server, const CandidateList& list) {
  std::unordered_set<uint32_t> wanted;
  for (const Candidate& candidate : list) wanted.insert(candidate.destination);
  for (const uint32_t id : members_[server])
    if (!wanted.contains(id)) retire(id);
  std::erase_if(gone_, [&](const Gone& gone) { return wanted.contains(gone.id); });
}

void Tables::retire(uint32_t id) {
  xlb_destination& destination = tables_.destinations[id];
  if ((destination.flags & XLB_DESTINATION_GONE) != 0) return;
  store(&destination.flags, XLB_IN_USE | XLB_DESTINATION_GONE);
  gone_.push_back({id, monotonic_nanoseconds()});
}

bool Tables::remove_virtual_server(const VirtualServerKey& key) {
  const auto at = servers_.find(key);
  if (at == servers_.end() || (tables_.virtual_servers[at->second].flags & XLB_IN_USE) == 0) return false;
  const uint32_t id = at->second;
  index_remove(tables_, id);
  store(&tables_.virtual_servers[id].flags, XLB_RETIRED);
  const uint64_t now = monotonic_nanoseconds();
  xlb_virtual_server& server = tables_.virtual_servers[id];
  space_.release(server.walk, now);
  space_.release(server.turn, now);
  store_word(&server.walk, {0, 0});
  store_word(&server.turn, {0, 0});
  for (const uint32_t member : members_[id]) retire(member);
  retired_.push_back({id, now});
  update_any_port();
  collect();
  return true;
}

void Tables::update_any_port() {
  const bool any = std::ranges::any_of(servers_, [&](const auto& entry) {
    return entry.first.port == 0 && (tables_.virtual_servers[entry.second].flags & XLB_IN_USE) != 0;
  });
  store(&tables_.settings->any_port, any ? 1U : 0U);
}

void Tables::references_seen(std::vector<uint32_t> references, uint64_t began_ns) {
  const std::lock_guard lock(sweep_mutex_);
  references_ = std::move(references);
  sweep_began_ns_ = began_ns;
}

// Frees what is gone and no longer referred to.
void Tables::collect() {
  const uint64_t now = monotonic_nanoseconds();
  const std::lock_guard lock(sweep_mutex_);
  std::erase_if(gone_, [&](const Gone& gone) {
    if (references_.empty() || sweep_began_ns_ < gone.since_ns + kRestNs || references_[gone.id] != 0)
      return false;
    free_destination(gone.id);
    return true;
  });
  std::erase_if(retired_, [&](const Gone& gone) {
    if (!members_[gone.id].empty() || now < gone.since_ns + kRestNs) return false;
    free_virtual_server(gone.id);
    return true;
  });
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
  index_remove(tables_, id);  // an earlier process may have died before it
  space_.release(server.walk, now);
  space_.release(server.turn, now);
  servers_.erase(key_of(server));
  store(&server.flags, 0U);
  free_servers_.push_back(id);
}

}  // namespace xlb
