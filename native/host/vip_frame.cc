#include "native/host/vip_frame.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>

namespace xlb::host {
namespace {

constexpr uint8_t kTtl = 64;
constexpr uint16_t kWindow = 64240;
constexpr uint16_t kMaximumSegment = 1460;
constexpr size_t kQuotedTcpBytes = 8;  // RFC 792: at least so much of the packet is quoted

struct SegmentSize {  // RFC 9293 §3.2
  uint8_t kind = TCPOPT_MAXSEG;
  uint8_t length = TCPOLEN_MAXSEG;
  uint16_t bytes = htons(kMaximumSegment);
};
static_assert(sizeof(SegmentSize) == 4);

// What is left of a frame. A header that is cut is no header.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <typename T>
  std::optional<T> read() const {
    T header{};
    if (bytes_.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes_.data(), sizeof header);
    return header;
  }
  [[nodiscard]] bool skip(size_t bytes) {
    if (bytes_.size() < bytes) return false;
    bytes_ = bytes_.subspan(bytes);
    return true;
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
};

struct Ports {
  uint16_t source, destination;
  uint32_t sequence;
};
static_assert(sizeof(Ports) == kQuotedTcpBytes);

template <typename T>
IpAddress address_of(const T& raw) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&raw);
  return *IpAddress::from_bytes({bytes, sizeof raw});
}

// An IP header, and what follows it.
struct Packet {
  IpAddress source, destination;
  uint8_t protocol = 0;
};

std::optional<Packet> read_ipv4(Cursor& cursor) {
  const auto ip = cursor.read<iphdr>();
  if (!ip || ip->version != 4 || ip->ihl < 5 || (ntohs(ip->frag_off) & (IP_MF | IP_OFFMASK)) != 0)
    return std::nullopt;
  if (!cursor.skip(ip->ihl * size_t{4})) return std::nullopt;
  return Packet{address_of(ip->saddr), address_of(ip->daddr), ip->protocol};
}

// Extension headers: nothing that answers a SYN has any.
std::optional<Packet> read_ipv6(Cursor& cursor) {
  const auto ip = cursor.read<ip6_hdr>();
  if (!ip || ip->ip6_vfc >> 4 != 6 || !cursor.skip(sizeof *ip)) return std::nullopt;
  return Packet{address_of(ip->ip6_src), address_of(ip->ip6_dst), ip->ip6_nxt};
}

std::optional<Packet> read_ip(Cursor& cursor, bool v4) { return v4 ? read_ipv4(cursor) : read_ipv6(cursor); }

std::optional<Heard> hear_tcp(const Cursor& cursor, const Packet& packet) {
  const auto tcp = cursor.read<tcphdr>();
  if (!tcp || tcp->doff < 5 || cursor.size() < tcp->doff * size_t{4} || !tcp->ack) return std::nullopt;
  if (!tcp->rst && !tcp->syn) return std::nullopt;
  Heard heard;
  heard.kind = tcp->rst ? HeardKind::kClosed : HeardKind::kOpen;
  heard.vip = packet.source;
  heard.port = ntohs(tcp->source);
  heard.own = packet.destination;
  heard.own_port = ntohs(tcp->dest);
  heard.sequence = ntohl(tcp->ack_seq) - 1;
  return heard;
}

// By the packet quoted, which is the probe's SYN or a part of it.
std::optional<Heard> hear_icmp(Cursor cursor, bool v4) {
  const auto icmp = cursor.read<icmphdr>();  // of ICMPv6 the same eight bytes, but for the type
  if (!icmp || icmp->type != (v4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH) || !cursor.skip(sizeof *icmp))
    return std::nullopt;
  if (v4 && icmp->code == ICMP_FRAG_NEEDED) return std::nullopt;
  const auto quoted = read_ip(cursor, v4);
  const auto ports = cursor.read<Ports>();
  if (!quoted || quoted->protocol != IPPROTO_TCP || !ports) return std::nullopt;
  Heard heard;
  heard.kind = HeardKind::kUnreachable;
  heard.vip = quoted->destination;
  heard.port = ntohs(ports->destination);
  heard.own = quoted->source;
  heard.own_port = ntohs(ports->source);
  heard.sequence = ntohl(ports->sequence);
  heard.code = icmp->code;
  return heard;
}

std::optional<Heard> hear_arp(const Cursor& cursor, const MacAddress& from) {
  const auto arp = cursor.read<ArpPacket>();
  if (!arp || ntohs(arp->hardware) != ARPHRD_ETHER || ntohs(arp->protocol) != ETHERTYPE_IP ||
      arp->hardware_length != sizeof arp->sender_mac || arp->protocol_length != sizeof arp->sender_address)
    return std::nullopt;
  // What an address is at is what tables learn; a frame from another MAC is a forgery, or an ARP proxy's.
  if (std::memcmp(arp->sender_mac, from.bytes.data(), from.bytes.size()) != 0) return std::nullopt;
  Heard heard;
  heard.kind = HeardKind::kArp;
  heard.vip = address_of(arp->sender_address);
  return heard;
}

std::optional<Heard> hear_packet(Cursor cursor, uint16_t type, const MacAddress& from) {
  if (type == ETHERTYPE_ARP) return hear_arp(cursor, from);
  if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6) return std::nullopt;
  const bool v4 = type == ETHERTYPE_IP;
  const auto packet = read_ip(cursor, v4);
  if (!packet) return std::nullopt;
  if (packet->protocol == IPPROTO_TCP) return hear_tcp(cursor, *packet);
  const int icmp = v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  return packet->protocol == icmp ? hear_icmp(cursor, v4) : std::nullopt;
}

void append_ip(Frame& frame, const VipPath& path, uint16_t payload_bytes) {
  if (path.vip.is_v4()) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = sizeof ip / 4;
    ip.tot_len = htons(static_cast<uint16_t>(sizeof ip + payload_bytes));
    ip.frag_off = htons(IP_DF);
    ip.ttl = kTtl;
    ip.protocol = IPPROTO_TCP;
    std::memcpy(&ip.saddr, path.own.bytes().data(), sizeof ip.saddr);
    std::memcpy(&ip.daddr, path.vip.bytes().data(), sizeof ip.daddr);
    ip.check = fold_checksum(add_words(0, &ip, sizeof ip));
    append(frame, ip);
    return;
  }
  ip6_hdr ip{};
  ip.ip6_vfc = 6 << 4;
  ip.ip6_plen = htons(payload_bytes);
  ip.ip6_nxt = IPPROTO_TCP;
  ip.ip6_hlim = kTtl;
  std::memcpy(&ip.ip6_src, path.own.bytes().data(), sizeof ip.ip6_src);
  std::memcpy(&ip.ip6_dst, path.vip.bytes().data(), sizeof ip.ip6_dst);
  append(frame, ip);
}

// `options`: of the header, a multiple of four bytes.
Frame tcp_frame(const VipPath& path, tcphdr tcp, std::span<const uint8_t> options) {
  const auto bytes = static_cast<uint16_t>(sizeof tcp + options.size());
  tcp.source = htons(path.own_port);
  tcp.dest = htons(path.port);
  tcp.doff = static_cast<uint16_t>(bytes / 4) & 0xf;
  // RFC 9293 §3.1, RFC 8200 §8.1: the pseudo header is both addresses, the protocol and the length.
  uint32_t sum = IPPROTO_TCP + bytes;
  sum = add_words(sum, path.own.bytes().data(), path.own.bytes().size());
  sum = add_words(sum, path.vip.bytes().data(), path.vip.bytes().size());
  sum = add_words(sum, &tcp, sizeof tcp);
  tcp.check = fold_checksum(add_words(sum, options.data(), options.size()));

  Frame frame;
  append_ethernet(frame, path.next_mac, path.own_mac, path.vip.is_v4() ? ETHERTYPE_IP : ETHERTYPE_IPV6);
  append_ip(frame, path, bytes);
  append(frame, tcp);
  frame.insert(frame.end(), options.begin(), options.end());
  return frame;
}

}  // namespace

Frame vip_syn(const VipPath& path, uint32_t sequence) {
  tcphdr tcp{};
  tcp.seq = htonl(sequence);
  tcp.syn = 1;
  tcp.window = htons(kWindow);
  const SegmentSize segment_size;
  return tcp_frame(path, tcp, {reinterpret_cast<const uint8_t*>(&segment_size), sizeof segment_size});
}

Frame vip_reset(const VipPath& path, uint32_t sequence) {
  tcphdr tcp{};
  tcp.seq = htonl(sequence + 1);  // what the SYN-ACK acknowledged, so that it is taken (RFC 9293 §3.10.7.4)
  tcp.rst = 1;
  return tcp_frame(path, tcp, {});
}

Frame arp_question(const MacAddress& own_mac, const IpAddress& vip) {
  Frame frame;
  append_ethernet(frame, kBroadcast, own_mac, ETHERTYPE_ARP);
  append(frame, arp_request(own_mac, vip));
  return frame;
}

std::optional<Heard> hear(std::span<const uint8_t> frame) {
  Cursor cursor(frame);
  const auto ethernet = cursor.read<ether_header>();
  if (!ethernet || !cursor.skip(sizeof *ethernet)) return std::nullopt;
  MacAddress from;
  std::memcpy(from.bytes.data(), ethernet->ether_shost, from.bytes.size());
  std::optional<Heard> heard = hear_packet(cursor, ntohs(ethernet->ether_type), from);
  if (heard) heard->from = from;
  return heard;
}

}  // namespace xlb::host
