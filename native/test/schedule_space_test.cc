#include "native/tables/schedule_space.h"

#include <random>
#include <vector>

#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr uint64_t kLater = ScheduleSpace::kRestNs;

bool is(const std::optional<xlb_schedule>& schedule, uint32_t first, uint32_t count) {
  return schedule.has_value() && schedule->first == first && schedule->count == count;
}

// Stretches begin at multiples of eight and take up whole eights.
void hands_out_the_lowest() {
  ScheduleSpace space(96);
  CHECK(is(space.allocate(10, 0), 0, 10));
  CHECK(is(space.allocate(0, 0), 0, 0));
  CHECK(is(space.allocate(80, 0), 16, 80));
  CHECK(!space.allocate(1, 0).has_value());
}

void lets_rest() {
  ScheduleSpace space(16);
  const auto all = space.allocate(10, 0);
  CHECK(all.has_value());
  space.release(*all, 5);
  CHECK(!space.allocate(1, 5 + kLater - 1).has_value());
  CHECK(is(space.allocate(16, 5 + kLater), 0, 16));
}

void joins_what_is_free() {
  ScheduleSpace space(48);
  const auto a = space.allocate(10, 0), b = space.allocate(10, 0), c = space.allocate(10, 0);
  CHECK(a.has_value() && b.has_value() && c.has_value());
  space.release(*a, 0);
  space.release(*c, 0);
  space.release(*b, 0);
  CHECK(is(space.allocate(48, kLater), 0, 48));
}

void reserves() {
  ScheduleSpace space(32);
  space.reserve({16, 5});
  space.reserve({0, 0});
  CHECK(is(space.allocate(15, 0), 0, 15));
  CHECK(is(space.allocate(8, 0), 24, 8));
  CHECK(!space.allocate(1, 0).has_value());
  space.release({16, 5}, 0);
  CHECK(is(space.allocate(5, kLater), 16, 5));
}

// No entry belongs to two, and nothing is lost: after any history everything can be had in one piece.
void keeps_account() {
  constexpr uint32_t kEntries = 512;
  ScheduleSpace space(kEntries);
  std::mt19937 random(1);
  std::vector<bool> used(kEntries);
  std::vector<xlb_schedule> held;
  uint64_t now = 0;
  for (int i = 0; i < 20'000; i++, now += kLater / 4) {
    if (random() % 2 == 0 && !held.empty()) {
      const size_t which = random() % held.size();
      for (uint32_t j = 0; j < held[which].count; j++) used[held[which].first + j] = false;
      space.release(held[which], now);
      held.erase(held.begin() + static_cast<long>(which));
      continue;
    }
    const auto schedule = space.allocate(1 + random() % 64, now);
    if (!schedule.has_value()) continue;
    for (uint32_t j = 0; j < schedule->count; j++) {
      CHECK(!used[schedule->first + j]);
      used[schedule->first + j] = true;
    }
    held.push_back(*schedule);
  }
  for (const xlb_schedule& schedule : held) space.release(schedule, now);
  CHECK(is(space.allocate(kEntries, now + kLater), 0, kEntries));
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("hands out the lowest stretch that fits, and nothing where none does", hands_out_the_lowest);
  it("lets a stretch rest before it is used again", lets_rest);
  it("joins free neighbours", joins_what_is_free);
  it("marks what an earlier process uses", reserves);
  it("gives no entry to two and loses none", keeps_account);
}
