#include "native/kernel/kernel_clock.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <ctime>

#include "native/base/clock.h"

namespace xlb {

Result<KernelClock::Reading> KernelClock::read() const {
  timespec tick{};
  ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick);  // the resolution of that clock is the tick
  uint64_t jiffies = 0;
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.ctx_in = &jiffies;  // and out: that is how the kernel does it for this kind of program
  options.ctx_size_in = sizeof jiffies;
  uint64_t now_ns = 0;
  do {
    now_ns = coarse_nanoseconds();
    if (bpf_prog_test_run_opts(program_.get(), &options) < 0)
      return Status::system("read the kernel's clock", errno);
  } while (now_ns != coarse_nanoseconds());  // a tick came in between; the next one is milliseconds away
  const auto tick_ns = static_cast<uint64_t>(tick.tv_nsec);
  return Reading{tick_ns, now_ns - jiffies * tick_ns};
}

}  // namespace xlb
