#include "native/host/bfd_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <random>

#include "native/base/limits.h"
#include "native/host/packet_socket.h"

namespace xlb::host {
namespace {

// RFC 5881 §4.
constexpr uint16_t kFirstSourcePort = 49152;
constexpr uint16_t kLastSourcePort = 65535;

// What the kernel says beside a packet: where it was sent to, and its TTL.
void read_controls(msghdr& message, BfdPacket& packet) {
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
    in_pktinfo v4{};
    in6_pktinfo v6{};
    int ttl = 0;
    if (read_control(at, IPPROTO_IP, IP_PKTINFO, v4))
      packet.destination = *IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&v4.ipi_addr), 4});
    if (read_control(at, IPPROTO_IPV6, IPV6_PKTINFO, v6))
      packet.destination = *IpAddress::from_bytes(v6.ipi6_addr.s6_addr);
    if (read_control(at, IPPROTO_IP, IP_TTL, ttl) || read_control(at, IPPROTO_IPV6, IPV6_HOPLIMIT, ttl))
      packet.ttl = static_cast<uint8_t>(ttl);
  }
}

}  // namespace

std::string BfdReceiver::attempted() const {
  return "receive BFD packets on UDP port " + std::to_string(options_.port) + " of " +
         (options_.v4 ? "IPv4" : "IPv6");
}

Status BfdReceiver::open(const Options& options) {
  options_ = options;
  const int family = options.v4 ? AF_INET : AF_INET6;
  fd_.reset(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (!fd_.valid()) return Status::system(attempted(), errno);
  Status status = configure();
  if (status.ok()) status = bind_port();
  if (!status.ok()) close();
  return status;
}

Status BfdReceiver::configure() {
  static constexpr SocketOption kV4[] = {
      {IPPROTO_IP, IP_RECVTTL, kOn, "IP_RECVTTL"},
      {IPPROTO_IP, IP_PKTINFO, kOn, "IP_PKTINFO"},
  };
  static constexpr SocketOption kV6[] = {
      {IPPROTO_IPV6, IPV6_V6ONLY, kOn, "IPV6_V6ONLY"},  // IPv4 has a socket of its own
      {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, kOn, "IPV6_RECVHOPLIMIT"},
      {IPPROTO_IPV6, IPV6_RECVPKTINFO, kOn, "IPV6_RECVPKTINFO"},
  };
  return set_all(fd_.get(), options_.v4 ? std::span<const SocketOption>(kV4) : kV6, attempted());
}

Status BfdReceiver::bind_port() {
  const SocketAddress any = socket_address(*IpAddress::parse(options_.v4 ? "0.0.0.0" : "::"), options_.port);
  if (::bind(fd_.get(), any.get(), any.length) == 0) return Status::ok_status();
  return Status::system(attempted(), errno,
                        errno == EADDRINUSE ? "another program of this host speaks BFD: stop it" : "");
}

Result<std::vector<BfdPacket>> BfdReceiver::receive() {
  std::vector<BfdPacket> packets;
  std::array<uint8_t, kBfdPacketBytes> buffer;
  const int error =
      receive_each(fd_.get(), buffer, kBfdPacketsMax,
                   [&](std::span<const uint8_t> bytes, const sockaddr_storage& from, msghdr& message) {
                     BfdPacket& packet = packets.emplace_back();
                     packet.bytes.assign(bytes.begin(), bytes.end());
                     packet.source = address_in(from);
                     read_controls(message, packet);
                   });
  if (error != 0) return Status::system(attempted(), error);
  return packets;
}

Status BfdReceiver::pending_error() const {
  return Status::system(attempted(), host::pending_error(fd_.get()));
}

std::string BfdSender::attempted() const {
  return "send BFD packets to " + options_.destination.to_string() +
         (options_.source ? " from " + options_.source->to_string() : "");
}

Status BfdSender::open(const BfdSenderOptions& options) {
  options_ = options;
  fd_.reset(::socket(options.destination.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (!fd_.valid()) return Status::system(attempted(), errno);
  Status status = configure();
  if (status.ok()) status = bind_port();
  if (!status.ok()) close();
  return status;
}

Status BfdSender::configure() {
  const bool v4 = options_.destination.is_v4();
  const SocketOption options[] = {
      v4 ? SocketOption{IPPROTO_IP, IP_TTL, options_.ttl, "IP_TTL"}
         : SocketOption{IPPROTO_IPV6, IPV6_UNICAST_HOPS, options_.ttl, "IPV6_UNICAST_HOPS"},
      v4 ? SocketOption{IPPROTO_IP, IP_TOS, kTrafficClass, "IP_TOS"}
         : SocketOption{IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS"},
      {SOL_SOCKET, SO_PRIORITY, kPacketPriority, "SO_PRIORITY"},
      // Nobody reads what is sent to this port: the kernel is to keep as little of it as it can.
      {SOL_SOCKET, SO_RCVBUF, 0, "SO_RCVBUF"},
  };
  return set_all(fd_.get(), options, attempted());
}

// A port of its own, of those that RFC 5881 §4 allows.
Status BfdSender::bind_port() {
  const IpAddress any = *IpAddress::parse(options_.destination.is_v4() ? "0.0.0.0" : "::");
  std::random_device random;
  std::uniform_int_distribution<uint16_t> ports(kFirstSourcePort, kLastSourcePort);
  for (int i = 0; i < kBfdPortTries; i++) {
    const SocketAddress from = socket_address(options_.source.value_or(any), ports(random));
    if (::bind(fd_.get(), from.get(), from.length) == 0) return Status::ok_status();
    if (errno != EADDRINUSE) break;
  }
  return Status::system(attempted(), errno);
}

Status BfdSender::send(std::span<const uint8_t> bytes) {
  const SocketAddress to = socket_address(options_.destination, options_.port);
  if (::sendto(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, to.get(), to.length) < 0)
    return Status::system(attempted(), errno);
  return Status::ok_status();
}

}  // namespace xlb::host
