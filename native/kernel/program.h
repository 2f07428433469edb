// The XDP program of one instance: loaded, its tables made or adopted, pinned, on its interfaces.
//
// Pinned, everything outlives the process: a Program's end closes its descriptors and changes nothing. The
// next open() adopts the tables, loads the program of its own build over them and swaps it under the traffic
// on every interface that has a pinned link; no packet passes by another way meanwhile.
//
// Pinned tables that do not fit are discarded: their flows are lost, discarded() says why. They do not fit
// where an earlier start did not finish, where the build's layout differs, and where another number of flow
// slots is asked for than they have: the operator who changed the size wants it, not the flows of before. The
// old program goes on forwarding by the old tables until attach() is called for its interface, so the new
// ones can be filled before.
//
// Thread rule: one user at a time, and one network namespace: that of the thread, which ifindexes refer to.
// One Program an instance: the caller holds the instance's lock (native/host/instance_lock.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/base/status.h"
#include "native/kernel/kernel_clock.h"
#include "native/kernel/mapped_tables.h"
#include "native/kernel/pins.h"
#include "native/kernel/xdp_link.h"

struct xlb_bpf;

namespace xlb {

struct ProgramOptions {
  std::string pin_directory;  // empty: nothing is pinned, all ends with the Program (tests)
  uint32_t flow_slots = 0;    // a power of two, XLB_MIN_FLOW_SLOTS to XLB_MAX_FLOW_SLOTS
  uint32_t template_slots = XLB_TEMPLATE_SLOTS;  // likewise
  bool fake_clock = false;                       // it stands until it is set
};

struct Attachment {
  uint32_t ifindex = 0;
  bool native = false;
  bool adopted = false;  // an earlier process attached it
  std::string reason;    // why it is not native, where that was asked for or tried
  uint64_t gap_ns = 0;   // without a program, where its mode has changed
  std::string lost;      // why nothing was forwarded for so long
  std::string exposed;   // where that is so, why the host's stack could not be kept silent
};

struct TestRun {
  uint32_t action = 0;  // enum xdp_action
  std::vector<uint8_t> frame;
};

// Rows of the statistics that are nobody's processor: one for each AF_XDP thread.
struct QueueRows {
  uint32_t first = 0;
  uint32_t count = 0;
};

class Program {
 public:
  static Result<std::unique_ptr<Program>> open(const ProgramOptions& options);
  ~Program();

  // True where the tables, with their flows, are those of an earlier process.
  [[nodiscard]] bool adopted() const { return adopted_; }

  // Why the tables of an earlier process could not be adopted, where there were any.
  [[nodiscard]] const std::optional<std::string>& discarded() const { return discarded_; }

  MappedTables& tables() { return *tables_; }

  // An interface that has our program already keeps its mode with kAuto, and changes it otherwise. Where it
  // cannot have the other mode, it has the program as before.
  Result<Attachment> attach(uint32_t ifindex, AttachMode mode);

  // Whether that takes the program off for a moment: the kernel does not let an interface have both modes.
  [[nodiscard]] bool changes_mode(uint32_t ifindex, AttachMode mode);

  // Forwards at tc ingress of the interface what no XDP program has taken, as long as the caller keeps this:
  // all while its mode changes. From Linux 6.6 on.
  Result<UniqueFd> stand_in(uint32_t ifindex);

  // False where it was not attached.
  Result<bool> detach(uint32_t ifindex);

  // Those whose interface is still there. A device that was removed and made anew is another one.
  [[nodiscard]] std::vector<Attachment> attachments();

  // The interfaces that frames may be sent out of, these and no other. ENODEV names one that does not exist;
  // the others are set nevertheless.
  Status set_egress(const std::vector<uint32_t>& ifindexes);

  // Frames of virtual servers that come by this place (struct xlb_interface) go to that socket, until it is
  // closed.
  Status set_socket(uint32_t place, int socket);

  // A program that lets everything through; stays this object's.
  Result<int> pass_program();

  // Keeps the program's clock with CLOCK_MONOTONIC_COARSE, see next_clock_offset(). To be called every few
  // seconds, by any one thread: it costs microseconds. Does nothing with a fake clock.
  void keep_clock() const;

  [[nodiscard]] QueueRows queue_rows() const { return queue_rows_; }
  [[nodiscard]] bool fake_clock() const { return fake_clock_; }

  // Runs the program once on a frame of at least 14 bytes (BPF_PROG_TEST_RUN). `ingress_ifindex` must be an
  // interface of this thread's network namespace: the kernel makes the frame its. 0: the loopback. Tables are
  // read and changed as for any packet; nothing is sent.
  Result<TestRun> test_run(std::span<const uint8_t> frame, uint32_t ingress_ifindex);

  [[nodiscard]] int program_fd() const;

  // The ring of decisions (bpf/maps.h).
  [[nodiscard]] int trace_ring_fd() const;

 private:
  struct Held {
    XdpLink link;
    std::string pin;  // name of its pin; empty where it has none
    bool adopted = false;
    bool current = false;  // has the program of this process
  };
  struct SkeletonCloser {
    void operator()(xlb_bpf* skeleton) const;
  };

  explicit Program(std::string pin_directory) : pins_(std::move(pin_directory)) {}

  [[nodiscard]] bool pinned() const { return !pins_.path().empty(); }
  Status load(const ProgramOptions& options);
  Status start_clock();
  Status pin_all();
  Status open_links();
  Status refresh(Held& held);
  Status remove(Held& held);
  Result<Attachment> attach_first(uint32_t ifindex, AttachMode mode);
  Held* find(uint32_t ifindex);
  void forget_dead_links();
  static Attachment attachment_of(const Held& held);

  PinDirectory pins_;
  std::unique_ptr<xlb_bpf, SkeletonCloser> skeleton_;
  std::optional<MappedTables> tables_;
  std::vector<Held> links_;
  bool adopted_ = false;
  std::optional<std::string> discarded_;
  QueueRows queue_rows_;
  bool fake_clock_ = false;
  KernelClock clock_;
  UniqueFd pass_;
  std::optional<Result<UniqueFd>> at_tc_;  // loaded when it is needed first
};

// Gives the interface a program that lets everything through, in the driver. It stays as long as the
// interface does, and no descriptor of it is kept. A veth sends back (XDP_TX) only to a peer that has a
// program.
Status attach_pass(uint32_t ifindex);

}  // namespace xlb
