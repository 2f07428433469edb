// The tables of one instance, mapped into this process.
//
// The flow table is not among them. The kernel maps a BPF array whole and at once (remap_vmalloc_range), so
// that all of it counts as resident: 64 MiB with the default size. Whoever walks it maps a stretch at a time;
// mapping and unmapping all 64 MiB in stretches of 1 MiB costs 4.5 ms. The templates (8 MiB) are: whoever
// ends a flow, the sweeper too, goes to the flow's template, which may be anywhere.
//
// Thread rule: the mappings may be read and written by any thread, as the packet path does; the objects
// themselves have one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "native/base/result.h"
#include "native/base/unique_fd.h"
#include "native/tables/core.h"

namespace xlb {

// A stretch of memory that is unmapped by its owner's end.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* start, size_t bytes) : start_(start), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] void* start() const { return start_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  void* start_ = nullptr;
  size_t bytes_ = 0;
};

// Some buckets of the flow table, mapped while this lives.
class FlowWindow {
 public:
  FlowWindow(Mapping mapping, uint32_t buckets) : mapping_(std::move(mapping)), buckets_(buckets) {}

  [[nodiscard]] std::span<xlb_flow_bucket> buckets() const {
    return {static_cast<xlb_flow_bucket*>(mapping_.start()), buckets_};
  }

 private:
  Mapping mapping_;
  uint32_t buckets_;
};

// 1 MiB: 4,096 buckets, 32,768 slots.
inline constexpr uint32_t kWindowBuckets = 4096;

class MappedTables {
 public:
  // The descriptor of the map of this name (bpf/maps.h); stays the caller's.
  using FdOf = std::function<int(const char* map)>;

  struct Sizes {
    uint32_t flow_buckets;
    uint32_t template_buckets;
    uint32_t rows;  // of the counters
  };
  static Result<MappedTables> map(const FdOf& fd_of, const Sizes& sizes);

  // All but `flow_table`, which is NULL.
  [[nodiscard]] const xlb_tables& tables() const { return tables_; }

  // Where threads that run the packet core put decisions; outlives them.
  void set_sink(xlb_trace_sink* sink) { tables_.sink = sink; }

  [[nodiscard]] uint32_t flow_buckets() const { return tables_.flow_bucket_mask + 1; }
  [[nodiscard]] uint32_t flow_slots() const { return flow_buckets() * XLB_BUCKET_SLOTS; }

  // All of it at once: for a thread that runs the packet core. All of it counts as resident then.
  [[nodiscard]] Result<Mapping> whole_flow_table() const;

  // Windows that together are the whole flow table; the last one is as long as the others, or the only one.
  [[nodiscard]] uint32_t windows() const { return (flow_buckets() + kWindowBuckets - 1) / kWindowBuckets; }

  // Thread rule: any thread. REQUIRES: index < windows().
  [[nodiscard]] Result<FlowWindow> window(uint32_t index) const;

 private:
  xlb_tables tables_{};
  UniqueFd flow_table_;
  std::vector<Mapping> mappings_;
};

}  // namespace xlb
