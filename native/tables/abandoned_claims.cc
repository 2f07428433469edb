#include "native/tables/abandoned_claims.h"

namespace xlb {

uint32_t AbandonedClaims::look(uint64_t first, std::span<xlb_flow_bucket> buckets) {
  uint32_t freed = 0;
  if (sweeps_ >= kSweeps || (sweeps_ > 0 && seen_.empty())) return freed;
  for (size_t i = 0; i < buckets.size() * XLB_BUCKET_SLOTS; i++) {
    xlb_flow_slot& slot = buckets[i / XLB_BUCKET_SLOTS].slot[i % XLB_BUCKET_SLOTS];
    const uint32_t control = READ_ONCE(slot.control);
    if ((control & XLB_FLOW_PHASE) != XLB_FLOW_BUSY) continue;
    if (sweeps_ == 0) {
      if (seen_.size() < kMostSeen) seen_[first + i] = control;
      continue;
    }
    const auto before = seen_.find(first + i);
    if (before == seen_.end() || before->second != control) continue;
    const uint32_t empty = control & (XLB_FLOW_SPILLED | XLB_FLOW_GENERATION);
    if (compare_and_swap(&slot.control, control, empty) == control) freed++;
  }
  return freed;
}

}  // namespace xlb
