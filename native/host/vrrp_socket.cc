#include "native/host/vrrp_socket.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "native/base/limits.h"
#include "native/host/host_state.h"
#include "native/host/packet_socket.h"

namespace xlb::host {
namespace {

constexpr int kVrrpProtocol = 112;     // RFC 5798 §5.1.1.4
constexpr int kIpv6MulticastAll = 29;  // linux/in6.h, which netinet/in.h does not go with
constexpr int kIpv6Freebind = 78;      // the same

// A cmsghdr is written in place: aligned as one.
using Control = std::array<char, 256>;

// Nothing for what is no IP packet, which the kernel does not hand out.
std::optional<VrrpPacket> read_v4(std::span<const uint8_t> bytes) {
  iphdr header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const size_t header_bytes = header.ihl * size_t{4};
  if (header.version != 4 || header_bytes < sizeof header || header_bytes > bytes.size()) return std::nullopt;
  VrrpPacket packet;
  packet.bytes.assign(bytes.begin() + static_cast<ptrdiff_t>(header_bytes), bytes.end());
  packet.source = *IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&header.saddr), 4});
  packet.destination = *IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&header.daddr), 4});
  packet.ttl = header.ttl;
  return packet;
}

// What the kernel says beside a packet: the interface, and for IPv6 what is in the header.
void read_controls(msghdr& message, VrrpPacket& packet) {
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
    in_pktinfo v4{};
    in6_pktinfo v6{};
    int hop_limit = 0;
    if (read_control(at, IPPROTO_IP, IP_PKTINFO, v4)) packet.index = static_cast<uint32_t>(v4.ipi_ifindex);
    if (read_control(at, IPPROTO_IPV6, IPV6_PKTINFO, v6)) {
      packet.index = v6.ipi6_ifindex;
      packet.destination = *IpAddress::from_bytes(v6.ipi6_addr.s6_addr);
    }
    if (read_control(at, IPPROTO_IPV6, IPV6_HOPLIMIT, hop_limit))
      packet.ttl = static_cast<uint8_t>(hop_limit);
  }
}

template <typename T>
void add_control(msghdr& message, Control& buffer, int type, const T& value) {
  auto* control = reinterpret_cast<cmsghdr*>(buffer.data() + message.msg_controllen);
  control->cmsg_level = IPPROTO_IPV6;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(control), &value, sizeof value);
  message.msg_control = buffer.data();
  message.msg_controllen += CMSG_SPACE(sizeof value);
}

}  // namespace

Status VrrpSocket::set(int level, int option, const void* value, size_t bytes, const char* name) {
  if (::setsockopt(fd_.get(), level, option, value, static_cast<socklen_t>(bytes)) == 0)
    return Status::ok_status();
  return Status::system("open a VRRP socket on " + name_ + " (" + name + ")", errno);
}

Status VrrpSocket::open(const VrrpSocketOptions& options) {
  options_ = options;
  name_ = interface_name(options.index);
  const std::string attempted = "open a VRRP socket on " + name_;
  // SO_BINDTOIFINDEX takes any number.
  if (std::array<char, IF_NAMESIZE> name{}; ::if_indextoname(options.index, name.data()) == nullptr)
    return Status::system(attempted, ENODEV);
  const int family = options.v4 ? AF_INET : AF_INET6;
  fd_.reset(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol));
  if (!fd_.valid())
    return Status::system(attempted, errno,
                          errno == EPERM ? "raw sockets need CAP_NET_RAW: run as root" : "");

  Status status = set(SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(options.index), "SO_BINDTOIFINDEX");
  if (status.ok()) status = options.v4 ? configure_v4() : configure_v6();
  if (status.ok()) status = set(SOL_SOCKET, SO_PRIORITY, kPacketPriority, "SO_PRIORITY");
  if (status.ok() && options.receive_buffer_bytes) {
    // FORCE needs CAP_NET_ADMIN; without it, what net.core.rmem_max allows.
    const int bytes = static_cast<int>(*options.receive_buffer_bytes);
    status = set(SOL_SOCKET, SO_RCVBUFFORCE, bytes, "SO_RCVBUFFORCE");
    if (!status.ok()) status = set(SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF");
  }
  if (status.ok()) status = bind_address();
  if (!status.ok()) {
    close();
    return status;
  }
  // Between socket() and bind() it took packets of any interface and destination.
  char byte;
  for (size_t i = 0; i < kVrrpDrainMax && ::recv(fd_.get(), &byte, sizeof byte, 0) >= 0; i++) {
  }
  return Status::ok_status();
}

Status VrrpSocket::configure_v4() {
  // We write the header: so the source may be an address that this host or this interface does not have
  // (mcast_src_ip, a macvlan without addresses).
  Status status = set(IPPROTO_IP, IP_HDRINCL, kOn, "IP_HDRINCL");
  if (status.ok()) status = set(IPPROTO_IP, IP_PKTINFO, kOn, "IP_PKTINFO");
  if (status.ok()) status = set(IPPROTO_IP, IP_TOS, kTrafficClass, "IP_TOS");
  if (status.ok()) status = set(IPPROTO_IP, IP_FREEBIND, kOn, "IP_FREEBIND");
  // Not what other sockets of this host joined.
  if (status.ok()) status = set(IPPROTO_IP, IP_MULTICAST_ALL, kOff, "IP_MULTICAST_ALL");
  if (!status.ok() || !options_.multicast_group) return status;

  ip_mreqn membership{};
  membership.imr_ifindex = static_cast<int>(options_.index);
  status = set(IPPROTO_IP, IP_MULTICAST_LOOP, kOff, "IP_MULTICAST_LOOP");
  if (status.ok())
    status = set(IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership, "IP_MULTICAST_IF");
  std::memcpy(&membership.imr_multiaddr, options_.multicast_group->bytes().data(),
              sizeof membership.imr_multiaddr);
  if (status.ok())
    status = set(IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership, "IP_ADD_MEMBERSHIP");
  return status;
}

Status VrrpSocket::configure_v6() {
  Status status = set(IPPROTO_IPV6, IPV6_CHECKSUM, -1, "IPV6_CHECKSUM");  // the caller's
  if (status.ok()) status = set(IPPROTO_IPV6, IPV6_RECVPKTINFO, kOn, "IPV6_RECVPKTINFO");
  if (status.ok()) status = set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, kOn, "IPV6_RECVHOPLIMIT");
  if (status.ok()) status = set(IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS");
  if (status.ok()) status = set(IPPROTO_IPV6, kIpv6Freebind, kOn, "IPV6_FREEBIND");
  if (status.ok()) status = set(IPPROTO_IPV6, kIpv6MulticastAll, kOff, "IPV6_MULTICAST_ALL");
  if (!status.ok() || !options_.multicast_group) return status;

  ipv6_mreq membership{};
  membership.ipv6mr_interface = options_.index;
  std::memcpy(&membership.ipv6mr_multiaddr, options_.multicast_group->bytes().data(),
              sizeof membership.ipv6mr_multiaddr);
  const int index = static_cast<int>(options_.index);
  status = set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, kOff, "IPV6_MULTICAST_LOOP");
  if (status.ok()) status = set(IPPROTO_IPV6, IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF");
  if (status.ok())
    status = set(IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof membership, "IPV6_JOIN_GROUP");
  return status;
}

// Only what goes to the group, or to our address, is received.
Status VrrpSocket::bind_address() {
  const std::optional<IpAddress>& address =
      options_.multicast_group ? options_.multicast_group : options_.source;
  if (!address) return Status::ok_status();
  const SocketAddress to = socket_address(*address, 0, options_.index);
  if (::bind(fd_.get(), to.get(), to.length) == 0) return Status::ok_status();
  return Status::system("bind a VRRP socket on " + name_ + " to " + address->to_string(), errno);
}

Status VrrpSocket::send(std::span<const uint8_t> bytes, const VrrpSending& sending) {
  const Status status = options_.v4 ? send_v4(bytes, sending) : send_v6(bytes, sending);
  if (status.ok()) return status;
  const std::string attempted = "send to " + sending.destination.to_string() + " on " + name_;
  return status.error_number() == 0 ? Status::argument(attempted, status.message())
                                    : Status::system(attempted, status.error_number());
}

Status VrrpSocket::send_v4(std::span<const uint8_t> bytes, const VrrpSending& sending) {
  // Length, identification and checksum are the kernel's, and a source that is 0 (raw(7)).
  iphdr header{};
  header.version = 4;
  header.ihl = sizeof header / 4;
  header.tos = kTrafficClass;
  header.ttl = sending.ttl.value_or(options_.ttl);
  header.protocol = kVrrpProtocol;
  if (const auto& source = sending.source ? sending.source : options_.source; source)
    std::memcpy(&header.saddr, source->bytes().data(), sizeof header.saddr);
  std::memcpy(&header.daddr, sending.destination.bytes().data(), sizeof header.daddr);

  std::array<iovec, 2> parts = {
      {{&header, sizeof header}, {const_cast<uint8_t*>(bytes.data()), bytes.size()}}};
  msghdr message{};
  SocketAddress to = socket_address(sending.destination, 0, options_.index);
  message.msg_name = &to.storage;
  message.msg_namelen = to.length;
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  if (::sendmsg(fd_.get(), &message, 0) < 0) return Status::system("sendmsg", errno);
  return Status::ok_status();
}

Status VrrpSocket::send_v6(std::span<const uint8_t> bytes, const VrrpSending& sending) {
  iovec part = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  SocketAddress to = socket_address(sending.destination, 0, options_.index);
  message.msg_name = &to.storage;
  message.msg_namelen = to.length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) Control control{};
  in6_pktinfo info{};
  info.ipi6_ifindex = options_.index;
  if (const auto& source = sending.source ? sending.source : options_.source; source)
    std::memcpy(&info.ipi6_addr, source->bytes().data(), sizeof info.ipi6_addr);
  add_control(message, control, IPV6_PKTINFO, info);
  add_control(message, control, IPV6_HOPLIMIT, static_cast<int>(sending.ttl.value_or(options_.ttl)));
  if (::sendmsg(fd_.get(), &message, 0) < 0) return Status::system("sendmsg", errno);
  return Status::ok_status();
}

Result<std::vector<VrrpPacket>> VrrpSocket::receive() {
  std::vector<VrrpPacket> packets;
  alignas(iphdr) std::array<uint8_t, kVrrpPacketBytes> buffer;
  const int error =
      receive_each(fd_.get(), buffer, kVrrpPacketsMax,
                   [&](std::span<const uint8_t> bytes, const sockaddr_storage& from, msghdr& message) {
                     std::optional<VrrpPacket> packet;
                     if (options_.v4) {
                       packet = read_v4(bytes);
                     } else {
                       packet.emplace().bytes.assign(bytes.begin(), bytes.end());
                       packet->source = address_in(from);
                     }
                     if (!packet) return;
                     read_controls(message, *packet);
                     packets.push_back(*std::move(packet));
                   });
  if (error != 0) return Status::system("receive VRRP packets on " + name_, error);
  return packets;
}

Status VrrpSocket::pending_error() const {
  return Status::system("receive VRRP packets on " + name_, host::pending_error(fd_.get()));
}

}  // namespace xlb::host
