#include "native/datapath/trace_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "native/base/clock.h"
#include "native/tables/trace_settings.h"

namespace xlb {

TraceQueue::TraceQueue() : xlb_trace_sink{.reserve = reserve_in, .submit = submit_to, .time = now} {}

Status TraceQueue::open() {
  const std::scoped_lock lock(mutex_);
  if (ready_.valid()) return {};
  ready_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!ready_.valid()) return Status::system("make a queue of decisions", errno);
  bytes_.resize(XLB_TRACE_RING_BYTES);
  taken_.resize(XLB_TRACE_RING_BYTES);
  return {};
}

void TraceQueue::close() {
  const std::scoped_lock lock(mutex_);
  ready_.reset();
  bytes_ = {};
  taken_ = {};
  used_ = 0;
}

void TraceQueue::take(std::vector<uint8_t>* to) {
  size_t used = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (used_ == 0) return;
    uint64_t count = 0;
    static_cast<void>(!::read(ready_.get(), &count, sizeof count));
    bytes_.swap(taken_);
    used = std::exchange(used_, 0);
  }
  // Where it is copied to may have to be made first: the threads that forward do not wait for that.
  to->insert(to->end(), taken_.begin(), taken_.begin() + static_cast<ptrdiff_t>(used));
}

void* TraceQueue::reserve_in(xlb_trace_sink* sink, uint32_t size) {
  auto* queue = static_cast<TraceQueue*>(sink);
  queue->mutex_.lock();
  if (queue->used_ + size <= queue->bytes_.size()) return queue->bytes_.data() + queue->used_;
  queue->mutex_.unlock();
  return nullptr;
}

void TraceQueue::submit_to(xlb_trace_sink* sink, void* record) {
  auto* queue = static_cast<TraceQueue*>(sink);
  const bool first = queue->used_ == 0;
  queue->used_ += traced_size(*static_cast<const xlb_traced*>(record));
  const uint64_t one = 1;
  if (first) static_cast<void>(!::write(queue->ready_.get(), &one, sizeof one));
  queue->mutex_.unlock();
}

__u64 TraceQueue::now() { return monotonic_nanoseconds(); }

}  // namespace xlb
