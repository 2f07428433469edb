// The packet core at tc ingress (bpf/xlb_tc.bpf.c): it stands in for XDP while an interface has none.
#pragma once

#include <cstdint>

#include "native/base/result.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"

struct xlb_bpf;

namespace xlb {

// kIncompatible where the kernel has no tcx (Linux 6.6): no program need be loaded then.
Status can_attach_tc(uint32_t ifindex);

// Over the tables of `xdp`, which is loaded. The verifier takes some tenths of a second.
Result<UniqueFd> load_tc_program(const xlb_bpf& xdp);

// In front of whatever else is at tc ingress, which sees what the program lets through; no qdisc is made. It
// is there as long as the descriptor, which nobody else has: a process takes it along, however it ends.
Result<UniqueFd> attach_tc(int program_fd, uint32_t ifindex);

}  // namespace xlb
