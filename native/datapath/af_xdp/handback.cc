#include "native/datapath/af_xdp/handback.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "native/base/clock.h"

namespace xlb {

bool Handback::give(std::span<const uint8_t> frame, uint32_t ifindex, uint64_t now_ns) {
  const uint64_t second = now_ns / kNanosecondsPerSecond;
  if (second != second_) {
    second_ = second;
    used_ = 0;
  }
  if (used_ >= most_) return false;
  used_++;
  xdp_md context{};
  context.data_end = static_cast<uint32_t>(frame.size());
  context.ingress_ifindex = ifindex;
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof context;
  options.repeat = 1;
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.batch_size = 1;
  return bpf_prog_test_run_opts(program_, &options) == 0;
}

}  // namespace xlb
