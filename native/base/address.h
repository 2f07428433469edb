// IP and MAC addresses as values. IPv4 is kept as v4-mapped IPv6 (::ffff:a.b.c.d), as the packet path keeps
// it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xlb {

class IpAddress {
 public:
  IpAddress() = default;  // "::"

  // Numeric text only, no zone. A v4-mapped text is the IPv4 address.
  static std::optional<IpAddress> parse(std::string_view text);

  // `bytes` is 4 or 16 long, network order; anything else is no address.
  static std::optional<IpAddress> from_bytes(std::span<const uint8_t> bytes);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] int family() const;  // AF_INET or AF_INET6
  [[nodiscard]] uint8_t max_prefix() const { return is_v4() ? 32 : 128; }
  [[nodiscard]] std::span<const uint8_t> bytes() const;  // 4 or 16, network order
  [[nodiscard]] const std::array<uint8_t, 16>& mapped() const { return bytes_; }
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  // "aa:bb:cc:dd:ee:ff", either case.
  static std::optional<MacAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const MacAddress&) const = default;
};

}  // namespace xlb
