#include "native/test/fake_clock.h"

#include <atomic>
#include <ctime>

namespace {

std::atomic<uint64_t> ahead{0};

}  // namespace

extern "C" int __real_clock_gettime(clockid_t clock, timespec* now);

extern "C" int __wrap_clock_gettime(clockid_t clock, timespec* now) {
  const int result = __real_clock_gettime(clock, now);
  if (clock != CLOCK_MONOTONIC || result != 0) return result;
  const uint64_t nanoseconds = static_cast<uint64_t>(now->tv_nsec) + ahead;
  now->tv_sec += static_cast<time_t>(nanoseconds / 1'000'000'000);
  now->tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return result;
}

namespace xlb::test {

void advance_clock(uint64_t nanoseconds) { ahead += nanoseconds; }

}  // namespace xlb::test
