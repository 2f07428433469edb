#include "native/datapath/kernel_engine.h"

#include <linux/bpf.h>

#include <utility>

#include "native/datapath/loaded_engine.h"

namespace xlb {
namespace {

class KernelEngine : public LoadedEngine {
 public:
  explicit KernelEngine(Loaded loaded) : LoadedEngine(std::move(loaded)) {}

  // The program answers with an XDP action; the verdict is the one whose counter has moved.
  Result<Outcome> run(std::span<const uint8_t> frame, uint32_t ingress) override {
    const std::vector<uint64_t> before = counts();
    Result<TestRun> run = program().test_run(frame, ingress);
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
};

}  // namespace

Result<std::unique_ptr<Engine>> make_kernel_engine(uint32_t flow_slots, uint32_t template_slots) {
  Result<LoadedEngine::Loaded> loaded = LoadedEngine::load(flow_slots, template_slots);
  if (!loaded.ok()) return loaded.status();
  return std::unique_ptr<Engine>(std::make_unique<KernelEngine>(std::move(*loaded)));
}

}  // namespace xlb
