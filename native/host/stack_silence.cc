#include "native/host/stack_silence.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

#include "native/host/address_filter.h"

namespace xlb::host {
namespace {

constexpr int32_t kPriority = INT32_MIN;  // before whoever might answer

template <typename Bytes>
std::optional<IpAddress> from(const Bytes& bytes) {
  return IpAddress::from_bytes({reinterpret_cast<const uint8_t*>(&bytes), sizeof bytes});
}

// 127.0.0.0/8 and ::1, which nobody else sends to; fe80::/10, which no client of a virtual server asks for.
bool stays_local(const IpAddress& address) {
  const std::string text = address.to_string();
  return text.starts_with("127.") || text == "::1" || text.starts_with("fe80:");
}

}  // namespace

StackSilence::StackSilence(const std::vector<IpAddress>& addresses)
    : filter_(std::make_unique<AddressFilter>("xlb_silence_" + std::to_string(::getpid()), kPriority,
                                              AddressFilter::Life::kProcess)) {
  std::vector<FilteredAddress> filtered;
  for (const IpAddress& address : addresses) filtered.push_back({address, ""});
  status_ = filter_->replace(filtered);
}

// The socket takes the table with it.
StackSilence::~StackSilence() = default;

std::vector<IpAddress> own_addresses() {
  std::vector<IpAddress> addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    std::optional<IpAddress> address;
    if (one->ifa_addr->sa_family == AF_INET)
      address = from(reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr);
    else if (one->ifa_addr->sa_family == AF_INET6)
      address = from(reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr);
    if (address && !stays_local(*address)) addresses.push_back(*address);
  }
  ::freeifaddrs(all);
  return addresses;
}

}  // namespace xlb::host
