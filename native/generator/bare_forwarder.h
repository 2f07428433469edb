// The least that forwarding through AF_XDP can cost: a thread that swaps the MAC addresses of each frame and
// sends it back, by the same sockets as the data path's. The benchmark holds the data path against it.
//
// Thread rule: one user at a time.
#pragma once

#include <atomic>
#include <memory>

#include "native/base/result.h"
#include "native/base/thread.h"
#include "native/datapath/af_xdp/socket.h"
#include "native/datapath/af_xdp/umem.h"

namespace xlb {

class BareForwarder {
 public:
  // On queue 0. Frames come when the program on the interface sends them to socket().
  static Result<std::unique_ptr<BareForwarder>> start(uint32_t ifindex);
  BareForwarder(const BareForwarder&) = delete;
  BareForwarder& operator=(const BareForwarder&) = delete;
  ~BareForwarder() { stopping_.store(true, std::memory_order_relaxed); }

  [[nodiscard]] int socket() const { return socket_->fd(); }

 private:
  BareForwarder() = default;
  void run();
  bool serve();

  std::unique_ptr<Umem> umem_;
  std::unique_ptr<QueueSocket> socket_;
  std::atomic<bool> stopping_{false};
  Thread thread_;  // ends first
};

}  // namespace xlb
