// The Engine that runs frames through the XDP program itself: BPF_PROG_TEST_RUN over maps of its own, not
// pinned.
#pragma once

#include <memory>

#include "native/base/result.h"
#include "native/datapath/engine.h"

namespace xlb {

// Fails as loading a program does (not root, kernel too old).
Result<std::unique_ptr<Engine>> make_kernel_engine(uint32_t flow_slots, uint32_t template_slots);

}  // namespace xlb
