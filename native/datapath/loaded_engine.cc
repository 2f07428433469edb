#include "native/datapath/loaded_engine.h"

#include <string>

namespace xlb {

Result<LoadedEngine::Loaded> LoadedEngine::load(uint32_t flow_slots, uint32_t template_slots) {
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
  return Loaded{.program = std::move(*program), .flows = std::move(*flows)};
}

Result<std::vector<uint8_t>> LoadedEngine::traced() {
  std::vector<uint8_t> records;
  if (ring_ == nullptr) return records;
  if (Status status = ring_->take(&records); !status.ok()) return status;
  return records;
}

Status LoadedEngine::open_trace() {
  if (ring_ != nullptr) return {};
  Result<std::unique_ptr<TraceRing>> ring = TraceRing::open(program_->trace_ring_fd());
  if (!ring.ok()) return ring.status();
  ring_ = std::move(*ring);
  return {};
}

std::vector<uint64_t> LoadedEngine::counts() const {
  std::vector<uint64_t> totals(XLB_VERDICT_COUNT);
  for (uint32_t row = 0; row < tables().rows; row++)
    for (size_t i = 0; i < totals.size(); i++)
      totals[i] += __atomic_load_n(&tables().counters[row].all.verdict[i], __ATOMIC_ACQUIRE);
  return totals;
}

}  // namespace xlb
