// The maps of the packet path as pins: whether an earlier process' fit, and taking them over.
#pragma once

#include <optional>
#include <string>

#include "native/base/result.h"
#include "native/base/status.h"
#include "native/kernel/pins.h"

struct bpf_object;

namespace xlb {

struct Adoption {
  bool adopted = false;
  std::optional<std::string> discarded;  // why those that are there cannot be used
};

// Gives an object that is open and not loaded the pinned maps, all of them or none. REQUIRES: sizes are set.
Result<Adoption> adopt_maps(bpf_object* object, const PinDirectory& pins);

// Pins the maps of a loaded object, in the place of all that is pinned there, but for links.
Status pin_maps(bpf_object* object, const PinDirectory& pins);

}  // namespace xlb
