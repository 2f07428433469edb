// One datagram to a Unix socket: how a service manager and a syslog daemon are told something.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "native/base/status.h"

namespace xlb::host {

// Never waits: a receiver that does not read loses it (EAGAIN). `path` begins with '/', or with '@' for a
// name in the abstract space (sd_notify(3), unix(7)).
Status send_datagram(const std::string& path, std::span<const uint8_t> bytes);

}  // namespace xlb::host
