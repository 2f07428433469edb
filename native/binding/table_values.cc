#include "native/binding/table_values.h"

#include <iterator>
#include <string>

namespace xlb::binding {
namespace {

constexpr uint32_t kPortMax = 65535;
constexpr uint32_t kWeightMax = INT32_MAX;

struct Verdict {
  const char* name;
  const char* meaning;
};

constexpr Verdict kVerdicts[] = {
#define X(name, action, meaning) {#name, meaning},
    XLB_VERDICTS(X)
#undef X
};

constexpr const char* kStates[] = {
#define X(name, seconds, active) #name,
    XLB_FLOW_STATES(X)
#undef X
};

constexpr const char* kSchedulers[] = {
#define X(name, word) #word,
    XLB_SCHEDULERS(X)
#undef X
};

uint8_t read_scheduler(const Fields& fields) {
  const std::string word = fields.string("scheduler");
  std::string known;
  for (size_t i = 0; i < std::size(kSchedulers); i++) {
    if (word == kSchedulers[i]) return static_cast<uint8_t>(i);
    known += (i == 0 ? "" : ", ") + std::string(kSchedulers[i]);
  }
  fields.fail("scheduler", "one of " + known);
  return 0;
}

void set_counters(Napi::Object& object, const Counters& counters) {
  const Napi::Env env = object.Env();
  object.Set("connections", Napi::Number::New(env, static_cast<double>(counters.connections)));
  object.Set("packets", Napi::Number::New(env, static_cast<double>(counters.packets)));
  object.Set("bytes", Napi::Number::New(env, static_cast<double>(counters.bytes)));
}

Napi::Object to_object(Napi::Env env, const Nexthop& nexthop) {
  Napi::Object object = Napi::Object::New(env);
  if (nexthop.kind == XLB_NEXTHOP_LINK) {
    object.Set("kind", "link");
    object.Set("index", nexthop.ifindex);
    object.Set("mac", nexthop.mac.to_string());
    object.Set("source", nexthop.source.to_string());
  } else {
    object.Set("kind", nexthop.kind == XLB_NEXTHOP_LOCAL ? "local" : "unresolved");
  }
  return object;
}

Napi::Object to_object(Napi::Env env, const DestinationState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("address", state.address.to_string());
  object.Set("weight", state.weight);
  object.Set("gone", state.gone);
  object.Set("active", state.active);
  object.Set("inactive", state.inactive);
  set_counters(object, state.counters);
  object.Set("nexthop", to_object(env, state.nexthop));
  return object;
}

Napi::Object to_object(Napi::Env env, const VirtualServerState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("protocol", state.key.protocol == IPPROTO_TCP ? "TCP" : "UDP");
  object.Set("address", state.key.address.to_string());
  object.Set("port", static_cast<uint32_t>(state.key.port));
  object.Set("scheduler", kSchedulers[state.scheduler]);
  set_counters(object, state.counters);
  Napi::Array destinations = Napi::Array::New(env, state.destinations.size());
  for (uint32_t i = 0; i < state.destinations.size(); i++) {
    const Napi::HandleScope scope(env);
    destinations.Set(i, to_object(env, state.destinations[i]));
  }
  object.Set("destinations", destinations);
  return object;
}

}  // namespace

VirtualServerKey read_key(const Fields& fields) {
  VirtualServerKey key;
  const std::string protocol = fields.string("protocol");
  if (protocol == "TCP")
    key.protocol = IPPROTO_TCP;
  else if (protocol == "UDP")
    key.protocol = IPPROTO_UDP;
  else
    fields.fail("protocol", "'TCP' or 'UDP'");
  key.address = fields.address("address");
  key.port = static_cast<uint16_t>(fields.uint32("port", 0, kPortMax));
  return key;
}

VirtualServerSpec read_spec(const Fields& fields) {
  VirtualServerSpec spec;
  spec.key = read_key(fields);
  spec.scheduler = read_scheduler(fields);
  fields.each("destinations", [&](const Fields& destination) {
    spec.destinations.push_back(
        {destination.address("address"), destination.uint32("weight", 0, kWeightMax)});
  });
  return spec;
}

Nexthop read_nexthop(const Fields& fields) {
  Nexthop nexthop;
  const std::string kind = fields.string("kind");
  if (kind == "local") {
    nexthop.kind = XLB_NEXTHOP_LOCAL;
  } else if (kind == "link") {
    nexthop.kind = XLB_NEXTHOP_LINK;
    nexthop.ifindex = fields.uint32("index", 1, INT32_MAX);
    nexthop.mac = fields.mac("mac");
    nexthop.source = fields.mac("source");
  } else if (kind != "unresolved") {
    fields.fail("kind", "'unresolved', 'local' or 'link'");
  }
  return nexthop;
}

Napi::Array to_array(Napi::Env env, const std::vector<VirtualServerState>& states) {
  Napi::Array array = Napi::Array::New(env, states.size());
  for (uint32_t i = 0; i < states.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_object(env, states[i]));
  }
  return array;
}

Napi::Array verdicts_to_array(Napi::Env env, const std::vector<uint64_t>& counts) {
  Napi::Array array = Napi::Array::New(env, counts.size());
  for (uint32_t i = 0; i < counts.size(); i++) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", kVerdicts[i].name);
    row.Set("action", action_name(action_of(static_cast<xlb_verdict>(i))));
    row.Set("meaning", kVerdicts[i].meaning);
    row.Set("packets", Napi::Number::New(env, static_cast<double>(counts[i])));
    array.Set(i, row);
  }
  return array;
}

const char* verdict_name(uint32_t verdict) {
  return verdict < std::size(kVerdicts) ? kVerdicts[verdict].name : "?";
}

const char* action_name(enum xlb_action action) {
  switch (action) {
    case XLB_FORWARD:
      return "forward";
    case XLB_PASS:
      return "pass";
    case XLB_DROP:
      return "drop";
  }
  return "drop";
}

const char* state_name(uint32_t state) { return state < std::size(kStates) ? kStates[state] : "?"; }

}  // namespace xlb::binding
