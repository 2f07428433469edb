// The clocks of the addon. The packet path's coarse clock is the same one that bpf_ktime_get_coarse_ns()
// reads.
#pragma once

#include <cstdint>
#include <ctime>

namespace xlb {

inline constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

inline uint64_t clock_nanoseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);  // cannot fail for a clock that exists
  return static_cast<uint64_t>(now.tv_sec) * kNanosecondsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

// Nanoseconds since boot without suspend, to the last tick (1 to 10 ms): cheap, as the packet path sees it.
inline uint64_t coarse_nanoseconds() { return clock_nanoseconds(CLOCK_MONOTONIC_COARSE); }

// Nanoseconds since boot without suspend, exact.
inline uint64_t monotonic_nanoseconds() { return clock_nanoseconds(CLOCK_MONOTONIC); }

}  // namespace xlb
