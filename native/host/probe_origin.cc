#include "native/host/probe_origin.h"

#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace xlb::host {
namespace {

constexpr int kOn = 1;

bool is_link_local(const IpAddress& address) {
  const auto bytes = address.bytes();
  return !address.is_v4() && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

Status bind_to(int fd, int family, const ProbeOrigin& origin, const std::string& attempted) {
  const IpAddress any = *IpAddress::parse(family == AF_INET ? "0.0.0.0" : "::");
  const IpAddress from = origin.source.value_or(any);
  // A port is then chosen when the socket connects, and may be in use towards other addresses.
  if (origin.source_port == 0)
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &kOn, sizeof kOn);
  else
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn);
  const SocketAddress address = socket_address(from, origin.source_port, origin.interface);
  if (::bind(fd, address.get(), address.length) == 0) return Status::ok_status();
  const std::string port = origin.source_port == 0 ? "" : " port " + std::to_string(origin.source_port);
  return Status::system(attempted + " from " + from.to_string() + port, errno);
}

}  // namespace

SocketAddress socket_address(const IpAddress& address, uint16_t port, const std::string& interface) {
  SocketAddress made;
  if (address.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&made.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes().data(), sizeof v4->sin_addr);
    made.length = sizeof *v4;
    return made;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  std::memcpy(&v6->sin6_addr, address.bytes().data(), sizeof v6->sin6_addr);
  if (!interface.empty() && is_link_local(address)) v6->sin6_scope_id = ::if_nametoindex(interface.c_str());
  made.length = sizeof *v6;
  return made;
}

Status set_origin(int fd, int family, const ProbeOrigin& origin, const std::string& attempted) {
  const std::string& interface = origin.interface;
  if (!interface.empty() && ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0)
    return Status::system(attempted + " by interface " + interface, errno);
  if (origin.mark && ::setsockopt(fd, SOL_SOCKET, SO_MARK, &*origin.mark, sizeof *origin.mark) != 0)
    return Status::system(attempted + " with mark " + std::to_string(*origin.mark), errno);
  if (!origin.source && origin.source_port == 0) return Status::ok_status();
  return bind_to(fd, family, origin, attempted);
}

}  // namespace xlb::host
