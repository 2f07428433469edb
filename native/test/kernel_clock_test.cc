#include "native/kernel/kernel_clock.h"

#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr uint64_t kTick = 4'000'000;
constexpr uint64_t kOffset = 0 - uint64_t{300'000'000'000};  // jiffies begin at -300 s

uint64_t next(int64_t ahead_ns) {
  return next_clock_offset(kOffset, kOffset + static_cast<uint64_t>(ahead_ns), kTick) - kOffset;
}

void stays() {
  for (const int64_t ahead : {-4'000'000, -1, 0, 1, 4'000'000}) CHECK_EQUAL(next(ahead), 0U);
}

void goes_forward() {
  CHECK_EQUAL(next(4'000'001), 4'000'001U);
  CHECK_EQUAL(next(3'600'000'000'000),
              3'600'000'000'000U);  // a guest that was paused: the kernel's own has jumped
  CHECK_EQUAL(next_clock_offset(0 - kTick, 2 * kTick, kTick), 2 * kTick);  // over 0
}

void goes_back() {
  CHECK_EQUAL(next(-4'000'001), 0 - kTick);
  CHECK_EQUAL(next(-3'600'000'000'000), 0 - kTick);
  CHECK_EQUAL(next_clock_offset(kTick / 2, 0 - 2 * kTick, kTick), 0 - kTick / 2);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("a difference of a tick is one of the measurement", stays);
  it("a clock that is behind goes forward at once", goes_forward);
  it("a clock that is ahead goes back by a tick at a time", goes_back);
}
