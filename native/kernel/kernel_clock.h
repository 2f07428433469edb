// How jiffies, which are the clock of the program in the kernel (bpf/core/platform_kernel.h), become
// CLOCK_MONOTONIC_COARSE, which is everybody else's: times a tick, and an offset.
//
// Where the kernel makes jiffies of its monotonic clock (high resolution timers, or a tick that can be off)
// the offset never changes, over suspend neither: both stand still. With `highres=off nohz=off` a jiffy is an
// interrupt, NTP moves the monotonic clock alone, and a guest that was paused has missed interrupts: so it is
// measured again and again.
//
// Thread rule: read() by any, at the same time as well.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "native/base/result.h"
#include "native/base/unique_fd.h"

namespace xlb {

// What the program's offset is to be where it is `stored` and has been measured again. A measurement is good
// to a tick. The program's clock goes forward at once, but back by a tick at most: it stands still then, and
// from one call to the next it has gone on by more than that.
constexpr uint64_t next_clock_offset(uint64_t stored, uint64_t measured, uint64_t tick_ns) {
  const auto ahead = std::bit_cast<int64_t>(measured - stored);  // both wrap
  const auto tick = static_cast<int64_t>(tick_ns);
  if (ahead > tick) return measured;
  return ahead < -tick ? stored - tick_ns : stored;
}

class KernelClock {
 public:
  struct Reading {
    uint64_t tick_ns;
    uint64_t offset_ns;  // wraps
  };

  KernelClock() = default;

  // Of the program xlb_read_jiffies.
  explicit KernelClock(UniqueFd program) : program_(std::move(program)) {}

  // Some microseconds.
  [[nodiscard]] Result<Reading> read() const;

 private:
  UniqueFd program_;
};

}  // namespace xlb
