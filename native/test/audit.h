// What must be true of tables on which nobody is working at the moment. Ends the program where it is not.
#pragma once

#include <cstdint>

#include "native/tables/core.h"

namespace xlb::test {

// No slot is BUSY; every live flow's destination is in use, by the flow's virtual server; every destination's
// active, inactive and template counters equal a recount. Looks at destination ids below `destinations`; no
// flow has a higher one. Returns how many flows are live.
uint32_t audit(const xlb_tables& tables, uint32_t destinations = XLB_MAX_DESTINATIONS);

// How many flows templates say they control beyond those that there are, by destination. 0 where one packet
// was handled after the other. Fewer than there are is no fault: a template that was evicted is made anew by
// the next flow; such a one expires at its time although a flow of it remains. More is a template that waits
// for ever: a packet that had found it just when it was evicted counts its flow to the slot's next user.
uint32_t held_for_nothing(const xlb_tables& tables);

// How many live flows there are besides the first of their key.
uint32_t duplicates(const xlb_tables& tables);

}  // namespace xlb::test
