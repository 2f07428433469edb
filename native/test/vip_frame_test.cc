#include "native/host/vip_frame.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>

#include <random>
#include <string>

#include "native/test/check.h"

namespace xlb::test {
namespace {

using host::append;
using host::append_ethernet;
using host::Frame;
using host::hear;
using host::Heard;
using host::HeardKind;
using host::VipPath;

constexpr uint32_t kSequence = 0xfffffff0;  // + 1 does not fit the low byte only
constexpr size_t kIp = sizeof(ether_header);

VipPath path_of(const char* own, const char* vip) {
  VipPath path;
  path.own_mac = *MacAddress::parse("02:00:00:00:00:01");
  path.next_mac = *MacAddress::parse("02:00:00:00:00:02");
  path.own = *IpAddress::parse(own);
  path.own_port = 40000;
  path.vip = *IpAddress::parse(vip);
  path.port = 80;
  return path;
}

const VipPath kV4 = path_of("10.0.0.1", "10.0.0.100");
const VipPath kV6 = path_of("fd00::1", "fd00::100");

// The frame with its addresses and ports turned round, answering the SYN's number.
Frame answer(const VipPath& path, bool syn, bool rst, bool ack) {
  VipPath back = path;
  std::swap(back.own, back.vip);
  std::swap(back.own_port, back.port);
  std::swap(back.own_mac, back.next_mac);
  Frame frame = host::vip_syn(back, 7);
  const size_t at = kIp + (path.vip.is_v4() ? sizeof(iphdr) : sizeof(ip6_hdr));
  tcphdr tcp;
  std::memcpy(&tcp, frame.data() + at, sizeof tcp);
  tcp.syn = syn;
  tcp.rst = rst;
  tcp.ack = ack;
  tcp.ack_seq = htonl(kSequence + 1);
  std::memcpy(frame.data() + at, &tcp, sizeof tcp);
  return frame;
}

// As a router or the real server itself quotes the SYN, which begins after its Ethernet header.
Frame unreachable(const VipPath& path, uint8_t code) {
  const Frame syn = host::vip_syn(path, kSequence);
  Frame frame;
  append_ethernet(frame, path.own_mac, path.next_mac, path.vip.is_v4() ? ETHERTYPE_IP : ETHERTYPE_IPV6);
  if (path.vip.is_v4()) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = 5;
    ip.protocol = IPPROTO_ICMP;
    append(frame, ip);
  } else {
    ip6_hdr ip{};
    ip.ip6_vfc = 6 << 4;
    ip.ip6_nxt = IPPROTO_ICMPV6;
    append(frame, ip);
  }
  icmphdr icmp{};
  icmp.type = path.vip.is_v4() ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
  icmp.code = code;
  append(frame, icmp);
  frame.insert(frame.end(), syn.begin() + kIp, syn.end());
  return frame;
}

Frame arp_reply(const MacAddress& from, const MacAddress& sender, const IpAddress& address) {
  Frame frame;
  append_ethernet(frame, kV4.own_mac, from, ETHERTYPE_ARP);
  host::ArpPacket arp = host::arp_request(sender, kV4.own);
  arp.operation = htons(ARPOP_REPLY);
  std::memcpy(arp.sender_address, address.bytes().data(), sizeof arp.sender_address);
  append(frame, arp);
  return frame;
}

void syn_has_right_checksums() {
  for (const VipPath& path : {kV4, kV6}) {
    const Frame frame = host::vip_syn(path, kSequence);
    const bool v4 = path.vip.is_v4();
    const size_t at = kIp + (v4 ? sizeof(iphdr) : sizeof(ip6_hdr));
    const size_t bytes = frame.size() - at;
    CHECK_EQUAL(bytes, size_t{24});
    // The sum over what is right is all ones.
    if (v4) CHECK_EQUAL(host::fold_checksum(host::add_words(0, frame.data() + kIp, sizeof(iphdr))), 0);
    uint32_t sum = static_cast<uint32_t>(IPPROTO_TCP + bytes);
    sum = host::add_words(sum, path.own.bytes().data(), path.own.bytes().size());
    sum = host::add_words(sum, path.vip.bytes().data(), path.vip.bytes().size());
    CHECK_EQUAL(host::fold_checksum(host::add_words(sum, frame.data() + at, bytes)), 0);
  }
}

void answers_are_heard() {
  for (const VipPath& path : {kV4, kV6}) {
    const struct {
      Frame frame;
      HeardKind kind;
    } cases[] = {
        {answer(path, true, false, true), HeardKind::kOpen},
        {answer(path, false, true, true), HeardKind::kClosed},
        {unreachable(path, 1), HeardKind::kUnreachable},
    };
    for (const auto& [frame, kind] : cases) {
      const auto heard = hear(frame);
      CHECK(heard.has_value());
      CHECK(heard->kind == kind);
      CHECK(heard->from == path.next_mac && heard->vip == path.vip && heard->own == path.own);
      CHECK_EQUAL(heard->port, path.port);
      CHECK_EQUAL(heard->own_port, path.own_port);
      CHECK_EQUAL(heard->sequence, kSequence);
      CHECK_EQUAL(heard->code, kind == HeardKind::kUnreachable ? 1 : 0);
    }
  }
}

void others_are_not() {
  CHECK(!hear(answer(kV4, true, false, false)));  // a SYN
  CHECK(!hear(answer(kV4, false, true, false)));  // a RST that acknowledges nothing
  CHECK(!hear(answer(kV4, false, false, true)));  // an established connection's
  CHECK(!hear(unreachable(kV4, ICMP_FRAG_NEEDED)));
  Frame fragment = answer(kV4, true, false, true);
  fragment[kIp + 6] = 0x20;  // more follow
  CHECK(!hear(fragment));
  Frame options = answer(kV4, true, false, true);
  options[kIp] = 0x4f;  // an IP header longer than the frame
  CHECK(!hear(options));
  options[kIp] = 0x44;  // and one that is too short to be one
  CHECK(!hear(options));
  Frame offset = answer(kV6, true, false, true);
  offset[kIp + sizeof(ip6_hdr) + 12] = 0xf0;  // a TCP header longer than the frame
  CHECK(!hear(offset));
}

void holders_are_heard() {
  const auto heard = hear(arp_reply(kV4.next_mac, kV4.next_mac, kV4.vip));
  CHECK(heard && heard->kind == HeardKind::kArp && heard->from == kV4.next_mac && heard->vip == kV4.vip);
  CHECK(!hear(arp_reply(kV4.next_mac, kV4.own_mac, kV4.vip)));  // in somebody else's name
}

// At every length, and with every byte changed: the sanitizers say when it reads what is not there.
void cut_and_broken_frames_do_no_harm() {
  std::mt19937 random(1);
  for (const Frame& whole :
       {answer(kV4, true, false, true), answer(kV6, true, false, true), unreachable(kV4, 3),
        unreachable(kV6, 4), arp_reply(kV4.next_mac, kV4.next_mac, kV4.vip)}) {
    for (size_t bytes = 0; bytes < whole.size(); bytes++) {
      Frame cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes));
      cut.shrink_to_fit();
      (void)hear(cut);
      if (bytes < kIp + sizeof(host::ArpPacket)) CHECK(!hear(cut));
    }
    for (size_t at = 0; at < whole.size(); at++)
      for (int value = 0; value < 256; value++) {
        Frame broken = whole;
        broken[at] = static_cast<uint8_t>(value);
        broken[random() % broken.size()] = static_cast<uint8_t>(random());
        (void)hear(broken);
      }
  }
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("a SYN has right checksums", syn_has_right_checksums);
  it("SYN-ACK, RST and ICMP unreachable are heard, with what they answer", answers_are_heard);
  it("other segments, fragments and impossible headers are not", others_are_not);
  it("who says by ARP that it has the address is heard, unless in another's name", holders_are_heard);
  it("frames that are cut or broken do no harm", cut_and_broken_frames_do_no_harm);
}
