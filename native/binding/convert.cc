#include "native/binding/convert.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <string>

namespace xlb::binding {
namespace {

std::string mac_text(const std::optional<MacAddress>& mac) { return mac ? mac->to_string() : ""; }

// As `ip neigh` prints them, lower case; the kernel sets one bit at a time.
const char* neighbour_state(uint16_t state) {
  struct Row {
    uint16_t bit;
    const char* name;
  };
  static constexpr Row kStates[] = {
      {NUD_PERMANENT, "permanent"}, {NUD_NOARP, "noarp"},           {NUD_REACHABLE, "reachable"},
      {NUD_STALE, "stale"},         {NUD_DELAY, "delay"},           {NUD_PROBE, "probe"},
      {NUD_FAILED, "failed"},       {NUD_INCOMPLETE, "incomplete"},
  };
  for (const Row& row : kStates) {
    if ((state & row.bit) != 0) return row.name;
  }
  return "none";
}

const char* route_kind(uint8_t type) {
  switch (type) {
    case RTN_UNICAST:
      return "unicast";
    case RTN_LOCAL:
    case RTN_ANYCAST:  // the local stack takes it
      return "local";
    case RTN_BROADCAST:
      return "broadcast";
    case RTN_MULTICAST:
      return "multicast";
    case RTN_BLACKHOLE:
      return "blackhole";
    case RTN_PROHIBIT:
      return "prohibit";
    case RTN_THROW:
      return "throw";
    default:  // RTN_UNREACHABLE, and what the kernel defines but never answers with (nat, xresolve)
      return "unreachable";
  }
}

void set_kind(Napi::Env env, Napi::Object& object, const char* kind, bool removed) {
  object.Set("kind", Napi::String::New(env, kind));
  object.Set("removed", Napi::Boolean::New(env, removed));
}

Napi::Object only_kind(Napi::Env env, const char* kind) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", Napi::String::New(env, kind));
  return object;
}

template <typename T>
const char* event_kind();
template <>
const char* event_kind<host::Link>() {
  return "link";
}
template <>
const char* event_kind<host::HostAddress>() {
  return "address";
}
template <>
const char* event_kind<host::Neighbour>() {
  return "neighbour";
}

struct EventToObject {
  Napi::Env env;

  template <typename T>
  Napi::Object operator()(const host::Changed<T>& changed) const {
    Napi::Object object = to_object(env, changed.now);
    set_kind(env, object, event_kind<T>(), changed.removed);
    return object;
  }
  Napi::Object operator()(const host::RouteChanged&) const { return only_kind(env, "route"); }
  Napi::Object operator()(const host::Overrun&) const { return only_kind(env, "overrun"); }
};

}  // namespace

Napi::Object to_object(Napi::Env env, const host::Link& link) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", link.index);
  object.Set("name", link.name);
  object.Set("mac", mac_text(link.mac));
  object.Set("up", link.up);
  object.Set("running", link.running);
  object.Set("loopback", link.loopback);
  object.Set("mtu", link.mtu);
  object.Set("type", link.kind);
  if (link.parent) object.Set("parent", *link.parent);
  if (!link.alias.empty()) object.Set("alias", link.alias);
  return object;
}

Napi::Object to_object(Napi::Env env, const host::HostAddress& address) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", address.index);
  object.Set("address", address.address.to_string());
  object.Set("prefix", static_cast<uint32_t>(address.prefix));
  if (!address.label.empty()) object.Set("label", address.label);
  if (address.peer) object.Set("peer", address.peer->to_string());
  return object;
}

Napi::Object to_object(Napi::Env env, const host::Neighbour& neighbour) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", neighbour.index);
  object.Set("address", neighbour.address.to_string());
  object.Set("mac", mac_text(neighbour.mac));
  object.Set("state", neighbour_state(neighbour.state));
  return object;
}

Napi::Object to_object(Napi::Env env, const host::Route& route) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", route_kind(route.type));
  object.Set("index", route.index);
  if (route.gateway) object.Set("gateway", route.gateway->to_string());
  if (route.source) object.Set("source", route.source->to_string());
  if (route.mtu) object.Set("mtu", *route.mtu);
  return object;
}

Napi::Object to_object(Napi::Env env, const host::HostEvent& event) {
  return std::visit(EventToObject{env}, event);
}

Napi::Value to_bytes(Napi::Env env, std::span<const uint8_t> bytes) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes.size());
  if (buffer.IsEmpty()) return {};
  std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(buffer.Data()));
  return Napi::Uint8Array::New(env, bytes.size(), buffer, 0);
}

}  // namespace xlb::binding
