#include "native/tables/timeouts.h"

#include <algorithm>

#include "native/tables/records.h"

namespace xlb {
namespace {

// By how much the clock of a flow in each state moves.
using Shift = std::array<int32_t, XLB_STATE_SLOTS>;

void shift_clocks(std::span<xlb_flow_bucket> buckets, const Shift& shift) {
  for (xlb_flow_bucket& bucket : buckets) {
    for (xlb_flow_slot& slot : bucket.slot) {
      const uint32_t control = READ_ONCE(slot.control);
      if ((control & XLB_FLOW_PHASE) != XLB_FLOW_LIVE || shift[flow_state(control)] == 0) continue;
      const uint32_t seen =
          READ_ONCE(slot.last_seen);  // a packet that comes in between has set it right by itself
      (void)compare_and_swap(&slot.last_seen, seen, seen + static_cast<uint32_t>(shift[flow_state(control)]));
    }
  }
}

}  // namespace

Timeouts timeouts_with(const xlb_tables& tables, const Settings& settings) {
  Timeouts timeouts;
  std::copy_n(tables.settings->timeout, timeouts.size(), timeouts.begin());
  const auto set = [&](uint32_t state, uint32_t seconds) {
    // What the clock can tell apart is 26 days; a day of them is for the sweeper to see that it is over.
    constexpr uint32_t kMost = INT32_MAX / XLB_CLOCK_SECOND - 86'400;
    if (seconds != 0) timeouts[state] = std::min(seconds, kMost) * XLB_CLOCK_SECOND;
  };
  set(XLB_STATE_ESTABLISHED, settings.tcp_seconds);
  set(XLB_STATE_FIN_WAIT, settings.tcp_fin_seconds);
  set(XLB_STATE_UDP, settings.udp_seconds);
  return timeouts;
}

// Longer ones come into force before the walk, shorter ones after it: no flow is expired by a timeout that
// its clock does not know of yet.
void change_timeouts(
    const xlb_tables& tables, const Timeouts& wanted,
    const std::function<void(const std::function<void(std::span<xlb_flow_bucket>)>&)>& walk) {
  Shift shift{};
  bool any = false;
  uint32_t* timeout = tables.settings->timeout;
  for (size_t state = 0; state < wanted.size(); state++) {
    shift[state] = static_cast<int32_t>(timeout[state] - wanted[state]);
    any |= shift[state] != 0;
    if (shift[state] < 0) store(&timeout[state], wanted[state]);
  }
  if (!any) return;
  walk([&](std::span<xlb_flow_bucket> buckets) { shift_clocks(buckets, shift); });
  for (size_t state = 0; state < wanted.size(); state++) store(&timeout[state], wanted[state]);
}

}  // namespace xlb
