// A packet decided by one of the fast ways, and once more by the rest of the core: both must do the same to
// frame and tables.
#pragma once

#include <span>

#include "native/base/result.h"
#include "native/datapath/engine.h"

namespace xlb::test {

enum class Way {
  kFast,     // fast_path()
  kOpened,   // fast_open()
  kCareful,  // neither
};

struct BothWays {
  Result<Outcome> outcome;
  Way way;
};

// REQUIRES: an engine of make_core_engine(), no trace, destination ids below `destinations`.
BothWays run_both_ways(Engine* engine, std::span<const uint8_t> frame, uint32_t ingress,
                       uint32_t destinations);

}  // namespace xlb::test
