// Slots that a thread had claimed when its process was killed: nobody publishes them any more, and neither
// eviction nor the sweeper touches a slot that somebody writes. A claim is a matter of nanoseconds, so one
// that is the same in two sweeps, seconds apart, is given up. Only an earlier process can have left any (the
// kernel's program is not killed half-way): two sweeps are enough.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "native/tables/core.h"

namespace xlb {

class AbandonedClaims {
 public:
  // Looks at a stretch of a table; `first` is the number of its first slot, over both tables. Returns how
  // many it freed.
  uint32_t look(uint64_t first, std::span<xlb_flow_bucket> buckets);

  // A whole sweep is over.
  void swept() { sweeps_++; }

 private:
  static constexpr uint32_t kSweeps = 2;
  static constexpr size_t kMostSeen = 4096;  // threads that can die are few

  uint32_t sweeps_ = 0;
  std::unordered_map<uint64_t, uint32_t> seen_;  // slot: its control in the first sweep
};

}  // namespace xlb
