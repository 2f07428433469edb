// A raw socket of IP protocol 112 (VRRP) on one interface, multicast or unicast. Never blocks.
//
// Packets come without their IP header and are otherwise unread: what is in them is the caller's to judge.
// Own packets are not received. Thread rule: one user at a time. The socket belongs to the network namespace
// of the thread that opened it.
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

struct VrrpSocketOptions {
  bool v4 = true;
  uint32_t index = 0;
  std::optional<IpAddress> multicast_group;  // none: unicast
  std::optional<IpAddress> source;           // none: the kernel's choice
  uint8_t ttl = 255;
  std::optional<uint32_t> receive_buffer_bytes;
};

struct VrrpPacket {
  std::vector<uint8_t> bytes;
  IpAddress source;
  IpAddress destination;
  uint8_t ttl = 0;
  uint32_t index = 0;
};

// How one packet leaves; what is absent is as the socket was opened.
struct VrrpSending {
  IpAddress destination;
  std::optional<IpAddress> source;
  std::optional<uint8_t> ttl;
};

class VrrpSocket {
 public:
  Status open(const VrrpSocketOptions& options);
  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  Status send(std::span<const uint8_t> bytes, const VrrpSending& sending);

  // What waits, kVrrpPacketsMax at most, in the order of arrival.
  Result<std::vector<VrrpPacket>> receive();

  // The error that the kernel holds for the socket, as the reason why nothing more comes.
  Status pending_error() const;

 private:
  Status configure_v4();
  Status configure_v6();
  Status bind_address();
  Status set(int level, int option, const void* value, size_t bytes, const char* name);
  Status set(int level, int option, int value, const char* name) {
    return set(level, option, &value, sizeof value, name);
  }
  Status send_v4(std::span<const uint8_t> bytes, const VrrpSending& sending);
  Status send_v6(std::span<const uint8_t> bytes, const VrrpSending& sending);

  VrrpSocketOptions options_;
  std::string name_;  // of the interface when it was opened, for messages
  UniqueFd fd_;
};

}  // namespace xlb::host
