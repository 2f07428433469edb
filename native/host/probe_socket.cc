#include "native/host/probe_socket.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "native/base/limits.h"
#include "native/host/packet_socket.h"

namespace xlb::host {
namespace {

// RFC 792 and RFC 4443 §4: the same eight bytes, but for the types.
struct EchoHeader {
  uint8_t type = 0;
  uint8_t code = 0;
  uint16_t checksum = 0;
  uint16_t id = 0;
  uint16_t sequence = 0;
};
static_assert(sizeof(EchoHeader) == 8);

// RFC 1071. In memory order: the sum needs no swapping.
uint16_t checksum(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t at = 0; at < bytes.size(); at += 2) {
    uint16_t word = 0;
    std::memcpy(&word, bytes.data() + at, at + 1 < bytes.size() ? 2 : 1);
    sum += word;
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

std::string ProbeSocket::attempted() const {
  const std::string to = options_.destination.to_string();
  return echo() ? "ping " + to : "send to " + to + " port " + std::to_string(options_.port);
}

Status ProbeSocket::set(int level, int option, const void* value, size_t bytes, const char* name) {
  if (::setsockopt(fd_.get(), level, option, value, static_cast<socklen_t>(bytes)) == 0)
    return Status::ok_status();
  return Status::system(attempted() + " (" + name + ")", errno);
}

Status ProbeSocket::open(const ProbeSocketOptions& options) {
  options_ = options;
  Status status = open_socket();
  if (status.ok()) status = configure();
  if (status.ok()) status = bind_and_connect();
  if (!status.ok()) close();
  return status;
}

Status ProbeSocket::open_socket() {
  constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  const bool v4 = options_.destination.is_v4();
  const int family = v4 ? AF_INET : AF_INET6;
  const int icmp = v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  raw_ = false;
  fd_.reset(::socket(family, SOCK_DGRAM | kFlags, echo() ? icmp : static_cast<int>(IPPROTO_UDP)));
  if (!fd_.valid() && echo() && (errno == EACCES || errno == EPERM)) {
    raw_ = true;
    fd_.reset(::socket(family, SOCK_RAW | kFlags, icmp));
  }
  if (fd_.valid()) return Status::ok_status();
  const char* help = "run as root, or let net.ipv4.ping_group_range include the group";
  return Status::system(attempted(), errno, errno == EPERM ? help : "");
}

Status ProbeSocket::bind_and_connect() {
  const std::string& interface = options_.origin.interface;
  const Status status = set_origin(fd_.get(), options_.destination.family(), options_.origin, attempted());
  if (!status.ok()) return status;
  // Only what comes from there is received, and errors are told.
  const SocketAddress to = socket_address(options_.destination, options_.port, interface);
  if (::connect(fd_.get(), to.get(), to.length) != 0) return Status::system(attempted(), errno);
  return Status::ok_status();
}

Status ProbeSocket::configure() {
  const bool v4 = options_.destination.is_v4();
  // Otherwise a host unreachable is taken for passing (icmp_err_convert[].fatal) and not told.
  Status status = v4 ? set(IPPROTO_IP, IP_RECVERR, &kOn, sizeof kOn, "IP_RECVERR")
                     : set(IPPROTO_IPV6, IPV6_RECVERR, &kOn, sizeof kOn, "IPV6_RECVERR");
  if (!status.ok() || !raw_) return status;
  if (v4) {
    const icmp_filter filter{~(1u << ICMP_ECHOREPLY)};
    return set(SOL_RAW, ICMP_FILTER, &filter, sizeof filter, "ICMP_FILTER");
  }
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  return set(IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter, "ICMP6_FILTER");
}

Status ProbeSocket::send(std::span<const uint8_t> payload) {
  if (echo()) return send_echo(payload);
  if (::send(fd_.get(), payload.data(), payload.size(), MSG_NOSIGNAL) < 0)
    return Status::system(attempted(), errno);
  return Status::ok_status();
}

Status ProbeSocket::send_echo(std::span<const uint8_t> payload) {
  if (payload.size() > kEchoPayloadBytes)
    return Status::limit(attempted(), "at most " + std::to_string(kEchoPayloadBytes) + " bytes are sent");
  const bool v4 = options_.destination.is_v4();
  EchoHeader header;
  header.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  header.id = static_cast<uint16_t>(::getpid());  // a ping socket writes its own over it
  header.sequence = htons(++sequence_);
  std::array<uint8_t, sizeof header + kEchoPayloadBytes> packet;
  std::memcpy(packet.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(packet.data() + sizeof header, payload.data(), payload.size());
  const std::span<const uint8_t> whole(packet.data(), sizeof header + payload.size());
  // IPv6: the kernel's, as it covers the addresses.
  if (v4) {
    header.checksum = checksum(whole);
    std::memcpy(packet.data(), &header, sizeof header);
  }
  if (::send(fd_.get(), whole.data(), whole.size(), MSG_NOSIGNAL) < 0)
    return Status::system(attempted(), errno);
  return Status::ok_status();
}

std::optional<size_t> ProbeSocket::payload_of(std::span<const uint8_t> packet) const {
  if (!echo()) return 0;
  const bool v4 = options_.destination.is_v4();
  size_t at = 0;
  if (v4 && raw_) {  // with the IP header, which the kernel has looked at
    if (packet.empty()) return std::nullopt;
    at = (packet[0] & 0xfu) * size_t{4};
  }
  EchoHeader header;
  if (packet.size() < at + sizeof header) return std::nullopt;
  std::memcpy(&header, packet.data() + at, sizeof header);
  if (header.type != (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) || header.code != 0) return std::nullopt;
  return at + sizeof header;
}

Result<std::vector<std::vector<uint8_t>>> ProbeSocket::receive() {
  std::vector<std::vector<uint8_t>> payloads;
  std::array<uint8_t, kProbeReplyBytes> buffer;
  for (size_t i = 0; i < kProbeRepliesMax; i++) {
    const ssize_t received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (received < 0 && payloads.empty()) return Status::system(attempted(), errno);
    if (received < 0) break;  // what came before it counts
    const std::span<const uint8_t> packet(buffer.data(), static_cast<size_t>(received));
    if (const auto at = payload_of(packet))
      payloads.emplace_back(packet.begin() + static_cast<ptrdiff_t>(*at), packet.end());
  }
  return payloads;
}

Status ProbeSocket::pending_error() const {
  return Status::system(attempted(), host::pending_error(fd_.get()));
}

}  // namespace xlb::host
