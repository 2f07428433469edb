// Frames that turn out to be the kernel's own business go back to its stack, as if the interface had just
// received them: a program that passes everything runs on them (BPF_PROG_TEST_RUN with live frames). A call a
// frame, so there is a limit a second; what is beyond it is lost, and counted.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <span>

namespace xlb {

inline constexpr uint32_t kStrayFramesPerSecond = 10'000;
inline constexpr uint32_t kLocalFramesPerSecond = 200'000;

class Handback {
 public:
  // `program`: xlb_pass; stays the caller's.
  Handback(int program, uint32_t frames_per_second) : program_(program), most_(frames_per_second) {}

  // False where it was lost.
  bool give(std::span<const uint8_t> frame, uint32_t ifindex, uint64_t now_ns);

 private:
  int program_;
  uint32_t most_;
  uint64_t second_ = 0;
  uint32_t used_ = 0;
};

}  // namespace xlb
