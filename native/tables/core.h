// The packet core, as C++ sees it. It is C with GNU extensions; its warnings are clang's business
// (bpf.cmake).
#pragma once

#include <cstdint>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "bpf/core/entry.h"
#pragma GCC diagnostic pop

namespace xlb {

// The time of tables whose clock stands until it is set (tests).
inline uint32_t standing_clock(const xlb_tables& tables) {
  return static_cast<uint32_t>(__atomic_load_n(&tables.settings->clock_offset_ns, __ATOMIC_RELAXED) >>
                               XLB_CLOCK_SHIFT);
}

inline void set_standing_clock(const xlb_tables& tables, uint32_t now) {
  __atomic_store_n(&tables.settings->clock_offset_ns, static_cast<__u64>(now) << XLB_CLOCK_SHIFT,
                   __ATOMIC_RELAXED);
}

}  // namespace xlb
