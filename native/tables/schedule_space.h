// Hands out stretches of the schedule table. A stretch that is given back rests for a while before it is used
// again: a reader in the packet path may have picked up the old start and length just before they changed.
//
// Thread rule: one thread. Allocates on the control side only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "bpf/shared/tables.h"

namespace xlb {

class ScheduleSpace {
 public:
  explicit ScheduleSpace(uint32_t entries);

  // Marks a stretch that the tables already use (adoption). REQUIRES: it is free.
  void reserve(const xlb_schedule& schedule);

  // A free stretch, from a multiple of XLB_WALK_STRETCH on and its last such part its own; nothing where none
  // is large enough. An empty one costs nothing.
  std::optional<xlb_schedule> allocate(uint32_t count, uint64_t now_ns);

  // Gives a stretch back; it may be handed out again after kRestNs.
  void release(const xlb_schedule& schedule, uint64_t now_ns);

  static constexpr uint64_t kRestNs = 1'000'000'000;

 private:
  struct Resting {
    xlb_schedule schedule;
    uint64_t since_ns;
  };

  void collect(uint64_t now_ns);
  void free(uint32_t first, uint32_t count);

  std::map<uint32_t, uint32_t> free_;  // first -> count, never adjacent
  std::deque<Resting> resting_;
};

}  // namespace xlb
