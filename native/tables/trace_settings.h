// What is traced (bpf/shared/trace.h): the control side's half. The packet path tells of packets while the
// lease lasts; whoever watches renews it, and where nobody does any more, because the process is dead, the
// packet path ends it by itself.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "native/base/address.h"
#include "native/tables/core.h"

namespace xlb {

// Longer than the one second between two renewals, with time to spare on a busy host.
inline constexpr uint32_t kTraceLeaseSeconds = 5;

struct TraceNet {
  IpAddress prefix;
  uint8_t length = 0;
  bool negated = false;
};

struct TraceNumber {
  uint16_t value = 0;
  bool negated = false;
};

// Everything that is given must fit.
struct TraceTerm {
  std::optional<TraceNet> client;
  std::optional<TraceNet> virtual_address;
  std::optional<TraceNet> host;  // one of the two
  std::optional<TraceNumber> client_port;
  std::optional<TraceNumber> virtual_port;
  std::optional<TraceNumber> port;  // one of the two
  std::optional<TraceNumber> protocol;
  uint8_t version = 0;  // 4 or 6
  uint32_t fwmark = 0;
  uint32_t verdicts = UINT32_MAX;  // a bit each
  uint8_t fresh = 0;               // 1: packets that flows were to be made for, 2: all others
};

struct TraceSettings {
  std::vector<TraceTerm> terms;  // XLB_TRACE_TERMS at most; a packet fits where it fits one of them
  uint32_t snap = 0;             // bytes of a frame
  uint32_t per_second = 0;       // records; 0: no limit
};

// Decisions that fitted and were not told, since the tables were made.
struct TraceCounts {
  uint64_t limited = 0;  // more than `per_second`
  uint64_t lost = 0;     // there was no room
};

// From now on, for a lease. REQUIRES: no more than XLB_TRACE_TERMS. `now`: the packet path's clock.
void begin_trace(const xlb_tables& tables, const TraceSettings& settings, uint32_t now);

void renew_trace(const xlb_tables& tables, uint32_t now);

// May be called where nothing is traced.
void end_trace(const xlb_tables& tables);

TraceCounts trace_counts(const xlb_tables& tables);

// Bytes that a record takes where records follow one another: a multiple of 8.
inline size_t traced_size(const xlb_traced& traced) { return sizeof traced + ((traced.captured + 7U) & ~7U); }

}  // namespace xlb
