#include "native/generator/bare_forwarder.h"

#include <linux/if_ether.h>
#include <poll.h>

#include <algorithm>

namespace xlb {
namespace {

constexpr uint32_t kBatch = 64;
constexpr int kIdleMilliseconds = 100;

}  // namespace

Result<std::unique_ptr<BareForwarder>> BareForwarder::start(uint32_t ifindex) {
  std::unique_ptr<BareForwarder> made(new BareForwarder);
  Result<std::unique_ptr<Umem>> umem = Umem::make({});
  if (!umem.ok()) return umem.status();
  made->umem_ = std::move(*umem);
  Result<std::unique_ptr<QueueSocket>> socket =
      QueueSocket::open({.ifindex = ifindex, .first = true, .receives = true}, made->umem_.get());
  if (!socket.ok()) return socket.status();
  made->socket_ = std::move(*socket);
  Status status = made->thread_.start("bare", [thread = made.get()] { thread->run(); });
  if (!status.ok()) return status;
  return made;
}

void BareForwarder::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    const bool came = serve();
    const bool sent = socket_->flush();
    if (came) continue;
    pollfd watched{.fd = socket_->fd(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&watched, 1, sent ? kIdleMilliseconds : 1));
  }
}

// True where frames came.
bool BareForwarder::serve() {
  uint32_t first = 0;
  socket_->reap();
  const uint32_t count = socket_->receive(kBatch, &first);
  for (uint32_t i = 0; i < count; i++) {
    const xdp_desc& frame = socket_->received(first + i);
    uint8_t* data = umem_->at(frame.addr);
    std::swap_ranges(data, data + ETH_ALEN, data + ETH_ALEN);
    if (!socket_->transmit(frame.addr, frame.len)) umem_->give_back(frame.addr);
  }
  if (count > 0) socket_->release(count);
  socket_->refill();
  return count > 0;
}

}  // namespace xlb
