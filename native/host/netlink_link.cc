// Links that we make: macvlans. And up and down.
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <array>
#include <cerrno>

#include "native/host/netlink.h"

namespace xlb::host {
namespace {

ifinfomsg header_of(uint32_t index) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(index);
  return header;
}

}  // namespace

Result<uint32_t> Netlink::add_macvlan(const MacvlanSpec& macvlan) {
  const std::string attempted = "add macvlan " + macvlan.name + " on " + interface_name(macvlan.parent);
  if (macvlan.name.empty() || macvlan.name.size() >= IF_NAMESIZE)
    return Status::argument(attempted, "the name of an interface has 1 to 15 bytes");
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
  request.put(IFLA_IFNAME, macvlan.name);
  request.put(IFLA_LINK, macvlan.parent);
  request.put(IFLA_ADDRESS, macvlan.mac.bytes);
  if (macvlan.group) request.put(IFLA_GROUP, *macvlan.group);
  request.nest(IFLA_LINKINFO, [&] {
    request.put(IFLA_INFO_KIND, std::string("macvlan"));
    request.nest(IFLA_INFO_DATA,
                 [&] { request.put(IFLA_MACVLAN_MODE, static_cast<uint32_t>(MACVLAN_MODE_PRIVATE)); });
  });
  if (Status status = socket_.call(request, attempted); !status.ok()) return status;

  const uint32_t index = ::if_nametoindex(macvlan.name.c_str());
  if (index == 0) return Status::system(attempted, errno);
  Status status = set_alias(index, macvlan.alias, attempted);
  if (status.ok()) status = set_no_link_local(index, attempted);
  if (status.ok()) return index;
  static_cast<void>(delete_link(index));  // the first failure is the one to tell
  return status;
}

// A new link's message is not looked through for this one (rtnl_create_link).
Status Netlink::set_alias(uint32_t index, const std::string& alias, const std::string& attempted) {
  if (alias.empty()) return Status::ok_status();
  Request request(RTM_NEWLINK, 0, header_of(index));
  request.put(IFLA_IFALIAS, alias);
  return socket_.call(request, attempted);
}

// Nor for this. A host without IPv6 does not know of it: then there is none to keep away.
Status Netlink::set_no_link_local(uint32_t index, const std::string& attempted) {
  constexpr std::array<uint8_t, 1> kNone = {IN6_ADDR_GEN_MODE_NONE};
  Request request(RTM_NEWLINK, 0, header_of(index));
  request.nest(IFLA_AF_SPEC,
               [&] { request.nest(AF_INET6, [&] { request.put(IFLA_INET6_ADDR_GEN_MODE, kNone); }); });
  Status status = socket_.call(request, attempted);
  return status.error_number() == EAFNOSUPPORT ? Status::ok_status() : status;
}

Result<bool> Netlink::delete_link(uint32_t index) {
  Request request(RTM_DELLINK, 0, header_of(index));
  Status status = socket_.call(request, "delete " + interface_name(index));
  if (status.ok()) return true;
  if (status.error_number() == ENODEV) return false;
  return status;
}

Status Netlink::set_link_up(uint32_t index, bool up) {
  ifinfomsg header = header_of(index);
  header.ifi_change = IFF_UP;
  header.ifi_flags = up ? IFF_UP : 0;
  Request request(RTM_NEWLINK, 0, header);
  return socket_.call(request, "set " + interface_name(index) + (up ? " up" : " down"));
}

}  // namespace xlb::host
