// What the addon consists of: each part puts its classes and functions into the exports of one environment.
// No part may keep anything static: a worker thread's environment is another one.
#pragma once

#include <napi.h>

namespace xlb::binding {

void init_netlink(Napi::Env env, Napi::Object exports);
void init_netlink_monitor(Napi::Env env, Napi::Object exports);
void init_address_filter(Napi::Env env, Napi::Object exports);
void init_announcer(Napi::Env env, Napi::Object exports);
void init_vrrp_socket(Napi::Env env, Napi::Object exports);
void init_probe_socket(Napi::Env env, Napi::Object exports);
void init_signal_watch(Napi::Env env, Napi::Object exports);
void init_tcp_probes(Napi::Env env, Napi::Object exports);
void init_bfd_socket(Napi::Env env, Napi::Object exports);
void init_vip_prober(Napi::Env env, Napi::Object exports);
void init_host_functions(Napi::Env env, Napi::Object exports);
void init_forwarder(Napi::Env env, Napi::Object exports);
void init_engine(Napi::Env env, Napi::Object exports);
void init_trace(Napi::Env env, Napi::Object exports);
void init_generator(Napi::Env env, Napi::Object exports);

}  // namespace xlb::binding
