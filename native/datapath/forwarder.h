// The packet path of one instance, whole: the program in the kernel, the control side of its tables, the
// sweeper. Closing it (or dying) leaves the kernel's half forwarding; the next Forwarder over the same pins
// takes it over.
//
// Thread rule: one thread, the one that made it. The sweeper is its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/datapath/af_xdp/queue_threads.h"
#include "native/datapath/trace_queue.h"
#include "native/datapath/trace_reader.h"
#include "native/kernel/program.h"
#include "native/tables/sweeper.h"
#include "native/tables/tables.h"

namespace xlb {

struct FlowTableState {
  uint64_t slots = 0;
  uint64_t used = 0;
  uint64_t sweeps = 0;
  uint64_t expired = 0;
  uint64_t evicted = 0;
  uint64_t template_slots = 0;
  uint64_t templates_used = 0;
  uint64_t templates_evicted = 0;
  uint64_t templates_refused = 0;
};

class Forwarder {
 public:
  static Result<std::unique_ptr<Forwarder>> open(const ProgramOptions& options);
  ~Forwarder();

  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] Tables& tables() { return *tables_; }

  // Puts the program on an interface; frames for the interface's MAC are looked at from the first one on.
  // Where that changes the mode of one that is there, frames that come meanwhile are dropped.
  Result<Attachment> attach(uint32_t ifindex, AttachMode mode);
  Result<bool> detach(uint32_t ifindex);

  // Hands the packets of virtual servers on all attached interfaces to threads of this process, or goes on
  // doing so: where interfaces, their queues or the options have changed, anew. Where that fails, the program
  // in the kernel forwards.
  Status use_af_xdp(const ThreadOptions& runs);

  // The program in the kernel forwards again. Does nothing where it does.
  void leave_af_xdp();

  // It does (again), but packets whose real server has no resolved neighbour wait in a thread of this
  // process, or go on doing so. Where that fails they are dropped. EBUSY as well where another program has
  // some of the queues: those that come by the others wait, and the next call tries again.
  Status hold_unresolved();

  // Those that have threads, and what for.
  [[nodiscard]] bool holds() const {
    return queue_threads_ != nullptr && queue_threads_->purpose() == QueueThreads::Purpose::kHold;
  }
  // None while one of the threads is dead.
  [[nodiscard]] std::vector<AfXdpInterface> af_xdp_interfaces() const;

  // Threads that ended by themselves, those that one of the calls above has not replaced yet among them: the
  // program in the kernel forwards until then.
  struct Deaths {
    uint64_t count = 0;
    std::string last;  // why
  };
  [[nodiscard]] Deaths deaths() const;

  // What the threads go on without, a phrase each.
  [[nodiscard]] std::vector<std::string> af_xdp_refused() const;

  // Since this process began.
  [[nodiscard]] AfXdpCounts af_xdp_counts() const;

  // As Tables::set_nexthop(), after making its interface one that frames may leave by.
  Status set_nexthop(const IpAddress& address, const Nexthop& nexthop);

  // Options, and timeouts as ipvsadm --set changes them.
  Status set_settings(const Settings& settings);

  // Flows and templates as lines (native/tables/connections.h), a stretch at a time; nothing after the last.
  Result<std::optional<std::string>> connections(uint32_t stretch);

  // Decisions of the kernel and of the AF_XDP threads are told from now on, or with other settings; none
  // where nobody asks. One at a time.
  Status begin_trace(const TraceSettings& settings);
  void end_trace();
  [[nodiscard]] TraceReader* trace() { return trace_.get(); }

  Status start_sweeper();
  void stop_sweeper();
  [[nodiscard]] FlowTableState flows() const;

 private:
  explicit Forwarder(std::unique_ptr<Program> program);
  void forget_gone_egress();
  QueueThreads::Interfaces attached_interfaces();
  Status use_threads(QueueThreads::Options options);
  Status start_threads(QueueThreads::Options options);
  std::vector<QueuePlace> end_threads();

  std::unique_ptr<Program> program_;
  std::unique_ptr<Tables> tables_;
  std::set<uint32_t> egress_;
  mutable std::mutex mutex_;  // guards flows_, which the sweeper fills in
  FlowTableState flows_;
  // Held while timeouts and the flows' clocks change, and while a stretch is swept: a flow whose clock was
  // read before the change must not be judged by a timeout that was read after it.
  std::mutex clocks_mutex_;
  std::unique_ptr<Sweeper> sweeper_;
  TraceQueue trace_queue_;
  std::unique_ptr<TraceReader> trace_;
  Deaths deaths_;                                // of threads that have been replaced
  AfXdpCounts ended_counts_;                     // of threads that have ended
  std::unique_ptr<QueueThreads> queue_threads_;  // ends first
};

}  // namespace xlb
