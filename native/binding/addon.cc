// The addon's entry: every part, in one list (declared in members.h).
#include <napi.h>

#include "native/binding/members.h"

namespace xlb::binding {
namespace {

constexpr void (*kMembers[])(Napi::Env, Napi::Object) = {
    init_netlink,    init_netlink_monitor, init_vrrp_socket,    init_probe_socket, init_bfd_socket,
    init_tcp_probes, init_announcer,       init_host_functions, init_signal_watch, init_forwarder,
    init_engine,     init_generator,       init_address_filter, init_vip_prober,   init_trace,
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  for (const auto member : kMembers) {
    member(env, exports);
    if (env.IsExceptionPending()) break;
  }
  return exports;
}

}  // namespace
}  // namespace xlb::binding

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) {
  return xlb::binding::init(env, exports);
}
NODE_API_MODULE(xlb, init_addon)
