// What must be true of tables on which nobody is working at the moment. Ends the program where it is not.
#pragma once

#include <cstdint>

#include "native/tables/core.h"

namespace xlb::test {

// No slot is BUSY; every live flow's destination is in use, by the flow's virtual server; every destination's
// active and inactive counters equal a recount. Looks at destination ids below `destinations`; no flow has a
// higher one. Returns how many flows are live.
uint32_t audit(const xlb_tables& tables, uint32_t destinations = XLB_MAX_DESTINATIONS);

// How many live flows there are besides the first of their key.
uint32_t duplicates(const xlb_tables& tables);

}  // namespace xlb::test
