// Virtual servers, next hops and verdicts: the tables' values as src/addon/addon.ts declares them, both ways.
#pragma once

#include <napi.h>

#include "native/binding/arguments.h"
#include "native/tables/connections.h"
#include "native/tables/tables.h"

namespace xlb::binding {

// Readers leave a TypeError pending where something does not fit.
VirtualServerKey read_key(const Fields& fields);
VirtualServerSpec read_spec(const Fields& fields);
MarkRule read_mark_rule(const Fields& fields);
Settings read_settings(const Fields& fields);
Nexthop read_nexthop(const Fields& fields);

struct InterfaceSpec {
  uint32_t index;
  MacAddress mac;
  uint32_t mtu;
};
InterfaceSpec read_interface(const Fields& fields);

Napi::Array to_array(Napi::Env env, const std::vector<VirtualServerState>& states);
Napi::Object to_object(Napi::Env env, const Connection& connection);
Napi::Array verdicts_to_array(Napi::Env env, const std::vector<uint64_t>& counts);

// Each verdict with what it means, in the order of enum xlb_verdict.
Napi::Array verdict_list(Napi::Env env);

const char* verdict_name(uint32_t verdict);
const char* action_name(enum xlb_action action);

}  // namespace xlb::binding
