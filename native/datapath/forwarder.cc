#include "native/datapath/forwarder.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "native/base/clock.h"
#include "native/base/unique_fd.h"
#include "native/host/stack_silence.h"
#include "native/tables/connections.h"
#include "native/tables/records.h"
#include "native/tables/timeouts.h"

namespace xlb {
namespace {

constexpr uint64_t kQueuesFreeNs = 500'000'000;
constexpr useconds_t kQueuesFreeStepUs = 5'000;
// What the driver had handed on before XDP was there has reached tc, or the stack, by then.
constexpr useconds_t kSettleUs = 2'000;
constexpr useconds_t kStandInUs = 20'000;

struct Interface {
  MacAddress mac;
  uint32_t mtu;
};

Result<Interface> read_interface(uint32_t ifindex) {
  ifreq request{};
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::if_indextoname(ifindex, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0)
    return Status::system("read the MAC address of interface " + std::to_string(ifindex), errno);
  Interface interface{};
  std::memcpy(interface.mac.bytes.data(), request.ifr_hwaddr.sa_data, interface.mac.bytes.size());
  if (::ioctl(socket.get(), SIOCGIFMTU, &request) != 0)
    return Status::system("read the MTU of interface " + std::to_string(ifindex), errno);
  interface.mtu = static_cast<uint32_t>(request.ifr_mtu);
  return interface;
}

// As the packet core has it (bpf/core/mark.h): IPv6's whole network holds the mapped addresses, but is not
// theirs.
bool matches(const xlb_mark_rule& rule, const xlb_address& address) {
  return is_ipv4_mapped(&rule.prefix) == is_ipv4_mapped(&address) &&
         (address.half[0] & rule.mask.half[0]) == rule.prefix.half[0] &&
         (address.half[1] & rule.mask.half[1]) == rule.prefix.half[1];
}

// Those of virtual servers, and of the host's own those that a mark rule makes one's.
std::vector<IpAddress> served_addresses(const xlb_tables& tables) {
  std::set<IpAddress> addresses;
  for (uint32_t id = 1; id < XLB_MAX_VIRTUAL_SERVERS; id++) {
    const xlb_virtual_server& server = tables.virtual_servers[id];
    if ((server.flags & XLB_IN_USE) != 0 && server.protocol != XLB_PROTOCOL_MARK)
      addresses.insert(from_address(server.address));
  }
  const uint32_t rules = tables.settings->mark_rules;  // how many, behind where they begin
  const xlb_mark_rule* first = &tables.mark_rules[rules >> 16];
  for (const IpAddress& own : host::own_addresses()) {
    const auto covers = [address = to_address(own)](const auto& rule) { return matches(rule, address); };
    if (std::any_of(first, first + (rules & UINT16_MAX), covers)) addresses.insert(own);
  }
  return {addresses.begin(), addresses.end()};
}

}  // namespace

Result<std::unique_ptr<Forwarder>> Forwarder::open(const ProgramOptions& options) {
  Result<std::unique_ptr<Program>> program = Program::open(options);
  if (!program.ok()) return program.status();
  return std::unique_ptr<Forwarder>(new Forwarder(std::move(*program)));
}

Forwarder::Forwarder(std::unique_ptr<Program> program) : program_(std::move(program)) {
  const xlb_tables& tables = program_->tables().tables();
  tables_ = std::make_unique<Tables>(tables);
  program_->tables().set_sink(trace_queue_.sink());
  tables_->set_steering(Steering::kNone);  // the sockets of an earlier process are closed
  xlb::end_trace(tables);                  // its viewers are gone
  flows_.slots = static_cast<uint64_t>(program_->tables().flow_slots());
  flows_.template_slots = uint64_t{tables.template_bucket_mask + 1} * XLB_BUCKET_SLOTS;
  for (uint32_t id = 1; id < XLB_MAX_REAL_SERVERS; id++) {
    tables.real_servers[id].crowded = 0;  // what it held is lost
    if (tables.real_servers[id].destination_mac.bytes[6] == XLB_NEXTHOP_LINK)
      egress_.insert(tables.real_servers[id].ifindex);
  }
}

Forwarder::~Forwarder() { stop_sweeper(); }

Status Forwarder::begin_trace(const TraceSettings& settings) {
  if (trace_ == nullptr) {
    Result<std::unique_ptr<TraceReader>> reader =
        TraceReader::open(program_->tables().tables(), program_->trace_ring_fd(), &trace_queue_);
    if (!reader.ok()) return reader.status();
    trace_ = std::move(*reader);
  }
  trace_->begin(settings);
  return {};
}

void Forwarder::end_trace() { trace_.reset(); }

Result<Attachment> Forwarder::attach(uint32_t ifindex, AttachMode mode) {
  const Result<Interface> interface = read_interface(ifindex);
  if (!interface.ok()) return interface.status();
  if (Status status = tables_->set_interface(ifindex, interface->mac, interface->mtu); !status.ok())
    return status;
  if (!program_->changes_mode(ifindex, mode)) return program_->attach(ifindex, mode);
  const Result<UniqueFd> stand_in = program_->stand_in(ifindex);
  std::optional<host::StackSilence> silence;
  if (!stand_in.ok()) silence.emplace(served_addresses(program_->tables().tables()));
  Result<Attachment> attachment = program_->attach(ifindex, mode);
  ::usleep(stand_in.ok() ? kStandInUs : kSettleUs);
  if (!attachment.ok() || stand_in.ok()) return attachment;
  attachment->lost = stand_in.status().message();
  if (!silence->status().ok()) attachment->exposed = silence->status().message();
  return attachment;
}

Result<bool> Forwarder::detach(uint32_t ifindex) {
  const Result<bool> detached = program_->detach(ifindex);
  forget_gone_egress();
  if (detached.ok()) tables_->clear_interface(ifindex);
  return detached;
}

Status Forwarder::set_nexthop(const IpAddress& address, const Nexthop& nexthop) {
  if (nexthop.kind == XLB_NEXTHOP_LINK && !egress_.contains(nexthop.ifindex)) {
    forget_gone_egress();
    egress_.insert(nexthop.ifindex);
    const std::vector<uint32_t> all(egress_.begin(), egress_.end());
    if (Status status = program_->set_egress(all); !status.ok()) {
      egress_.erase(nexthop.ifindex);
      return status;
    }
  }
  tables_->set_nexthop(address, nexthop);
  return {};
}

Status Forwarder::use_af_xdp(const ThreadOptions& runs) {
  QueueThreads::Interfaces wanted = attached_interfaces();
  wanted.egress.assign(egress_.begin(), egress_.end());
  return use_threads({.wanted = std::move(wanted), .purpose = QueueThreads::Purpose::kForward, .runs = runs});
}

Status Forwarder::hold_unresolved() {
  return use_threads({.wanted = attached_interfaces(), .purpose = QueueThreads::Purpose::kHold});
}

QueueThreads::Interfaces Forwarder::attached_interfaces() {
  QueueThreads::Interfaces interfaces;
  for (const Attachment& attachment : program_->attachments()) {
    interfaces.attached.push_back(attachment.ifindex);
    if (!attachment.native) interfaces.generic.push_back(attachment.ifindex);
  }
  std::ranges::sort(interfaces.attached);
  std::ranges::sort(interfaces.generic);
  return interfaces;
}

Status Forwarder::use_threads(QueueThreads::Options options) {
  if (queue_threads_ != nullptr && queue_threads_->purpose() == options.purpose &&
      !queue_threads_->outdated(options.wanted, options.runs))
    return {};
  options.freed = end_threads();
  if (options.wanted.attached.empty()) return {};
  return start_threads(std::move(options));
}

// The kernel gives queues free a little after the sockets on them were closed (xp_put_pool).
Status Forwarder::start_threads(QueueThreads::Options options) {
  const uint64_t deadline = monotonic_nanoseconds() + (options.freed.empty() ? 0 : kQueuesFreeNs);
  for (;;) {
    const bool last = monotonic_nanoseconds() >= deadline;
    if (last) options.freed.clear();  // somebody else has got them meanwhile
    Result<std::unique_ptr<QueueThreads>> threads =
        QueueThreads::start(program_.get(), tables_.get(), options);
    if (threads.ok()) {
      queue_threads_ = std::move(*threads);
      return queue_threads_->missing();
    }
    if (last || threads.status().error_number() != EBUSY) return threads.status();
    ::usleep(kQueuesFreeStepUs);
  }
}

void Forwarder::leave_af_xdp() {
  if (queue_threads_ != nullptr && queue_threads_->purpose() == QueueThreads::Purpose::kForward)
    static_cast<void>(end_threads());
}

// The places of their sockets.
std::vector<QueuePlace> Forwarder::end_threads() {
  if (queue_threads_ == nullptr) return {};
  std::vector<QueuePlace> places = queue_threads_->places();
  queue_threads_->drain();
  queue_threads_->end();  // their last rounds count, too
  ended_counts_ = af_xdp_counts();
  deaths_ = deaths();
  queue_threads_.reset();
  return places;
}

Forwarder::Deaths Forwarder::deaths() const {
  Deaths all = deaths_;
  if (const uint64_t count = queue_threads_ == nullptr ? 0 : queue_threads_->deaths(); count > 0) {
    all.count += count;
    all.last = queue_threads_->death().message();
  }
  return all;
}

std::vector<AfXdpInterface> Forwarder::af_xdp_interfaces() const {
  if (queue_threads_ == nullptr || !queue_threads_->death().ok()) return {};
  return queue_threads_->interfaces();
}

std::vector<std::string> Forwarder::af_xdp_refused() const {
  return queue_threads_ == nullptr ? std::vector<std::string>() : queue_threads_->refused();
}

AfXdpCounts Forwarder::af_xdp_counts() const {
  AfXdpCounts counts = ended_counts_;
  if (queue_threads_ != nullptr) counts += queue_threads_->counts();
  return counts;
}

// The kernel took an interface that went out of the map by itself; naming it again would be refused.
void Forwarder::forget_gone_egress() {
  char name[IF_NAMESIZE];
  std::erase_if(egress_, [&](uint32_t ifindex) { return ::if_indextoname(ifindex, name) == nullptr; });
}

Status Forwarder::set_settings(const Settings& settings) {
  tables_->set_options(settings);
  const std::lock_guard lock(clocks_mutex_);
  const MappedTables& mapped = program_->tables();
  Status status;
  change_timeouts(mapped.tables(), timeouts_with(mapped.tables(), settings), [&](const auto& visit) {
    for (uint32_t index = 0; index < mapped.windows() && status.ok(); index++) {
      const Result<FlowWindow> window = mapped.window(index);
      status = window.status();
      if (status.ok()) visit(window->buckets());
    }
  });
  return status;
}

Result<std::optional<std::string>> Forwarder::connections(uint32_t stretch) {
  const MappedTables& mapped = program_->tables();
  const xlb_tables& tables = mapped.tables();
  const auto now = static_cast<uint32_t>(coarse_nanoseconds() >> XLB_CLOCK_SHIFT);
  const uint32_t template_buckets = tables.template_bucket_mask + 1;
  std::string lines;
  const auto take = [&](const Connection& connection) { append_line(&lines, connection); };
  if (stretch < mapped.windows()) {
    const Result<FlowWindow> window = mapped.window(stretch);
    if (!window.ok()) return window.status();
    each_connection(tables, window->buckets(), now, tables_->slot_names(), take);
    return std::optional(std::move(lines));
  }
  const uint64_t first = uint64_t{stretch - mapped.windows()} * kWindowBuckets;
  if (first >= template_buckets) return std::optional<std::string>();
  const size_t count = std::min<uint64_t>(kWindowBuckets, template_buckets - first);
  each_connection(tables, {tables.templates + first, count}, now, tables_->slot_names(), take);
  return std::optional(std::move(lines));
}

Status Forwarder::start_sweeper() {
  if (sweeper_) return {};
  MappedTables& mapped = program_->tables();
  sweeper_ = std::make_unique<Sweeper>(
      mapped.tables(), mapped.windows(),
      [this, &mapped](uint32_t index, const Sweeper::Sweep& sweep) {
        if (index == 0) program_->keep_clock();  // with it, flows are judged by one and the same
        const Result<FlowWindow> window = mapped.window(index);
        const std::lock_guard lock(clocks_mutex_);
        if (window.ok()) sweep(window->buckets());
        return window.ok();
      },
      [this](SweepTotals totals, uint64_t began_ns) {
        {
          const std::lock_guard lock(mutex_);
          flows_.used = totals.used;
          flows_.templates_used = totals.templates;
          flows_.expired += totals.expired;
          flows_.sweeps++;
        }
        tables_->references_seen(std::move(totals.references), began_ns);
      });
  return sweeper_->start();
}

void Forwarder::stop_sweeper() { sweeper_.reset(); }

FlowTableState Forwarder::flows() const {
  const std::lock_guard lock(mutex_);
  FlowTableState state = flows_;
  const xlb_statistics statistics = tables_->statistics();
  state.evicted = statistics.evicted;
  state.templates_evicted = statistics.templates_evicted;
  state.templates_refused = statistics.templates_refused;
  return state;
}

}  // namespace xlb
