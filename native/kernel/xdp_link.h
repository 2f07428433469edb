// One XDP program on one interface, by a bpf_link: it lasts as long as a descriptor or a pin of it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "native/base/result.h"
#include "native/base/unique_fd.h"

namespace xlb {

enum class AttachMode {
  kAuto,     // native, or generic where the driver has no native XDP
  kAnew,     // the same, tried again where the program is there in generic mode
  kNative,   // in the driver
  kGeneric,  // on the skb, after it: any Ethernet device
};

class XdpLink {
 public:
  // kNative or kGeneric as asked; kAuto and kAnew: native, else generic and reason() says why.
  // An interface with another program is left alone: an error that says how to take that off.
  static Result<XdpLink> create(int program_fd, uint32_t ifindex, AttachMode mode);

  // A pinned one. None where its interface is gone or it was detached by hand.
  static Result<std::optional<XdpLink>> open(const std::string& path);

  // Swaps the program, between one packet and the next.
  Status update(int program_fd);

  // Takes the program off now, whoever else has the link open.
  Status detach();

  // False once its interface is gone.
  [[nodiscard]] bool alive() const;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] uint32_t ifindex() const { return ifindex_; }
  [[nodiscard]] bool native() const { return native_; }

  // Why it is not native; empty where it is, or was asked to be generic.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  XdpLink(UniqueFd fd, uint32_t ifindex, bool native)
      : fd_(std::move(fd)), ifindex_(ifindex), native_(native) {}

  UniqueFd fd_;
  uint32_t ifindex_;
  bool native_;
  std::string reason_;
};

}  // namespace xlb
