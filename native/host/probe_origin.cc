#include "native/host/probe_origin.h"

#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>

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
  const bool scoped = !interface.empty() && is_link_local(address);
  return socket_address(address, port, scoped ? ::if_nametoindex(interface.c_str()) : 0);
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
