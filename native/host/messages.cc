#include "native/host/messages.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <array>
#include <cstring>
#include <span>

namespace xlb::host {
namespace {

// The attributes of one message by type, each the last of its kind. kMax: the highest type looked at.
template <size_t kMax>
class Attributes {
 public:
  Attributes(const nlmsghdr* message, size_t header_bytes)
      : Attributes(mnl_nlmsg_get_payload_offset(message, header_bytes), mnl_nlmsg_get_payload_tail(message)) {
  }
  explicit Attributes(const nlattr* nest)
      : Attributes(mnl_attr_get_payload(nest),
                   static_cast<const char*>(mnl_attr_get_payload(nest)) + mnl_attr_get_payload_len(nest)) {}

  const nlattr* get(size_t type) const { return type <= kMax ? by_type_[type] : nullptr; }

  std::span<const uint8_t> bytes(size_t type) const {
    const nlattr* attribute = get(type);
    if (attribute == nullptr) return {};
    return {static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)),
            mnl_attr_get_payload_len(attribute)};
  }

  uint32_t number(size_t type) const {
    uint32_t value = 0;
    const auto payload = bytes(type);
    if (payload.size() >= sizeof value) std::memcpy(&value, payload.data(), sizeof value);
    return value;
  }

  std::string text(size_t type) const {
    const auto payload = bytes(type);
    const char* begin = reinterpret_cast<const char*>(payload.data());
    return payload.empty() ? std::string() : std::string(begin, ::strnlen(begin, payload.size()));
  }

  std::optional<IpAddress> address(size_t type) const { return IpAddress::from_bytes(bytes(type)); }

  std::optional<MacAddress> mac(size_t type) const {
    const auto payload = bytes(type);
    MacAddress mac;
    if (payload.size() != mac.bytes.size()) return std::nullopt;
    std::memcpy(mac.bytes.data(), payload.data(), payload.size());
    return mac;
  }

 private:
  // libmnl's own loops are macros that C++ does not take.
  Attributes(const void* begin, const void* end) {
    const char* tail = static_cast<const char*>(end);
    const auto* at = static_cast<const nlattr*>(begin);
    for (; mnl_attr_ok(at, static_cast<int>(tail - reinterpret_cast<const char*>(at)));
         at = mnl_attr_next(at)) {
      if (const uint16_t type = mnl_attr_get_type(at); type <= kMax) by_type_[type] = at;
    }
  }

  std::array<const nlattr*, kMax + 1> by_type_{};
};

template <typename Header>
const Header* header_of(const nlmsghdr* message) {
  if (mnl_nlmsg_get_payload_len(message) < sizeof(Header)) return nullptr;
  return static_cast<const Header*>(mnl_nlmsg_get_payload(message));
}

bool is_ip(uint8_t family) { return family == AF_INET || family == AF_INET6; }

template <typename T>
std::optional<HostEvent> changed(std::optional<T> now, bool removed) {
  if (!now) return std::nullopt;
  return Changed<T>{*std::move(now), removed};
}

}  // namespace

std::string interface_name(uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(index, name.data()) != nullptr ? name.data() : "interface " + std::to_string(index);
}

std::optional<Link> parse_link(const nlmsghdr* message) {
  const auto* header = header_of<ifinfomsg>(message);
  if (header == nullptr || header->ifi_family != AF_UNSPEC) return std::nullopt;
  const Attributes<IFLA_LINK_NETNSID> attributes(message, sizeof *header);

  Link link;
  link.index = static_cast<uint32_t>(header->ifi_index);
  link.name = attributes.text(IFLA_IFNAME);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.running = (header->ifi_flags & IFF_RUNNING) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  link.mtu = attributes.number(IFLA_MTU);
  if (!link.loopback) link.mac = attributes.mac(IFLA_ADDRESS);
  if (const nlattr* info = attributes.get(IFLA_LINKINFO); info != nullptr)
    link.kind = Attributes<IFLA_INFO_KIND>(info).text(IFLA_INFO_KIND);
  link.alias = attributes.text(IFLA_IFALIAS);
  // A veth's is its other end; with IFLA_LINK_NETNSID it is an index of another network namespace.
  if (const uint32_t parent = attributes.number(IFLA_LINK);
      parent != 0 && link.kind != "veth" && attributes.get(IFLA_LINK_NETNSID) == nullptr)
    link.parent = parent;
  return link;
}

std::optional<HostAddress> parse_address(const nlmsghdr* message) {
  const auto* header = header_of<ifaddrmsg>(message);
  if (header == nullptr || !is_ip(header->ifa_family)) return std::nullopt;
  const Attributes<IFA_LABEL> attributes(message, sizeof *header);

  // On a point-to-point link IFA_ADDRESS is the peer; IPv6 without a peer has no IFA_LOCAL.
  std::optional<IpAddress> address = attributes.address(IFA_LOCAL);
  if (!address) address = attributes.address(IFA_ADDRESS);
  if (!address) return std::nullopt;
  std::optional<IpAddress> peer = attributes.address(IFA_ADDRESS);
  if (peer == address) peer.reset();
  return HostAddress{header->ifa_index, *address, header->ifa_prefixlen, attributes.text(IFA_LABEL), peer};
}

std::optional<Neighbour> parse_neighbour(const nlmsghdr* message) {
  const auto* header = header_of<ndmsg>(message);
  if (header == nullptr || !is_ip(header->ndm_family)) return std::nullopt;
  const Attributes<NDA_FLAGS_EXT> attributes(message, sizeof *header);
  const std::optional<IpAddress> address = attributes.address(NDA_DST);
  if (!address) return std::nullopt;

  Neighbour neighbour;
  neighbour.index = static_cast<uint32_t>(header->ndm_ifindex);
  neighbour.address = *address;
  neighbour.mac = attributes.mac(NDA_LLADDR);
  neighbour.state = header->ndm_state;
  neighbour.flags = header->ndm_flags;
  neighbour.extended_flags = attributes.number(NDA_FLAGS_EXT);
  return neighbour;
}

std::optional<Route> parse_route(const nlmsghdr* message) {
  const auto* header = header_of<rtmsg>(message);
  if (header == nullptr || !is_ip(header->rtm_family)) return std::nullopt;
  const Attributes<RTA_VIA> attributes(message, sizeof *header);

  Route route;
  route.type = header->rtm_type;
  route.index = attributes.number(RTA_OIF);
  route.gateway = attributes.address(RTA_GATEWAY);
  route.source = attributes.address(RTA_PREFSRC);
  if (const nlattr* metrics = attributes.get(RTA_METRICS); metrics != nullptr)
    if (const uint32_t mtu = Attributes<RTAX_MTU>(metrics).number(RTAX_MTU); mtu != 0) route.mtu = mtu;
  // An IPv4 route through an IPv6 gateway (RFC 5549) has RTA_VIA: a family of two bytes, then the address.
  const auto via = attributes.bytes(RTA_VIA);
  if (!route.gateway && via.size() > sizeof(sa_family_t))
    route.gateway = IpAddress::from_bytes(via.subspan(sizeof(sa_family_t)));
  return route;
}

std::optional<HostEvent> parse_event(const nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return changed(parse_link(message), message->nlmsg_type == RTM_DELLINK);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return changed(parse_address(message), message->nlmsg_type == RTM_DELADDR);
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return changed(parse_neighbour(message), message->nlmsg_type == RTM_DELNEIGH);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
    case RTM_NEWRULE:
    case RTM_DELRULE:
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      return RouteChanged{};
    default:
      return std::nullopt;
  }
}

std::string parse_extended_ack(const nlmsghdr* message) {
  if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  const auto* error = header_of<nlmsgerr>(message);
  if (error == nullptr) return {};
  // The request comes back in front of the attributes, whole unless it was capped (NETLINK_CAP_ACK).
  size_t before = sizeof *error;
  if ((message->nlmsg_flags & NLM_F_CAPPED) == 0) before += error->msg.nlmsg_len - sizeof error->msg;
  if (mnl_nlmsg_get_payload_len(message) < before) return {};
  return Attributes<NLMSGERR_ATTR_MSG>(message, before).text(NLMSGERR_ATTR_MSG);
}

}  // namespace xlb::host
