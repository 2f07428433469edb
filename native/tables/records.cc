#include "native/tables/records.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace xlb {

void store_word(xlb_schedule* place, const xlb_schedule& value) {
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(word));
  store(reinterpret_cast<uint64_t*>(place), word);  // xlb_schedule is aligned for this
}

xlb_address to_address(const IpAddress& address) {
  xlb_address result{};
  std::memcpy(&result, address.mapped().data(), sizeof(result));
  return result;
}

xlb_address mask_of(const IpAddress& prefix, uint8_t length) {
  std::array<uint8_t, 16> bytes{};
  const unsigned bits = prefix.is_v4() ? 96U + length : length;
  for (unsigned i = 0; i < bits; i++) bytes[i / 8] |= static_cast<uint8_t>(0x80U >> (i % 8));
  xlb_address mask{};
  std::memcpy(&mask, bytes.data(), sizeof(mask));
  return mask;
}

IpAddress from_address(const xlb_address& address) {
  uint8_t bytes[sizeof(address)];
  std::memcpy(bytes, &address, sizeof(bytes));
  return IpAddress::from_bytes(bytes).value_or(IpAddress());
}

uint64_t mac_word(const MacAddress& mac, uint8_t kind) {
  xlb_mac word{};
  std::copy(mac.bytes.begin(), mac.bytes.end(), word.bytes);
  word.bytes[6] = kind;
  return word.word;
}

MacAddress mac_of(const xlb_mac& word) {
  MacAddress mac;
  std::copy(word.bytes, word.bytes + mac.bytes.size(), mac.bytes.begin());
  return mac;
}

VirtualServerKey key_of(const xlb_virtual_server& server) {
  return {server.protocol, from_address(server.address), network_order(server.port), server.fwmark};
}

VirtualServerKey without_port(VirtualServerKey key) {
  key.port = 0;
  return key;
}

std::string text_of(const VirtualServerKey& key) {
  if (key.protocol == XLB_PROTOCOL_MARK) return "virtual server fwmark " + std::to_string(key.fwmark);
  return "virtual server " + key.address.to_string() + " port " + std::to_string(key.port);
}

uint16_t template_timeout(uint32_t seconds) {
  constexpr uint32_t kMost = XLB_TEMPLATE_MINUTES - 1;
  if (seconds <= kMost) return static_cast<uint16_t>(seconds);
  return static_cast<uint16_t>(XLB_TEMPLATE_MINUTES | std::min((seconds + 59) / 60, kMost));
}

uint32_t template_seconds(uint16_t timeout) { return template_life(timeout) / XLB_CLOCK_SECOND; }

}  // namespace xlb
