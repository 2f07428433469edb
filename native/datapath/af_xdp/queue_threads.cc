#include "native/datapath/af_xdp/queue_threads.h"

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "native/base/clock.h"
#include "native/base/unique_fd.h"

namespace xlb {
namespace {

// The threads have this long to finish what has come when they are told to end.
constexpr uint64_t kDrainNs = 200'000'000;
constexpr useconds_t kDrainStepUs = 1'000;

// Queues of an interface that frames can come and leave by; 1 where its driver does not say.
uint32_t queues_of(uint32_t ifindex) {
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  ifreq request{};
  request.ifr_data = reinterpret_cast<char*>(&channels);
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::if_indextoname(ifindex, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCETHTOOL, &request) != 0)
    return 1;
  return std::max(1U, channels.combined_count + std::min(channels.rx_count, channels.tx_count));
}

// Empty where all frames of the interface fit; the program in the kernel keeps those that do not (steer.h).
std::string too_long_for(uint32_t ifindex) {
  constexpr int kMost = XLB_SOCKET_FRAME_BYTES - ETH_HLEN;
  ifreq request{};
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::if_indextoname(ifindex, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCGIFMTU, &request) != 0 || request.ifr_mtu <= kMost)
    return {};
  const std::string name(request.ifr_name);
  return "take frames of more than " + std::to_string(XLB_SOCKET_FRAME_BYTES) + " bytes from " + name +
         ", whose MTU is " + std::to_string(request.ifr_mtu) +
         " (the XDP program forwards them; `ip link set dev " + name + " mtu " + std::to_string(kMost) +
         "` makes them fit)";
}

}  // namespace

Result<std::unique_ptr<QueueThreads>> QueueThreads::start(Program* program, Tables* tables, Options options) {
  std::unique_ptr<QueueThreads> made(new QueueThreads(tables, std::move(options)));
  if (Status status = made->open(program); !status.ok()) return status;
  for (const auto& thread : made->threads_)
    if (Status status = thread->start(); !status.ok()) return status;
  if (Status status = made->steer(program); !status.ok()) return status;
  return made;
}

Status QueueThreads::open(Program* program) {
  const std::vector<uint32_t>& ifindexes = options_.wanted.attached;
  const uint32_t most = forward() ? program->queue_rows().count : XLB_MAX_QUEUE_THREADS;
  if (ifindexes.size() > XLB_MAX_SOCKETS / XLB_MAX_QUEUE_THREADS)
    return Status::limit("use AF_XDP on " + std::to_string(ifindexes.size()) + " interfaces",
                         "there may be " + std::to_string(XLB_MAX_SOCKETS / XLB_MAX_QUEUE_THREADS));
  for (const uint32_t ifindex : ifindexes) {
    queues_.push_back(queues_of(ifindex));
    if (std::string sentence = too_long_for(ifindex); forward() && !sentence.empty())
      too_long_.push_back(std::move(sentence));
    interfaces_.push_back({.ifindex = ifindex, .queues = std::min(queues_.back(), most), .zero_copy = true});
  }
  const Result<int> pass = program->pass_program();
  if (!pass.ok()) return pass.status();

  QueueThread::Options options;
  options.tables = program->tables().tables();
  options.pass_program = *pass;
  options.row = program->queue_rows().first;
  options.fake_clock = program->fake_clock();
  return forward() ? open_forwarding(program, std::move(options)) : open_holding(program, std::move(options));
}

Status QueueThreads::open_forwarding(Program* program, QueueThread::Options options) {
  Result<Mapping> flow_table = program->tables().whole_flow_table();
  if (!flow_table.ok()) return flow_table.status();
  flow_table_ = std::move(*flow_table);
  options.tables.flow_table = static_cast<xlb_flow_bucket*>(flow_table_.start());
  std::ranges::copy_if(options_.wanted.egress, std::back_inserter(options.egress), [&](uint32_t ifindex) {
    return std::ranges::find(options_.wanted.attached, ifindex) == options_.wanted.attached.end();
  });
  options.runs = options_.runs;
  for (uint32_t queue = 0; queue < program->queue_rows().count; queue++, options.row++) {
    options.name = "xlb-queue-" + std::to_string(queue);
    options.places.clear();
    for (const AfXdpInterface& interface : interfaces_)
      if (queue < interface.queues) options.places.push_back({.ifindex = interface.ifindex, .queue = queue});
    if (options.places.empty()) break;
    options.copies = std::ranges::any_of(options.places, [this](const QueuePlace& place) {
      return std::ranges::find(options_.wanted.generic, place.ifindex) != options_.wanted.generic.end();
    });
    if (Status status = add(options); !status.ok()) return status;
  }
  return {};
}

Status QueueThreads::open_holding(Program* program, QueueThread::Options options) {
  options.name = "xlb-hold";
  options.only_holds = [tables = &program->tables()] { return tables->whole_flow_table(); };
  for (const AfXdpInterface& interface : interfaces_)
    for (uint32_t queue = 0; queue < interface.queues; queue++)
      options.places.push_back({.ifindex = interface.ifindex, .queue = queue});
  // First: what is opened before a refusal has to be freed again as well.
  const auto others = std::ranges::stable_partition(options.places, [this](const QueuePlace& place) {
    return std::ranges::find(options_.freed, place) != options_.freed.end();
  });
  options.insisted = options.places.size() - others.size();
  return add(options);
}

Status QueueThreads::add(const QueueThread::Options& options) {
  Result<std::unique_ptr<QueueThread>> thread = QueueThread::open(options);
  if (!thread.ok()) return thread.status();
  threads_.push_back(std::move(*thread));
  return {};
}

// Each interface has XLB_MAX_QUEUE_THREADS places, in the order of interfaces_.
Status QueueThreads::steer(Program* program) {
  uint32_t first = 0;
  for (AfXdpInterface& interface : interfaces_) {
    const uint32_t queues = std::exchange(interface.queues, 0);
    for (const auto& thread : threads_)
      for (const auto& socket : thread->sockets()) {
        if (socket->ifindex() != interface.ifindex) continue;
        interface.queues++;
        interface.zero_copy = interface.zero_copy && socket->zero_copy();
        if (Status status = program->set_socket(first + socket->queue(), socket->fd()); !status.ok())
          return status;
      }
    tables_->set_sockets(interface.ifindex, first, queues);
    first += XLB_MAX_QUEUE_THREADS;
  }
  tables_->set_steering(forward() ? Steering::kAll : Steering::kWaiting);
  return death();  // before that: its end of steering came too early
}

void QueueThreads::drain() {
  tables_->set_steering(Steering::kNone);
  const uint64_t deadline = monotonic_nanoseconds() + kDrainNs;
  // Twice: a program that saw the old settings may just be putting its frame into a ring.
  for (int calm = 0; calm < 2 && monotonic_nanoseconds() < deadline;) {
    ::usleep(kDrainStepUs);
    calm = busy() ? 0 : calm + 1;
  }
  // Only now: a program that saw steering on finds its socket until it is done with the packet.
  for (const AfXdpInterface& interface : interfaces_) tables_->set_sockets(interface.ifindex, 0, 0);
}

bool QueueThreads::busy() const {
  return std::ranges::any_of(threads_, [](const auto& thread) { return thread->busy(); });
}

AfXdpCounts& AfXdpCounts::operator+=(const AfXdpCounts& other) {
  receive_full += other.receive_full;
  fill_empty += other.fill_empty;
  receive_other += other.receive_other;
  transmit_full += other.transmit_full;
  transmit_failed += other.transmit_failed;
  handed_back += other.handed_back;
  handback_lost += other.handback_lost;
  sent_slowly += other.sent_slowly;
  held += other.held;
  return *this;
}

AfXdpCounts QueueThreads::counts() const {
  AfXdpCounts sum;
  for (const auto& thread : threads_) {
    const QueueCounts counts = thread->counts();
    sum.receive_other += counts.receive_other;
    sum.transmit_full += counts.transmit_full;
    sum.transmit_failed += counts.send_failed;
    sum.handed_back += counts.handed_back;
    sum.handback_lost += counts.handback_lost;
    sum.sent_slowly += counts.sent_slowly;
    sum.held += counts.held;
    for (const auto& socket : thread->sockets()) {
      const SocketLosses losses = socket->losses();
      sum.receive_full += losses.receive_full;
      sum.fill_empty += losses.fill_empty;
      sum.receive_other += losses.receive_other;
      sum.transmit_failed += losses.transmit_failed;
    }
  }
  return sum;
}

std::vector<QueuePlace> QueueThreads::places() const {
  std::vector<QueuePlace> places;
  for (const auto& thread : threads_)
    for (const auto& socket : thread->sockets())
      places.push_back({.ifindex = socket->ifindex(), .queue = socket->queue()});
  return places;
}

Status QueueThreads::missing() const {
  for (const auto& thread : threads_)
    if (!thread->missing().ok()) return thread->missing();
  return {};
}

uint64_t QueueThreads::deaths() const {
  return static_cast<uint64_t>(
      std::ranges::count_if(threads_, [](const auto& thread) { return !thread->death().ok(); }));
}

Status QueueThreads::death() const {
  for (const auto& thread : threads_)
    if (Status death = thread->death(); !death.ok()) return death;
  return {};
}

std::vector<std::string> QueueThreads::refused() const {
  std::vector<std::string> sentences = too_long_;
  for (const auto& thread : threads_)
    for (const Status& status : thread->refused())
      if (std::ranges::find(sentences, status.message()) == sentences.end())
        sentences.push_back(status.message());
  return sentences;
}

bool QueueThreads::outdated(const Interfaces& wanted, const ThreadOptions& runs) const {
  if (wanted != options_.wanted || runs != options_.runs || !missing().ok() || !death().ok()) return true;
  for (size_t i = 0; i < interfaces_.size(); i++)
    if (queues_of(interfaces_[i].ifindex) != queues_[i]) return true;
  return false;
}

}  // namespace xlb
