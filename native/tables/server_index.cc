#include "native/tables/server_index.h"

#include <string>

#include "native/tables/store.h"

namespace xlb {
namespace {

struct Place {
  xlb_index_group* group;
  uint32_t entry;
};

Place place_of(const xlb_tables& tables, uint32_t id) {
  const xlb_virtual_server& server = tables.virtual_servers[id];
  const uint64_t hash = virtual_server_hash(tables.settings->index_seed, &server.address,
                                            static_cast<uint32_t>(server.protocol) << 16 | server.port);
  return {&tables.virtual_server_index[hash & (XLB_INDEX_GROUPS - 1)],
          static_cast<uint32_t>(hash >> 48) << 16 | id};
}

}  // namespace

Status index_insert(const xlb_tables& tables, uint32_t id) {
  const auto [group, entry] = place_of(tables, id);
  for (const uint32_t slot : group->entry)
    if (slot == entry) return {};
  for (uint32_t& slot : group->entry) {
    if (slot != 0 && slot != XLB_INDEX_REMOVED) continue;
    store(&slot, entry);  // after the record it names
    return {};
  }
  return Status::limit(
      "index virtual server " + std::to_string(id),
      std::to_string(XLB_INDEX_GROUP_SLOTS) + " others share its place; use another address or port");
}

void index_remove(const xlb_tables& tables, uint32_t id) {
  const auto [group, entry] = place_of(tables, id);
  for (uint32_t& slot : group->entry)
    if (slot == entry) store(&slot, XLB_INDEX_REMOVED);
}

}  // namespace xlb
