// Runs single frames through the packet core: as compiled into the addon (CoreEngine), or as the kernel's
// verifier accepted it (native/datapath/kernel_engine.h), or behind an AF_XDP socket (wire_engine.h). Same
// tables, same clock in the caller's hand, same answers: what tests, fuzzers and trace replays are made of.
// Not a data path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/tables/connections.h"
#include "native/tables/core.h"
#include "native/tables/sweeper.h"
#include "native/tables/tables.h"
#include "native/tables/trace_settings.h"

namespace xlb {

// What became of a frame.
struct Outcome {
  enum xlb_verdict verdict = XLB_FORWARDED;
  enum xlb_action action = XLB_FORWARD;
  bool answered = false;  // the frame is an answer of the director itself, and goes back
  bool steered = false;   // an AF_XDP thread has decided about it
  uint32_t egress = 0;    // ifindex; 0 where it was not forwarded, or where the kernel does not say
  std::vector<uint8_t> frame;
};

class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual const xlb_tables& tables() const = 0;

  // `ingress` is the ifindex that the frame is said to have come in by.
  virtual Result<Outcome> run(std::span<const uint8_t> frame, uint32_t ingress) = 0;

  // All tables are zeroed, as they are when it is made; but what a Tables over them has to say is void then.
  virtual void empty();

  // The Tables that the caller has over tables(); in its place until the engine's end.
  virtual void controlled_by(Tables* /*control*/) {}

  // Sets the packet path's clock; it starts at 0.
  void set_clock(uint64_t milliseconds);

  // One whole sweep.
  SweepTotals sweep();

  void set_timeouts(const Settings& settings);

  // Decisions are told from now on: traced() gives what was told since it was asked last, records one behind
  // another, each of traced_size().
  Status begin_trace(const TraceSettings& settings);
  virtual Result<std::vector<uint8_t>> traced() = 0;

  // Flows, then templates.
  [[nodiscard]] std::vector<Connection> connections(const SlotNames& names) const;

 protected:
  // Makes room for what is told.
  virtual Status open_trace() = 0;
};

// The core in plain memory. Both are powers of two, XLB_MIN_FLOW_SLOTS at least.
std::unique_ptr<Engine> make_core_engine(uint32_t flow_slots, uint32_t template_slots);

}  // namespace xlb
