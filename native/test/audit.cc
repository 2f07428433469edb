#include "native/test/audit.h"

#include <array>
#include <cstring>
#include <set>
#include <vector>

#include "native/test/check.h"

namespace xlb::test {
namespace {

struct Count {
  int32_t active = 0;
  int32_t inactive = 0;
};

using Key = std::array<uint8_t, 22>;

Key key_of(const xlb_flow_slot& slot) {
  Key key;  // client, both ports, virtual server: the first 22 bytes of the slot
  std::memcpy(key.data(), &slot, key.size());
  return key;
}

}  // namespace

uint32_t audit(const xlb_tables& tables, uint32_t destinations) {
  std::vector<Count> counts(destinations);
  uint32_t live = 0;
  for (uint32_t bucket = 0; bucket <= tables.flow_bucket_mask; bucket++) {
    for (const xlb_flow_slot& slot : tables.flow_table[bucket].slot) {
      const uint32_t phase = slot.control & XLB_FLOW_PHASE;
      if (phase == XLB_FLOW_EMPTY) continue;
      CHECK_EQUAL(phase, XLB_FLOW_LIVE);
      CHECK(slot.destination < destinations);
      const xlb_destination& destination = tables.destinations[slot.destination];
      CHECK(destination.flags & XLB_IN_USE);
      const uint32_t address = tables.virtual_servers[destination.virtual_server].address_id;
      CHECK_EQUAL(address, static_cast<uint32_t>(slot.virtual_address & XLB_FLOW_ID));
      const uint32_t state = flow_state(slot.control);
      CHECK(state > XLB_STATE_NONE && state < XLB_STATE_COUNT);
      CHECK_EQUAL((slot.control & XLB_FLOW_INACTIVE) == 0, state_is_active(state));
      (slot.control & XLB_FLOW_INACTIVE ? counts[slot.destination].inactive
                                        : counts[slot.destination].active)++;
      live++;
    }
  }
  for (uint32_t id = 0; id < destinations; id++) {
    if ((tables.destinations[id].flags & XLB_IN_USE) == 0) continue;
    CHECK_EQUAL(tables.destinations[id].active, counts[id].active);
    CHECK_EQUAL(tables.destinations[id].inactive, counts[id].inactive);
  }
  return live;
}

uint32_t duplicates(const xlb_tables& tables) {
  std::set<Key> keys;
  uint32_t more = 0;
  for (uint32_t bucket = 0; bucket <= tables.flow_bucket_mask; bucket++)
    for (const xlb_flow_slot& slot : tables.flow_table[bucket].slot)
      if ((slot.control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE && !keys.insert(key_of(slot)).second) more++;
  return more;
}

}  // namespace xlb::test
