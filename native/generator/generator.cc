#include "native/generator/generator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "native/generator/order.h"
#include "native/host/host_state.h"
#include "native/kernel/libbpf_log.h"
//
#include "generator.skel.h"  // needs order.h

namespace xlb {
namespace {

constexpr uint32_t kBatch = 64;
constexpr size_t kLargestFrame = 1514;
constexpr uint32_t kLeastIp = 40, kEthernet = 14;

std::span<xlb_flow_slot> slots_of(const Mapping& table) {
  return {static_cast<xlb_flow_slot*>(table.start()), table.bytes() / sizeof(xlb_flow_slot)};
}

Result<UniqueFd> open_flow_table(const std::string& pin_directory) {
  const std::string path = pin_directory + "/flow_table";
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (!fd.valid()) return Status::system("open the pinned table " + path, errno);
  return fd;
}

Result<Mapping> map_whole(int map, const std::string& name) {
  const std::string attempted = "map the table " + name;
  bpf_map_info info{};
  uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(map, &info, &length) < 0) return Status::system(attempted, errno);
  const size_t bytes = size_t{info.max_entries} * info.value_size;
  void* start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (start == MAP_FAILED) return Status::system(attempted, errno);
  return Mapping(start, bytes);
}

}  // namespace

void Generator::SkeletonCloser::operator()(generator_bpf* skeleton) const {
  generator_bpf::destroy(skeleton);
}

Generator::~Generator() = default;

Result<std::unique_ptr<Generator>> Generator::open(const std::string& pin_directory) {
  const LibbpfLog log;
  const Result<UniqueFd> flow_table = open_flow_table(pin_directory);
  if (!flow_table.ok()) return flow_table.status();
  Result<Mapping> mapping = map_whole(flow_table->get(), "flow_table");
  if (!mapping.ok()) return mapping.status();

  std::unique_ptr<Generator> generator(new Generator);
  generator->flow_table_ = std::move(*mapping);
  generator->skeleton_.reset(generator_bpf::open());
  if (generator->skeleton_ == nullptr) return Status::system("load the traffic generator", errno);
  const size_t slots = slots_of(generator->flow_table_).size();
  generator->skeleton_->rodata->flow_slot_mask = static_cast<uint32_t>(slots - 1);
  if (bpf_map__reuse_fd(generator->skeleton_->maps.flow_table, flow_table->get()) < 0 ||
      generator_bpf::load(generator->skeleton_.get()) < 0)
    return Status::system("load the traffic generator", errno, log.last_lines(4));
  return generator;
}

Status Generator::attach(uint32_t ifindex, Companion companion, bool generic) {
  switch (companion) {
    case Companion::kEmpty:
      return attach_program(ifindex, skeleton_->progs.empty, generic);
    case Companion::kSink:
      return attach_program(ifindex, skeleton_->progs.sink, generic);
    case Companion::kFilter:
      return attach_program(ifindex, skeleton_->progs.filter, generic);
  }
  return Status::system("attach a companion", EINVAL);
}

Status Generator::forward_barely(uint32_t ifindex) {
  Result<std::unique_ptr<BareForwarder>> bare = BareForwarder::start(ifindex);
  if (!bare.ok()) return bare.status();
  const uint32_t queue = 0;
  const int socket = (*bare)->socket();
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.bare_sockets), &queue, &socket, BPF_ANY) < 0)
    return Status::system("give frames to the bare forwarder", errno);
  bare_ = std::move(*bare);
  return attach_program(ifindex, skeleton_->progs.to_socket, false);
}

Status Generator::relay(uint32_t ifindex, const Relay& relay) {
  generator_order& order = skeleton_->bss->order;
  std::ranges::copy(relay.destination.bytes, order.destination);
  std::ranges::copy(relay.source.bytes, order.source);
  order.first_server = relay.address;
  return attach_program(ifindex, skeleton_->progs.relay, false);
}

Status Generator::attach_program(uint32_t ifindex, const bpf_program* program, bool generic) {
  const LibbpfLog log;
  const int error = bpf_xdp_attach(static_cast<int>(ifindex), bpf_program__fd(program),
                                   generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE, nullptr);
  if (error == 0) return Status::ok_status();
  return Status::system(std::string("attach the program \"") + bpf_program__name(program) + "\" to " +
                            host::interface_name(ifindex),
                        -error, log.last_lines(1));
}

Status Generator::send(const Order& order) {
  generator_order& asked = skeleton_->bss->order;
  std::ranges::copy(order.destination.bytes, asked.destination);
  std::ranges::copy(order.source.bytes, asked.source);
  asked.first_client = order.first_client;
  asked.clients = order.clients;
  asked.first_server = order.first_server;
  asked.servers = order.servers;
  asked.port = order.port;
  asked.flags = order.flags;
  asked.random = order.random ? 1 : 0;
  asked.erase = order.erase ? noted_ : 0;
  asked.erased = 0;
  asked.client = 0;
  asked.server = 0;

  asked.deliver = order.deliver ? 1 : 0;
  asked.bytes = order.frame_bytes <= 64 ? kLeastIp : order.frame_bytes - kEthernet;

  const std::array<uint8_t, kLargestFrame> frame{};
  const uint32_t length = std::min<uint32_t>(order.frame_bytes, frame.size());
  xdp_md context{};
  context.data_end = length;
  context.ingress_ifindex = order.ifindex;
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = length;
  options.ctx_in = &context;
  options.ctx_size_in = sizeof context;
  options.repeat = static_cast<int>(order.count);
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.batch_size = kBatch;
  if (bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.generate), &options) < 0)
    return Status::system(
        "send " + std::to_string(order.count) + " frames out of " + host::interface_name(order.ifindex),
        errno);
  if (asked.erased < asked.erase)  // else what is measured as new flows would be known ones
    return Status::system("take the noted flows away", ENODATA);
  return Status::ok_status();
}

Result<RunTime> run_time(uint32_t ifindex) {
  const std::string attempted = "read the run time of the XDP program on " + host::interface_name(ifindex);
  bpf_xdp_query_opts query{};
  query.sz = sizeof query;
  if (const int error = bpf_xdp_query(static_cast<int>(ifindex), 0, &query); error < 0)
    return Status::system(attempted, -error);
  const UniqueFd program(
      bpf_prog_get_fd_by_id(query.drv_prog_id != 0 ? query.drv_prog_id : query.skb_prog_id));
  bpf_prog_info info{};
  uint32_t length = sizeof info;
  if (!program.valid() || bpf_obj_get_info_by_fd(program.get(), &info, &length) < 0)
    return Status::system(attempted, errno);
  return RunTime{info.run_time_ns, info.run_cnt};
}

Result<UniqueFd> count_run_times() {
  UniqueFd fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!fd.valid()) return Status::system("count the run times of BPF programs", errno);
  return fd;
}

uint32_t Generator::note_flows() {
  const std::span<xlb_flow_slot> slots = slots_of(flow_table_);
  uint32_t found = 0;
  for (uint32_t i = 0; i < slots.size(); i++) {
    if ((slots[i].control & XLB_FLOW_PHASE) == XLB_FLOW_EMPTY) continue;
    if (found < GENERATOR_MAX_NOTED) skeleton_->bss->noted[found] = i;
    found++;
  }
  noted_ = std::min<uint32_t>(found, GENERATOR_MAX_NOTED);
  return found;
}

void Generator::clear_flows() {
  for (xlb_flow_slot& slot : slots_of(flow_table_)) slot.control &= XLB_FLOW_GENERATION;
}

}  // namespace xlb
