#include "native/kernel/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/ethernet.h>
#include <sys/utsname.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <ctime>
#include <utility>

#include "native/base/clock.h"
#include "native/host/host_state.h"
#include "native/kernel/direct_addresses.h"
#include "native/kernel/libbpf_log.h"
#include "native/kernel/pinned_maps.h"
#include "native/kernel/tc_program.h"
#include "native/tables/store.h"
#include "xlb.skel.h"

namespace xlb {
namespace {

constexpr size_t kLogLines = 6;           // of the verifier's: the instruction it stopped at, and why
constexpr size_t kTestRunHeadroom = 256;  // bytes a frame may grow by

std::string kernel_release() {
  utsname name{};
  return ::uname(&name) == 0 ? name.release : "unknown";
}

// `error` is what libbpf answered: negative.
Status load_failure(int error, const LibbpfLog& log) {
  const std::string attempted =
      "load the XDP program into Linux " + kernel_release() + " (6.1 is the oldest that can)";
  if (error == -EPERM)
    return Status::system(attempted, EPERM, "be root, on a kernel whose lockdown is not `confidentiality`");
  return Status::system(attempted, -error, log.last_lines(kLogLines));
}

Status check_slots(const std::string& table, uint32_t slots) {
  if (std::has_single_bit(slots) && slots >= XLB_MIN_FLOW_SLOTS && slots <= XLB_MAX_FLOW_SLOTS) return {};
  return Status::argument("make a " + table + " of " + std::to_string(slots) + " slots",
                          "it takes a power of two from " + std::to_string(XLB_MIN_FLOW_SLOTS) + " to " +
                              std::to_string(XLB_MAX_FLOW_SLOTS));
}

Result<uint32_t> count_processors() {
  const int processors = libbpf_num_possible_cpus();
  if (processors < 0) return Status::system("count the processors", -processors);
  constexpr int kMost = XLB_MAX_COUNTER_ROWS - XLB_MAX_QUEUE_THREADS;
  if (processors > kMost)
    return Status::limit("make statistics for " + std::to_string(processors) + " processors",
                         "the packet path counts on up to " + std::to_string(kMost));
  return static_cast<uint32_t>(processors);
}

using OwnedSkeleton = std::unique_ptr<xlb_bpf, void (*)(xlb_bpf*)>;

// The object with this program alone, which uses no table. Returns libbpf's answer.
int load_alone(xlb_bpf* skeleton, const bpf_program* wanted) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton->obj) {
    if (!table_name(map).empty()) static_cast<void>(bpf_map__set_autocreate(map, false));
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) bpf_program__set_autoload(program, program == wanted);
  return bpf_object__load(skeleton->obj);
}

// The descriptor of such a program, for which nothing else of the object is needed.
Result<UniqueFd> open_alone(const bpf_program* (*choose)(const xlb_bpf&)) {
  const LibbpfLog log;
  const OwnedSkeleton skeleton(xlb_bpf::open(), xlb_bpf::destroy);
  if (skeleton == nullptr) return load_failure(-errno, log);
  const bpf_program* program = choose(*skeleton);
  if (const int error = load_alone(skeleton.get(), program); error < 0) return load_failure(error, log);
  UniqueFd own(::fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return load_failure(-errno, log);
  return own;
}

}  // namespace

void Program::SkeletonCloser::operator()(xlb_bpf* skeleton) const { xlb_bpf::destroy(skeleton); }

Program::~Program() = default;

int Program::program_fd() const { return bpf_program__fd(skeleton_->progs.xlb_forward); }

int Program::trace_ring_fd() const { return bpf_map__fd(skeleton_->maps.trace_ring); }

Result<std::unique_ptr<Program>> Program::open(const ProgramOptions& options) {
  std::unique_ptr<Program> program(new Program(options.pin_directory));
  if (Status status = check_slots("flow table", options.flow_slots); !status.ok()) return status;
  if (Status status = check_slots("table of templates", options.template_slots); !status.ok()) return status;
  if (program->pinned()) {
    if (Status status = program->pins_.make(); !status.ok()) return status;
  }
  if (Status status = program->load(options); !status.ok()) return status;
  if (program->pinned()) {
    if (Status status = program->pin_all(); !status.ok()) return status;
    if (Status status = program->open_links(); !status.ok()) return status;
  }
  return program;
}

Status Program::load(const ProgramOptions& options) {
  const Result<uint32_t> processors = count_processors();
  if (!processors.ok()) return processors.status();
  queue_rows_ = {.first = *processors, .count = std::min<uint32_t>(*processors, XLB_MAX_QUEUE_THREADS)};
  const uint32_t rows = queue_rows_.first + queue_rows_.count;
  Result<UniqueFd> clock = open_alone(
      [](const xlb_bpf& skeleton) -> const bpf_program* { return skeleton.progs.xlb_read_jiffies; });
  if (!clock.ok()) return clock.status();
  clock_ = KernelClock(std::move(*clock));
  const LibbpfLog log;
  const DirectAddresses addresses;
  if (addresses.error() < 0) return load_failure(addresses.error(), log);
  skeleton_.reset(xlb_bpf::open());
  if (skeleton_ == nullptr) return load_failure(-errno, log);

  const uint32_t buckets = options.flow_slots / XLB_BUCKET_SLOTS;
  const bool direct = size_t{buckets} * sizeof(xlb_flow_bucket) <= XLB_MAX_DIRECT_BYTES;
  if (direct)
    bpf_map__set_value_size(skeleton_->maps.flow_table, buckets * sizeof(xlb_flow_bucket));
  else
    bpf_map__set_max_entries(skeleton_->maps.flow_table, buckets);
  bpf_map__set_value_size(skeleton_->maps.counters, rows * sizeof(xlb_counters));
  const uint32_t template_buckets = options.template_slots / XLB_BUCKET_SLOTS;
  bpf_map__set_max_entries(skeleton_->maps.templates, template_buckets);
  skeleton_->rodata->template_bucket_mask = template_buckets - 1;
  skeleton_->rodata->flow_bucket_mask = buckets - 1;
  skeleton_->rodata->flow_table_direct = direct ? 1 : 0;
  skeleton_->rodata->direct_bucket_mask = direct ? buckets - 1 : 0;
  skeleton_->rodata->counter_rows = rows;
  fake_clock_ = options.fake_clock;
  bpf_program__set_autoload(skeleton_->progs.xlb_pass, false);
  bpf_program__set_autoload(skeleton_->progs.xlb_read_jiffies, false);

  if (pinned()) {
    Result<Adoption> adoption = adopt_maps(skeleton_->obj, pins_);
    if (!adoption.ok()) return adoption.status();
    adopted_ = adoption->adopted;
    discarded_ = std::move(adoption->discarded);
  }
  DirectAddresses::are_for(skeleton_->obj);
  if (const int error = xlb_bpf::load(skeleton_.get()); error < 0) return load_failure(error, log);

  const auto fd_of = [this](const char* name) { return table_fd(skeleton_->obj, name); };
  Result<MappedTables> tables = MappedTables::map(fd_of, {buckets, template_buckets, rows});
  if (!tables.ok()) return tables.status();
  tables_ = std::move(*tables);
  return fake_clock_ ? Status::ok_status() : start_clock();
}

Status Program::start_clock() {
  const Result<KernelClock::Reading> reading = clock_.read();
  if (!reading.ok()) return reading.status();
  xlb_settings* settings = tables_->tables().settings;
  store(&settings->clock_offset_ns, static_cast<__u64>(reading->offset_ns));
  store(&settings->clock_tick_ns, static_cast<__u64>(reading->tick_ns));
  return Status::ok_status();
}

void Program::keep_clock() const {
  if (fake_clock_) return;
  xlb_settings* settings = tables_->tables().settings;
  const Result<KernelClock::Reading> reading = clock_.read();
  if (!reading.ok()) return;
  const uint64_t stored = settings->clock_offset_ns;
  const uint64_t next = next_clock_offset(stored, reading->offset_ns, reading->tick_ns);
  if (next != stored) store(&settings->clock_offset_ns, static_cast<__u64>(next));
}

Status Program::pin_all() {
  if (adopted_) return pins_.replace(program_fd(), kProgramPin);
  if (Status status = pin_maps(skeleton_->obj, pins_); !status.ok()) return status;
  return pins_.pin(program_fd(), kProgramPin);
}

Status Program::open_links() {
  const Result<std::vector<std::string>> names = pins_.names();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (!name.starts_with(kLinkPinPrefix)) continue;
    Result<std::optional<XdpLink>> link = XdpLink::open(pins_.path_of(name));
    if (!link.ok()) return link.status();
    if (!link->has_value()) {
      if (Status status = pins_.unpin(name); !status.ok()) return status;
      continue;
    }
    links_.push_back({.link = std::move(**link), .pin = name, .adopted = true});
    if (!adopted_) continue;
    if (Status status = refresh(links_.back()); !status.ok()) return status;
  }
  return Status::ok_status();
}

Status Program::refresh(Held& held) {
  if (held.current) return Status::ok_status();
  Status status = held.link.update(program_fd());
  held.current = status.ok();
  return status;
}

Status Program::remove(Held& held) {
  if (Status status = held.link.detach(); !status.ok()) return status;
  Status status = held.pin.empty() ? Status::ok_status() : pins_.unpin(held.pin);
  std::erase_if(links_, [&](const Held& other) { return &other == &held; });
  return status;
}

Program::Held* Program::find(uint32_t ifindex) {
  const auto found = std::find_if(links_.begin(), links_.end(),
                                  [=](const Held& held) { return held.link.ifindex() == ifindex; });
  return found == links_.end() ? nullptr : &*found;
}

void Program::forget_dead_links() {
  std::erase_if(links_, [this](const Held& held) {
    if (held.link.alive()) return false;
    if (!held.pin.empty()) static_cast<void>(pins_.unpin(held.pin));
    return true;
  });
}

bool Program::changes_mode(uint32_t ifindex, AttachMode mode) {
  forget_dead_links();
  const Held* held = find(ifindex);
  if (held == nullptr || mode == AttachMode::kAuto) return false;
  return held->link.native() == (mode == AttachMode::kGeneric);
}

Result<Attachment> Program::attach(uint32_t ifindex, AttachMode mode) {
  const bool changes = changes_mode(ifindex, mode);
  Held* held = find(ifindex);
  if (held == nullptr) return attach_first(ifindex, mode);
  if (!changes) {
    if (Status status = refresh(*held); !status.ok()) return status;
    return attachment_of(*held);
  }
  const AttachMode before = held->link.native() ? AttachMode::kNative : AttachMode::kGeneric;
  const uint64_t begun_ns = monotonic_nanoseconds();
  if (Status status = remove(*held); !status.ok()) return status;
  Result<Attachment> attachment = attach_first(ifindex, mode);
  if (attachment.ok())
    attachment->gap_ns = monotonic_nanoseconds() - begun_ns;
  else
    static_cast<void>(attach_first(ifindex, before));
  return attachment;
}

Result<Attachment> Program::attach_first(uint32_t ifindex, AttachMode mode) {
  Result<XdpLink> link = XdpLink::create(program_fd(), ifindex, mode);
  if (!link.ok()) return link.status();
  Held made{.link = std::move(*link), .pin = pinned() ? link_pin_name(ifindex) : "", .current = true};
  if (pinned()) {
    if (Status status = pins_.replace(made.link.fd(), made.pin); !status.ok()) return status;
  }
  links_.push_back(std::move(made));
  return attachment_of(links_.back());
}

Result<UniqueFd> Program::stand_in(uint32_t ifindex) {
  if (Status status = can_attach_tc(ifindex); !status.ok()) return status;
  if (!at_tc_ || !at_tc_->ok()) at_tc_ = load_tc_program(*skeleton_);
  return at_tc_->ok() ? attach_tc((*at_tc_)->get(), ifindex) : at_tc_->status();
}

Result<bool> Program::detach(uint32_t ifindex) {
  forget_dead_links();
  Held* held = find(ifindex);
  if (held == nullptr) return false;
  if (Status status = remove(*held); !status.ok()) return status;
  return true;
}

std::vector<Attachment> Program::attachments() {
  forget_dead_links();
  std::vector<Attachment> attachments;
  for (const Held& held : links_) attachments.push_back(attachment_of(held));
  return attachments;
}

Attachment Program::attachment_of(const Held& held) {
  std::string reason = held.link.reason();
  if (held.adopted && !held.link.native()) reason = "it was generic when this process took it over";
  return {.ifindex = held.link.ifindex(),
          .native = held.link.native(),
          .adopted = held.adopted,
          .reason = std::move(reason),
          .gap_ns = 0,
          .lost = {},
          .exposed = {}};
}

Status Program::set_egress(const std::vector<uint32_t>& ifindexes) {
  const int map = bpf_map__fd(skeleton_->maps.egress);
  std::vector<uint32_t> unwanted;
  uint32_t key = 0;
  for (const uint32_t* before = nullptr; bpf_map_get_next_key(map, before, &key) == 0; before = &key) {
    if (std::find(ifindexes.begin(), ifindexes.end(), key) == ifindexes.end()) unwanted.push_back(key);
  }
  for (const uint32_t ifindex : unwanted) static_cast<void>(bpf_map_delete_elem(map, &ifindex));
  Status first;
  for (const uint32_t ifindex : ifindexes) {
    if (bpf_map_update_elem(map, &ifindex, &ifindex, BPF_ANY) == 0 || !first.ok()) continue;
    // The kernel says EINVAL of an interface that does not exist.
    first = Status::system("send out of " + host::interface_name(ifindex), errno == EINVAL ? ENODEV : errno);
  }
  return first;
}

Status Program::set_socket(uint32_t place, int socket) {
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.sockets), &place, &socket, BPF_ANY) == 0) return {};
  return Status::system("give frames to an AF_XDP socket", errno);
}

Result<int> Program::pass_program() {
  if (pass_.valid()) return pass_.get();
  Result<UniqueFd> program =
      open_alone([](const xlb_bpf& skeleton) -> const bpf_program* { return skeleton.progs.xlb_pass; });
  if (!program.ok()) return program.status();
  pass_ = std::move(*program);
  return pass_.get();
}

Result<TestRun> Program::test_run(std::span<const uint8_t> frame, uint32_t ingress_ifindex) {
  const std::string attempted =
      "run the XDP program on a frame of " + std::to_string(frame.size()) + " bytes";
  if (frame.size() < ETHER_HDR_LEN)
    return Status::argument(attempted, "it takes an Ethernet header at least");
  xdp_md context{};
  context.data_end = static_cast<uint32_t>(frame.size());
  context.ingress_ifindex = ingress_ifindex;
  TestRun run;
  run.frame.resize(frame.size() + kTestRunHeadroom);

  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.data_out = run.frame.data();
  options.data_size_out = static_cast<uint32_t>(run.frame.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof context;
  if (bpf_prog_test_run_opts(program_fd(), &options) < 0) return Status::system(attempted, errno);
  run.action = options.retval;
  run.frame.resize(options.data_size_out);
  return run;
}

Status attach_pass(uint32_t ifindex) {
  const std::string attempted = "let everything through on " + host::interface_name(ifindex);
  const LibbpfLog log;
  const OwnedSkeleton skeleton(xlb_bpf::open(), xlb_bpf::destroy);
  if (skeleton == nullptr) return Status::system(attempted, errno, log.last_lines(kLogLines));
  int error = load_alone(skeleton.get(), skeleton->progs.xlb_pass);
  if (error == 0)
    error = bpf_xdp_attach(static_cast<int>(ifindex), bpf_program__fd(skeleton->progs.xlb_pass),
                           XDP_FLAGS_DRV_MODE, nullptr);
  return error == 0 ? Status::ok_status() : Status::system(attempted, -error, log.last_lines(kLogLines));
}

}  // namespace xlb
