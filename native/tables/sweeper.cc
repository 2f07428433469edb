#include "native/tables/sweeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "native/base/clock.h"

namespace xlb {

void sweep_buckets(const xlb_tables& tables, std::span<xlb_flow_bucket> buckets, uint32_t now,
                   SweepTotals* totals) {
  packet context{};  // what the core's functions need to know: the tables and the time
  context.tables = &tables;
  context.now = now;
  for (xlb_flow_bucket& bucket : buckets) {
    for (xlb_flow_slot& slot : bucket.slot) {
      const uint32_t control = READ_ONCE(slot.control);
      if ((control & XLB_FLOW_PHASE) != XLB_FLOW_LIVE) continue;
      if (flow_expired(tables.settings, now, flow_state(control), READ_ONCE(slot.last_seen)) &&
          flow_end(&context, &slot, control)) {
        totals->expired++;
        continue;
      }
      totals->used++;
      totals->references[READ_ONCE(slot.destination) & (XLB_MAX_DESTINATIONS - 1)]++;
    }
  }
}

Sweeper::Sweeper(const xlb_tables& tables, uint32_t count, Stretches stretches, Finished finished)
    : tables_(tables), count_(count), stretches_(std::move(stretches)), finished_(std::move(finished)) {}

Status Sweeper::start() {
  if (thread_.running()) return {};
  stopping_ = false;
  return thread_.start("xlb-sweeper", [this] { run(); });
}

void Sweeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// True when it is time to stop.
bool Sweeper::rest(uint32_t milliseconds) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping_; });
}

void Sweeper::run() {
  const uint32_t pause = std::max(1U, kSweepMilliseconds / count_);
  for (;;) {
    SweepTotals totals;
    totals.references.resize(XLB_MAX_DESTINATIONS);
    const uint64_t began = monotonic_nanoseconds();
    bool whole = true;
    for (uint32_t index = 0; index < count_; index++) {
      whole &= stretches_(index, [&](std::span<xlb_flow_bucket> buckets) {
        const auto now = static_cast<uint32_t>(coarse_nanoseconds() >> XLB_CLOCK_SHIFT);
        sweep_buckets(tables_, buckets, now, &totals);
      });
      if (rest(pause)) return;
    }
    if (whole) finished_(std::move(totals), began);
  }
}

}  // namespace xlb
