// Destinations and real servers: ids claimed, retired, taken back.
#include <unordered_set>

#include "native/base/clock.h"
#include "native/tables/records.h"
#include "native/tables/tables.h"

namespace xlb {

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
  for (uint32_t row = 0; row < tables_.rows; row++) tables_.counters[row].destination[*id] = {};
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

// Takes back what a change claimed before it failed. No packet has seen it, so it need not rest.
void Tables::withdraw(const std::vector<uint32_t>& destinations) {
  for (const uint32_t id : destinations) {
    std::erase_if(gone_, [&](const Gone& gone) { return gone.id == id; });
    free_destination(id);
  }
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
  store_share(&destination);
  gone_.push_back({id, monotonic_nanoseconds()});
}

}  // namespace xlb
