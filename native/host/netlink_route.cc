// Routes: what `ip route add` and `ip route delete` send.
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "native/host/netlink.h"

namespace xlb::host {
namespace {

constexpr uint8_t kProtocolKeepalived = 18;  // RTPROT_KEEPALIVED

std::string describe(const RouteSpec& route) {
  std::string text = route.destination.to_string();
  if (route.gateway) text += " via " + route.gateway->to_string();
  if (route.index != 0) text += " dev " + interface_name(route.index);
  if (route.table) text += " table " + std::to_string(*route.table);
  return text;
}

// As ip-route chooses it (iproute_modify): how far the destination is.
uint8_t default_scope(const RouteSpec& route, bool deletes) {
  if (!route.v4) return RT_SCOPE_UNIVERSE;  // there are no others in IPv6
  switch (route.type) {
    case RTN_LOCAL:
      return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_MULTICAST:
    case RTN_ANYCAST:
      return RT_SCOPE_LINK;
    case RTN_UNICAST:
      if (deletes) return RT_SCOPE_NOWHERE;  // any
      return route.gateway || !route.next_hops.empty() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    default:
      return deletes ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
  }
}

uint32_t table_of(const RouteSpec& route) {
  if (route.table) return *route.table;
  const bool local = route.type == RTN_LOCAL || route.type == RTN_BROADCAST || route.type == RTN_ANYCAST;
  return local ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
}

rtmsg header_of(const RouteSpec& route, bool deletes) {
  rtmsg header{};
  header.rtm_family = route.v4 ? AF_INET : AF_INET6;
  header.rtm_dst_len = route.destination.length;
  header.rtm_src_len = route.from ? route.from->length : 0;
  header.rtm_tos = route.tos;
  header.rtm_protocol = route.protocol.value_or(kProtocolKeepalived);
  header.rtm_scope = route.scope.value_or(default_scope(route, deletes));
  header.rtm_type = route.type;
  if (route.onlink) header.rtm_flags = RTNH_F_ONLINK;
  return header;  // RTA_TABLE says the table
}

// An IPv4 route may have an IPv6 gateway (RFC 5549): RTA_VIA is a family of two bytes, then the address.
void put_gateway(Request& request, bool v4, const IpAddress& gateway) {
  if (gateway.is_v4() == v4) {
    request.put(RTA_GATEWAY, gateway);
    return;
  }
  std::vector<uint8_t> via(sizeof(sa_family_t) + gateway.bytes().size());
  const auto family = static_cast<sa_family_t>(gateway.family());
  std::memcpy(via.data(), &family, sizeof family);
  std::ranges::copy(gateway.bytes(), via.begin() + sizeof family);
  request.put(RTA_VIA, via);
}

void put_metrics(Request& request, const std::vector<RouteMetric>& metrics) {
  if (metrics.empty()) return;
  uint32_t locked = 0;
  request.nest(RTA_METRICS, [&] {
    for (const RouteMetric& metric : metrics) {
      request.put(metric.type, metric.value);
      if (metric.locked) locked |= 1U << metric.type;
    }
    if (locked != 0) request.put(RTAX_LOCK, locked);
  });
}

void put_next_hops(Request& request, const RouteSpec& route) {
  if (route.next_hops.empty()) return;
  request.nest(RTA_MULTIPATH, [&] {
    for (const NextHop& hop : route.next_hops) {
      rtnexthop header{};
      header.rtnh_hops = static_cast<uint8_t>(hop.weight - 1);
      header.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
      header.rtnh_ifindex = static_cast<int>(hop.index);
      request.counted(header, &rtnexthop::rtnh_len, [&] {
        if (hop.gateway) put_gateway(request, route.v4, *hop.gateway);
      });
    }
  });
}

void put_route(Request& request, const RouteSpec& route) {
  if (route.destination.length > 0) request.put(RTA_DST, route.destination.address);
  if (route.from) request.put(RTA_SRC, route.from->address);
  if (route.gateway) put_gateway(request, route.v4, *route.gateway);
  if (route.index != 0) request.put(RTA_OIF, route.index);
  if (route.source) request.put(RTA_PREFSRC, *route.source);
  if (route.metric) request.put(RTA_PRIORITY, *route.metric);
  request.put(RTA_TABLE, table_of(route));
  put_metrics(request, route.metrics);
  put_next_hops(request, route);
}

}  // namespace

Result<bool> Netlink::add_route(const RouteSpec& route) {
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header_of(route, false));
  put_route(request, route);
  Status status = socket_.call(request, "add route " + describe(route));
  if (status.ok()) return true;
  if (status.error_number() == EEXIST) return false;
  return status;
}

Result<bool> Netlink::delete_route(const RouteSpec& route) {
  Request request(RTM_DELROUTE, 0, header_of(route, true));
  put_route(request, route);
  Status status = socket_.call(request, "delete route " + describe(route));
  if (status.ok()) return true;
  // ENODEV: its interface is gone, and the route with it.
  if (status.error_number() == ESRCH || status.error_number() == ENODEV) return false;
  return status;
}

}  // namespace xlb::host
