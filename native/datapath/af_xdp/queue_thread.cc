#include "native/datapath/af_xdp/queue_thread.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "native/base/clock.h"
#include "native/datapath/af_xdp/foresee.h"

namespace xlb {
namespace {

constexpr uint32_t kBatch = 64;
constexpr int kIdleMilliseconds = 1000;
constexpr int kUnsentMilliseconds = 1;
constexpr int kHeldMilliseconds = 5;
constexpr uint32_t kHoldRingSlots = 64;
constexpr uint64_t kLastRoundsNs = 100'000'000;
// A real-time thread that never sleeps keeps the kernel's own threads from its processor, and RLIMIT_RTTIME,
// where the configuration sets one, ends the process for it. Meanwhile the rings hold what comes.
constexpr uint64_t kLongestAwakeNs = 100'000'000;
constexpr useconds_t kBreathUs = 100;

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

// The calling thread. 0: it need not.
Status be_real_time(uint32_t priority) {
  if (priority == 0) return {};
  sched_param parameters{};
  parameters.sched_priority = static_cast<int>(priority);
  if (::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0) return {};
  return Status::system("set real-time priority " + std::to_string(priority), errno,
                        "needs CAP_SYS_NICE, or LimitRTPRIO= in the unit, and real-time bandwidth in the "
                        "control group (cpu.rt_runtime_us) where the kernel has that");
}

}  // namespace

Result<std::unique_ptr<QueueThread>> QueueThread::open(const Options& options) {
  std::unique_ptr<QueueThread> made(new QueueThread(options));
  const std::string attempted = "start the AF_XDP thread " + options.name;
  made->stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  made->packet_socket_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made->stop_.valid() || !made->packet_socket_.valid()) return Status::system(attempted, errno);
  // Zero-copy would take the queues from the program in the kernel.
  Status status = made->open_sockets(made->only_holds() || options.copies);
  // Sockets of one Umem are all zero-copy or none is: a driver without it among others.
  if (!status.ok() && !made->sockets_.empty() && made->sockets_.front()->zero_copy())
    status = made->open_sockets(true);
  if (!status.ok()) return status;
  return made;
}

Status QueueThread::open_sockets(bool copy) {
  sockets_.clear();
  umem_.reset();
  const auto places = static_cast<uint32_t>(options_.places.size());
  const auto sockets = static_cast<uint32_t>(places + options_.egress.size());
  Result<std::unique_ptr<Umem>> umem =
      only_holds()
          ? Umem::make({.chunks = kMostHeld + 2 * places * kHoldRingSlots, .ring_slots = kHoldRingSlots})
          : Umem::make({.chunks = sockets * kChunksPerSocket});
  if (!umem.ok()) return umem.status();
  umem_ = std::move(*umem);
  Status refused;
  QueueSocket::Options wanted{.copy = copy, .receives = true, .busy_poll_us = options_.runs.busy_poll_us};
  missing_ = {};
  for (size_t place = 0; place < places; place++) {
    wanted.ifindex = options_.places[place].ifindex;
    wanted.queue = options_.places[place].queue;
    wanted.first = sockets_.empty();
    Result<std::unique_ptr<QueueSocket>> socket = QueueSocket::open(wanted, umem_.get());
    if (socket.ok()) {
      sockets_.push_back(std::move(*socket));
      continue;
    }
    refused = socket.status();
    const bool busy = refused.error_number() == EBUSY;
    if (!only_holds() || (busy && place < options_.insisted)) return refused;
    if (busy) missing_ = refused;
  }
  if (sockets_.empty()) return refused;
  refused_.clear();
  polls_busily_ = options_.runs.busy_poll_us > 0;
  for (const auto& socket : sockets_) {
    if (!polls_busily_ || socket->refused().ok()) continue;
    refused_.push_back(socket->refused());
    polls_busily_ = false;
  }
  // A zero-copy socket takes the queue of its interface from the kernel, which goes on receiving there.
  if (!sockets_.front()->zero_copy()) open_egress(wanted);
  return {};
}

void QueueThread::open_egress(const QueueSocket::Options& like) {
  QueueSocket::Options wanted = like;
  wanted.first = wanted.receives = false;
  for (const uint32_t ifindex : options_.egress) {
    if (sockets_.size() >= XLB_MAX_QUEUE_THREADS) break;
    wanted.ifindex = ifindex;
    Result<std::unique_ptr<QueueSocket>> socket = QueueSocket::open(wanted, umem_.get());
    if (socket.ok()) sockets_.push_back(std::move(*socket));
  }
}

void QueueThread::end() {
  stopping_.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
  thread_.join();
}

Status QueueThread::start() {
  // The thread's as well: it may be in set_value() still when get() has returned.
  const auto scheduled = std::make_shared<std::promise<Status>>();
  Status started = thread_.start(options_.name, [this, scheduled] {
    if (!only_holds()) pin_to(options_.places.front().queue);
    scheduled->set_value(be_real_time(options_.runs.real_time_priority));
    run();
  });
  if (!started.ok()) return started;
  if (Status status = scheduled->get_future().get(); !status.ok()) refused_.push_back(std::move(status));
  return {};
}

QueueCounts QueueThread::counts() const {
  return {.receive_other = counts_.receive_other,
          .transmit_full = counts_.transmit_full,
          .handed_back = counts_.handed_back,
          .handback_lost = counts_.handback_lost,
          .sent_slowly = counts_.sent_slowly,
          .send_failed = counts_.send_failed,
          .held = counts_.held};
}

void QueueThread::run() {
  while (!stopping_.load(std::memory_order_relaxed) && !dead_.load(std::memory_order_relaxed)) {
    const Round round = serve_all();
    busy_.store(round.came || round.unsent, std::memory_order_release);
    if (round.came)
      idle_since_ns_ = 0;
    else if (!polls_on())
      wait(round.unsent);
    if (options_.runs.real_time_priority != 0) breathe();
    if (round.unsent && std::ranges::any_of(sockets_, [](const auto& socket) { return socket->broken(); }))
      die(EBADF);
  }
  // What came before steering ended may still lie in the rings: this thread may have been asleep meanwhile.
  const uint64_t deadline = monotonic_nanoseconds() + kLastRoundsNs;
  for (Round round{.came = true}; (round.came || round.unsent) && monotonic_nanoseconds() < deadline;)
    round = serve_all();
  look_at_held(UINT64_MAX);
  // A driver with zero-copy forgets, with the socket, what it has not sent yet.
  while (!flush_all() && monotonic_nanoseconds() < deadline) ::usleep(kBreathUs);
  busy_.store(false, std::memory_order_release);
}

bool QueueThread::flush_all() {
  bool sent = true;
  for (const auto& socket : sockets_) {
    sent &= socket->flush();
    socket->reap();
    sent &= socket->all_sent();
  }
  return sent;
}

QueueThread::Round QueueThread::serve_all() {
  now_ns_ = coarse_nanoseconds();
  clock_ = static_cast<uint32_t>(now_ns_ >> XLB_CLOCK_SHIFT);
  Round round;
  if (!held_.empty() && held_looked_ns_ != now_ns_) look_at_held(now_ns_);
  for (uint32_t socket = 0; socket < sockets_.size(); socket++) round.came |= serve(socket);
  for (const auto& socket : sockets_) round.unsent |= !socket->flush();
  return round;
}

// True where frames came.
bool QueueThread::serve(uint32_t place) {
  QueueSocket* socket = sockets_[place].get();
  uint32_t first = 0;
  socket->reap();
  const uint32_t count = socket->receive(kBatch, &first);
  // Before any of them is counted: whoever sees a verdict, and then that it is not busy, has seen all of it.
  if (count > 0) busy_.store(true, std::memory_order_release);
  if (count > 0 && has_flow_table()) {
    std::array<Foreseen, kBatch> foreseen;
    for (uint32_t i = 0; i < count; i++) fetch_to_write(umem_->at(socket->received(first + i).addr));
    for (uint32_t i = 0; i < count; i++) {
      const xdp_desc& frame = socket->received(first + i);
      foreseen[i] = foresee(tables_, umem_->at(frame.addr), frame.len);
    }
    for (uint32_t i = 0; i < count; i++) fetch(foreseen[i]);
    for (uint32_t i = 0; i < count; i++) take(place, socket->received(first + i));
  } else {
    for (uint32_t i = 0; i < count; i++) {
      umem_->give_back(socket->received(first + i).addr);
      xlb::count(&counts_.receive_other);
    }
  }
  if (count > 0) socket->release(count);
  socket->refill();
  return count > 0;
}

bool QueueThread::has_flow_table() {
  if (tables_.flow_table != nullptr) return true;
  Result<Mapping> mapping = options_.only_holds();
  if (!mapping.ok()) return false;
  flow_table_ = std::move(*mapping);
  tables_.flow_table = static_cast<xlb_flow_bucket*>(flow_table_.start());
  return true;
}

packet QueueThread::packet_from(uint32_t socket) const {
  packet packet{};
  packet.ingress = sockets_[socket]->ifindex();
  packet.tables = &tables_;
  packet.clock = options_.fake_clock ? nullptr : &clock_;
  packet.row = options_.row;
  packet.again = only_holds();  // the program in the kernel had it first
  return packet;
}

void QueueThread::take(uint32_t socket, const xdp_desc& frame) {
  uint8_t* data = umem_->at(frame.addr);
  platform_context context{data, data + frame.len, umem_->chunk_of(frame.addr)};
  packet packet = packet_from(socket);
  packet.holds = true;
  const enum xlb_verdict verdict = forward(&context, &packet);
  if (verdict == static_cast<enum xlb_verdict>(STEERED))
    wait_for(packet, socket, frame);
  else
    finish(socket, {.frame = &context, .what = &packet, .verdict = verdict});
}

// The frame's buffer is this function's to give back.
void QueueThread::finish(uint32_t socket, const Decided& decided) {
  const auto& [frame, what, verdict] = decided;
  QueueSocket* from = sockets_[socket].get();
  const std::span<const uint8_t> result(frame->data, frame->data_end);
  if (what->answered != 0) return send(from, from->ifindex(), result);
  switch (action_of(verdict)) {
    case XLB_FORWARD:
      return send(from, what->egress, result);
    case XLB_PASS:
      // The director's own share of a virtual server is not crowded out by what belongs to no flow.
      count((verdict == XLB_LOCAL ? local_ : handback_).give(result, from->ifindex(), now_ns_)
                ? &counts_.handed_back
                : &counts_.handback_lost);
      break;
    case XLB_DROP:
      break;
  }
  umem_->give_back(umem_->address_of(frame->data));
}

void QueueThread::wait_for(const packet& packet, uint32_t socket, const xdp_desc& frame) {
  const HeldFrame held{.address = frame.addr,
                       .length = frame.len,
                       .real_server = packet.awaited,
                       .socket = socket,
                       .since_ns = now_ns_};
  if (!held_.hold(held, [this](uint32_t id, bool crowded) { tell_crowded(id, crowded); }))
    return finish_held(held);
  count(&counts_.held);
}

// The program in the kernel hands no more over for it. Where it hands everything over, that goes on.
void QueueThread::tell_crowded(uint32_t real_server, bool crowded) {
  if (only_holds())
    __atomic_store_n(&tables_.real_servers[real_server].crowded, uint32_t{crowded}, __ATOMIC_RELAXED);
}

// Sends it, where that is possible by now; else its verdict is that it was not.
void QueueThread::finish_held(const HeldFrame& frame) {
  busy_.store(true, std::memory_order_release);  // as in serve(): before it is counted
  uint8_t* data = umem_->at(frame.address);
  platform_context context{data, data + frame.length, umem_->chunk_of(frame.address)};
  packet packet = packet_from(frame.socket);
  packet.again = true;
  const enum xlb_verdict verdict = forward(&context, &packet);
  finish(frame.socket, {.frame = &context, .what = &packet, .verdict = verdict});
}

void QueueThread::look_at_held(uint64_t now_ns) {
  held_looked_ns_ = now_ns;
  const auto resolved = [&](uint32_t id) {
    const xlb_mac mac{.word =
                          __atomic_load_n(&tables_.real_servers[id].destination_mac.word, __ATOMIC_RELAXED)};
    return mac.bytes[6] != XLB_NEXTHOP_UNRESOLVED;
  };
  const auto finish = [&](const HeldFrame& frame) { finish_held(frame); };
  held_.look(now_ns, resolved, finish, finish);
  held_.relieve([this](uint32_t id, bool crowded) { tell_crowded(id, crowded); });
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

// Steering ends with it, at once: what comes until its owner has found it dead is the kernel's to forward.
// Dead before that: whoever steers afterwards finds it so (Tables::set_steering).
void QueueThread::die(int error) {
  if (dead_.load(std::memory_order_relaxed)) return;
  death_ = Status::system("serve the AF_XDP sockets of thread " + options_.name, error);
  busy_.store(false, std::memory_order_relaxed);
  dead_.store(true, std::memory_order_release);
  __atomic_fetch_and(&tables_.settings->options, ~(XLB_OPTION_STEER | XLB_OPTION_HOLD), __ATOMIC_RELEASE);
}

// Nothing came. False: for so long that the thread may sleep.
bool QueueThread::polls_on() {
  if (!polls_busily_ || stopping_.load(std::memory_order_relaxed)) return false;
  const uint64_t now_ns = monotonic_nanoseconds();
  if (idle_since_ns_ == 0) idle_since_ns_ = now_ns;
  if (now_ns - idle_since_ns_ >= uint64_t{options_.runs.busy_poll_us} * 1000) return false;
  for (const auto& socket : sockets_) socket->ask();
  return true;
}

void QueueThread::breathe() {
  if (now_ns_ - slept_ns_ < kLongestAwakeNs) return;
  slept_ns_ = now_ns_;
  ::usleep(kBreathUs);
}

// poll() also makes the kernel send what it did not take before.
void QueueThread::wait(bool unsent) {
  watched_.clear();
  watched_.push_back({.fd = stop_.get(), .events = POLLIN, .revents = 0});
  for (const auto& socket : sockets_)
    watched_.push_back({.fd = socket->fd(), .events = POLLIN, .revents = 0});
  const int longest = unsent ? kUnsentMilliseconds : held_.empty() ? kIdleMilliseconds : kHeldMilliseconds;
  const uint64_t before_ns = monotonic_nanoseconds();
  const int events = ::poll(watched_.data(), watched_.size(), longest);
  const int error = errno;
  // Where a frame was there already, it was no sleep.
  if (monotonic_nanoseconds() - before_ns >= kBreathUs * 1'000) slept_ns_ = now_ns_;
  if (events < 0 && error != EINTR) return die(error);
  const auto gone = [](const pollfd& one) { return (one.revents & POLLNVAL) != 0; };
  if (events > 0 && std::ranges::any_of(watched_, gone)) return die(EBADF);
  if (events == 0 && held_.empty() && only_holds()) {  // a while without any: it counts as resident
    tables_.flow_table = nullptr;
    flow_table_ = Mapping();
  }
  // An interface that went: its socket has only that to say, at once and again.
  for (size_t i = 1; i < watched_.size(); i++)
    if ((watched_[i].revents & POLLIN) == 0 && (watched_[i].revents & (POLLERR | POLLHUP)) != 0)
      static_cast<void>(::poll(watched_.data(), 1, kUnsentMilliseconds));
}

}  // namespace xlb
