// The sweeper: walks the flow table and then the templates, a stretch at a time, ends what has been idle for
// its time, and counts who refers to which destination. Nothing in the packet path depends on it being alive:
// an expired flow is not used there, whether swept or not.
//
// Thread rule: a Sweeper owns one thread between start() and stop(). It wakes some 30 times a second and
// touches one stretch (1 MiB of table) each time; it takes no lock but for the moment when a whole sweep is
// handed over; who lends it a stretch may hold one meanwhile.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/status.h"
#include "native/base/thread.h"
#include "native/tables/abandoned_claims.h"
#include "native/tables/core.h"
#include "native/tables/tables.h"

namespace xlb {

struct SweepTotals {
  uint64_t used = 0;
  uint64_t templates = 0;
  uint64_t expired = 0;
  References references;
};

// Sweeps these buckets. `now` is the packet path's clock. Adds to `totals`.
void sweep_buckets(const xlb_tables& tables, std::span<xlb_flow_bucket> buckets, uint32_t now,
                   SweepTotals* totals);

// Ends the overload of every destination that has no flow (ip_vs_unbind_dest leaves none). The flow that
// reached the upper threshold may have been ended by another processor before the overload was noted
// (count_begin); nobody comes to such a destination, and so nobody would end it. To be called when all
// buckets were swept.
void end_empty_overloads(const xlb_tables& tables);

class Sweeper {
 public:
  // Calls `sweep` with the stretch of this number; false where it cannot be had now.
  using Sweep = std::function<void(std::span<xlb_flow_bucket>)>;
  using Stretches = std::function<bool(uint32_t index, const Sweep& sweep)>;
  // Takes the totals of a whole sweep and when it began (CLOCK_MONOTONIC).
  using Finished = std::function<void(SweepTotals totals, uint64_t began_ns)>;

  // `count` stretches together are the flow table.
  Sweeper(const xlb_tables& tables, uint32_t count, Stretches stretches, Finished finished);
  ~Sweeper() { stop(); }

  Status start();
  void stop();

  static constexpr uint32_t kSweepMilliseconds = 2000;  // a whole sweep, about
  static constexpr uint32_t kStretchBuckets = 4096;     // of the templates: 1 MiB

 private:
  void run();
  bool rest(uint32_t milliseconds);
  bool sweep_templates(uint32_t pause, SweepTotals* totals);

  const xlb_tables tables_;
  const uint32_t count_;
  const Stretches stretches_;
  const Finished finished_;
  AbandonedClaims abandoned_;
  AbandonedClaims abandoned_localities_;  // looked at from when there is a virtual server that has some
  Thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace xlb
