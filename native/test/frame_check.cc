#include "native/test/frame_check.h"

#include <algorithm>
#include <span>

namespace xlb::test {
namespace {

constexpr int kMostVlanTags = 2, kMostExtensions = 6;
using View = std::span<const uint8_t>;

// Throws nothing, reads nothing out of bounds: a missing byte makes `good` false.
struct Reader {
  View bytes;
  size_t at = 0;
  bool good = true;

  uint8_t u8() {
    if (at >= bytes.size()) {
      good = false;
      return 0;
    }
    return bytes[at++];
  }
  uint16_t u16() {
    const unsigned high = u8();
    return static_cast<uint16_t>(high << 8 | u8());
  }
  void skip(size_t count) {
    if (count > bytes.size() - at) good = false;
    at = std::min(bytes.size(), at + count);
  }
  View rest() const { return bytes.subspan(at); }
};

Ip address4(Reader* reader) {
  Ip ip{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  for (size_t i = 12; i < 16; i++) ip[i] = reader->u8();
  return ip;
}

Ip address6(Reader* reader) {
  Ip ip{};
  for (uint8_t& byte : ip) byte = reader->u8();
  return ip;
}

struct Packet {
  Ip from{}, to{};
  uint8_t protocol = 0;
  bool fragment = false, later = false;
  View body;
};

bool sum_is_right(View header) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < header.size(); i += 2) sum += header[i] << 8U | header[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

// `quoted`: the packet inside an ICMP error, which may be cut short and whose checksum is a router's affair.
std::optional<Packet> read_ipv4(View bytes, bool quoted) {
  Reader reader{bytes};
  Packet packet;
  const uint8_t first = reader.u8();
  const size_t header = (first & 0xfU) * 4U;
  reader.u8();
  const size_t total = reader.u16();
  reader.skip(2);
  const uint16_t fragment = reader.u16();
  reader.skip(1);
  packet.protocol = reader.u8();
  reader.skip(2);
  packet.from = address4(&reader);
  packet.to = address4(&reader);
  if (!reader.good || first >> 4 != 4 || header < 20 || header > bytes.size()) return std::nullopt;
  if (!quoted && (total < header || total > bytes.size() || !sum_is_right(bytes.first(header))))
    return std::nullopt;
  packet.later = (fragment & 0x1fff) != 0;
  packet.fragment = packet.later || (fragment & 0x2000) != 0;
  packet.body = (quoted ? bytes : bytes.first(total)).subspan(header);
  return packet;
}

std::optional<Packet> read_ipv6(View bytes, bool quoted) {
  Reader reader{bytes};
  Packet packet;
  const uint8_t first = reader.u8();
  reader.skip(3);
  const size_t length = reader.u16();
  packet.protocol = reader.u8();
  reader.skip(1);
  packet.from = address6(&reader);
  packet.to = address6(&reader);
  if (!reader.good || first >> 4 != 6 || (!quoted && length > reader.rest().size())) return std::nullopt;
  Reader inner{quoted ? reader.rest() : reader.rest().first(length)};
  for (int i = 0; !packet.later; i++) {
    const uint8_t kind = packet.protocol;
    if (kind != 0 && kind != 43 && kind != 44 && kind != 60) break;
    if (i == kMostExtensions) return std::nullopt;
    packet.protocol = inner.u8();
    const size_t more = inner.u8();
    if (kind == 44) {
      const uint16_t offset = inner.u16();
      inner.skip(4);
      packet.later = offset >> 3 != 0;
      packet.fragment = packet.fragment || packet.later || (offset & 1) != 0;
    } else {
      inner.skip(6 + more * 8);
    }
    if (!inner.good) return std::nullopt;
  }
  packet.body = inner.rest();
  return packet;
}

std::optional<Packet> read_ip(View bytes, bool v6, bool quoted) {
  return v6 ? read_ipv6(bytes, quoted) : read_ipv4(bytes, quoted);
}

bool transport_is_sound(const Packet& packet) {
  Reader reader{packet.body};
  reader.skip(4);
  if (packet.protocol == 17) {
    const size_t length = reader.u16();
    reader.skip(2);
    return reader.good && length >= 8 && (packet.fragment || length <= packet.body.size());
  }
  reader.skip(8);
  const size_t header = (reader.u8() >> 4) * 4U;
  return reader.good && header >= 20 && header <= packet.body.size();
}

// The flow that an ICMP error speaks of.
bool read_icmp_error(const Packet& outer, Sound* result) {
  Reader reader{outer.body};
  const uint8_t type = reader.u8();
  reader.skip(7);
  const bool error = result->v6 ? type < 128 : type == 3 || type == 4 || type == 11;
  if (!reader.good || !error || outer.fragment) return false;
  const std::optional<Packet> quoted = read_ip(reader.rest(), result->v6, true);
  if (!quoted.has_value() || quoted->later || quoted->body.size() < 8) return false;
  if (quoted->protocol != 6 && quoted->protocol != 17) return false;
  if (quoted->from != outer.to)
    return false;  // errors go to who sent the packet (RFC 1122 3.2.2, RFC 4443 2.2)
  Reader ports{quoted->body};
  result->icmp_error = true;
  result->protocol = quoted->protocol;
  result->virtual_address = quoted->from;
  result->client = quoted->to;
  result->virtual_port = ports.u16();
  result->client_port = ports.u16();
  return true;
}

}  // namespace

std::optional<Sound> sound(const Bytes& frame) {
  Reader reader{frame};
  Sound result;
  reader.skip(12);
  uint16_t type = reader.u16();
  for (int tags = 0; tags < kMostVlanTags && (type == 0x8100 || type == 0x88a8); tags++) {
    reader.skip(2);
    type = reader.u16();
  }
  if (!reader.good || (type != 0x0800 && type != 0x86dd)) return std::nullopt;
  result.v6 = type == 0x86dd;
  result.network = reader.at;
  const std::optional<Packet> packet = read_ip(reader.rest(), result.v6, false);
  if (!packet.has_value()) return std::nullopt;
  result.protocol = packet->protocol;
  result.client = packet->from;
  result.virtual_address = packet->to;
  result.later_fragment = packet->later;
  if (packet->later) return result;
  if (packet->protocol == (result.v6 ? 58 : 1))
    return read_icmp_error(*packet, &result) ? std::optional(result) : std::nullopt;
  if ((packet->protocol != 6 && packet->protocol != 17) || !transport_is_sound(*packet)) return std::nullopt;
  Reader ports{packet->body};
  result.client_port = ports.u16();
  result.virtual_port = ports.u16();
  return result;
}

bool rewritten_rightly(const Bytes& before, const Bytes& after, const Sound& what) {
  const size_t ttl = what.network + (what.v6 ? 7 : 8);
  if (before.size() != after.size() || after[ttl] + 1 != before[ttl] || after[ttl] == 0) return false;
  for (size_t i = 12; i < before.size(); i++) {
    const bool checksum = !what.v6 && (i == what.network + 10 || i == what.network + 11);
    if (i != ttl && !checksum && before[i] != after[i]) return false;
  }
  if (what.v6) return true;
  const View header = View(after).subspan(what.network, (after[what.network] & 0xfU) * 4U);
  return sum_is_right(header);
}

size_t packet_length(const Bytes& frame, const Sound& what) {
  const uint8_t* ip = frame.data() + what.network;
  return what.v6 ? 40U + ip[4] * 256U + ip[5] : ip[2] * 256U + ip[3];
}

bool may_be_cut(const Bytes& frame, const Sound& what) {
  return !what.v6 && (frame[what.network + 6] & 0x40) == 0;
}

Bytes counted_down(const Bytes& frame, const Sound& what) {
  Bytes after = frame;
  uint8_t* ip = after.data() + what.network;
  ip[what.v6 ? 7 : 8]--;
  if (what.v6) return after;
  ip[10] = ip[11] = 0;
  uint32_t sum = 0;
  for (size_t i = 0; i < (ip[0] & 0xfU) * 4U; i++) sum += i % 2 == 0 ? ip[i] << 8U : ip[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  ip[10] = static_cast<uint8_t>(~sum >> 8);
  ip[11] = static_cast<uint8_t>(~sum);
  return after;
}

}  // namespace xlb::test
