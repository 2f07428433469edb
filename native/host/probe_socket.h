// A socket that asks one address something in single packets and hears the replies and what ICMP says of it:
// echo requests, or UDP. IPv4 or IPv6. Never blocks.
//
// For echo: a ping socket (net/ipv4/ping.c) where net.ipv4.ping_group_range allows it, else a raw one, which
// needs CAP_NET_RAW and also receives replies to other requests to the same address: what was sent is told
// apart by its payload. Thread rule: one user at a time. The socket belongs to the network namespace of the
// thread that opened it.
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
#include "native/host/probe_origin.h"

namespace xlb::host {

struct ProbeSocketOptions {
  IpAddress destination;
  uint16_t port = 0;   // of UDP; 0: echo requests
  ProbeOrigin origin;  // its port is UDP's
};

class ProbeSocket {
 public:
  Status open(const ProbeSocketOptions& options);
  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  // One packet with this payload: of an echo request kEchoPayloadBytes at most.
  Status send(std::span<const uint8_t> payload);

  // The payloads of the replies that wait, kProbeRepliesMax at most, in the order of arrival. An error is
  // what an ICMP message (host unreachable) or the kernel said of a packet.
  Result<std::vector<std::vector<uint8_t>>> receive();

  // The error that the kernel holds for the socket, as the reason why nothing more comes.
  Status pending_error() const;

 private:
  Status open_socket();
  Status configure();
  Status bind_and_connect();
  Status set(int level, int option, const void* value, size_t bytes, const char* name);
  Status send_echo(std::span<const uint8_t> payload);
  [[nodiscard]] bool echo() const { return options_.port == 0; }
  [[nodiscard]] std::string attempted() const;  // "ping 10.0.0.1", "send to 10.0.0.1 port 53"
  // Where the payload begins; nothing where it is none of an answer.
  [[nodiscard]] std::optional<size_t> payload_of(std::span<const uint8_t> packet) const;

  ProbeSocketOptions options_;
  bool raw_ = false;
  uint16_t sequence_ = 0;
  UniqueFd fd_;
};

}  // namespace xlb::host
