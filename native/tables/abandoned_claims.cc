#include "native/tables/abandoned_claims.h"

namespace xlb {

uint32_t AbandonedClaims::look(uint64_t first, std::span<xlb_flow_bucket> buckets) {
  uint32_t freed = 0;
  if (over()) return freed;
  for (size_t i = 0; i < buckets.size() * XLB_BUCKET_SLOTS; i++) {
    xlb_flow_slot& slot = buckets[i / XLB_BUCKET_SLOTS].slot[i % XLB_BUCKET_SLOTS];
    freed +=
        look_at(first + i, &slot.control, {.kept = XLB_FLOW_GENERATION, .not_its_own = XLB_FLOW_SPILLED});
  }
  return freed;
}

uint32_t AbandonedClaims::look(uint64_t first, std::span<xlb_locality_set> sets) {
  uint32_t freed = 0;
  if (over()) return freed;
  for (size_t i = 0; i < sets.size() * XLB_LOCALITY_WAYS; i++) {
    xlb_locality& record = sets[i / XLB_LOCALITY_WAYS].way[i % XLB_LOCALITY_WAYS];
    freed += look_at(first + i, &record.control, {.kept = LOCALITY_GENERATION});
  }
  return freed;
}

bool AbandonedClaims::look_at(uint64_t number, __u32* word, Bits bits) {
  const uint32_t control = READ_ONCE(*word);
  if ((control & XLB_FLOW_PHASE) != XLB_FLOW_BUSY) return false;
  const uint32_t claim = control & ~bits.not_its_own;
  if (sweeps_ == 0) {
    if (seen_.size() < kMostSeen) seen_[number] = claim;
    return false;
  }
  const auto before = seen_.find(number);
  if (before == seen_.end() || before->second != claim) return false;
  return compare_and_swap(word, control, control & (bits.kept | bits.not_its_own)) == control;
}

}  // namespace xlb
