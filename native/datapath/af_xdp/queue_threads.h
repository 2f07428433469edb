// The AF_XDP threads of one instance. As its data path: one for each queue number of its interfaces. While
// they live, the program in the kernel hands the packets of virtual servers over; before and after, and
// wherever a queue has no socket, it forwards them itself. So switching loses no flow, and a process that
// dies leaves the kernel forwarding.
//
// Else one for the packets that the program cannot send: they wait for the neighbour of their real server.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "native/base/result.h"
#include "native/datapath/af_xdp/queue_thread.h"
#include "native/kernel/program.h"
#include "native/tables/tables.h"

namespace xlb {

// What was lost on the way through user space, and what took a slower one.
struct AfXdpCounts {
  uint64_t receive_full = 0;   // lost: a thread was too slow
  uint64_t fill_empty = 0;     // lost: no buffer was free
  uint64_t receive_other = 0;  // lost, for other reasons
  uint64_t transmit_full = 0;  // lost: an interface takes no more
  uint64_t transmit_failed = 0;
  uint64_t handed_back = 0;    // to the kernel's own stack
  uint64_t handback_lost = 0;  // lost: more than a second may have
  uint64_t sent_slowly = 0;    // by a system call: no socket on that queue of the other interface
  uint64_t held = 0;           // for the neighbour of their real server

  AfXdpCounts& operator+=(const AfXdpCounts& other);
};

struct AfXdpInterface {
  uint32_t ifindex = 0;
  uint32_t queues = 0;     // that have a socket
  bool zero_copy = false;  // all of them
};

class QueueThreads {
 public:
  enum class Purpose : uint8_t { kForward, kHold };
  struct Interfaces {
    std::vector<uint32_t> attached;  // the program is
    std::vector<uint32_t> egress;    // frames leave by them; may be among the others
    // Of those attached: the program is behind the driver. Both would fill the rings of a socket with
    // zero-copy.
    std::vector<uint32_t> generic{};
    bool operator==(const Interfaces&) const = default;
  };

  struct Options {
    Interfaces wanted;
    Purpose purpose = Purpose::kHold;
    ThreadOptions runs{};  // to forward
    // Threads that have ended had them: the kernel needs a moment until they can be had again.
    std::vector<QueuePlace> freed{};
  };

  // To forward: all that are attached, or none. To hold: those that can be had, at least one; EBUSY where one
  // of `freed` is not free yet.
  static Result<std::unique_ptr<QueueThreads>> start(Program* program, Tables* tables, Options options);
  QueueThreads(const QueueThreads&) = delete;
  QueueThreads& operator=(const QueueThreads&) = delete;

  [[nodiscard]] Purpose purpose() const { return options_.purpose; }

  // Those that have a socket.
  [[nodiscard]] std::vector<QueuePlace> places() const;

  // Of an attached interface another program has a queue: why that one is done without.
  [[nodiscard]] Status missing() const;

  // Why one of the threads has ended by itself. They are to be started anew; the kernel forwards meanwhile.
  [[nodiscard]] Status death() const;
  [[nodiscard]] uint64_t deaths() const;  // of how many that is so

  // What goes on without them: of ThreadOptions what the kernel refused, and frames that are too long. Each
  // once.
  [[nodiscard]] std::vector<std::string> refused() const;

  // False: none of them has frames that came, or that are to be sent.
  [[nodiscard]] bool busy() const;

  // Steers no more, and lets the threads finish what has come.
  void drain();
  // Once it is drained: counts() stands still from then on.
  void end() {
    for (const auto& thread : threads_) thread->end();
  }
  ~QueueThreads() { drain(); }

  [[nodiscard]] const std::vector<AfXdpInterface>& interfaces() const { return interfaces_; }
  [[nodiscard]] AfXdpCounts counts() const;

  // Other interfaces or options than when it was started, or other numbers of queues; a queue is missing, or
  // a thread is dead.
  [[nodiscard]] bool outdated(const Interfaces& wanted, const ThreadOptions& runs) const;

 private:
  QueueThreads(Tables* tables, Options options) : tables_(tables), options_(std::move(options)) {}
  Status open(Program* program);
  [[nodiscard]] bool forward() const { return options_.purpose == Purpose::kForward; }
  Status open_forwarding(Program* program, QueueThread::Options options);
  Status open_holding(Program* program, QueueThread::Options options);
  Status add(const QueueThread::Options& options);
  Status steer(Program* program);

  Tables* tables_;
  const Options options_;
  Mapping flow_table_;
  std::vector<AfXdpInterface> interfaces_;
  std::vector<std::string> too_long_;
  std::vector<uint32_t> queues_;  // of each interface, as the driver says
  std::vector<std::unique_ptr<QueueThread>> threads_;
};

}  // namespace xlb
