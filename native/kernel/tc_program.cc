#include "native/kernel/tc_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <string>

#include "native/host/host_state.h"
#include "native/kernel/direct_addresses.h"
#include "native/kernel/libbpf_log.h"
#include "native/kernel/pinned_maps.h"
#include "xlb.skel.h"
#include "xlb_tc.skel.h"

namespace xlb {
namespace {

constexpr size_t kLogLines = 6;  // of the verifier's: the instruction it stopped at, and why

// Newer than the oldest <linux/bpf.h> that this is built with.
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);  // BPF_TCX_INGRESS
constexpr uint32_t kBefore = 1u << 3;                           // BPF_F_BEFORE; without a name: before all

std::string attempt(uint32_t ifindex) {
  return "forward at tc on " + host::interface_name(ifindex) + " while it has no XDP";
}

using OwnedSkeleton = std::unique_ptr<xlb_tc_bpf, void (*)(xlb_tc_bpf*)>;

// libbpf's answer.
int load_over(xlb_tc_bpf* skeleton, const xlb_bpf& xdp) {
  skeleton->rodata->flow_bucket_mask = xdp.rodata->flow_bucket_mask;
  skeleton->rodata->flow_table_direct = xdp.rodata->flow_table_direct;
  skeleton->rodata->direct_bucket_mask = xdp.rodata->direct_bucket_mask;
  skeleton->rodata->template_bucket_mask = xdp.rodata->template_bucket_mask;
  skeleton->rodata->counter_rows = xdp.rodata->counter_rows;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton->obj) {
    if (table_name(map).empty()) continue;
    if (const int error = bpf_map__reuse_fd(map, table_fd(xdp.obj, table_name(map))); error < 0) return error;
  }
  DirectAddresses::are_for(skeleton->obj);
  return xlb_tc_bpf::load(skeleton);
}

}  // namespace

Status can_attach_tc(uint32_t ifindex) {
  uint32_t flags = 0;
  uint32_t count = 0;
  if (bpf_prog_query(static_cast<int>(ifindex), kTcxIngress, 0, &flags, nullptr, &count) == 0) return {};
  if (errno != EINVAL) return Status::system(attempt(ifindex), errno);
  return Status::incompatible(attempt(ifindex), "this kernel has no tcx (Linux 6.6 has)");
}

Result<UniqueFd> load_tc_program(const xlb_bpf& xdp) {
  const std::string attempted = "load the program for tc";
  const LibbpfLog log;
  const DirectAddresses addresses;
  if (addresses.error() < 0) return Status::system(attempted, -addresses.error());
  const OwnedSkeleton skeleton(xlb_tc_bpf::open(), xlb_tc_bpf::destroy);
  if (skeleton == nullptr) return Status::system(attempted, errno, log.last_lines(kLogLines));
  if (const int error = load_over(skeleton.get(), xdp); error < 0)
    return Status::system(attempted, -error, log.last_lines(kLogLines));
  UniqueFd program(::fcntl(bpf_program__fd(skeleton->progs.xlb_forward_tc), F_DUPFD_CLOEXEC, 0));
  if (!program.valid()) return Status::system(attempted, errno);
  return program;
}

Result<UniqueFd> attach_tc(int program_fd, uint32_t ifindex) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = kBefore;
  UniqueFd link(bpf_link_create(program_fd, static_cast<int>(ifindex), kTcxIngress, &options));
  if (!link.valid()) return Status::system(attempt(ifindex), errno);
  return link;
}

}  // namespace xlb
