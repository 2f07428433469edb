// What the Engines over a loaded program share: its tables, not pinned, under the caller's clock.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "native/base/result.h"
#include "native/datapath/engine.h"
#include "native/kernel/program.h"
#include "native/kernel/trace_ring.h"

namespace xlb {

class LoadedEngine : public Engine {
 public:
  struct Loaded {
    std::unique_ptr<Program> program;
    FlowWindow flows;
  };

  // Fails as loading a program does (not root, kernel too old), and for more slots than one window has.
  static Result<Loaded> load(uint32_t flow_slots, uint32_t template_slots);

  [[nodiscard]] const xlb_tables& tables() const override { return tables_; }
  Result<std::vector<uint8_t>> traced() override;

 protected:
  explicit LoadedEngine(Loaded loaded)
      : program_(std::move(loaded.program)),
        flows_(std::move(loaded.flows)),
        tables_(program_->tables().tables()) {
    tables_.flow_table = flows_.buckets().data();
  }

  Status open_trace() override;
  [[nodiscard]] Program& program() { return *program_; }

  // How often each verdict was come to, by all processors and threads.
  [[nodiscard]] std::vector<uint64_t> counts() const;

 private:
  std::unique_ptr<Program> program_;
  FlowWindow flows_;
  xlb_tables tables_;
  std::unique_ptr<TraceRing> ring_;
};

}  // namespace xlb
