#include "native/datapath/af_xdp/socket.h"

#include <fcntl.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "native/host/host_state.h"

namespace xlb {
namespace {

// In copy mode a call sends this many (TX_BATCH_SIZE of net/xdp/xsk.c), or from Linux 6.17 on what is asked
// for.
constexpr uint32_t kFramesPerCall = 32;
constexpr int kWantedFramesPerCall = 256;
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

// In copy mode what is under way counts as the socket's; the usual limit is some 270 frames.
constexpr int kSendBufferBytes = 8 << 20;

bool is_zero_copy(int fd) {
  xdp_options options{};
  socklen_t length = sizeof options;
  return ::getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &length) == 0 &&
         (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
}

std::string cure_of(int error) {
  switch (error) {
    case EBUSY:
      return "another program has an AF_XDP socket on this queue: end it, or use xlb_datapath xdp";
    case EPERM:
      return "be root, or have CAP_NET_RAW and CAP_BPF";
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return "this kernel has no AF_XDP (CONFIG_XDP_SOCKETS): use xlb_datapath xdp";
    case EOPNOTSUPP:
    case EINVAL:
      return "this driver has no AF_XDP on the queue: use xlb_datapath xdp";
    case ENOBUFS:
    case ENOMEM:
      return "raise the limit of locked memory (ulimit -l, LimitMEMLOCK= of systemd)";
    default:
      return "";
  }
}

// Where they are refused, more calls do as well.
void ask_for_large_batches(int fd) {
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes));
  static_cast<void>(
      ::setsockopt(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &kWantedFramesPerCall, sizeof kWantedFramesPerCall));
}

// Frames that the driver may take at a time when it is asked; the kernel's own are 8.
constexpr int kBusyPollBudget = 64;
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif

// With it the driver's interrupts wait for as long as napi_defer_hard_irqs and gro_flush_timeout of the
// interface say, which are the operator's to set (Documentation/networking/napi.rst).
Status poll_busily(int fd, uint32_t microseconds) {
  const std::string attempted = "poll an AF_XDP socket busily";
  const struct {
    int name, value;
  } wanted[] = {{SO_PREFER_BUSY_POLL, 1},
                {SO_BUSY_POLL, static_cast<int>(microseconds)},
                {SO_BUSY_POLL_BUDGET, kBusyPollBudget}};
  for (const auto& [name, value] : wanted) {
    if (::setsockopt(fd, SOL_SOCKET, name, &value, sizeof value) == 0) continue;
    return Status::system(
        attempted, errno,
        errno == EPERM ? "be root, or have CAP_NET_ADMIN"
                       : "needs Linux 5.11 with CONFIG_NET_RX_BUSY_POLL: leave out xlb_af_xdp_busy_poll");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<QueueSocket>> QueueSocket::open(const Options& options, Umem* umem) {
  const auto [ifindex, queue, first, copy, receives, busy_poll_us] = options;
  const std::string attempted =
      "open an AF_XDP socket on queue " + std::to_string(queue) + " of " + host::interface_name(ifindex);
  char name[IF_NAMESIZE];
  if (::if_indextoname(ifindex, name) == nullptr) return Status::system(attempted, ENODEV);
  std::unique_ptr<QueueSocket> made(new QueueSocket(options, umem));
  made->fill_ = first ? umem->first_fill() : &made->own_fill_;
  made->completion_ = first ? umem->first_completion() : &made->own_completion_;
  xsk_socket_config config{};
  config.rx_size = umem->ring_slots();
  config.tx_size = umem->ring_slots();
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_USE_NEED_WAKEUP | (copy ? XDP_COPY : 0);
  // A driver with zero-copy takes buffers as soon as the socket is bound. Finding none, it may come again
  // only after a while. The fill ring of a further socket is made by the call that binds it.
  if (first) made->fill();
  const int error = xsk_socket__create_shared(&made->socket_, name, queue, umem->get(), &made->receive_,
                                              &made->transmit_, made->fill_, made->completion_, &config);
  if (error != 0) {
    made->socket_ = nullptr;
    return Status::system(attempted, -error, cure_of(-error));
  }
  // libxdp leaves it open to programs that are started meanwhile: a script that runs on would keep the queue.
  // One that is forked between the two calls still does, until it ends.
  static_cast<void>(::fcntl(made->fd(), F_SETFD, FD_CLOEXEC));
  made->zero_copy_ = is_zero_copy(made->fd());
  ask_for_large_batches(made->fd());
  if (busy_poll_us > 0 && receives) {
    made->refused_ = poll_busily(made->fd(), busy_poll_us);
    made->polled_busily_ = made->refused_.ok();
  }
  made->refill();
  return made;
}

QueueSocket::~QueueSocket() {
  if (socket_ != nullptr) xsk_socket__delete(socket_);
}

void QueueSocket::ask() const {
  static_cast<void>(::recvfrom(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr));
}

bool QueueSocket::fill() {
  if (!receives_) return false;
  uint32_t count = std::min(xsk_prod_nb_free(fill_, umem_->ring_slots()), umem_->free_chunks());
  uint32_t place = 0;
  count = count == 0 ? 0 : xsk_ring_prod__reserve(fill_, count, &place);
  for (uint32_t i = 0; i < count; i++) *xsk_ring_prod__fill_addr(fill_, place + i) = umem_->take();
  if (count > 0) xsk_ring_prod__submit(fill_, count);
  return count > 0;
}

void QueueSocket::refill() {
  // A driver that ran out of buffers looks again only when it is told to; others keep this thread from its
  // poll().
  if (fill() && xsk_ring_prod__needs_wakeup(fill_)) ask();
}

void QueueSocket::reap() {
  if (in_flight_ == 0) return;
  uint32_t place = 0;
  const uint32_t count = xsk_ring_cons__peek(completion_, umem_->ring_slots(), &place);
  for (uint32_t i = 0; i < count; i++) umem_->give_back(*xsk_ring_cons__comp_addr(completion_, place + i));
  if (count > 0) xsk_ring_cons__release(completion_, count);
  in_flight_ -= count;
}

bool QueueSocket::transmit(uint64_t address, uint32_t length) {
  uint32_t place = 0;
  if (xsk_ring_prod__reserve(&transmit_, 1, &place) == 0) return false;
  xdp_desc* descriptor = xsk_ring_prod__tx_desc(&transmit_, place);
  descriptor->addr = address;
  descriptor->len = length;
  descriptor->options = 0;
  unsubmitted_++;
  return true;
}

bool QueueSocket::flush() {
  if (unsubmitted_ > 0) {
    xsk_ring_prod__submit(&transmit_, unsubmitted_);
    in_flight_ += unsubmitted_;
    unsubmitted_ = 0;
  }
  if (in_flight_ == 0 || !xsk_ring_prod__needs_wakeup(&transmit_)) return true;
  for (uint32_t sent = 0; sent < umem_->ring_slots(); sent += kFramesPerCall) {
    // What the consumer has taken is on its way, whether or not its buffer has come back.
    if (all_taken()) return true;
    if (::sendto(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0 || errno == EAGAIN) {
      if (!zero_copy_) continue;
      // Told once, a driver takes them all, what it has no room for as soon as it has.
      if (polled_busily_) wake();
      return all_taken();
    }
    if (errno == ENETDOWN || errno == ENXIO) return true;  // until the link is up, and the next frame comes
    broken_ = errno == EBADF || errno == ENOTSOCK;
    if (errno != EBUSY) return false;
    dropped_.fetch_add(1, std::memory_order_relaxed);  // that frame; the kernel takes the next ones
  }
  return false;
}

bool QueueSocket::all_taken() {
  return xsk_prod_nb_free(&transmit_, umem_->ring_slots()) == umem_->ring_slots();
}

// For a socket that is polled busily sendto() has the driver look for what came (xsk_sendmsg() of
// net/xdp/xsk.c): one that sends elsewhere, as virtio_net does, sends nothing then. poll() does tell it.
void QueueSocket::wake() const {
  pollfd socket{.fd = fd(), .events = POLLOUT, .revents = 0};
  static_cast<void>(::poll(&socket, 1, 0));
}

SocketLosses QueueSocket::losses() const {
  xdp_statistics statistics{};
  socklen_t length = sizeof statistics;
  if (::getsockopt(fd(), SOL_XDP, XDP_STATISTICS, &statistics, &length) != 0) statistics = {};
  return {.receive_full = statistics.rx_ring_full,
          .fill_empty = statistics.rx_fill_ring_empty_descs,
          .receive_other = statistics.rx_dropped + statistics.rx_invalid_descs,
          .transmit_failed = statistics.tx_invalid_descs + dropped_.load(std::memory_order_relaxed)};
}

}  // namespace xlb
