#include "native/datapath/forwarder.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "native/base/unique_fd.h"

namespace xlb {
namespace {

Result<MacAddress> mac_of_interface(uint32_t ifindex) {
  ifreq request{};
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::if_indextoname(ifindex, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0)
    return Status::system("read the MAC address of interface " + std::to_string(ifindex), errno);
  MacAddress mac;
  std::memcpy(mac.bytes.data(), request.ifr_hwaddr.sa_data, mac.bytes.size());
  return mac;
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
  flows_.slots = static_cast<uint64_t>(program_->tables().flow_slots());
  for (uint32_t id = 1; id < XLB_MAX_REAL_SERVERS; id++)
    if (tables.real_servers[id].destination_mac.bytes[6] == XLB_NEXTHOP_LINK)
      egress_.insert(tables.real_servers[id].ifindex);
}

Forwarder::~Forwarder() { stop_sweeper(); }

Result<Attachment> Forwarder::attach(uint32_t ifindex, AttachMode mode) {
  const Result<MacAddress> mac = mac_of_interface(ifindex);
  if (!mac.ok()) return mac.status();
  if (Status status = tables_->set_interface(ifindex, *mac); !status.ok()) return status;
  return program_->attach(ifindex, mode);
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

// The kernel took an interface that went out of the map by itself; naming it again would be refused.
void Forwarder::forget_gone_egress() {
  char name[IF_NAMESIZE];
  std::erase_if(egress_, [&](uint32_t ifindex) { return ::if_indextoname(ifindex, name) == nullptr; });
}

Status Forwarder::start_sweeper() {
  if (sweeper_) return {};
  MappedTables& mapped = program_->tables();
  sweeper_ = std::make_unique<Sweeper>(
      mapped.tables(), mapped.windows(),
      [&mapped](uint32_t index, const Sweeper::Sweep& sweep) {
        const Result<FlowWindow> window = mapped.window(index);
        if (window.ok()) sweep(window->buckets());
        return window.ok();
      },
      [this](SweepTotals totals, uint64_t began_ns) {
        {
          const std::lock_guard lock(mutex_);
          flows_.used = totals.used;
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
  state.evicted = tables_->evicted();
  return state;
}

}  // namespace xlb
