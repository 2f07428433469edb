#include "native/datapath/af_xdp/queue_thread.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "native/base/clock.h"
#include "native/datapath/af_xdp/foresee.h"

namespace xlb {
namespace {

constexpr uint32_t kBatch = 64;
constexpr int kIdleMilliseconds = 1000;
constexpr int kUnsentMilliseconds = 1;
constexpr uint64_t kLastRoundsNs = 100'000'000;

void count(std::atomic<uint64_t>* counter) { counter->fetch_add(1, std::memory_order_relaxed); }

// To the processor that takes this queue's interrupts as a rule: queue n and processor n.
void pin_to(uint32_t queue) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  uint32_t wanted = queue % static_cast<uint32_t>(CPU_COUNT(&allowed));
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || wanted-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    static_cast<void>(::sched_setaffinity(0, sizeof one, &one));
    return;
  }
}

}  // namespace

Result<std::unique_ptr<QueueThread>> QueueThread::open(const Options& options) {
  std::unique_ptr<QueueThread> made(new QueueThread(options));
  const std::string attempted = "start the AF_XDP thread of queue " + std::to_string(options.queue);
  made->stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  made->packet_socket_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made->stop_.valid() || !made->packet_socket_.valid()) return Status::system(attempted, errno);
  Status status = made->open_sockets(false);
  // Sockets of one Umem are all zero-copy or none is: a driver without it among others.
  if (!status.ok() && !made->sockets_.empty() && made->sockets_.front()->zero_copy())
    status = made->open_sockets(true);
  if (!status.ok()) return status;
  return made;
}

Status QueueThread::open_sockets(bool copy) {
  sockets_.clear();
  umem_.reset();
  Result<std::unique_ptr<Umem>> umem =
      Umem::make(static_cast<uint32_t>(options_.ifindexes.size() + options_.egress.size()));
  if (!umem.ok()) return umem.status();
  umem_ = std::move(*umem);
  QueueSocket::Options wanted{.queue = options_.queue, .copy = copy, .receives = true};
  for (const uint32_t ifindex : options_.ifindexes) {
    wanted.ifindex = ifindex;
    wanted.first = sockets_.empty();
    Result<std::unique_ptr<QueueSocket>> socket = QueueSocket::open(wanted, umem_.get());
    if (!socket.ok()) return socket.status();
    sockets_.push_back(std::move(*socket));
  }
  // A zero-copy socket takes the queue of its interface from the kernel, which goes on receiving there.
  if (sockets_.front()->zero_copy()) return {};
  wanted.first = wanted.receives = false;
  for (const uint32_t ifindex : options_.egress) {
    if (sockets_.size() >= XLB_MAX_QUEUE_THREADS) break;
    wanted.ifindex = ifindex;
    Result<std::unique_ptr<QueueSocket>> socket = QueueSocket::open(wanted, umem_.get());
    if (socket.ok()) sockets_.push_back(std::move(*socket));
  }
  return {};
}

QueueThread::~QueueThread() {
  stopping_.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
  thread_.join();
}

Status QueueThread::start() {
  return thread_.start("xlb-queue-" + std::to_string(options_.queue), [this] {
    pin_to(options_.queue);
    run();
  });
}

QueueCounts QueueThread::counts() const {
  const auto read = [](const std::atomic<uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  return {.transmit_full = read(counts_.transmit_full),
          .handed_back = read(counts_.handed_back),
          .handback_lost = read(counts_.handback_lost),
          .sent_slowly = read(counts_.sent_slowly),
          .send_failed = read(counts_.send_failed)};
}

void QueueThread::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    const Round round = serve_all();
    busy_.store(round.came || round.unsent, std::memory_order_relaxed);
    if (!round.came) wait(round.unsent);
  }
  // What came before steering ended may still lie in the rings: this thread may have been asleep meanwhile.
  const uint64_t deadline = monotonic_nanoseconds() + kLastRoundsNs;
  for (Round round{.came = true}; (round.came || round.unsent) && monotonic_nanoseconds() < deadline;)
    round = serve_all();
}

QueueThread::Round QueueThread::serve_all() {
  now_ns_ = coarse_nanoseconds();
  clock_ = static_cast<uint32_t>(now_ns_ >> XLB_CLOCK_SHIFT);
  Round round;
  for (const auto& socket : sockets_) round.came |= serve(socket.get());
  for (const auto& socket : sockets_) round.unsent |= !socket->flush();
  return round;
}

// True where frames came.
bool QueueThread::serve(QueueSocket* socket) {
  uint32_t first = 0;
  socket->reap();
  const uint32_t count = socket->receive(kBatch, &first);
  for (uint32_t i = 0; i < count; i++) __builtin_prefetch(umem_->at(socket->received(first + i).addr));
  for (uint32_t i = 0; i < count; i++) {
    const xdp_desc& frame = socket->received(first + i);
    foresee(options_.tables, umem_->at(frame.addr), frame.len);
  }
  for (uint32_t i = 0; i < count; i++) take(socket, socket->received(first + i));
  if (count > 0) socket->release(count);
  socket->refill();
  return count > 0;
}

void QueueThread::take(QueueSocket* from, const xdp_desc& frame) {
  uint8_t* data = umem_->at(frame.addr);
  platform_context context{data, data + frame.len, umem_->chunk_of(frame.addr)};
  packet packet{};
  packet.ingress = from->ifindex();
  packet.tables = &options_.tables;
  packet.clock = &clock_;
  packet.row = options_.row;
  const enum xlb_verdict verdict = forward(&context, &packet);
  const std::span<const uint8_t> result(context.data, context.data_end);
  if (packet.answered != 0) return send(from, from->ifindex(), result);
  switch (action_of(verdict)) {
    case XLB_FORWARD:
      return send(from, packet.egress, result);
    case XLB_PASS:
      // The director's own share of a virtual server is not crowded out by what belongs to no flow.
      count((verdict == XLB_LOCAL ? local_ : handback_).give(result, from->ifindex(), now_ns_)
                ? &counts_.handed_back
                : &counts_.handback_lost);
      break;
    case XLB_DROP:
      break;
  }
  umem_->give_back(frame.addr);
}

// The frame lies in this thread's Umem, and its buffer is this function's to give back.
void QueueThread::send(QueueSocket* from, uint32_t egress, std::span<const uint8_t> frame) {
  const uint64_t address = umem_->address_of(frame.data());
  QueueSocket* to = from->ifindex() == egress ? from : nullptr;
  for (auto other = sockets_.begin(); to == nullptr && other != sockets_.end(); ++other)
    if ((*other)->ifindex() == egress) to = other->get();
  if (to != nullptr && to->transmit(address, static_cast<uint32_t>(frame.size()))) return;
  if (to == nullptr)
    send_slowly(egress, frame);
  else
    count(&counts_.transmit_full);
  umem_->give_back(address);
}

void QueueThread::send_slowly(uint32_t egress, std::span<const uint8_t> frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(egress);
  const ssize_t sent = ::sendto(packet_socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&to), sizeof to);
  count(sent < 0 ? &counts_.send_failed : &counts_.sent_slowly);
}

// poll() also makes the kernel send what it did not take before.
void QueueThread::wait(bool unsent) {
  std::array<pollfd, XLB_MAX_QUEUE_THREADS + 1> watched;
  nfds_t count = 0;
  watched[count++] = {.fd = stop_.get(), .events = POLLIN, .revents = 0};
  for (const auto& socket : sockets_)
    if (count < watched.size()) watched[count++] = {.fd = socket->fd(), .events = POLLIN, .revents = 0};
  static_cast<void>(::poll(watched.data(), count, unsent ? kUnsentMilliseconds : kIdleMilliseconds));
  // An interface that went: its socket has only that to say, at once and again.
  for (nfds_t i = 1; i < count; i++)
    if ((watched[i].revents & POLLIN) == 0 && (watched[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
      static_cast<void>(::poll(watched.data(), 1, kUnsentMilliseconds));
}

}  // namespace xlb
