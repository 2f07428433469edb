#include "native/tables/sweeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "native/base/clock.h"
#include "native/tables/strays.h"

namespace xlb {

namespace {

// Numbers of slots, for AbandonedClaims: of templates, and of a stretch of flows by its index.
constexpr uint64_t kTemplateSlots = uint64_t{1} << 63;

// Where none does, what they remember is not looked at: the table would become resident.
bool remember_localities(const xlb_tables& tables) {
  for (uint32_t id = 0; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
    const uint32_t scheduler = READ_ONCE(tables.virtual_servers[id].scheduler);
    if (scheduler == XLB_LOCALITY_LEAST_CONNECTION || scheduler == XLB_LOCALITY_LEAST_CONNECTION_REPLICATION)
      return true;
  }
  return false;
}

// With expire_nodest_conn nothing outlives its real server (ip_vs_expire_nodest_conn_flush).
bool has_nowhere_to_go(const xlb_tables& tables, const xlb_flow_slot& slot) {
  if ((READ_ONCE(tables.settings->options) & XLB_OPTION_EXPIRE_NODEST_CONN) == 0) return false;
  const uint32_t id = READ_ONCE(slot.destination) & (XLB_MAX_DESTINATIONS - 1);
  return (READ_ONCE(tables.destinations[id].flags) & XLB_DESTINATION_GONE) != 0;
}

// Ends the slot where its time is over. A template that still controls flows goes on.
bool end_expired(const packet& context, xlb_flow_slot* slot, uint32_t control) {
  const uint32_t state = flow_state(control);
  const bool nowhere = has_nowhere_to_go(*context.tables, *slot);
  if (XLB_IS_TEMPLATE(state)) {
    if (nowhere && READ_ONCE(slot->ports) >> 16 == 0) return flow_end(&context, slot, control) != 0;
    if (!template_expired(context.now, slot) || template_prolong(slot)) return false;
  } else if (!nowhere &&
             !flow_expired(context.tables->settings, context.now, state, READ_ONCE(slot->last_seen))) {
    return false;
  }
  return flow_end(&context, slot, control) != 0;
}

}  // namespace

void sweep_buckets(const xlb_tables& tables, std::span<xlb_flow_bucket> buckets, uint32_t now,
                   SweepTotals* totals) {
  packet context{};  // what the core's functions need to know: the tables and the time
  context.tables = &tables;
  context.now = now;
  for (xlb_flow_bucket& bucket : buckets) {
    for (xlb_flow_slot& slot : bucket.slot) {
      const uint32_t control = READ_ONCE(slot.control);
      if ((control & XLB_FLOW_PHASE) != XLB_FLOW_LIVE) continue;
      if (end_expired(context, &slot, control)) {
        totals->expired++;
        continue;
      }
      const bool is_template = XLB_IS_TEMPLATE(flow_state(control));
      (is_template ? totals->templates : totals->used)++;
      totals->references.destinations[READ_ONCE(slot.destination) & (XLB_MAX_DESTINATIONS - 1)]++;
      if (!is_template)
        totals->references.addresses[READ_ONCE(slot.virtual_address) & (XLB_MAX_VIRTUAL_SERVERS - 1)]++;
    }
  }
}

void end_empty_overloads(const xlb_tables& tables) {
  for (uint32_t id = 1; id < XLB_MAX_DESTINATIONS; id++) {
    xlb_destination& destination = tables.destinations[id];
    if (READ_ONCE(destination.overloaded) != 0 && READ_ONCE(destination.flows) == 0)
      WRITE_ONCE(destination.overloaded, 0U);  // one that comes just now is judged with the next
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

// False when it is time to stop.
bool Sweeper::sweep_templates(uint32_t pause, SweepTotals* totals) {
  const uint64_t buckets = uint64_t{tables_.template_bucket_mask} + 1;
  for (uint64_t first = 0; first < buckets; first += kStretchBuckets) {
    const auto now = static_cast<uint32_t>(coarse_nanoseconds() >> XLB_CLOCK_SHIFT);
    const size_t count = std::min<uint64_t>(kStretchBuckets, buckets - first);
    const std::span<xlb_flow_bucket> buckets(tables_.templates + first, count);
    sweep_buckets(tables_, buckets, now, totals);
    abandoned_.look(kTemplateSlots + first * XLB_BUCKET_SLOTS, buckets);
    if (rest(pause)) return false;
  }
  return true;
}

void Sweeper::run() {
  const uint32_t template_stretches = tables_.template_bucket_mask / kStretchBuckets + 1;
  const uint32_t pause = std::max(1U, kSweepMilliseconds / (count_ + template_stretches));
  for (;;) {
    SweepTotals totals;
    const uint64_t began = monotonic_nanoseconds();
    bool whole = true;
    for (uint32_t index = 0; index < count_; index++) {
      whole &= stretches_(index, [&](std::span<xlb_flow_bucket> buckets) {
        const auto now = static_cast<uint32_t>(coarse_nanoseconds() >> XLB_CLOCK_SHIFT);
        sweep_buckets(tables_, buckets, now, &totals);
        forget_strays(*tables_.settings, buckets);
        abandoned_.look(uint64_t{index} << 32, buckets);
      });
      if (rest(pause)) return;
    }
    if (!sweep_templates(pause, &totals)) return;
    end_empty_overloads(tables_);
    abandoned_.swept();
    if (!abandoned_localities_.over() && remember_localities(tables_)) {
      abandoned_localities_.look(0, std::span(tables_.localities, XLB_LOCALITY_SETS));
      abandoned_localities_.swept();
    }
    if (whole) finished_(std::move(totals), began);
  }
}

}  // namespace xlb
