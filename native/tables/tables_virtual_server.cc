// Virtual servers: set, changed, removed.
#include <algorithm>
#include <unordered_set>

#include "native/base/clock.h"
#include "native/tables/hash_tables.h"
#include "native/tables/records.h"
#include "native/tables/server_index.h"
#include "native/tables/tables.h"

namespace xlb {
namespace {

constexpr uint16_t kFtpPort = 21;

// A mark's packets are found by rules, not by address and port.
bool is_indexed(const xlb_virtual_server& server) { return server.protocol != XLB_PROTOCOL_MARK; }

bool overloaded(const xlb_destination& destination, const DestinationSpec& spec) {
  const auto flows = static_cast<uint64_t>(std::max<int32_t>(0, destination.active)) +
                     static_cast<uint64_t>(std::max<int32_t>(0, destination.inactive));
  if (spec.upper != 0 && flows >= spec.upper) return true;
  const bool ended = spec.lower != 0 ? flows < spec.lower : flows * 4 < uint64_t{spec.upper} * 3;
  return destination.overloaded != 0 && spec.upper != 0 && !ended;
}

}  // namespace

Status Tables::set_virtual_server(const VirtualServerSpec& spec) {
  collect();
  uint32_t id = 0;
  if (Status status = make_virtual_server(spec.key, &id); !status.ok()) return status;
  std::vector<uint32_t> records;  // the pool's, and those of members
  Status status = make_members(id, spec, &records);
  if (!status.ok()) return status;
  records.push_back(id);
  CandidateList list;
  std::vector<uint32_t> fresh;
  status = claim_destinations(id, spec, {&list, &fresh});
  for (const uint32_t record : records)  // no packet takes it before the flag is there
    if (status.ok() && is_indexed(tables_.virtual_servers[record])) status = index_insert(tables_, record);
  if (status.ok()) status = publish(id, spec, list);
  if (!status.ok()) {
    withdraw(fresh);
    return status;
  }
  retire_missing(id, list);
  xlb_virtual_server& pool = tables_.virtual_servers[id];
  const bool other_network = changes_client_network(pool, spec.persistence);
  if (other_network) store(&pool.flags, pool.flags | XLB_CHANGING);
  for (const uint32_t record : records) {  // the pool's last: flows find their templates by it
    describe(record, id, spec);
    if (record == id && other_network) forget_controlled(pool);
    store(&tables_.virtual_servers[record].flags,
          static_cast<__u32>(XLB_IN_USE | (spec.one_packet ? XLB_ONE_PACKET : 0)));
  }
  const uint64_t now = monotonic_nanoseconds();
  for (const auto& [key, other] : servers_)
    if (other != id && tables_.virtual_servers[other].pool == id && !std::ranges::count(records, other))
      retire_server(other, now);
  std::erase_if(retired_, [&](const Gone& gone) { return std::ranges::count(records, gone.id) != 0; });
  update_lookups();
  if (spec.key.protocol == XLB_PROTOCOL_MARK) write_mark_rules();
  return {};
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
  uint32_t address = 0;
  if (Status status = claim_address(key, &address); !status.ok()) return status;
  *id = take_last(free_servers_);
  xlb_virtual_server& server = tables_.virtual_servers[*id];
  const __u16 locality = server.locality;  // what is remembered of an earlier user of this id is void
  server = {};
  server.locality = static_cast<__u16>(locality + 1);
  server.address = to_address(key.address);
  server.port = network_order(key.port);
  server.protocol = key.protocol;
  server.fwmark = key.fwmark;
  server.address_id = static_cast<__u16>(address);
  server.pool = static_cast<__u16>(*id);
  server.cursor = XLB_CURSOR_FRESH;
  store(&server.flags, XLB_RETIRED);
  retired_.push_back({*id, monotonic_nanoseconds()});
  servers_.emplace(key, *id);
  return {};
}

Status Tables::make_members(uint32_t pool, const VirtualServerSpec& spec, std::vector<uint32_t>* members) {
  for (const VirtualServerKey& key : spec.members) {
    uint32_t id = 0;
    if (Status status = make_virtual_server(key, &id); !status.ok()) return status;
    const xlb_virtual_server& server = tables_.virtual_servers[id];
    if (id == pool || ((server.flags & XLB_IN_USE) != 0 && server.pool != pool))
      return Status::argument("make " + text_of(key) + " a member of " + text_of(spec.key),
                              "it belongs to a virtual server already; remove that, or take it out of its "
                              "group first");
    members->push_back(id);
  }
  return {};
}

// What the packet path asks a record for besides its lists.
void Tables::describe(uint32_t id, uint32_t pool, const VirtualServerSpec& spec) {
  xlb_virtual_server& server = tables_.virtual_servers[id];
  const uint16_t port = spec.key.port;
  const bool any_port = spec.key.protocol != XLB_PROTOCOL_MARK && (port == 0 || port == kFtpPort);
  const uint16_t scope =
      any_port ? static_cast<uint16_t>(XLB_TEMPLATE_ANY_PORT | tables_.virtual_servers[pool].address_id)
               : static_cast<uint16_t>(pool);
  store(&server.pool, static_cast<__u16>(pool));
  store(&server.template_scope, static_cast<__u16>(scope));
  if (spec.persistence.seconds != 0) {
    store(&server.netmask, __builtin_bswap32(spec.persistence.netmask));
    store(&server.prefix, spec.persistence.prefix);
  }
  store(&server.scheduler_flags, spec.scheduler_flags);
  store(&server.persistence, static_cast<__u16>(template_timeout(spec.persistence.seconds)));
}

// Flows find the template that controls them by their client's network. One that is persistent no more keeps
// it for those that it has; where it changes, the old templates are not found again by anybody, and forget
// their flows: else they would wait for them for ever.
bool Tables::changes_client_network(const xlb_virtual_server& server, const Persistence& persistence) {
  const bool had_one = server.persistence != 0 || server.netmask != 0 || server.prefix != 0;
  return persistence.seconds != 0 && had_one &&
         (server.netmask != __builtin_bswap32(persistence.netmask) || server.prefix != persistence.prefix);
}

void Tables::forget_controlled(const xlb_virtual_server& server) {
  for (uint32_t bucket = 0; bucket <= tables_.template_bucket_mask; bucket++) {
    for (xlb_flow_slot& slot : tables_.templates[bucket].slot) {
      if ((READ_ONCE(slot.control) & XLB_FLOW_PHASE) != XLB_FLOW_LIVE) continue;
      if ((READ_ONCE(slot.scope) & ~XLB_TEMPLATE_INVALID) == server.template_scope)
        store(&slot.connections, static_cast<__u16>(0));
    }
  }
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

// Whether the pool is what the spec says already: setting it so once more then counts as an edit, as ipvsadm
// -e does.
bool Tables::same_spec(uint32_t id, const VirtualServerSpec& spec) const {
  const xlb_virtual_server& server = tables_.virtual_servers[id];
  return server.scheduler_flags == spec.scheduler_flags &&
         server.persistence == template_timeout(spec.persistence.seconds) &&
         (spec.persistence.seconds == 0 || (server.netmask == __builtin_bswap32(spec.persistence.netmask) &&
                                            server.prefix == spec.persistence.prefix)) &&
         ((server.flags & XLB_ONE_PACKET) != 0) == spec.one_packet;
}

// The lists that a scheduler looks into. Another scheduler starts anew over the whole list: wrr at its
// highest level, unlike one whose list was filled server by server.
Turn Tables::turn_for(uint32_t id, const VirtualServerSpec& spec, const CandidateList& list) const {
  const xlb_virtual_server& server = tables_.virtual_servers[id];
  const bool anew = spec.scheduler != server.scheduler;
  const CandidateList before = current_list(id);
  std::vector<HashCandidate> hashed;
  for (size_t i = 0; i < list.size(); i++) {
    const xlb_destination& destination = tables_.destinations[list[i].destination];
    const bool added = (destination.flags & XLB_DESTINATION_GONE) != 0;
    const uint32_t weight = list[i].weight;
    hashed.push_back({list[i].destination, spec.destinations[i].address, spec.key.port, weight,
                      added || weight != 0 ? weight : destination.last_weight});
  }
  switch (spec.scheduler) {
    case XLB_WEIGHTED_ROUND_ROBIN: {
      bool edited = before == list && same_spec(id, spec);
      for (size_t i = 0; i < list.size(); i++) {
        const xlb_destination& destination = tables_.destinations[list[i].destination];
        edited |= destination.upper != spec.destinations[i].upper ||
                  destination.lower != spec.destinations[i].lower;
      }
      return weighted_round_robin_turn(before, {anew ? XLB_CURSOR_FRESH : server.cursor, edited && !anew},
                                       list);
    }
    case XLB_SOURCE_HASHING:
      return {source_hash_table(hashed), {XLB_CURSOR_FRESH, 0}};
    case XLB_DESTINATION_HASHING:
      return {destination_hash_table(hashed), {XLB_CURSOR_FRESH, 0}};
    case XLB_MAGLEV_HASHING:
      return {maglev_table(hashed), {XLB_CURSOR_FRESH, 0}};
    default:  // the others do not look at it, but a packet that has just read that the scheduler is rr will
      return round_robin_turn(
          before, anew ? Progress{XLB_CURSOR_FRESH, 0} : Progress{server.cursor, server.last}, list);
  }
}

// New lists beside the old ones, then one word each that switches over. Additions before removals: a
// destination that is new takes flows from the switch on, one that is missing is marked gone only afterwards.
Status Tables::publish(uint32_t id, const VirtualServerSpec& spec, const CandidateList& list) {
  xlb_virtual_server& server = tables_.virtual_servers[id];
  const bool other_scheduler = spec.scheduler != server.scheduler;
  const Turn turn = turn_for(id, spec, list);
  const uint64_t now = monotonic_nanoseconds();
  std::vector<uint16_t> walk;
  for (const Candidate& candidate : list) walk.push_back(static_cast<uint16_t>(candidate.destination));
  const auto new_walk = write_schedule(walk, now);
  const auto new_turn = new_walk.has_value() ? write_schedule(turn.picks, now) : std::nullopt;
  if (!new_turn.has_value()) {
    if (new_walk.has_value()) space_.release(*new_walk, now);
    return Status::limit("set " + text_of(key_of(server)),
                         "the schedule table is full (" + std::to_string(XLB_MAX_SCHEDULE) + " entries)");
  }
  write_destinations(spec, list);
  space_.release(server.walk, now);
  space_.release(server.turn, now);
  if (other_scheduler) store(&server.locality, static_cast<__u16>(server.locality + 1));
  store_word(&server.walk, *new_walk);
  store_word(&server.turn, *new_turn);
  store(&server.last, turn.progress.last);
  store(&server.cursor, turn.progress.cursor);
  store(&server.scheduler, spec.scheduler);
  for (const Candidate& candidate : list)  // drained only now: the old lists may have had nobody else
    if (candidate.weight == 0) {
      store(&tables_.destinations[candidate.destination].weight, 0U);
      store_share(&tables_.destinations[candidate.destination]);
    }
  return {};
}

// The ids, in a stretch of their own, which is filled up with none.
std::optional<xlb_schedule> Tables::write_schedule(const std::vector<uint16_t>& ids, uint64_t now_ns) {
  const auto room = space_.allocate(static_cast<uint32_t>(ids.size()), now_ns);
  if (!room.has_value()) return room;
  uint16_t* entry = std::ranges::copy(ids, entries() + room->first).out;
  for (uint16_t* const end = entries() + room->first + ids.size() + XLB_WALK_STRETCH - 1;
       entry < end && (entry - entries()) % XLB_WALK_STRETCH != 0; entry++)
    *entry = 0;
  return room;
}

// What those see who walk over many destinations.
void Tables::store_share(xlb_destination* destination) {
  const bool in_service = (destination->flags & (XLB_IN_USE | XLB_DESTINATION_GONE)) == XLB_IN_USE;
  store(&destination->share, in_service ? destination->weight : 0U);
}

void Tables::write_destinations(const VirtualServerSpec& spec, const CandidateList& list) {
  for (size_t i = 0; i < list.size(); i++) {
    xlb_destination& destination = tables_.destinations[list[i].destination];
    const DestinationSpec& wanted = spec.destinations[i];
    const bool added = (destination.flags & XLB_DESTINATION_GONE) != 0;
    if (added || wanted.weight != 0) destination.last_weight = wanted.weight;
    store(&destination.lower, wanted.lower);
    store(&destination.upper, wanted.upper);
    store(&destination.overloaded, overloaded(destination, wanted) ? 1U : 0U);
    if (wanted.weight > 0) store(&destination.weight, wanted.weight);
    store(&destination.flags, XLB_IN_USE);
    if (wanted.weight > 0) store_share(&destination);
  }
}

bool Tables::remove_virtual_server(const VirtualServerKey& key) {
  const auto at = servers_.find(key);
  if (at == servers_.end() || (tables_.virtual_servers[at->second].flags & XLB_IN_USE) == 0) return false;
  const uint32_t id = at->second;
  if (tables_.virtual_servers[id].pool != id) return false;
  const uint64_t now = monotonic_nanoseconds();
  for (const auto& [_, other] : servers_)
    if (tables_.virtual_servers[other].pool == id) retire_server(other, now);
  for (const uint32_t member : members_[id]) retire(member);
  update_lookups();
  if (key.protocol == XLB_PROTOCOL_MARK) write_mark_rules();
  collect();
  return true;
}

// It stays in the index: as in IPVS, packets of its flows are dropped until they expire.
void Tables::retire_server(uint32_t id, uint64_t now_ns) {
  xlb_virtual_server& server = tables_.virtual_servers[id];
  if ((server.flags & XLB_IN_USE) == 0) return;
  store(&server.flags, XLB_RETIRED);
  space_.release(server.walk, now_ns);
  space_.release(server.turn, now_ns);
  store_word(&server.walk, {0, 0});
  store_word(&server.turn, {0, 0});
  store(&server.cursor, XLB_CURSOR_FRESH);
  store(&server.locality, static_cast<__u16>(server.locality + 1));
  retired_.push_back({id, now_ns});
}

void Tables::update_lookups() {
  uint32_t lookups = mark_rules_.empty() ? 0 : XLB_LOOKUP_MARKS;
  for (const auto& [key, id] : servers_) {
    if ((tables_.virtual_servers[id].flags & XLB_IN_USE) != 0) lookups |= XLB_LOOKUP_SERVERS;
    if (key.protocol == XLB_PROTOCOL_MARK) continue;
    if (key.port == 0) lookups |= XLB_LOOKUP_ANY_PORT;
    if (key.port == kFtpPort && key.protocol == IPPROTO_TCP) lookups |= XLB_LOOKUP_FTP;
  }
  store(&tables_.settings->lookups, lookups);
}

}  // namespace xlb
