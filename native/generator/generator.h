// The benchmark's means: traffic made inside the kernel, programs to measure against, and what programs cost.
//
// Thread rule: one user at a time. Everything refers to the network namespace of the thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"
#include "native/generator/bare_forwarder.h"
#include "native/kernel/mapped_tables.h"

struct generator_bpf;
struct bpf_program;

namespace xlb {

// TCP packets, from `clients` addresses in turn to `servers` addresses in turn.
struct Order {
  uint32_t ifindex = 0;  // sent out of this one
  uint32_t count = 0;
  MacAddress destination;
  MacAddress source;
  uint32_t first_client = 0;  // IPv4 in host order
  uint32_t clients = 1;
  uint32_t first_server = 0;
  uint32_t servers = 1;
  uint16_t port = 0;
  uint8_t flags = 0;          // byte 13 of the TCP header
  uint32_t frame_bytes = 64;  // up to 1514
  bool deliver = false;       // received by the interface instead, through the stack: what generic XDP sees
  bool random = false;        // any client address and port instead
  bool erase = false;         // flows that are noted go whenever the turn of clients begins anew
};

class Generator {
 public:
  // For the program whose tables are pinned there.
  static Result<std::unique_ptr<Generator>> open(const std::string& pin_directory);
  ~Generator();

  enum class Companion {
    kEmpty,   // swaps the MAC addresses and sends the frame back
    kSink,    // drops
    kFilter,  // drops what a Generator made, passes the rest
  };

  // In the driver, or generic; stays as long as the interface does.
  Status attach(uint32_t ifindex, Companion companion, bool generic = false);

  // Everything that comes goes to a BareForwarder, as long as the Generator is there.
  Status forward_barely(uint32_t ifindex);

  // Frames for an IPv4 address go on to one MAC address, by a program that does nothing else; the rest
  // passes. Stays as long as the interface does; this Generator shall not send.
  struct Relay {
    uint32_t address = 0;  // in host order
    MacAddress destination;
    MacAddress source;
  };
  Status relay(uint32_t ifindex, const Relay& relay);

  // Hands over live frames (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18), 64 at a time, and returns when all are
  // sent. What the other end of a veth does with them has been done by then, on this thread's processor.
  // With `erase`, `clients` shall be a multiple of 64: what of a turn was not handed over yet outlives it.
  Status send(const Order& order);

  // Notes where the flows of the table are, up to GENERATOR_MAX_NOTED; how many there are. The same flows
  // made again take the same slots, as a rule.
  uint32_t note_flows();

  // Takes all flows away. (The counters of destinations stay.)
  void clear_flows();

 private:
  Generator() = default;
  struct SkeletonCloser {
    void operator()(generator_bpf* skeleton) const;
  };
  std::unique_ptr<generator_bpf, SkeletonCloser> skeleton_;
  Status attach_program(uint32_t ifindex, const bpf_program* program, bool generic);

  Mapping flow_table_;
  uint32_t noted_ = 0;
  std::unique_ptr<BareForwarder> bare_;
};

// What the program on an interface has run so far, while run times were counted.
struct RunTime {
  uint64_t nanoseconds = 0;
  uint64_t packets = 0;
};
Result<RunTime> run_time(uint32_t ifindex);

// Run times are counted while the descriptor is open; that costs each program some 45 ns a packet.
Result<UniqueFd> count_run_times();

}  // namespace xlb
