#include "native/host/xdp_features.h"

#include <linux/genetlink.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "native/host/host_state.h"
#include "native/host/netlink_socket.h"

namespace xlb::host {
namespace {

// linux/netdev.h, which is younger than the oldest headers that this is built with.
constexpr uint8_t kDeviceGet = 1;           // NETDEV_CMD_DEV_GET
constexpr uint16_t kDeviceIndex = 1;        // NETDEV_A_DEV_IFINDEX, 32 bits
constexpr uint16_t kDeviceFeatures = 3;     // NETDEV_A_DEV_XDP_FEATURES, 64 bits
constexpr uint64_t kBasic = 1U << 0;        // NETDEV_XDP_ACT_BASIC
constexpr uint64_t kXskZeroCopy = 1U << 3;  // NETDEV_XDP_ACT_XSK_ZEROCOPY

// The attribute of that type behind the header of generic netlink; nothing where it is not as long.
template <typename Value>
std::optional<Value> value_of(const nlmsghdr* message, uint16_t type) {
  const auto* attribute =
      static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(genlmsghdr)));
  const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  std::optional<Value> value;
  for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
       attribute = mnl_attr_next(attribute)) {
    if (mnl_attr_get_type(attribute) != type || mnl_attr_get_payload_len(attribute) < sizeof(Value)) continue;
    Value found{};
    std::memcpy(&found, mnl_attr_get_payload(attribute), sizeof found);
    value = found;
  }
  return value;
}

// The number that the kernel gave the family; nothing where it does not know it.
Result<std::optional<uint16_t>> find_family(NetlinkSocket* socket, const std::string& attempted) {
  Request request(GENL_ID_CTRL, 0, genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
  request.put(CTRL_ATTR_FAMILY_NAME, std::string("netdev"));
  std::optional<uint16_t> family;
  Status status = socket->call(request, attempted, [&](const nlmsghdr* message) {
    family = value_of<uint16_t>(message, CTRL_ATTR_FAMILY_ID);
  });
  if (!status.ok() && status.error_number() != ENOENT) return status;
  return family;
}

}  // namespace

Result<std::optional<XdpFeatures>> xdp_features(uint32_t index) {
  const std::string attempted = "ask what XDP of " + interface_name(index) + " can do";
  NetlinkSocket socket;
  if (Status status = socket.open(NETLINK_GENERIC); !status.ok()) return status;
  const Result<std::optional<uint16_t>> family = find_family(&socket, attempted);
  if (!family.ok()) return family.status();
  if (!family->has_value()) return std::optional<XdpFeatures>();

  Request request(**family, 0, genlmsghdr{.cmd = kDeviceGet, .version = 1, .reserved = 0});
  request.put(kDeviceIndex, index);
  std::optional<uint64_t> features;
  Status status = socket.call(request, attempted, [&](const nlmsghdr* message) {
    features = value_of<uint64_t>(message, kDeviceFeatures);
  });
  if (!status.ok()) return status;
  if (!features) return std::optional<XdpFeatures>();
  return std::optional(
      XdpFeatures{.native = (*features & kBasic) != 0, .zero_copy = (*features & kXskZeroCopy) != 0});
}

}  // namespace xlb::host
