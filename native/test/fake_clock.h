// CLOCK_MONOTONIC of a test program, ahead of the real one by as much as the test says: what has to rest for
// 35 s rests for an instant. The linker sends every clock_gettime() here (--wrap).
#pragma once

#include <cstdint>

namespace xlb::test {

void advance_clock(uint64_t nanoseconds);

}  // namespace xlb::test
