#include "native/kernel/trace_ring.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>

#include "native/kernel/libbpf_log.h"
#include "native/tables/trace_settings.h"

namespace xlb {
namespace {

// At a time: whoever reads has other things to do, and the ring may be filled as fast as it is read.
constexpr size_t kMostBytes = 256 * 1024;

}  // namespace

Result<std::unique_ptr<TraceRing>> TraceRing::open(int map) {
  std::unique_ptr<TraceRing> made(new TraceRing());
  const LibbpfLog log;
  made->ring_ = ring_buffer__new(map, on_record, made.get(), nullptr);
  if (made->ring_ == nullptr) return Status::system("read the ring of decisions", errno);
  static_cast<void>(ring_buffer__consume(made->ring_));
  return made;
}

TraceRing::~TraceRing() { ring_buffer__free(ring_); }

int TraceRing::fd() const { return ring_buffer__epoll_fd(ring_); }

Status TraceRing::take(std::vector<uint8_t>* to) {
  to_ = to;
  const int taken = ring_buffer__consume(ring_);
  to_ = nullptr;
  if (taken < 0 && taken != -EAGAIN) return Status::system("read the ring of decisions", -taken);
  return {};
}

int TraceRing::on_record(void* self, void* data, size_t size) {
  auto* to = static_cast<TraceRing*>(self)->to_;
  const auto& traced = *static_cast<const xlb_traced*>(data);
  if (to == nullptr || size < sizeof traced || traced.captured > size - sizeof traced) return 0;
  const auto* bytes = static_cast<const uint8_t*>(data);
  to->insert(to->end(), bytes, bytes + std::min(traced_size(traced), size));
  return to->size() < kMostBytes ? 0 : -EAGAIN;
}

}  // namespace xlb
