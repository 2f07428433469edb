// AfXdpState of src/addon/addon.ts.
#pragma once

#include <napi.h>

#include "native/datapath/forwarder.h"

namespace xlb::binding {

Napi::Object af_xdp_value(Napi::Env env, const Forwarder& forwarder);

}  // namespace xlb::binding
