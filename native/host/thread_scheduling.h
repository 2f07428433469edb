// How the kernel schedules the calling thread: real-time, nice value, processors; and locked memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "native/base/status.h"

namespace xlb::host {

struct ThreadScheduling {
  std::optional<int> real_time_priority;       // SCHED_RR, 1 to 99
  std::optional<uint64_t> real_time_limit_us;  // RLIMIT_RTTIME, of the process
  std::optional<int> nice;                     // -20 to 19
  std::optional<std::vector<uint32_t>> processors;
  bool lock_memory = false;  // of the process: pages of programs and libraries that were touched stay
};

// Sets all of it; what is absent is put back to what it was before this thread's first call. After a failure
// what comes before the failing setting, in the order above, is in force.
Status set_thread_scheduling(const ThreadScheduling& scheduling);

}  // namespace xlb::host
