// A packet decided by the fast path, and once more by the rest of the core: both must do the same to frame
// and tables; and where the fast path gives up, it must have done nothing.
#pragma once

#include <span>

#include "native/base/result.h"
#include "native/datapath/engine.h"

namespace xlb::test {

struct BothWays {
  Result<Outcome> outcome;
  bool fast;  // it was a packet for the fast path
};

// REQUIRES: an engine of make_core_engine(), no trace, destination ids below `destinations`.
BothWays run_both_ways(Engine* engine, std::span<const uint8_t> frame, uint32_t ingress,
                       uint32_t destinations);

}  // namespace xlb::test
