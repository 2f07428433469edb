#include "native/datapath/trace_reader.h"

#include <sys/epoll.h>

#include <cerrno>
#include <utility>

#include "native/base/clock.h"

namespace xlb {
namespace {

uint32_t now() { return static_cast<uint32_t>(coarse_nanoseconds() >> XLB_CLOCK_SHIFT); }

}  // namespace

Result<std::unique_ptr<TraceReader>> TraceReader::open(const xlb_tables& tables, int ring_map,
                                                       TraceQueue* queue) {
  std::unique_ptr<TraceReader> made(new TraceReader(tables, queue));
  Result<std::unique_ptr<TraceRing>> ring = TraceRing::open(ring_map);
  if (!ring.ok()) return ring.status();
  made->ring_ = std::move(*ring);
  if (Status status = queue->open(); !status.ok()) return status;
  made->watched_.reset(::epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {made->ring_->fd(), queue->fd()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (!made->watched_.valid() || ::epoll_ctl(made->watched_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return Status::system("wait for decisions", errno);
  }
  made->before_ = trace_counts(tables);
  return made;
}

TraceReader::~TraceReader() {
  end_trace(tables_);
  queue_->close();
}

void TraceReader::begin(const TraceSettings& settings) { begin_trace(tables_, settings, now()); }

TraceCounts TraceReader::renew() {
  renew_trace(tables_, now());
  const TraceCounts counts = trace_counts(tables_);
  return {.limited = counts.limited - before_.limited, .lost = counts.lost - before_.lost};
}

Result<std::vector<uint8_t>> TraceReader::take() {
  std::vector<uint8_t> records;
  queue_->take(&records);
  if (Status status = ring_->take(&records); !status.ok()) return status;
  return records;
}

}  // namespace xlb
