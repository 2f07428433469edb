#include "native/host/netlink.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <optional>

#include "native/host/messages.h"

namespace xlb::host {
namespace {

// Reads a whole list: `parse` leaves out what it does not know.
template <typename T, typename Parse>
Result<std::vector<T>> read_all(NetlinkSocket& socket, Request& request, const std::string& attempted,
                                Parse parse) {
  std::vector<T> all;
  Status status = socket.dump(
      request, attempted, [&] { all.clear(); },
      [&](const nlmsghdr* message) {
        if (std::optional<T> one = parse(message)) all.push_back(*std::move(one));
      });
  if (!status.ok()) return status;
  return all;
}

ifaddrmsg address_header(const HostAddress& address) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<uint8_t>(address.address.family());
  header.ifa_prefixlen = address.prefix;
  header.ifa_index = address.index;
  return header;
}

void put_address(Request& request, const HostAddress& address) {
  request.put(IFA_LOCAL, address.address);
  request.put(IFA_ADDRESS, address.peer.value_or(address.address));
  if (!address.label.empty()) request.put(IFA_LABEL, address.label);
}

// What only IPv6 knows is left out for IPv4.
uint32_t flags_of(const NewAddress& address) {
  uint32_t flags = 0;
  if (address.no_prefix_route) flags |= IFA_F_NOPREFIXROUTE;
  if (address.auto_join) flags |= IFA_F_MCAUTOJOIN;
  if (address.address.is_v4()) return flags;
  if (address.nodad) flags |= IFA_F_NODAD;
  if (address.home) flags |= IFA_F_HOMEADDRESS;
  if (address.manage_temporary) flags |= IFA_F_MANAGETEMPADDR;
  return flags;
}

constexpr uint32_t kForever = UINT32_MAX;

// Nothing: forever.
std::optional<uint32_t> preferred_lifetime(const NewAddress& address) {
  if (address.preferred_lifetime) return address.preferred_lifetime;
  if (address.deprecated && !address.address.is_v4()) return 0;
  return std::nullopt;
}

std::string describe(const HostAddress& address) {
  return address.address.to_string() + "/" + std::to_string(address.prefix);
}

// What ip_route_output_key() and fib_lookup() answer for the route types that refuse
// (net/ipv4/fib_semantics.c, fib_props). IPv6 answers with a route of that type instead.
std::optional<uint8_t> refusing_route_type(int error_number) {
  switch (error_number) {
    case EINVAL:
      return RTN_BLACKHOLE;
    case EHOSTUNREACH:
      return RTN_UNREACHABLE;
    case EACCES:
      return RTN_PROHIBIT;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::vector<Link>> Netlink::links() {
  Request request(RTM_GETLINK, 0, ifinfomsg{});
  request.put(IFLA_EXT_MASK, static_cast<uint32_t>(RTEXT_FILTER_SKIP_STATS));
  return read_all<Link>(socket_, request, "list links", parse_link);
}

Result<std::vector<HostAddress>> Netlink::addresses() {
  Request request(RTM_GETADDR, 0, ifaddrmsg{});
  return read_all<HostAddress>(socket_, request, "list addresses", parse_address);
}

Result<std::vector<Neighbour>> Netlink::neighbours() {
  Request request(RTM_GETNEIGH, 0, ndmsg{});
  return read_all<Neighbour>(socket_, request, "list neighbours", parse_neighbour);
}

Result<bool> Netlink::add_address(const NewAddress& address) {
  ifaddrmsg header = address_header(address);
  header.ifa_scope = address.scope.value_or(0);
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  put_address(request, address);
  if (address.broadcast) request.put(IFA_BROADCAST, *address.broadcast);
  if (const uint32_t flags = flags_of(address); flags != 0) request.put(IFA_FLAGS, flags);
  if (const auto preferred = preferred_lifetime(address)) {
    const ifa_cacheinfo lifetimes{
        .ifa_prefered = *preferred, .ifa_valid = kForever, .cstamp = 0, .tstamp = 0};
    request.put(IFA_CACHEINFO, {reinterpret_cast<const uint8_t*>(&lifetimes), sizeof lifetimes});
  }

  Status status =
      socket_.call(request, "add address " + describe(address) + " to " + interface_name(address.index));
  if (status.ok()) return true;
  if (status.error_number() == EEXIST) return false;
  return status;
}

Result<bool> Netlink::delete_address(const HostAddress& address) {
  Request request(RTM_DELADDR, 0, address_header(address));
  put_address(request, address);
  Status status =
      socket_.call(request, "delete address " + describe(address) + " from " + interface_name(address.index));
  if (status.ok()) return true;
  // ENXIO: the interface has no IPv6 at all.
  const int error = status.error_number();
  if (error == EADDRNOTAVAIL || error == ENODEV || error == ENXIO) return false;
  return status;
}

Result<Route> Netlink::route(const IpAddress& destination) {
  rtmsg header{};
  header.rtm_family = static_cast<uint8_t>(destination.family());
  header.rtm_dst_len = destination.max_prefix();
  Request request(RTM_GETROUTE, 0, header);
  request.put(RTA_DST, destination);

  const std::string attempted = "find the route to " + destination.to_string();
  std::optional<Route> route;
  Status status =
      socket_.call(request, attempted, [&](const nlmsghdr* message) { route = parse_route(message); });
  if (!status.ok()) {
    const auto type = refusing_route_type(status.error_number());
    if (!type) return status;
    Route refusing;
    refusing.type = *type;
    return refusing;
  }
  if (!route) return Status::system(attempted, ENETUNREACH);
  // IPv6 names the loopback as the output of a route that refuses (net/ipv6/route.c, ip6_route_info_create).
  if (route->type == RTN_BLACKHOLE || route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT)
    route->index = 0;
  return *route;
}

}  // namespace xlb::host
