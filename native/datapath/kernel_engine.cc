#include "native/datapath/kernel_engine.h"

#include <linux/bpf.h>

#include <string>
#include <utility>

#include "native/kernel/program.h"
#include "native/kernel/trace_ring.h"

namespace xlb {
namespace {

class KernelEngine : public Engine {
 public:
  KernelEngine(std::unique_ptr<Program> program, FlowWindow flows)
      : program_(std::move(program)), flows_(std::move(flows)), tables_(program_->tables().tables()) {
    tables_.flow_table = flows_.buckets().data();
  }

  [[nodiscard]] const xlb_tables& tables() const override { return tables_; }

  // The program answers with an XDP action; the verdict is the one whose counter has moved.
  Result<Outcome> run(std::span<const uint8_t> frame, uint32_t ingress) override {
    const std::vector<uint64_t> before = counts();
    Result<TestRun> run = program_->test_run(frame, ingress);
    if (!run.ok()) return run.status();
    Outcome outcome;
    const std::vector<uint64_t> after = counts();
    for (uint32_t i = 0; i < XLB_VERDICT_COUNT; i++)
      if (after[i] != before[i]) outcome.verdict = static_cast<xlb_verdict>(i);
    outcome.action = XLB_DROP;
    outcome.answered = run->action == XDP_TX && action_of(outcome.verdict) == XLB_DROP;
    const bool left = run->action == XDP_TX || run->action == XDP_REDIRECT;
    if (left && !outcome.answered) outcome.action = XLB_FORWARD;
    if (run->action == XDP_PASS) outcome.action = XLB_PASS;
    outcome.frame = std::move(run->frame);
    return outcome;
  }

  Result<std::vector<uint8_t>> traced() override {
    std::vector<uint8_t> records;
    if (ring_ == nullptr) return records;
    if (Status status = ring_->take(&records); !status.ok()) return status;
    return records;
  }

 protected:
  Status open_trace() override {
    if (ring_ != nullptr) return {};
    Result<std::unique_ptr<TraceRing>> ring = TraceRing::open(program_->trace_ring_fd());
    if (!ring.ok()) return ring.status();
    ring_ = std::move(*ring);
    return {};
  }

 private:
  [[nodiscard]] std::vector<uint64_t> counts() const {
    std::vector<uint64_t> totals(XLB_VERDICT_COUNT);
    for (uint32_t row = 0; row < tables().rows; row++)
      for (size_t i = 0; i < totals.size(); i++) totals[i] += tables().statistics[row].verdict[i];
    return totals;
  }

  std::unique_ptr<Program> program_;
  FlowWindow flows_;
  xlb_tables tables_;
  std::unique_ptr<TraceRing> ring_;
};

}  // namespace

Result<std::unique_ptr<Engine>> make_kernel_engine(uint32_t flow_slots, uint32_t template_slots) {
  ProgramOptions options;
  options.flow_slots = flow_slots;
  options.template_slots = template_slots;
  options.fake_clock = true;
  Result<std::unique_ptr<Program>> program = Program::open(options);
  if (!program.ok()) return program.status();
  if ((*program)->tables().windows() > 1)
    return Status::limit(
        "run frames through the kernel",
        "the flow table may have " + std::to_string(kWindowBuckets * XLB_BUCKET_SLOTS) + " slots at most");
  Result<FlowWindow> flows = (*program)->tables().window(0);
  if (!flows.ok()) return flows.status();
  return std::unique_ptr<Engine>(std::make_unique<KernelEngine>(std::move(*program), std::move(*flows)));
}

}  // namespace xlb
