// An AF_XDP socket on one queue of one interface, with its four rings.
//
// Thread rule: one user at a time, but for losses(), which only asks the kernel.
#pragma once

#include <xdp/xsk.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "native/base/result.h"
#include "native/datapath/af_xdp/umem.h"

namespace xlb {

// What the kernel lost at a socket (XDP_STATISTICS).
struct SocketLosses {
  uint64_t receive_full = 0;  // the thread was too slow
  uint64_t fill_empty = 0;    // no buffer was left for a frame
  uint64_t receive_other = 0;
  uint64_t transmit_failed = 0;  // the interface dropped it, or it was not fit to be sent
};

class QueueSocket {
 public:
  struct Options {
    uint32_t ifindex = 0;
    uint32_t queue = 0;
    bool first = false;         // of its Umem
    bool copy = false;          // even where the driver has zero-copy; of the first, it holds for all
    bool receives = false;      // else no buffer is ever given to it
    uint32_t busy_poll_us = 0;  // 0: by interrupts only
  };

  // The Umem outlives it.
  static Result<std::unique_ptr<QueueSocket>> open(const Options& options, Umem* umem);
  QueueSocket(const QueueSocket&) = delete;
  QueueSocket& operator=(const QueueSocket&) = delete;
  ~QueueSocket();

  [[nodiscard]] uint32_t ifindex() const { return ifindex_; }
  [[nodiscard]] uint32_t queue() const { return queue_; }
  [[nodiscard]] int fd() const { return xsk_socket__fd(socket_); }
  [[nodiscard]] bool zero_copy() const { return zero_copy_; }

  // Why it is not polled busily where that was asked for.
  [[nodiscard]] const Status& refused() const { return refused_; }

  // Has the driver look for frames now, on this processor. Of use where it is polled busily.
  void ask() const;

  // Frames that have come, `count` of them from ring place `*first` on; 0: none.
  uint32_t receive(uint32_t most, uint32_t* first) { return xsk_ring_cons__peek(&receive_, most, first); }
  [[nodiscard]] const xdp_desc& received(uint32_t place) const {
    return *xsk_ring_cons__rx_desc(&receive_, place);
  }
  void release(uint32_t count) { xsk_ring_cons__release(&receive_, count); }

  // Gives the kernel free buffers to receive into.
  void refill();

  // Takes back the buffers of frames that are sent.
  void reap();

  // False where the ring is full.
  bool transmit(uint64_t address, uint32_t length);

  // Tells the kernel what was put into its rings since. False: some of it is not on its way yet.
  bool flush();

  // Nothing is on its way any more: closed now, it loses no frame. Those that are copied are the kernel's.
  [[nodiscard]] bool all_sent() const { return !zero_copy_ || in_flight_ == 0; }

  // The kernel takes no more: its descriptor is gone.
  [[nodiscard]] bool broken() const { return broken_; }

  [[nodiscard]] SocketLosses losses() const;

 private:
  QueueSocket(const Options& options, Umem* umem)
      : ifindex_(options.ifindex), queue_(options.queue), receives_(options.receives), umem_(umem) {}

  bool fill();  // false: no buffer was given
  bool all_taken();
  void wake() const;

  const uint32_t ifindex_;
  const uint32_t queue_;
  const bool receives_;
  Umem* umem_;
  xsk_socket* socket_ = nullptr;
  xsk_ring_cons receive_{};
  xsk_ring_prod transmit_{};
  xsk_ring_prod own_fill_{};
  xsk_ring_cons own_completion_{};
  xsk_ring_prod* fill_ = nullptr;
  xsk_ring_cons* completion_ = nullptr;
  uint32_t unsubmitted_ = 0;
  uint32_t in_flight_ = 0;  // sent, not taken back
  bool zero_copy_ = false;
  bool polled_busily_ = false;
  bool broken_ = false;
  Status refused_;
  std::atomic<uint64_t> dropped_{0};  // by the interface, when it was sent
};

}  // namespace xlb
