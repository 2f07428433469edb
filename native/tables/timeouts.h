// ipvsadm --set. As in IPVS a flow keeps the time it has until its next packet, so those in the table get
// their clock set forward or back by what their state's timeout changes.
//
// Thread rule: one that changes timeouts at a time, and no sweep of flows meanwhile; packets may be under
// way.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "native/tables/tables.h"

namespace xlb {

using Timeouts = std::array<uint32_t, XLB_STATE_SLOTS>;  // by state, clock units

// The timeouts after `settings`.
Timeouts timeouts_with(const xlb_tables& tables, const Settings& settings);

// Changes the timeouts in force. `walk` shows every stretch of the flow table to what it is given.
void change_timeouts(const xlb_tables& tables, const Timeouts& wanted,
                     const std::function<void(const std::function<void(std::span<xlb_flow_bucket>)>&)>& walk);

}  // namespace xlb
