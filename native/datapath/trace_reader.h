// Decisions of an instance's packet path, of the kernel's half and of the AF_XDP threads, as one stream.
// While it lives the packet path tells of what fits; its end frees all there is of it.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "native/base/result.h"
#include "native/base/unique_fd.h"
#include "native/datapath/trace_queue.h"
#include "native/kernel/trace_ring.h"
#include "native/tables/trace_settings.h"

namespace xlb {

class TraceReader {
 public:
  // Tables and queue outlive it. `ring_map`: the program's trace_ring.
  static Result<std::unique_ptr<TraceReader>> open(const xlb_tables& tables, int ring_map, TraceQueue* queue);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  // Begins, or goes on with other settings.
  void begin(const TraceSettings& settings);

  // To be called more often than each kTraceLeaseSeconds. What could not be told since it was opened.
  TraceCounts renew();

  // Readable while there is something to take.
  [[nodiscard]] int fd() const { return watched_.get(); }

  // What there is, or a good part of it: records one behind another, each of traced_size().
  Result<std::vector<uint8_t>> take();

 private:
  TraceReader(const xlb_tables& tables, TraceQueue* queue) : tables_(tables), queue_(queue) {}

  const xlb_tables& tables_;
  TraceQueue* queue_;
  std::unique_ptr<TraceRing> ring_;
  UniqueFd watched_;  // epoll
  TraceCounts before_;
};

}  // namespace xlb
