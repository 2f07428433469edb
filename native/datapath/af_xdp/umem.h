// The buffers of one AF_XDP thread (UMEM), and which of them are free.
//
// Thread rule: one user at a time.
#pragma once

#include <xdp/xsk.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "native/base/result.h"

namespace xlb {

inline constexpr uint32_t kChunkBytes = XSK_UMEM__DEFAULT_FRAME_SIZE;  // a page: no frame crosses one
inline constexpr uint32_t kRingSlots = 2048;                           // of every ring
inline constexpr uint32_t kChunksPerSocket = 2 * kRingSlots;  // on their way in, and on their way out

class Umem {
 public:
  struct Options {
    uint32_t chunks = kChunksPerSocket;
    uint32_t ring_slots = kRingSlots;  // of each ring of each of its sockets; a power of two
  };
  static Result<std::unique_ptr<Umem>> make(const Options& options);
  Umem(const Umem&) = delete;
  Umem& operator=(const Umem&) = delete;
  ~Umem();

  [[nodiscard]] xsk_umem* get() const { return umem_; }
  [[nodiscard]] uint32_t ring_slots() const { return ring_slots_; }
  [[nodiscard]] uint8_t* at(uint64_t address) const { return area_ + address; }
  [[nodiscard]] uint64_t address_of(const uint8_t* at) const { return static_cast<uint64_t>(at - area_); }
  [[nodiscard]] uint8_t* chunk_of(uint64_t address) const {
    return area_ + (address & ~uint64_t{kChunkBytes - 1});
  }

  // The rings that libxdp made with it: those of the first socket.
  [[nodiscard]] xsk_ring_prod* first_fill() { return &fill_; }
  [[nodiscard]] xsk_ring_cons* first_completion() { return &completion_; }

  [[nodiscard]] uint32_t free_chunks() const { return static_cast<uint32_t>(free_.size()); }
  // REQUIRES: free_chunks() > 0.
  uint64_t take() {
    const uint64_t chunk = free_.back();
    free_.pop_back();
    return chunk;
  }
  // Any address inside the chunk.
  void give_back(uint64_t address) { free_.push_back(address & ~uint64_t{kChunkBytes - 1}); }

 private:
  Umem() = default;

  uint8_t* area_ = nullptr;
  size_t bytes_ = 0;
  uint32_t ring_slots_ = 0;
  xsk_umem* umem_ = nullptr;
  xsk_ring_prod fill_{};
  xsk_ring_cons completion_{};
  std::vector<uint64_t> free_;  // never grows beyond what was reserved
};

}  // namespace xlb
