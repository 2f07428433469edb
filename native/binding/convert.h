// Host values as the JavaScript objects that src/addon/addon.ts declares.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "native/host/host_state.h"

namespace xlb::binding {

Napi::Object to_object(Napi::Env env, const host::Link& link);
Napi::Object to_object(Napi::Env env, const host::HostAddress& address);
Napi::Object to_object(Napi::Env env, const host::Neighbour& neighbour);
Napi::Object to_object(Napi::Env env, const host::Route& route);
Napi::Object to_object(Napi::Env env, const host::HostEvent& event);

// A Uint8Array with a copy. Empty in a thread that is being ended, which gives out no memory: what an event
// brings there goes nowhere.
Napi::Value to_bytes(Napi::Env env, std::span<const uint8_t> bytes);

template <typename T>
Napi::Array to_array(Napi::Env env, const std::vector<T>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_object(env, values[i]));
  }
  return array;
}

}  // namespace xlb::binding
