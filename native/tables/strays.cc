#include "native/tables/strays.h"

namespace xlb {
namespace {

// May the slot hold an IPv4 flow that begins at this line? One that is being written, or was while it was
// read, may.
bool may_begin_at(const xlb_settings& settings, const xlb_flow_slot& slot, uint32_t line) {
  const uint32_t control = __atomic_load_n(&slot.control, __ATOMIC_ACQUIRE);
  if ((control & XLB_FLOW_PHASE) == XLB_FLOW_EMPTY) return false;
  if ((control & XLB_FLOW_TAG_KIND) != XLB_FLOW_TAG_IPV4) return false;
  const uint64_t hash = ipv4_flow_hash(&settings, READ_ONCE(slot.client.half[1]), READ_ONCE(slot.ports));
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  const bool read_whole = (control & XLB_FLOW_PHASE) == XLB_FLOW_LIVE &&
                          ((READ_ONCE(slot.control) ^ control) & XLB_FLOW_SAME) == 0;
  return !read_whole || start_of(hash) == line;
}

bool has_strays(const xlb_settings& settings, const xlb_flow_bucket& bucket, uint32_t line) {
  for (uint32_t i = 0; i < XLB_BUCKET_SLOTS; i++)
    if ((i & START_MASK) != line && may_begin_at(settings, bucket.slot[i], line)) return true;
  return false;
}

// Whoever puts a flow elsewhere marks the line, claims the slot and looks at the mark again; this takes the
// mark away and looks at the slots again: one of the two sees what the other did.
void forget(const xlb_settings& settings, xlb_flow_bucket* bucket, uint32_t line) {
  xlb_flow_slot* first = &bucket->slot[line];
  const uint32_t control = READ_ONCE(first[1].control);
  if ((control & XLB_FLOW_STRAYED) == 0 || has_strays(settings, *bucket, line)) return;
  if (compare_and_swap(&first[1].control, control, control & ~XLB_FLOW_STRAYED) != control) return;
  if (has_strays(settings, *bucket, line) || bucket_has_spilled(bucket)) mark_strayed(first);
}

}  // namespace

void forget_strays(const xlb_settings& settings, std::span<xlb_flow_bucket> buckets) {
  for (xlb_flow_bucket& bucket : buckets) {
    if (bucket_has_spilled(&bucket)) continue;  // where its flows are in the overflow, nobody knows here
    for (uint32_t line = 0; line < XLB_BUCKET_SLOTS; line += XLB_LINE_SLOTS) forget(settings, &bucket, line);
  }
}

}  // namespace xlb
