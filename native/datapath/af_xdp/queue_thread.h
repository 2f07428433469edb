// One pinned thread for one queue number: it has that queue's socket of every interface, and runs the packet
// core on what comes. So a frame that comes in by one interface and leaves by another stays with its thread,
// and no two threads share a ring, a buffer or a row of the statistics: there is no lock.
//
// Thread rule: the owner makes, starts and ends it; counts() may be asked at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "native/base/result.h"
#include "native/base/thread.h"
#include "native/base/unique_fd.h"
#include "native/datapath/af_xdp/handback.h"
#include "native/datapath/af_xdp/socket.h"
#include "native/datapath/af_xdp/umem.h"
#include "native/tables/core.h"

namespace xlb {

// What was lost, and what went another way than by the rings.
struct QueueCounts {
  uint64_t transmit_full = 0;  // lost: the interface takes no more
  uint64_t handed_back = 0;    // to the kernel's stack
  uint64_t handback_lost = 0;  // lost: more than Handback takes
  uint64_t sent_slowly = 0;    // out of an interface without a socket, by a system call
  uint64_t send_failed = 0;    // lost there
};

class QueueThread {
 public:
  struct Options {
    uint32_t queue = 0;
    std::vector<uint32_t> ifindexes;  // those that have this queue
    std::vector<uint32_t> egress;     // further ones, that frames leave by; done without where refused
    xlb_tables tables{};              // with the flow table; outlives the thread
    uint32_t row = 0;                 // of the statistics, nobody else's
    int pass_program = -1;            // xlb_pass
  };

  // Opens the sockets; no frame comes yet.
  static Result<std::unique_ptr<QueueThread>> open(const Options& options);
  QueueThread(const QueueThread&) = delete;
  QueueThread& operator=(const QueueThread&) = delete;
  ~QueueThread();

  Status start();

  [[nodiscard]] const std::vector<std::unique_ptr<QueueSocket>>& sockets() const { return sockets_; }
  [[nodiscard]] QueueCounts counts() const;

  // False: nothing waits in any ring, in either direction.
  [[nodiscard]] bool busy() const { return busy_.load(std::memory_order_relaxed); }

 private:
  explicit QueueThread(const Options& options)
      : options_(options),
        handback_(options.pass_program, kStrayFramesPerSecond),
        local_(options.pass_program, kLocalFramesPerSecond) {}

  // What one look at all sockets brought.
  struct Round {
    bool came = false;    // frames
    bool unsent = false;  // some of it is not on its way yet
  };

  Status open_sockets(bool copy);
  void run();
  Round serve_all();
  bool serve(QueueSocket* socket);
  void take(QueueSocket* from, const xdp_desc& frame);
  void send(QueueSocket* from, uint32_t egress, std::span<const uint8_t> frame);
  void send_slowly(uint32_t egress, std::span<const uint8_t> frame);
  void wait(bool unsent);

  const Options options_;
  std::unique_ptr<Umem> umem_;
  std::vector<std::unique_ptr<QueueSocket>> sockets_;  // end before their Umem
  Handback handback_;
  Handback local_;          // frames for the director as a real server
  UniqueFd packet_socket_;  // for send_slowly()
  UniqueFd stop_;           // eventfd
  std::atomic<bool> stopping_{false};
  std::atomic<bool> busy_{false};
  uint32_t clock_ = 0;
  uint64_t now_ns_ = 0;

  // Written by the thread, read by anybody.
  struct {
    std::atomic<uint64_t> transmit_full, handed_back, handback_lost, sent_slowly, send_failed;
  } counts_{};
  Thread thread_;
};

}  // namespace xlb
