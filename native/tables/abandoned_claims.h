// Slots that a thread had claimed when its process was killed: nobody publishes them any more, and neither
// eviction nor the sweeper touches a slot that somebody writes. A claim is a matter of nanoseconds, so one
// that is the same in two sweeps, seconds apart, is given up. Only an earlier process can have left any (the
// kernel's program is not killed half-way): two sweeps are enough.
//
// What lblc and lblcr remember is claimed in the same way: a record that is left so would be neither found
// nor replaced, until a whole set of them is lost. It is forgotten, and learned anew. Records of fragments
// need none of this: only the kernel's program writes them, since no first fragment is handed to a thread
// (bpf/core/steer.h).
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
  uint32_t look(uint64_t first, std::span<xlb_locality_set> sets);

  // There is nothing to look at any more: no process can have left any since, or none was seen.
  [[nodiscard]] bool over() const { return sweeps_ >= kSweeps || (sweeps_ > 0 && seen_.empty()); }

  // A whole sweep is over.
  void swept() { sweeps_++; }

 private:
  // Of a control word.
  struct Bits {
    uint32_t kept;             // when the claim is given up
    uint32_t not_its_own = 0;  // the bucket's or the line's: they change while it stands, and are kept
  };

  // True where it freed the slot of this number.
  bool look_at(uint64_t number, __u32* control, Bits bits);

  static constexpr uint32_t kSweeps = 2;
  static constexpr size_t kMostSeen = 4096;  // threads that can die are few

  uint32_t sweeps_ = 0;
  std::unordered_map<uint64_t, uint32_t> seen_;  // slot: its control in the first sweep
};

}  // namespace xlb
