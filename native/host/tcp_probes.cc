#include "native/host/tcp_probes.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>

#include "native/base/clock.h"
#include "native/base/limits.h"

namespace xlb::host {
namespace {

constexpr uint64_t kTimerId = UINT64_MAX;
constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr int kForgetAtOnce = -1;
constexpr uint32_t kBroken = EPOLLERR | EPOLLHUP;
static_assert(EPOLLERR == POLLERR && EPOLLHUP == POLLHUP && EPOLLIN == POLLIN && EPOLLOUT == POLLOUT);

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

Status TcpProbes::open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_event event{EPOLLIN, {.u64 = kTimerId}};
  if (!epoll_.valid() || !timer_.valid() ||
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0) {
    const Status status = Status::system("wait for connections", errno);
    close();
    return status;
  }
  return Status::ok_status();
}

void TcpProbes::close() {
  connections_.clear();
  deadlines_.clear();
  refused_.clear();
  wakes_at_ = 0;
  timer_.reset();
  epoll_.reset();
}

Result<uint32_t> TcpProbes::start(const TcpProbe& probe) {
  const std::string to =
      "connect to " + probe.destination.to_string() + " port " + std::to_string(probe.port);
  const int family = probe.destination.family();
  Connection connection;
  connection.fd.reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = connection.fd.get();
  if (!connection.fd.valid()) return Status::system(to, errno);
  const uint64_t now = monotonic_nanoseconds();
  if (probe.origin.source_port != 0 || !may_linger(now))
    ::setsockopt(fd, IPPROTO_TCP, TCP_LINGER2, &kForgetAtOnce, sizeof kForgetAtOnce);
  if (const Status status = set_origin(fd, family, probe.origin, to); !status.ok()) return status;

  const SocketAddress address = socket_address(probe.destination, probe.port, probe.origin.interface);
  const bool refused = ::connect(fd, address.get(), address.length) != 0 && errno != EINPROGRESS;
  const int error = errno;
  do last_id_++;
  while (last_id_ == 0 || connections_.contains(last_id_));
  const uint32_t id = last_id_;
  epoll_event event{EPOLLOUT, {.u64 = id}};
  if (!refused && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return Status::system(to, errno);
  connection.deadline = now + probe.timeout_ms * kNanosecondsPerMillisecond;
  connection.hands_over = probe.hands_over;
  connection.request = probe.request;
  connection.exchanges = !probe.request.empty();
  deadlines_.emplace(connection.deadline, id);
  wake_by(refused ? now : connection.deadline);
  if (refused) refused_.emplace_back(id, error);
  connections_.emplace(id, std::move(connection));
  return id;
}

std::vector<TcpEvent> TcpProbes::take_events() {
  std::vector<TcpEvent> events;
  std::array<epoll_event, kTcpEventsMax> ready;
  const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
  bool timer_fired = false;
  for (int i = 0; i < count; i++) {
    const epoll_event& event = ready[static_cast<size_t>(i)];
    if (event.data.u64 == kTimerId)
      timer_fired = true;
    else
      handle(static_cast<uint32_t>(event.data.u64), event.events, &events);
  }
  for (const auto& [id, error] : std::exchange(refused_, {}))
    if (const auto at = connections_.find(id); at != connections_.end()) fail(at, error, &events);
  if (timer_fired) take_late(&events);
  return events;
}

void TcpProbes::stop(uint32_t id) {
  if (const auto at = connections_.find(id); at != connections_.end()) remove(at);
}

int TcpProbes::release(uint32_t id) {
  const auto at = connections_.find(id);
  if (at == connections_.end() || !at->second.hands_over || !at->second.connected) return -1;
  const int fd = at->second.fd.release();
  remove(at);
  return fd;
}

void TcpProbes::handle(uint32_t id, uint32_t ready, std::vector<TcpEvent>* events) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  if (at->second.connected) return exchange(at, ready, events);
  const int error = (ready & kBroken) != 0 ? pending_error(at->second.fd.get()) : 0;
  if (error != 0) return fail(at, error, events);
  connected(at, events);
}

void TcpProbes::connected(Connections::iterator at, std::vector<TcpEvent>* events) {
  auto& [id, connection] = *at;
  connection.connected = true;
  if (connection.exchanges) {
    if (!send_request(at, events)) return;
    epoll_event event{EPOLLIN, {.u64 = id}};
    if (!connection.request.empty()) event.events |= EPOLLOUT;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
    return;
  }
  events->push_back(
      {.id = id, .kind = TcpEvent::Kind::kConnected, .connected = true, .error = 0, .bytes = {}});
  if (!connection.hands_over) return remove(at);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd.get(), nullptr);
  deadlines_.erase({connection.deadline, id});
}

void TcpProbes::exchange(Connections::iterator at, uint32_t ready, std::vector<TcpEvent>* events) {
  Connection& connection = at->second;
  if ((ready & EPOLLOUT) != 0 && !connection.request.empty()) {
    if (!send_request(at, events)) return;
    epoll_event event{EPOLLIN, {.u64 = at->first}};
    if (connection.request.empty()) ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event);
  }
  if ((ready & (EPOLLIN | kBroken)) != 0) receive(at, events);
}

// False: it has failed, and is gone.
bool TcpProbes::send_request(Connections::iterator at, std::vector<TcpEvent>* events) {
  std::string& request = at->second.request;
  const ssize_t sent = ::send(at->second.fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent >= 0) request.erase(0, static_cast<size_t>(sent));
  if (sent >= 0 || errno == EAGAIN || errno == EINTR) return true;
  // It may have answered and closed before it read: receive() brings both.
  if (errno == EPIPE || errno == ECONNRESET) {
    request.clear();
    return true;
  }
  fail(at, errno, events);
  return false;
}

void TcpProbes::receive(Connections::iterator at, std::vector<TcpEvent>* events) {
  const uint32_t id = at->first;
  std::array<uint8_t, kTcpReceiveBytes> buffer;
  const ssize_t received = ::recv(at->second.fd.get(), buffer.data(), buffer.size(), 0);
  if (received > 0) {
    const auto end = buffer.begin() + received;
    events->push_back({.id = id,
                       .kind = TcpEvent::Kind::kData,
                       .connected = true,
                       .error = 0,
                       .bytes = {buffer.begin(), end}});
    return;
  }
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received < 0) return fail(at, errno, events);
  events->push_back({.id = id, .kind = TcpEvent::Kind::kEnd, .connected = true, .error = 0, .bytes = {}});
  remove(at);
}

void TcpProbes::fail(Connections::iterator at, int error, std::vector<TcpEvent>* events) {
  const auto& [id, connection] = *at;
  events->push_back({.id = id,
                     .kind = TcpEvent::Kind::kFailed,
                     .connected = connection.connected,
                     .error = error,
                     .bytes = {}});
  remove(at);
}

void TcpProbes::remove(Connections::iterator at) {
  deadlines_.erase({at->second.deadline, at->first});
  connections_.erase(at);
}

void TcpProbes::take_late(std::vector<TcpEvent>* events) {
  uint64_t fired = 0;
  [[maybe_unused]] const ssize_t read = ::read(timer_.get(), &fired, sizeof fired);
  wakes_at_ = 0;
  const uint64_t now = monotonic_nanoseconds();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const uint32_t id = deadlines_.begin()->second;
    // What is there by now was in time, however late it is looked at.
    take_last(connections_.find(id), events);
    const auto at = connections_.find(id);
    if (at == connections_.end() || !deadlines_.contains({at->second.deadline, id})) continue;
    events->push_back({.id = id,
                       .kind = TcpEvent::Kind::kTimeout,
                       .connected = at->second.connected,
                       .error = 0,
                       .bytes = {}});
    remove(at);
  }
  if (!deadlines_.empty()) wake_by(deadlines_.begin()->first);
}

void TcpProbes::take_last(Connections::iterator at, std::vector<TcpEvent>* events) {
  if (at->second.connected) return receive(at, events);
  pollfd ready{at->second.fd.get(), POLLOUT, 0};
  if (::poll(&ready, 1, 0) > 0) handle(at->first, static_cast<uint32_t>(ready.revents), events);
}

bool TcpProbes::may_linger(uint64_t now) {
  if (now - second_began_ >= kNanosecondsPerSecond) {
    second_began_ = now;
    lingering_ = 0;
  }
  return lingering_++ < kTcpLingeringPerSecond;
}

// A timer that was set for something over by then wakes for nothing, once; setting it costs a system call.
void TcpProbes::wake_by(uint64_t deadline) {
  if (wakes_at_ != 0 && wakes_at_ <= deadline) return;
  wakes_at_ = deadline;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(deadline / kNanosecondsPerSecond);
  when.it_value.tv_nsec = static_cast<long>(deadline % kNanosecondsPerSecond);
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace xlb::host
