#include "native/host/bfd_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>

#include "native/base/limits.h"

namespace xlb::host {
namespace {

constexpr int kOn = 1;
constexpr int kTrafficClass = 0xc0;  // IPTOS_PREC_INTERNETCONTROL: DSCP CS6
constexpr int kPriority = 6;         // TC_PRIO_INTERACTIVE: first out of pfifo_fast

// RFC 5881 §4.
constexpr uint16_t kFirstSourcePort = 49152;
constexpr uint16_t kLastSourcePort = 65535;

struct Option {
  int level;
  int name;
  int value;
  const char* text;
};

// The first that the kernel refuses; an ok Status where it takes all.
Status set_all(int fd, std::span<const Option> options, const std::string& attempted) {
  for (const Option& option : options)
    if (::setsockopt(fd, option.level, option.name, &option.value, sizeof option.value) != 0)
      return Status::system(attempted + " (" + option.text + ")", errno);
  return Status::ok_status();
}

sockaddr_storage socket_address(const IpAddress& address, uint16_t port, socklen_t* length) {
  sockaddr_storage storage{};
  if (address.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes().data(), sizeof v4->sin_addr);
    *length = sizeof *v4;
    return storage;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  std::memcpy(&v6->sin6_addr, address.bytes().data(), sizeof v6->sin6_addr);
  *length = sizeof *v6;
  return storage;
}

IpAddress address_in(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    return *IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&v4.sin_addr), 4});
  }
  return *IpAddress::from_bytes(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr.s6_addr);
}

template <typename T>
bool read_control(const cmsghdr* control, int level, int type, T& value) {
  if (control->cmsg_level != level || control->cmsg_type != type ||
      control->cmsg_len < CMSG_LEN(sizeof value))
    return false;
  std::memcpy(&value, CMSG_DATA(control), sizeof value);
  return true;
}

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
  static constexpr Option kV4[] = {
      {IPPROTO_IP, IP_RECVTTL, kOn, "IP_RECVTTL"},
      {IPPROTO_IP, IP_PKTINFO, kOn, "IP_PKTINFO"},
  };
  static constexpr Option kV6[] = {
      {IPPROTO_IPV6, IPV6_V6ONLY, kOn, "IPV6_V6ONLY"},  // IPv4 has a socket of its own
      {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, kOn, "IPV6_RECVHOPLIMIT"},
      {IPPROTO_IPV6, IPV6_RECVPKTINFO, kOn, "IPV6_RECVPKTINFO"},
  };
  return set_all(fd_.get(), options_.v4 ? std::span<const Option>(kV4) : kV6, attempted());
}

Status BfdReceiver::bind_port() {
  socklen_t length = 0;
  const sockaddr_storage any =
      socket_address(*IpAddress::parse(options_.v4 ? "0.0.0.0" : "::"), options_.port, &length);
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any), length) == 0) return Status::ok_status();
  return Status::system(attempted(), errno,
                        errno == EADDRINUSE ? "another program of this host speaks BFD: stop it" : "");
}

Result<std::vector<BfdPacket>> BfdReceiver::receive() {
  std::vector<BfdPacket> packets;
  std::array<uint8_t, kBfdPacketBytes> buffer;
  alignas(cmsghdr) std::array<char, 256> control;
  for (size_t i = 0; i < kBfdPacketsMax; i++) {
    iovec part = {buffer.data(), buffer.size()};
    sockaddr_storage from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t received = ::recvmsg(fd_.get(), &message, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (received < 0 && packets.empty()) return Status::system(attempted(), errno);
    if (received < 0) break;  // told by the next call
    BfdPacket packet;
    packet.bytes.assign(buffer.begin(), buffer.begin() + received);
    packet.source = address_in(from);
    read_controls(message, packet);
    packets.push_back(std::move(packet));
  }
  return packets;
}

Status BfdReceiver::pending_error() const {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
  return Status::system(attempted(), error == 0 ? EIO : error);
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
  const Option options[] = {
      v4 ? Option{IPPROTO_IP, IP_TTL, options_.ttl, "IP_TTL"}
         : Option{IPPROTO_IPV6, IPV6_UNICAST_HOPS, options_.ttl, "IPV6_UNICAST_HOPS"},
      v4 ? Option{IPPROTO_IP, IP_TOS, kTrafficClass, "IP_TOS"}
         : Option{IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS"},
      // After the traffic class, which sets it too (ip_setsockopt, IP_TOS).
      {SOL_SOCKET, SO_PRIORITY, kPriority, "SO_PRIORITY"},
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
    socklen_t length = 0;
    const sockaddr_storage from = socket_address(options_.source.value_or(any), ports(random), &length);
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&from), length) == 0) return Status::ok_status();
    if (errno != EADDRINUSE) break;
  }
  return Status::system(attempted(), errno);
}

Status BfdSender::send(std::span<const uint8_t> bytes) {
  socklen_t length = 0;
  const sockaddr_storage to = socket_address(options_.destination, options_.port, &length);
  if (::sendto(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
               length) < 0)
    return Status::system(attempted(), errno);
  return Status::ok_status();
}

}  // namespace xlb::host
