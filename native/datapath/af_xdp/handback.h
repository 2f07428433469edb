// Frames that turn out to be the kernel's own business go back to its stack, as if the interface had just
// received them: a program that passes everything runs on them (BPF_PROG_TEST_RUN with live frames). A call a
// frame, so there is a limit a second; what is beyond it is lost, and counted.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <span>

namespace xlb {

class Handback {
 public:
  // `program`: xlb_pass; stays the caller's.
  explicit Handback(int program) : program_(program) {}

  // False where it was lost.
  bool give(std::span<const uint8_t> frame, uint32_t ifindex, uint64_t now_ns);

  static constexpr uint32_t kFramesPerSecond = 10'000;

 private:
  int program_;
  uint64_t second_ = 0;
  uint32_t used_ = 0;
};

}  // namespace xlb
