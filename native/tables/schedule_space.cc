#include "native/tables/schedule_space.h"

#include <cassert>
#include <iterator>

namespace xlb {
namespace {

// What a stretch of so many entries takes up.
uint32_t whole(uint32_t count) {
  return (count + XLB_WALK_STRETCH - 1) / XLB_WALK_STRETCH * XLB_WALK_STRETCH;
}

}  // namespace

ScheduleSpace::ScheduleSpace(uint32_t entries) { free_.emplace(0, entries); }

void ScheduleSpace::reserve(const xlb_schedule& schedule) {
  if (schedule.count == 0) return;
  auto at = free_.upper_bound(schedule.first);
  assert(at != free_.begin());
  --at;
  const auto [first, count] = *at;
  assert(schedule.first + whole(schedule.count) <= first + count);
  free_.erase(at);
  if (schedule.first > first) free_.emplace(first, schedule.first - first);
  const uint32_t end = schedule.first + whole(schedule.count);
  if (end < first + count) free_.emplace(end, first + count - end);
}

std::optional<xlb_schedule> ScheduleSpace::allocate(uint32_t count, uint64_t now_ns) {
  if (count == 0) return xlb_schedule{0, 0};
  collect(now_ns);
  for (const auto& [first, available] : free_) {
    if (available < whole(count)) continue;
    const xlb_schedule schedule{first, count};
    reserve(schedule);
    return schedule;
  }
  return std::nullopt;
}

void ScheduleSpace::release(const xlb_schedule& schedule, uint64_t now_ns) {
  if (schedule.count > 0) resting_.push_back({schedule, now_ns});
}

void ScheduleSpace::collect(uint64_t now_ns) {
  while (!resting_.empty() && now_ns - resting_.front().since_ns >= kRestNs) {
    free(resting_.front().schedule.first, whole(resting_.front().schedule.count));
    resting_.pop_front();
  }
}

void ScheduleSpace::free(uint32_t first, uint32_t count) {
  auto after = free_.lower_bound(first);
  if (after != free_.end() && first + count == after->first) {
    count += after->second;
    after = free_.erase(after);
  }
  if (after != free_.begin()) {
    auto before = std::prev(after);
    if (before->first + before->second == first) {
      before->second += count;
      return;
    }
  }
  free_.emplace(first, count);
}

}  // namespace xlb
