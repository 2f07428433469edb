#include "native/test/frames.h"

#include <algorithm>

namespace xlb::test {
namespace {

constexpr size_t kEthernet = 14;
constexpr uint8_t kDestinationOptions = 60, kFragment = 44, kTcp = 6, kUdp = 17, kIcmp = 1, kIcmp6 = 58;

void put16(Bytes* to, uint32_t value) {
  to->push_back(static_cast<uint8_t>(value >> 8));
  to->push_back(static_cast<uint8_t>(value));
}

void append(Bytes* to, const Bytes& from) { to->insert(to->end(), from.begin(), from.end()); }

Bytes transport(uint8_t protocol, uint16_t from, uint16_t to, const FramePlan& plan) {
  Bytes bytes;
  put16(&bytes, from);
  put16(&bytes, to);
  if (protocol == kTcp) {
    bytes.insert(bytes.end(), 8, 0);
    bytes.push_back(0x50);
    bytes.push_back(plan.tcp_flags);
    bytes.insert(bytes.end(), 6, 0);
  } else {
    put16(&bytes, 8U + plan.payload);
    put16(&bytes, 0);
  }
  bytes.insert(bytes.end(), plan.payload, 0xda);
  return bytes;
}

struct Network {
  Ip from;
  Ip to;
  uint8_t protocol;
  uint16_t fragment;  // as in IPv4: bit 13 more, low 13 bits offset
};

Bytes ipv4_packet(const FramePlan& plan, const Network& network, const Bytes& body) {
  Bytes bytes{static_cast<uint8_t>(0x45 + plan.option_words), 0};
  put16(&bytes, static_cast<uint32_t>(20 + plan.option_words * 4 + body.size() - plan.concealed));
  put16(&bytes, plan.identification);
  put16(&bytes, network.fragment);
  bytes.push_back(plan.ttl);
  bytes.push_back(network.protocol);
  put16(&bytes, 0);
  bytes.insert(bytes.end(), network.from.begin() + 12, network.from.end());
  bytes.insert(bytes.end(), network.to.begin() + 12, network.to.end());
  bytes.insert(bytes.end(), plan.option_words * 4U, 1);  // no operation
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) sum += bytes[i] << 8U | bytes[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  bytes[10] = static_cast<uint8_t>(~sum >> 8);
  bytes[11] = static_cast<uint8_t>(~sum);
  append(&bytes, body);
  return bytes;
}

Bytes ipv6_packet(const FramePlan& plan, const Network& network, const Bytes& body) {
  Bytes headers;
  uint8_t next = network.protocol;
  if (network.fragment != 0) {
    headers = {next, 0};
    put16(&headers, (network.fragment & 0x1fffU) << 3 | (network.fragment >> 13 & 1U));
    put16(&headers, 0);
    put16(&headers, plan.identification);
    next = kFragment;
  }
  for (uint8_t i = 0; i < plan.option_words; i++) {
    const Bytes option{next, 0, 1, 4, 0, 0, 0, 0};
    headers.insert(headers.begin(), option.begin(), option.end());
    next = kDestinationOptions;
  }
  Bytes bytes{0x60, 0, 0, 0};
  put16(&bytes, static_cast<uint32_t>(headers.size() + body.size() - plan.concealed));
  bytes.push_back(next);
  bytes.push_back(plan.ttl);
  bytes.insert(bytes.end(), network.from.begin(), network.from.end());
  bytes.insert(bytes.end(), network.to.begin(), network.to.end());
  append(&bytes, headers);
  append(&bytes, body);
  return bytes;
}

Bytes packet_of(const FramePlan& plan, const Network& network, const Bytes& body) {
  return plan.v6 ? ipv6_packet(plan, network, body) : ipv4_packet(plan, network, body);
}

Bytes icmp_error(const FramePlan& plan) {
  const Bytes quoted = packet_of(plan, {plan.virtual_address, plan.client, plan.protocol, 0},
                                 transport(plan.protocol, plan.virtual_port, plan.client_port, plan));
  Bytes bytes{static_cast<uint8_t>(plan.v6 ? 2 : 3), static_cast<uint8_t>(plan.v6 ? 0 : 4), 0, 0, 0, 0, 5, 0};
  append(&bytes, quoted);
  const auto type = static_cast<uint8_t>(plan.v6 ? kIcmp6 : kIcmp);
  return packet_of(plan, {plan.client, plan.virtual_address, type, 0}, bytes);
}

Bytes network_packet(const FramePlan& plan) {
  Network network{plan.client, plan.virtual_address, plan.protocol, 0};
  switch (plan.kind) {
    case Kind::kTcp:
      network.protocol = kTcp;
      break;
    case Kind::kUdp:
      network.protocol = kUdp;
      break;
    case Kind::kIcmpError:
      return icmp_error(plan);
    case Kind::kFirstFragment:
      network.fragment = 0x2000;
      break;
    case Kind::kLaterFragment:
      network.fragment = 3;
      return packet_of(plan, network, Bytes(8U + plan.payload, 0xfe));
    case Kind::kCount:
      break;
  }
  return packet_of(plan, network, transport(network.protocol, plan.client_port, plan.virtual_port, plan));
}

}  // namespace

Ip ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

Bytes make_frame(const FramePlan& plan) {
  Bytes frame(plan.destination_mac.begin(), plan.destination_mac.end());
  frame.insert(frame.end(), plan.source_mac.begin(), plan.source_mac.end());
  for (uint8_t tag = plan.vlan_tags; tag > 0; tag--) {
    put16(&frame, tag > 1 ? 0x88a8 : 0x8100);
    put16(&frame, 7);
  }
  put16(&frame, plan.v6 ? 0x86dd : 0x0800);
  append(&frame, network_packet(plan));
  frame.insert(frame.end(), plan.padding, 0);
  return frame;
}

void aim_checksum(FramePlan* plan, uint16_t wanted) {
  plan->identification = 0;
  const Bytes frame = make_frame(*plan);
  const size_t at = kEthernet + plan->vlan_tags * 4U + 10;
  const uint32_t sum = (frame[at] << 8U | frame[at + 1]) + (0xffffU ^ wanted);  // RFC 1624: complements add
  plan->identification = static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

void fix_ipv4_checksum(Bytes* frame) {
  size_t at = kEthernet - 2;
  while (at + 4 <= frame->size() && ((*frame)[at] == 0x81 || (*frame)[at] == 0x88)) at += 4;
  at += 2;
  if (at >= frame->size()) return;
  const size_t length = ((*frame)[at] & 0xfU) * 4U;
  if ((*frame)[at] >> 4 != kVersion4 || length < 20 || at + length > frame->size()) return;
  uint32_t sum = 0;
  (*frame)[at + 10] = (*frame)[at + 11] = 0;
  for (size_t i = at; i < at + length; i += 2) sum += (*frame)[i] << 8U | (*frame)[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  (*frame)[at + 10] = static_cast<uint8_t>(~sum >> 8);
  (*frame)[at + 11] = static_cast<uint8_t>(~sum);
}

}  // namespace xlb::test
