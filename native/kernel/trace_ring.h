// Decisions of the program in the kernel: the reading end of the ring of bpf/maps.h.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "native/base/result.h"

struct ring_buffer;

namespace xlb {

class TraceRing {
 public:
  // `map` stays the caller's, and may be closed before this. What an earlier reader left is thrown away.
  static Result<std::unique_ptr<TraceRing>> open(int map);
  ~TraceRing();
  TraceRing(const TraceRing&) = delete;
  TraceRing& operator=(const TraceRing&) = delete;

  // Readable while there is something to take.
  [[nodiscard]] int fd() const;

  // Appends what there is, or a good part of it: records one behind another, each of traced_size().
  Status take(std::vector<uint8_t>* to);

 private:
  TraceRing() = default;
  static int on_record(void* self, void* data, size_t size);

  ring_buffer* ring_ = nullptr;
  std::vector<uint8_t>* to_ = nullptr;  // while take() runs
};

}  // namespace xlb
