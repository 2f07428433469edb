#include "native/binding/table_values.h"

#include <charconv>
#include <iterator>
#include <string>

namespace xlb::binding {
namespace {

constexpr uint32_t kPortMax = 65535;
constexpr uint32_t kWeightMax = INT32_MAX;
constexpr uint32_t kPersistenceMax = 31 * 24 * 60 * 60;  // ipvsadm's MAX_TIMEOUT
constexpr uint32_t kTimeoutMax = 31 * 24 * 60 * 60;

struct Verdict {
  const char* name;
  const char* meaning;
};

constexpr Verdict kVerdicts[] = {
#define X(name, action, meaning) {#name, meaning},
    XLB_VERDICTS(X)
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

const char* protocol_word(uint8_t protocol) {
  if (protocol == XLB_PROTOCOL_MARK) return "FWM";
  return protocol == IPPROTO_TCP ? "TCP" : "UDP";
}

void set_key(Napi::Object& object, const VirtualServerKey& key) {
  object.Set("protocol", protocol_word(key.protocol));
  object.Set("address", key.address.to_string());
  object.Set("port", static_cast<uint32_t>(key.port));
  if (key.protocol == XLB_PROTOCOL_MARK) object.Set("fwmark", Napi::Number::New(object.Env(), key.fwmark));
}

// As ipvsadm writes it: an IPv4 mask, an IPv6 prefix length.
std::string netmask_text(const VirtualServerSpec& spec) {
  if (!spec.key.address.is_v4()) return std::to_string(spec.persistence.prefix);
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text += std::to_string(spec.persistence.netmask >> shift & 0xff) + (shift > 0 ? "." : "");
  return text;
}

void read_netmask(const Fields& fields, const VirtualServerKey& key, Persistence* persistence) {
  const std::string text = fields.string("netmask");
  if (key.address.is_v4()) {
    const std::optional<IpAddress> mask = IpAddress::parse(text);
    if (!mask.has_value() || !mask->is_v4()) {
      fields.fail("netmask", "an IPv4 mask, as 255.255.255.0");
      return;
    }
    for (const uint8_t byte : mask->bytes()) persistence->netmask = persistence->netmask << 8 | byte;
    return;
  }
  constexpr unsigned kLongest = 128;
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (error != std::errc() || end != text.data() + text.size() || prefix < 1 || prefix > kLongest)
    fields.fail("netmask", "an IPv6 prefix length, 1 to 128");
  persistence->prefix = static_cast<uint8_t>(prefix);
}

void set_counters(Napi::Object& object, const Counters& counters) {
  const Napi::Env env = object.Env();
  object.Set("connections", Napi::Number::New(env, static_cast<double>(counters.connections)));
  object.Set("packets", Napi::Number::New(env, static_cast<double>(counters.packets)));
  object.Set("bytes", Napi::Number::New(env, static_cast<double>(counters.bytes)));
}

Napi::Object to_object(Napi::Env env, const Counters& counters) {
  Napi::Object object = Napi::Object::New(env);
  set_counters(object, counters);
  return object;
}

Napi::Object to_object(Napi::Env env, const Nexthop& nexthop) {
  Napi::Object object = Napi::Object::New(env);
  if (nexthop.kind == XLB_NEXTHOP_LINK) {
    object.Set("kind", "link");
    object.Set("index", nexthop.ifindex);
    object.Set("mac", nexthop.mac.to_string());
    object.Set("source", nexthop.source.to_string());
    if (nexthop.mtu != 0) object.Set("mtu", nexthop.mtu);
  } else {
    object.Set("kind", nexthop.kind == XLB_NEXTHOP_LOCAL ? "local" : "unresolved");
  }
  return object;
}

Napi::Object to_object(Napi::Env env, const DestinationState& state) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("address", state.spec.address.to_string());
  object.Set("weight", state.spec.weight);
  object.Set("upperThreshold", state.spec.upper);
  object.Set("lowerThreshold", state.spec.lower);
  object.Set("gone", state.gone);
  object.Set("overloaded", state.overloaded);
  object.Set("active", state.active);
  object.Set("inactive", state.inactive);
  object.Set("persistent", state.persistent);
  set_counters(object, state.counters);
  object.Set("zeroed", to_object(env, state.zeroed));
  object.Set("nexthop", to_object(env, state.nexthop));
  return object;
}

Napi::Object to_object(Napi::Env env, const VirtualServerState& state) {
  Napi::Object object = Napi::Object::New(env);
  const VirtualServerSpec& spec = state.spec;
  set_key(object, spec.key);
  object.Set("scheduler", kSchedulers[spec.scheduler]);
  object.Set("schedulerFlags", static_cast<uint32_t>(spec.scheduler_flags));
  object.Set("onePacket", spec.one_packet);
  if (spec.persistence.seconds != 0) {
    Napi::Object persistence = Napi::Object::New(env);
    persistence.Set("seconds", spec.persistence.seconds);
    persistence.Set("netmask", netmask_text(spec));
    object.Set("persistence", persistence);
  }
  if (!spec.members.empty()) {
    Napi::Array members = Napi::Array::New(env, spec.members.size());
    for (uint32_t i = 0; i < spec.members.size(); i++) {
      Napi::Object member = Napi::Object::New(env);
      set_key(member, spec.members[i]);
      members.Set(i, member);
    }
    object.Set("members", members);
  }
  set_counters(object, state.counters);
  object.Set("zeroed", to_object(env, state.zeroed));
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
  else if (protocol == "FWM")
    key.protocol = XLB_PROTOCOL_MARK;
  else
    fields.fail("protocol", "'TCP', 'UDP' or 'FWM'");
  if (protocol == "FWM") key.fwmark = fields.uint32("fwmark", 1);
  key.address = fields.address("address");
  key.port = static_cast<uint16_t>(fields.uint32("port", 0, kPortMax));
  return key;
}

VirtualServerSpec read_spec(const Fields& fields) {
  VirtualServerSpec spec;
  spec.key = read_key(fields);
  spec.scheduler = read_scheduler(fields);
  spec.scheduler_flags = static_cast<uint8_t>(fields.optional_uint32("schedulerFlags", 0, 7).value_or(0));
  spec.one_packet = fields.flag("onePacket");
  if (fields.has("persistence")) {
    const Fields persistence = fields.object("persistence");
    spec.persistence.seconds = persistence.uint32("seconds", 1, kPersistenceMax);
    read_netmask(persistence, spec.key, &spec.persistence);
  }
  if (fields.has("members"))
    fields.each("members", [&](const Fields& member) { spec.members.push_back(read_key(member)); });
  fields.each("destinations", [&](const Fields& destination) {
    spec.destinations.push_back({destination.address("address"), destination.uint32("weight", 0, kWeightMax),
                                 destination.optional_uint32("upperThreshold").value_or(0),
                                 destination.optional_uint32("lowerThreshold").value_or(0)});
  });
  return spec;
}

MarkRule read_mark_rule(const Fields& fields) {
  MarkRule rule;
  rule.fwmark = fields.uint32("fwmark", 1);
  const std::string text = fields.string("prefix");
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(std::string_view(text).substr(0, slash));
  unsigned length = 0;
  const char* digits = slash == std::string::npos ? text.data() : text.data() + slash + 1;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(digits, last, length);
  if (!address.has_value() || slash == std::string::npos || error != std::errc() || end != last ||
      length > address->max_prefix()) {
    fields.fail("prefix", "a network, as 10.9.0.0/16 or fd00:9::/64");
    return rule;
  }
  rule.prefix = *address;
  rule.prefix_length = static_cast<uint8_t>(length);
  const std::optional<std::string> protocol = fields.optional_string("protocol");
  if (protocol == "TCP")
    rule.protocol = IPPROTO_TCP;
  else if (protocol == "UDP")
    rule.protocol = IPPROTO_UDP;
  else if (protocol.has_value())
    fields.fail("protocol", "'TCP' or 'UDP'");
  if (!fields.has("ports")) return rule;
  const Fields ports = fields.object("ports");
  rule.first_port = static_cast<uint16_t>(ports.uint32("0", 0, kPortMax));
  rule.last_port = static_cast<uint16_t>(ports.uint32("1", rule.first_port, kPortMax));
  return rule;
}

Settings read_settings(const Fields& fields) {
  struct Option {
    const char* name;
    uint32_t bit;
  };
  constexpr Option kOptions[] = {
      {"expireNodestConn", XLB_OPTION_EXPIRE_NODEST_CONN},
      {"expireQuiescentTemplate", XLB_OPTION_EXPIRE_QUIESCENT_TEMPLATE},
      {"sloppyTcp", XLB_OPTION_SLOPPY_TCP},
      {"secureTcp", XLB_OPTION_SECURE_TCP},
      {"reopenGone", XLB_OPTION_REOPEN_GONE},
      {"resetDead", XLB_OPTION_RESET_DEAD},
      {"adoptFlows", XLB_OPTION_ADOPT_FLOWS},
  };
  Settings settings;
  if (fields.has("timeouts")) {
    const Fields timeouts = fields.object("timeouts");
    settings.tcp_seconds = timeouts.uint32("tcp", 0, kTimeoutMax);
    settings.tcp_fin_seconds = timeouts.uint32("tcpFin", 0, kTimeoutMax);
    settings.udp_seconds = timeouts.uint32("udp", 0, kTimeoutMax);
  }
  settings.conn_reuse_mode = fields.optional_uint32("connReuseMode", 0, 3);
  settings.icmp_per_second = fields.optional_uint32("icmpPerSecond");
  for (const Option& option : kOptions) {
    if (!fields.has(option.name)) continue;
    settings.options_given |= option.bit;
    if (fields.flag(option.name)) settings.options |= option.bit;
  }
  return settings;
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
    nexthop.mtu = fields.optional_uint32("mtu").value_or(0);
  } else if (kind != "unresolved") {
    fields.fail("kind", "'unresolved', 'local' or 'link'");
  }
  return nexthop;
}

InterfaceSpec read_interface(const Fields& fields) {
  return {fields.uint32("index", 1, INT32_MAX), fields.mac("mac"), fields.optional_uint32("mtu").value_or(0)};
}

Napi::Array to_array(Napi::Env env, const std::vector<VirtualServerState>& states) {
  Napi::Array array = Napi::Array::New(env, states.size());
  for (uint32_t i = 0; i < states.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_object(env, states[i]));
  }
  return array;
}

Napi::Array verdict_list(Napi::Env env) {
  Napi::Array array = Napi::Array::New(env, std::size(kVerdicts));
  for (uint32_t i = 0; i < std::size(kVerdicts); i++) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", kVerdicts[i].name);
    row.Set("action", action_name(action_of(static_cast<xlb_verdict>(i))));
    row.Set("meaning", kVerdicts[i].meaning);
    array.Set(i, row);
  }
  return array;
}

Napi::Array verdicts_to_array(Napi::Env env, const std::vector<uint64_t>& counts) {
  Napi::Array array = verdict_list(env);
  for (uint32_t i = 0; i < counts.size(); i++)
    array.Get(i).As<Napi::Object>().Set("packets", Napi::Number::New(env, static_cast<double>(counts[i])));
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

Napi::Object to_object(Napi::Env env, const Connection& connection) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("protocol", connection.protocol);
  object.Set("seconds", connection.seconds);
  object.Set("state", listed_state(connection.state));
  object.Set("client", connection.client.to_string());
  object.Set("clientPort", static_cast<uint32_t>(connection.client_port));
  object.Set("virtualAddress", connection.virtual_address.to_string());
  object.Set("virtualPort", static_cast<uint32_t>(connection.virtual_port));
  object.Set("realServer", connection.real_server.to_string());
  object.Set("realPort", static_cast<uint32_t>(connection.real_port));
  object.Set("active", connection.active);
  return object;
}

}  // namespace xlb::binding
