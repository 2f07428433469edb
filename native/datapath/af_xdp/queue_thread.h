// A thread with AF_XDP sockets that runs the packet core on what comes.
//
// Of the data path af_xdp there is one for each queue number, pinned: it has that queue's socket of every
// interface. So a frame that comes in by one interface and leaves by another stays with its thread, and no
// two threads share a ring, a buffer or a row of the statistics: there is no lock.
//
// Where the program in the kernel forwards, one thread has small sockets on all queues, for the packets that
// wait for the neighbour of their real server.
//
// Thread rule: the owner makes, starts and ends it; counts() may be asked at any time.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/base/thread.h"
#include "native/base/unique_fd.h"
#include "native/datapath/af_xdp/handback.h"
#include "native/datapath/af_xdp/held_frames.h"
#include "native/datapath/af_xdp/socket.h"
#include "native/datapath/af_xdp/umem.h"
#include "native/kernel/mapped_tables.h"
#include "native/tables/core.h"

namespace xlb {

// What was lost, and what went another way than by the rings.
struct QueueCounts {
  uint64_t receive_other = 0;  // lost: the flow table could not be had
  uint64_t transmit_full = 0;  // lost: the interface takes no more
  uint64_t handed_back = 0;    // to the kernel's stack
  uint64_t handback_lost = 0;  // lost: more than Handback takes
  uint64_t sent_slowly = 0;    // out of an interface without a socket, by a system call
  uint64_t send_failed = 0;    // lost there
  uint64_t held = 0;           // for the neighbour of their real server; what became of them is a verdict
};

// A queue of an interface.
struct QueuePlace {
  uint32_t ifindex = 0;
  uint32_t queue = 0;
  bool operator==(const QueuePlace&) const = default;
};

// How the threads of the data path run.
struct ThreadOptions {
  uint32_t busy_poll_us = 0;        // they ask for frames for so long before they sleep; 0: by interrupts
  uint32_t real_time_priority = 0;  // SCHED_FIFO; 0: not real-time
  bool operator==(const ThreadOptions&) const = default;
};

class QueueThread {
 public:
  using MapFlowTable = std::function<Result<Mapping>()>;

  struct Options {
    std::string name;                // of the thread
    std::vector<QueuePlace> places;  // that frames come by
    std::vector<uint32_t> egress;    // further interfaces that they leave by; done without where refused
    xlb_tables tables{};             // outlives the thread
    uint32_t row = 0;                // of the statistics, nobody else's
    int pass_program = -1;           // xlb_pass
    ThreadOptions runs;
    bool fake_clock = false;  // the settings' stands until it is set
    bool copies = false;      // even where the drivers have zero-copy
    // Only for packets that wait: places that are refused are done without, unless all are or one is busy
    // that is among the first `insisted`, and the flow table, which `tables` has not, is mapped by this while
    // there are some.
    MapFlowTable only_holds;
    size_t insisted = 0;
  };

  // Opens the sockets; no frame comes yet.
  static Result<std::unique_ptr<QueueThread>> open(const Options& options);
  QueueThread(const QueueThread&) = delete;
  QueueThread& operator=(const QueueThread&) = delete;
  ~QueueThread() { end(); }

  Status start();
  void end();  // counts() stands still from then on; the sockets stay

  [[nodiscard]] const std::vector<std::unique_ptr<QueueSocket>>& sockets() const { return sockets_; }
  [[nodiscard]] QueueCounts counts() const;

  // Why a place is done without that may be had later, when whoever has it gives it back.
  [[nodiscard]] const Status& missing() const { return missing_; }

  // Why it has ended although nobody told it to. The kernel forwards from then on. Ok: it has not.
  [[nodiscard]] Status death() const { return dead_.load(std::memory_order_acquire) ? death_ : Status(); }

  // Of ThreadOptions: what the kernel does not let it have, once it is started. It goes on without.
  [[nodiscard]] const std::vector<Status>& refused() const { return refused_; }

  // False: nothing waits in any ring, in either direction.
  [[nodiscard]] bool busy() const { return busy_.load(std::memory_order_acquire); }

 private:
  explicit QueueThread(const Options& options)
      : options_(options),
        handback_(options.pass_program, kStrayFramesPerSecond),
        local_(options.pass_program, kLocalFramesPerSecond),
        tables_(options.tables) {}

  // What one look at all sockets brought.
  struct Round {
    bool came = false;    // frames
    bool unsent = false;  // some of it is not on its way yet
  };

  [[nodiscard]] bool only_holds() const { return options_.only_holds != nullptr; }
  struct Decided {
    const platform_context* frame;
    const packet* what;
    enum xlb_verdict verdict;
  };

  Status open_sockets(bool copy);
  void open_egress(const QueueSocket::Options& like);
  void run();
  Round serve_all();
  bool flush_all();  // false: some frames are not sent yet
  bool serve(uint32_t socket);
  bool has_flow_table();
  void take(uint32_t socket, const xdp_desc& frame);
  packet packet_from(uint32_t socket) const;
  void finish(uint32_t socket, const Decided& decided);
  void finish_held(const HeldFrame& frame);
  void wait_for(const packet& packet, uint32_t socket, const xdp_desc& frame);
  void tell_crowded(uint32_t real_server, bool crowded);
  void look_at_held(uint64_t now_ns);
  void send(QueueSocket* from, uint32_t egress, std::span<const uint8_t> frame);
  void send_slowly(uint32_t egress, std::span<const uint8_t> frame);
  bool polls_on();
  void breathe();
  void wait(bool unsent);
  void die(int error);

  const Options options_;
  std::unique_ptr<Umem> umem_;
  std::vector<std::unique_ptr<QueueSocket>> sockets_;  // end before their Umem
  Status missing_;
  std::vector<Status> refused_;
  bool polls_busily_ = false;
  Handback handback_;
  Handback local_;          // frames for the director as a real server
  UniqueFd packet_socket_;  // for send_slowly()
  UniqueFd stop_;           // eventfd
  std::vector<pollfd> watched_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> busy_{false};
  Status death_;  // valid once dead_
  std::atomic<bool> dead_{false};
  xlb_tables tables_;
  Mapping flow_table_;  // only_holds()
  HeldFrames held_;
  uint32_t clock_ = 0;
  uint64_t now_ns_ = 0;
  uint64_t idle_since_ns_ = 0;  // 0: frames came last time
  uint64_t slept_ns_ = 0;       // last time
  uint64_t held_looked_ns_ = 0;

  // Written by the thread, read by anybody.
  struct {
    std::atomic<uint64_t> receive_other, transmit_full, handed_back, handback_lost, sent_slowly, send_failed,
        held;
  } counts_{};
  Thread thread_;
};

}  // namespace xlb
