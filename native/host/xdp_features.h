// What the driver of an interface can do about XDP, as it tells the kernel (the generic netlink family
// "netdev", since Linux 6.3).
//
// Thread rule: any; the interface is one of this thread's network namespace.
#pragma once

#include <cstdint>
#include <optional>

#include "native/base/result.h"

namespace xlb::host {

struct XdpFeatures {
  bool native = false;     // programs in the driver
  bool zero_copy = false;  // AF_XDP without copying; the device may lack what the driver needs for it
};

// Nothing: the kernel is older and cannot say.
Result<std::optional<XdpFeatures>> xdp_features(uint32_t index);

}  // namespace xlb::host
