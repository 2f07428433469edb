// The two UDP sockets of BFD (RFC 5881 §4, RFC 5883 §5): one hears what all neighbours send to the well-known
// port, the other sends for one session, from a port of its own. IPv4 or IPv6. Never block.
//
// Packets are unread: what is in them, and which TTL they may have, is the caller's to judge. Thread rule:
// one user at a time. A socket belongs to the network namespace of the thread that opened it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/base/unique_fd.h"

namespace xlb::host {

struct BfdReceiverOptions {
  bool v4 = true;
  uint16_t port = 0;
};

struct BfdPacket {
  std::vector<uint8_t> bytes;  // kBfdPacketBytes at most: longer ones are cut
  IpAddress source;
  IpAddress destination;
  uint8_t ttl = 0;  // or hop limit; 0 where the kernel did not say
};

class BfdReceiver {
 public:
  using Options = BfdReceiverOptions;
  Status open(const Options& options);
  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  // What waits, kBfdPacketsMax at most, in the order of arrival.
  Result<std::vector<BfdPacket>> receive();

  // The error that the kernel holds for the socket, as the reason why nothing more comes.
  Status pending_error() const;

 private:
  Status configure();
  Status bind_port();
  [[nodiscard]] std::string attempted() const;  // "receive BFD packets on UDP port 3784 of IPv4"

  Options options_;
  UniqueFd fd_;
};

struct BfdSenderOptions {
  IpAddress destination;
  uint16_t port = 0;
  std::optional<IpAddress> source;  // of the same family; none: the kernel's choice
  uint8_t ttl = 255;
};

class BfdSender {
 public:
  Status open(const BfdSenderOptions& options);
  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  Status send(std::span<const uint8_t> bytes);

 private:
  Status configure();
  Status bind_port();
  [[nodiscard]] std::string attempted() const;  // "send BFD packets to 10.0.0.1"

  BfdSenderOptions options_;
  UniqueFd fd_;
};

}  // namespace xlb::host
