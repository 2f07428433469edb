// Reading the objects of src/addon/routing.ts. After a mistake what they answer is of no use: see
// Arguments::ok().
#pragma once

#include "native/binding/arguments.h"
#include "native/host/routing.h"

namespace xlb::binding {

inline constexpr uint32_t kInterfaceIndexMax = INT32_MAX;  // an interface index is an int in the kernel

host::RouteSpec read_route(const Fields& fields);
host::RuleSpec read_rule(const Fields& fields);
host::MacvlanSpec read_macvlan(const Fields& fields);

}  // namespace xlb::binding
