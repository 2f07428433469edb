#include "native/host/netlink_monitor.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "native/host/messages.h"

namespace xlb::host {
namespace {

// Rules and nexthop objects change where packets go, as routes do.
constexpr std::array<int, 9> kGroups = {
    RTNLGRP_LINK,      RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE,   RTNLGRP_NEIGH,       RTNLGRP_NEXTHOP,
};

// A rest after an error that netlink is not known to give, so that it cannot become a busy loop.
constexpr int kRestMilliseconds = 100;

bool is_route(const HostEvent& event) { return std::holds_alternative<RouteChanged>(event); }

void append(std::vector<HostEvent>& events, HostEvent event) {
  if (is_route(event) && std::ranges::any_of(events, is_route)) return;
  events.push_back(std::move(event));
}

}  // namespace

Status NetlinkMonitor::open_socket() {
  socket_.reset(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket_) return Status::system("open an rtnetlink socket", errno);

  // FORCE needs CAP_NET_ADMIN; without it, take what net.core.rmem_max allows: 'overrun' covers the rest.
  const int fd = mnl_socket_get_fd(socket_.get());
  const int size = kMonitorSocketBytes;
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));

  if (mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return Status::system("bind an rtnetlink socket", errno);
  for (int group : kGroups) {
    if (mnl_socket_setsockopt(socket_.get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
      return Status::system("join rtnetlink group " + std::to_string(group), errno);
  }
  return Status::ok_status();
}

Status NetlinkMonitor::start(std::function<void()> on_ready) {
  if (Status status = open_socket(); !status.ok()) return status;
  stop_signal_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!stop_signal_.valid()) return Status::system("make an eventfd", errno);
  on_ready_ = std::move(on_ready);
  buffer_.resize(kNetlinkReceiveBytes);
  return thread_.start("xlb-netlink", [this] { run(); });
}

void NetlinkMonitor::stop() {
  if (!thread_.running()) return;
  static_cast<void>(::eventfd_write(stop_signal_.get(), 1));  // fails only when it was written 2^64 - 2 times
  thread_.join();
  socket_.reset();
  stop_signal_.reset();
}

std::vector<HostEvent> NetlinkMonitor::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void NetlinkMonitor::run() {
  std::array<pollfd, 2> sources = {{
      {.fd = mnl_socket_get_fd(socket_.get()), .events = POLLIN, .revents = 0},
      {.fd = stop_signal_.get(), .events = POLLIN, .revents = 0},
  }};
  for (;;) {
    if (::poll(sources.data(), sources.size(), -1) < 0) continue;  // EINTR: no other error is possible here
    if (sources[1].revents != 0) return;
    std::vector<HostEvent> events;
    receive_waiting(events);
    if (!events.empty()) publish(std::move(events));
  }
}

void NetlinkMonitor::receive_waiting(std::vector<HostEvent>& events) {
  for (int i = 0; i < kMonitorReceivesPerWake; i++) {
    const ssize_t received = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (received < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      // ENOBUFS: the socket's buffer overflowed. ENOSPC: a message longer than ours. Lost either way.
      if (errno != ENOBUFS && errno != ENOSPC) ::poll(nullptr, 0, kRestMilliseconds);
      events.emplace_back(Overrun{});
      return;
    }
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (std::optional<HostEvent> event = parse_event(message)) append(events, *std::move(event));
    }
  }
}

void NetlinkMonitor::publish(std::vector<HostEvent> events) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = waiting_.empty();
    if (waiting_.size() + events.size() > kMonitorEventsMax) {
      waiting_.assign(1, Overrun{});
    } else if (was_empty) {
      waiting_ = std::move(events);
    } else {
      for (HostEvent& event : events) append(waiting_, std::move(event));
    }
  }
  if (was_empty) on_ready_();
}

}  // namespace xlb::host
