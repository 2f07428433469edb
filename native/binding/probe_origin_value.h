// Where a check's packets come from, as src/addon/probe_socket.ts writes it.
#pragma once

#include <cstdint>

#include "native/binding/arguments.h"
#include "native/host/probe_origin.h"

namespace xlb::binding {

inline constexpr uint32_t kPortMax = UINT16_MAX;

// `destination`: whose family the source address must have.
host::ProbeOrigin read_origin(const Fields& fields, const IpAddress& destination);

}  // namespace xlb::binding
