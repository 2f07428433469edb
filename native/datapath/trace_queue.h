// Decisions of user space on their way to whoever watches: what the ring of bpf/maps.h is for those of the
// kernel, and never open but while somebody watches. A few threads write it, seldom, so there is a lock.
//
// Thread rule: reserve() and submit() any thread; all else the owner's. What is made by one reserve() is
// nobody else's until submit(), which must follow at once: the lock is held meanwhile.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "native/base/status.h"
#include "native/base/unique_fd.h"
#include "native/tables/core.h"

namespace xlb {

class TraceQueue : private xlb_trace_sink {
 public:
  TraceQueue();
  TraceQueue(const TraceQueue&) = delete;
  TraceQueue& operator=(const TraceQueue&) = delete;

  Status open();
  void close();  // frees its memory

  // Readable while there is something to take.
  [[nodiscard]] int fd() const { return ready_.get(); }

  // Appends what there is: records one behind another, each of traced_size().
  void take(std::vector<uint8_t>* to);

  // For xlb_tables; lives as long as this.
  [[nodiscard]] xlb_trace_sink* sink() { return this; }

 private:
  static void* reserve_in(xlb_trace_sink* sink, uint32_t size);
  static void submit_to(xlb_trace_sink* sink, void* record);
  static __u64 now();

  std::vector<uint8_t> taken_;  // changes places with bytes_; the owner's, but for that
  std::mutex mutex_;            // guards all below
  std::vector<uint8_t> bytes_;  // of XLB_TRACE_RING_BYTES while it is open
  size_t used_ = 0;
  UniqueFd ready_;  // eventfd
};

}  // namespace xlb
