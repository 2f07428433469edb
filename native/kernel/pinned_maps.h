// The maps of the packet path as pins: whether an earlier process' fit, and taking them over.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/base/result.h"
#include "native/base/status.h"
#include "native/kernel/pins.h"

struct bpf_map;
struct bpf_object;

namespace xlb {

// What a map of tables is called in bpf/maps.h, whatever libbpf calls it. Empty: it is what the compiler made
// of constants.
std::string_view table_name(const bpf_map* map);

// The map of a loaded object, by that name.
int table_fd(const bpf_object* object, std::string_view name);

struct Adoption {
  bool adopted = false;
  std::optional<std::string> discarded;  // why those that are there cannot be used
};

// Gives an object that is open and not loaded the pinned maps, all of them or none. REQUIRES: sizes are set.
Result<Adoption> adopt_maps(bpf_object* object, const PinDirectory& pins);

// Pins the maps of a loaded object, in the place of all that is pinned there, but for links.
Status pin_maps(bpf_object* object, const PinDirectory& pins);

}  // namespace xlb
