// The Engine whose frames travel: into one end of a veth, to the program at the other end and, where that is
// wanted, by it to a thread with an AF_XDP socket; and what comes of them out again. Program, threads and
// sockets are those of the data path; only their clock is the caller's.
#pragma once

#include <cstdint>
#include <memory>

#include "native/base/result.h"
#include "native/datapath/engine.h"

namespace xlb {

// kTc: by what stands in for XDP; it gives no answers, and what it drops has been seen inside.
enum class WirePath : uint8_t { kAfXdp, kNative, kGeneric, kTc };

// The ends of a veth that is up and has nobody else: no addresses, no IPv6.
struct Wire {
  uint32_t inside = 0;   // the director's; frames come in by it and leave by it
  uint32_t outside = 0;  // with a program of its own, without which nothing that XDP sends arrives there
  WirePath path = WirePath::kAfXdp;
};

Result<std::unique_ptr<Engine>> make_wire_engine(uint32_t flow_slots, uint32_t template_slots,
                                                 const Wire& wire);

}  // namespace xlb
