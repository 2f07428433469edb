// Lines of the flow table that are marked `strayed` (bpf/shared/flow_slot.h) and need not be any more. While
// one is, a new flow costs its processor the whole bucket, not one line of it.
#pragma once

#include <span>

#include "native/tables/core.h"

namespace xlb {

// While the packet path works on them. REQUIRES: they are whole buckets of the flow table.
void forget_strays(const xlb_settings& settings, std::span<xlb_flow_bucket> buckets);

}  // namespace xlb
