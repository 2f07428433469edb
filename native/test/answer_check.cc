#include "native/test/answer_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "native/test/frame_check.h"

namespace xlb::test {
namespace {

using View = std::span<const uint8_t>;

constexpr size_t kMostIpv4 = 576, kMostIpv6 = 1280, kIcmp = 8, kSegment = 20;

uint32_t get(View bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = at; i < at + count; i++) value = value << 8 | bytes[i];
  return value;
}

// RFC 1071; with `start` as what was summed already.
bool sums_up(View bytes, uint64_t start = 0) {
  uint64_t sum = start;
  for (size_t i = 0; i < bytes.size(); i++) sum += i % 2 == 0 ? bytes[i] << 8U : bytes[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

// RFC 9293 3.1, RFC 8200 8.1.
uint64_t pseudo_sum(View packet, bool v6, uint8_t protocol, size_t length) {
  const View ends = v6 ? packet.subspan(8, 32) : packet.subspan(12, 8);
  uint64_t sum = protocol + length;
  for (size_t i = 0; i < ends.size(); i += 2) sum += get(ends, i, 2);
  return sum;
}

struct Packet {
  View bytes;  // the IP packet, without padding
  bool v6;

  [[nodiscard]] size_t address_size() const { return v6 ? 16 : 4; }
  [[nodiscard]] View source() const { return bytes.subspan(v6 ? 8 : 12, address_size()); }
  [[nodiscard]] View destination() const { return bytes.subspan(v6 ? 24 : 16, address_size()); }
};

Packet packet_at(const Bytes& frame, size_t network, bool v6) {
  const View rest = View(frame).subspan(network);
  const size_t length = v6 ? 40 + get(rest, 4, 2) : get(rest, 2, 2);
  return {rest.first(std::min(length, rest.size())), v6};
}

bool equal(View a, View b) { return std::ranges::equal(a, b); }

bool link_is_turned(const Bytes& before, const Bytes& after, size_t network) {
  const View was(before), is(after);
  return after.size() >= network && equal(was.first(6), is.subspan(6, 6)) &&
         equal(was.subspan(6, 6), is.first(6)) &&
         equal(was.subspan(12, network - 12), is.subspan(12, network - 12));
}

// `tos` is what IPv4's must be; `identification` its, and IPv6's flow label must be 0.
bool header_is_right(const Packet& was, const Packet& is, uint8_t protocol, uint8_t tos) {
  if (!equal(was.source(), is.destination()) || !equal(was.destination(), is.source())) return false;
  if (was.v6)
    return get(is.bytes, 0, 4) == (0x60000000U | static_cast<uint32_t>(tos) << 20) &&
           is.bytes[6] == protocol && is.bytes[7] == 64;
  return is.bytes[0] == 0x45 && is.bytes[1] == tos && is.bytes[8] == 64 && is.bytes[9] == protocol &&
         sums_up(is.bytes.first(20));
}

bool icmp_is_right(const Packet& was, const Packet& is, Answer kind, uint32_t mtu) {
  const bool v6 = was.v6;
  const size_t header = v6 ? 40 : 20;
  if (is.bytes.size() < header + kIcmp) return false;
  const auto protocol = static_cast<uint8_t>(v6 ? 58 : 1);
  const auto tos = static_cast<uint8_t>(v6 ? 0 : 0xc0 | (was.bytes[1] & 0x1e));
  if (!header_is_right(was, is, protocol, tos)) return false;
  if (!v6 && get(is.bytes, 6, 2) != 0) return false;

  const View icmp = is.bytes.subspan(header);
  const uint32_t what = get(icmp, 0, 2);
  if (kind == Answer::kPortUnreachable && what != (v6 ? 0x0104U : 0x0303U)) return false;
  if (kind == Answer::kTimeExceeded && what != (v6 ? 0x0300U : 0x0b00U)) return false;
  if (kind == Answer::kTooBig && what != (v6 ? 0x0200U : 0x0304U)) return false;
  if (get(icmp, 4, 4) != mtu) return false;
  if (!sums_up(icmp, v6 ? pseudo_sum(is.bytes, true, protocol, icmp.size()) : 0)) return false;

  const View quote = icmp.subspan(kIcmp);
  const size_t most = (v6 ? kMostIpv6 : kMostIpv4) - header - kIcmp;
  return equal(quote, was.bytes.first(std::min(most, was.bytes.size())));
}

// Where the transport header of a packet that frame_check.h calls sound begins.
size_t segment_of(const Packet& packet) {
  if (!packet.v6) return (packet.bytes[0] & 0xfU) * 4U;
  size_t at = 40;
  for (uint8_t kind = packet.bytes[6]; kind != 6;) {
    const bool fragment = kind == 44;
    kind = packet.bytes[at];
    at += fragment ? 8 : 8 + packet.bytes[at + 1] * 8U;
  }
  return at;
}

// RFC 9293 3.10.7.1.
bool reset_is_right(const Packet& was, const Packet& is) {
  const bool v6 = was.v6;
  const size_t header = v6 ? 40 : 20;
  if (is.bytes.size() != header + kSegment) return false;
  const uint32_t tos = v6 ? get(was.bytes, 0, 2) >> 4 & 0xffU : was.bytes[1];
  if (!header_is_right(was, is, 6, static_cast<uint8_t>(tos & ~3U))) return false;
  if (!v6 && get(is.bytes, 4, 4) != 0x4000) return false;

  const size_t begins = segment_of(was);
  const View segment = was.bytes.subspan(begins), reset = is.bytes.subspan(header);
  const uint8_t flags = segment[13];
  const size_t data = segment.size() - (segment[12] >> 4) * 4U;
  const auto length = static_cast<uint32_t>(data + (flags & 1U) + (flags >> 1 & 1U));
  const bool acknowledges = (flags & 0x10) != 0;
  return (flags & 4) == 0 && get(reset, 0, 2) == get(segment, 2, 2) &&
         get(reset, 2, 2) == get(segment, 0, 2) &&
         get(reset, 4, 4) == (acknowledges ? get(segment, 8, 4) : 0) &&
         get(reset, 8, 4) == (acknowledges ? 0 : get(segment, 4, 4) + length) &&
         get(reset, 12, 4) == (acknowledges ? 0x50040000U : 0x50140000U) && get(reset, 18, 2) == 0 &&
         sums_up(reset, pseudo_sum(is.bytes, v6, 6, kSegment));
}

}  // namespace

bool unanswerable(const Bytes& frame, size_t network, bool v6) {
  if ((frame[0] | frame[6]) & 1) return true;
  const Packet packet = packet_at(frame, network, v6);
  return std::ranges::any_of(std::array{packet.source(), packet.destination()}, [v6](View address) {
    if (!v6) return address[0] == 0 || address[0] == 127 || address[0] >= 224;
    const bool nobody = std::ranges::all_of(address.first(15), [](uint8_t byte) { return byte == 0; });
    return address[0] == 0xff || (nobody && address[15] <= 1);
  });
}

bool answered_rightly(const Bytes& before, const Bytes& after, Answer kind, uint32_t mtu) {
  const std::optional<Sound> what = sound(before);
  if (!what.has_value() || what->icmp_error || what->later_fragment) return false;
  const size_t network = what->network;
  const size_t header = what->v6 ? 40 : 20;
  if (unanswerable(before, network, what->v6) || !link_is_turned(before, after, network)) return false;
  if (after.size() < network + header) return false;
  const Packet was = packet_at(before, network, what->v6), is = packet_at(after, network, what->v6);
  if (network + is.bytes.size() != after.size()) return false;  // no padding
  return kind == Answer::kReset ? reset_is_right(was, is) : icmp_is_right(was, is, kind, mtu);
}

}  // namespace xlb::test
