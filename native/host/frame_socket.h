// Whole frames out of an interface, and whatever it receives: AF_PACKET.
//
// Thread rule: one user at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/base/result.h"
#include "native/base/unique_fd.h"

namespace xlb::host {

class FrameSocket {
 public:
  using Frame = std::vector<uint8_t>;

  FrameSocket() = default;

  // In the network namespace of the thread. EPERM without CAP_NET_RAW.
  static Result<FrameSocket> open(uint32_t ifindex);

  // EMSGSIZE above the interface's MTU, EINVAL for less than an Ethernet header.
  Status send(std::span<const uint8_t> frame);

  // The next frame that the interface received, what it sends itself is not among them; none where none has
  // come within so long. The outermost VLAN tag, which the kernel takes off, is put back.
  Result<std::optional<Frame>> receive(int most_milliseconds);

 private:
  UniqueFd socket_;
  uint32_t ifindex_ = 0;
};

}  // namespace xlb::host
