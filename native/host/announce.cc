#include "native/host/announce.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "native/base/limits.h"
#include "native/base/result.h"
#include "native/host/frame.h"
#include "native/host/host_state.h"

namespace xlb::host {
namespace {

constexpr MacAddress kAllNodesMac = {{0x33, 0x33, 0, 0, 0, 1}};  // RFC 2464 §7 of ff02::1
constexpr in6_addr kAllNodes = {{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
constexpr uint8_t kNdHopLimit = 255;  // RFC 4861 §7.1.2: anything else is discarded

struct Advertisement {
  nd_neighbor_advert header;
  nd_opt_hdr option;
  uint8_t mac[6];
};
static_assert(sizeof(Advertisement) == 32);

Frame gratuitous_arp(const IpAddress& address, const MacAddress& mac) {
  Frame frame;
  append_ethernet(frame, kBroadcast, mac, ETHERTYPE_ARP);
  ArpPacket arp = arp_request(mac, address);
  std::memcpy(arp.sender_address, address.bytes().data(), sizeof arp.sender_address);
  append(frame, arp);
  return frame;
}

// RFC 4861 §7.2.5: who uses us as a router forgets that route when an advertisement lacks the router flag, so
// it says what we are: whether this interface forwards.
bool is_ipv6_router(uint32_t index) {
  std::ifstream forwarding("/proc/sys/net/ipv6/conf/" + interface_name(index) + "/forwarding");
  int value = 0;
  return forwarding >> value && value != 0;
}

Frame neighbour_advertisement(const IpAddress& address, const MacAddress& mac, bool router) {
  Frame frame;
  append_ethernet(frame, kAllNodesMac, mac, ETHERTYPE_IPV6);

  Advertisement advert{};
  advert.header.nd_na_type = ND_NEIGHBOR_ADVERT;
  advert.header.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE | (router ? ND_NA_FLAG_ROUTER : 0);
  std::memcpy(&advert.header.nd_na_target, address.bytes().data(), sizeof advert.header.nd_na_target);
  advert.option.nd_opt_type = ND_OPT_TARGET_LINKADDR;
  advert.option.nd_opt_len = 1;  // in units of 8 bytes
  std::memcpy(advert.mac, mac.bytes.data(), mac.bytes.size());

  ip6_hdr ip{};
  ip.ip6_vfc = 6 << 4;
  ip.ip6_plen = htons(sizeof advert);
  ip.ip6_nxt = IPPROTO_ICMPV6;
  ip.ip6_hlim = kNdHopLimit;
  std::memcpy(&ip.ip6_src, address.bytes().data(), sizeof ip.ip6_src);
  ip.ip6_dst = kAllNodes;

  // RFC 8200 §8.1: the pseudo header is both addresses, the length and the next header.
  uint32_t sum = sizeof advert + IPPROTO_ICMPV6;
  sum = add_words(sum, &ip.ip6_src, sizeof ip.ip6_src);
  sum = add_words(sum, &ip.ip6_dst, sizeof ip.ip6_dst);
  advert.header.nd_na_cksum = fold_checksum(add_words(sum, &advert, sizeof advert));

  append(frame, ip);
  append(frame, advert);
  return frame;
}

// The MAC of the interface (netdevice(7)); ENODEV where it is gone.
Result<MacAddress> own_mac(int fd, uint32_t index, const std::string& attempted) {
  ifreq request{};
  if (::if_indextoname(index, request.ifr_name) == nullptr) return Status::system(attempted, ENODEV);
  if (::ioctl(fd, SIOCGIFHWADDR, &request) < 0) return Status::system(attempted, errno);
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
    return Status::argument(attempted, "the interface is not an Ethernet");
  MacAddress mac;
  std::memcpy(mac.bytes.data(), request.ifr_hwaddr.sa_data, mac.bytes.size());
  return mac;
}

}  // namespace

Status Announcer::open() {
  fd_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));  // protocol 0: receives nothing
  if (!fd_.valid()) return Status::system("open a packet socket for announcements", errno);
  return Status::ok_status();
}

Status Announcer::send(uint32_t index, const IpAddress& address, const std::optional<MacAddress>& mac) {
  const std::string attempted = "announce " + address.to_string() + " on " + interface_name(index);
  if (!fd_.valid()) return Status::argument(attempted, "this Announcer is closed");
  const Result<MacAddress> own = own_mac(fd_.get(), index, attempted);
  if (!own.ok()) return own.status();
  const MacAddress& sender = mac ? *mac : *own;

  const Frame frame = address.is_v4() ? gratuitous_arp(address, sender)
                                      : neighbour_advertisement(address, sender, is_ipv6_router(index));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(index);
  to.sll_protocol = htons(address.is_v4() ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
  // Where the interface's queue is full, the adverts must not wait for it (packet_snd, sock_alloc_send_pskb).
  if (::sendto(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
               sizeof to) < 0)
    return Status::system(attempted, errno == ENXIO ? ENODEV : errno);  // ENXIO: gone meanwhile (packet_snd)
  return Status::ok_status();
}

Status announce(uint32_t index, const IpAddress& address, uint32_t count) {
  if (count < 1 || count > kAnnounceCountMax)
    return Status::argument("announce " + address.to_string(),
                            "count must be 1 to " + std::to_string(kAnnounceCountMax));
  Announcer announcer;
  Status status = announcer.open();
  for (uint32_t i = 0; i < count && status.ok(); i++) status = announcer.send(index, address, std::nullopt);
  return status;
}

}  // namespace xlb::host
