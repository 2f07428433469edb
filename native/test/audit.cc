#include "native/test/audit.h"

#include <algorithm>
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
  int32_t templates = 0;
};

// Each live template, with its slot.
template <typename Take>
void each_template(const xlb_tables& tables, Take take) {
  for (uint32_t bucket = 0; bucket <= tables.template_bucket_mask; bucket++) {
    for (const xlb_flow_slot& slot : tables.templates[bucket].slot) {
      const uint32_t phase = slot.control & XLB_FLOW_PHASE;
      if (phase == XLB_FLOW_EMPTY) continue;
      CHECK_EQUAL(phase, XLB_FLOW_LIVE);
      CHECK(XLB_IS_TEMPLATE(flow_state(slot.control)));
      take(slot);
    }
  }
}

using Key = std::array<uint8_t, 22>;

// An IPv4 flow lies where it is looked for: in the line it begins at, or that one is marked, and beyond its
// bucket that one is.
void check_place(const xlb_tables& tables, uint32_t bucket, uint32_t index) {
  const xlb_flow_slot& slot = tables.flow_table[bucket].slot[index];
  if ((slot.control & XLB_FLOW_TAG_KIND) != XLB_FLOW_TAG_IPV4) return;
  const uint64_t hash = ipv4_flow_hash(tables.settings, slot.client.half[1], slot.ports);
  const uint32_t home = hash & tables.flow_bucket_mask;
  const uint32_t line = start_of(hash);
  CHECK_EQUAL(slot.control & (XLB_FLOW_TAG & ~XLB_FLOW_TAG_KIND),
              tag_of(hash, XLB_FLOW_TAG_IPV4) & ~XLB_FLOW_TAG_KIND);
  if (home == bucket && (index & START_MASK) == line) return;
  CHECK(line_has_strayed(&tables.flow_table[home].slot[line]));
  CHECK(home == bucket || bucket_has_spilled(&tables.flow_table[home]));
}

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
    for (uint32_t index = 0; index < XLB_BUCKET_SLOTS; index++) {
      const xlb_flow_slot& slot = tables.flow_table[bucket].slot[index];
      const uint32_t phase = slot.control & XLB_FLOW_PHASE;
      if (phase == XLB_FLOW_EMPTY) continue;
      CHECK_EQUAL(phase, XLB_FLOW_LIVE);
      check_place(tables, bucket, index);
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
  each_template(tables, [&](const xlb_flow_slot& slot) {
    CHECK(slot.destination < destinations);
    CHECK(tables.destinations[slot.destination].flags & XLB_IN_USE);
    counts[slot.destination].templates++;
  });
  for (uint32_t id = 0; id < destinations; id++) {
    if ((tables.destinations[id].flags & XLB_IN_USE) == 0) continue;
    CHECK_EQUAL(tables.destinations[id].active, counts[id].active);
    CHECK_EQUAL(tables.destinations[id].inactive, counts[id].inactive);
    CHECK_EQUAL(tables.destinations[id].persistent, counts[id].templates);
  }
  return live;
}

uint32_t held_for_nothing(const xlb_tables& tables) {
  std::vector<int64_t> held(XLB_MAX_DESTINATIONS);
  each_template(tables, [&](const xlb_flow_slot& slot) { held[slot.destination] += slot.connections; });
  for (uint32_t bucket = 0; bucket <= tables.flow_bucket_mask; bucket++)
    for (const xlb_flow_slot& slot : tables.flow_table[bucket].slot)
      if ((slot.control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE && slot.virtual_address & XLB_FLOW_CONTROLLED)
        held[slot.destination]--;
  int64_t sum = 0;
  for (const int64_t more : held) sum += std::max<int64_t>(0, more);
  return static_cast<uint32_t>(sum);
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
