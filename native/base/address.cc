#include "native/base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace xlb {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return from_bytes({bytes.data(), 4});
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return from_bytes(bytes);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::from_bytes(std::span<const uint8_t> bytes) {
  IpAddress address;
  if (bytes.size() == 4) {
    std::ranges::copy(kMappedPrefix, address.bytes_.begin());
    std::ranges::copy(bytes, address.bytes_.begin() + kMappedPrefix.size());
    return address;
  }
  if (bytes.size() != address.bytes_.size()) return std::nullopt;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

int IpAddress::family() const { return is_v4() ? AF_INET : AF_INET6; }

std::span<const uint8_t> IpAddress::bytes() const {
  return is_v4() ? std::span<const uint8_t>(bytes_).last(4) : std::span<const uint8_t>(bytes_);
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family(), bytes().data(), text.data(), text.size());
  return text.data();
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  constexpr size_t kTextLength = 17;
  if (text.size() != kTextLength) return std::nullopt;
  MacAddress mac;
  for (size_t i = 0; i < mac.bytes.size(); i++) {
    const char* begin = text.data() + i * 3;
    const auto [end, error] = std::from_chars(begin, begin + 2, mac.bytes[i], 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    if (i + 1 < mac.bytes.size() && *end != ':') return std::nullopt;
  }
  return mac;
}

std::string MacAddress::to_string() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace xlb
