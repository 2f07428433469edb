#include "native/binding/probe_origin_value.h"

#include <net/if.h>

namespace xlb::binding {

host::ProbeOrigin read_origin(const Fields& fields, const IpAddress& destination) {
  host::ProbeOrigin origin;
  origin.source = fields.optional_address("sourceAddress");
  if (origin.source && origin.source->is_v4() != destination.is_v4())
    fields.fail("sourceAddress", destination.is_v4() ? "an IPv4 address" : "an IPv6 address");
  origin.source_port = static_cast<uint16_t>(fields.optional_uint32("sourcePort", 1, kPortMax).value_or(0));
  origin.interface = fields.optional_string("interface").value_or("");
  if (origin.interface.size() >= IFNAMSIZ) fields.fail("interface", "at most 15 characters");
  origin.mark = fields.optional_uint32("mark");
  return origin;
}

}  // namespace xlb::binding
