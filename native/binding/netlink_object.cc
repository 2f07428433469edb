// Netlink of src/addon/addon.ts over host::Netlink.
#include <napi.h>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/routing_values.h"
#include "native/binding/throw_status.h"
#include "native/host/netlink.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kScopeMax = 255;
constexpr uint32_t kIndexMax = kInterfaceIndexMax;

// What addAddress and deleteAddress have in common.
void read_host_address(const Fields& fields, host::HostAddress& address) {
  address.index = fields.uint32("index", 1, kIndexMax);
  address.address = fields.address("address");
  address.prefix = static_cast<uint8_t>(fields.uint32("prefix", 0, address.address.max_prefix()));
  address.label = fields.optional_string("label").value_or("");
  address.peer = fields.optional_address("peer");
  if (address.peer && address.peer->is_v4() != address.address.is_v4())
    fields.fail("peer", "an address of the same family");
}

class NetlinkObject : public Napi::ObjectWrap<NetlinkObject> {
 public:
  // V8 checks the receiver of every method: called on anything else, it is an "Illegal invocation".
  static constexpr const char* kName = "Netlink";

  explicit NetlinkObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (Status status = netlink_.open(); !status.ok()) throw_status(info.Env(), status);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&NetlinkObject::links>("links"),
                           InstanceMethod<&NetlinkObject::addresses>("addresses"),
                           InstanceMethod<&NetlinkObject::add_address>("addAddress"),
                           InstanceMethod<&NetlinkObject::delete_address>("deleteAddress"),
                           InstanceMethod<&NetlinkObject::route>("route"),
                           InstanceMethod<&NetlinkObject::add_route>("addRoute"),
                           InstanceMethod<&NetlinkObject::delete_route>("deleteRoute"),
                           InstanceMethod<&NetlinkObject::add_rule>("addRule"),
                           InstanceMethod<&NetlinkObject::delete_rule>("deleteRule"),
                           InstanceMethod<&NetlinkObject::add_macvlan>("addMacvlan"),
                           InstanceMethod<&NetlinkObject::delete_link>("deleteLink"),
                           InstanceMethod<&NetlinkObject::set_link_up>("setLinkUp"),
                           InstanceMethod<&NetlinkObject::neighbours>("neighbours"),
                           InstanceMethod<&NetlinkObject::ensure_neighbour>("ensureNeighbour"),
                           InstanceMethod<&NetlinkObject::release_neighbour>("releaseNeighbour"),
                           InstanceMethod<&NetlinkObject::close>("close"),
                       });
  }

 private:
  Napi::Value links(const Napi::CallbackInfo& info) { return answer(info.Env(), netlink_.links()); }
  Napi::Value addresses(const Napi::CallbackInfo& info) { return answer(info.Env(), netlink_.addresses()); }
  Napi::Value neighbours(const Napi::CallbackInfo& info) { return answer(info.Env(), netlink_.neighbours()); }

  Napi::Value add_address(const Napi::CallbackInfo& info) {
    Arguments args(info, "addAddress(address: NewAddress)");
    const Fields fields = args.object(0);
    host::NewAddress address;
    read_host_address(fields, address);
    address.broadcast = fields.optional_address("broadcast");
    if (const auto scope = fields.optional_uint32("scope", 0, kScopeMax))
      address.scope = static_cast<uint8_t>(*scope);
    address.nodad = fields.flag("nodad");
    address.deprecated = fields.flag("deprecated");
    address.home = fields.flag("home");
    address.manage_temporary = fields.flag("mngTmpAddr");
    address.no_prefix_route = fields.flag("noPrefixRoute");
    address.auto_join = fields.flag("autoJoin");
    address.preferred_lifetime = fields.optional_uint32("preferredLifetime");
    if (address.broadcast && !(address.broadcast->is_v4() && address.address.is_v4()))
      fields.fail("broadcast", "left out, or IPv4 beside an IPv4 address");
    if (!args.ok()) return {};
    return answer(info.Env(), netlink_.add_address(address));
  }

  Napi::Value delete_address(const Napi::CallbackInfo& info) {
    Arguments args(info, "deleteAddress(address: HostAddress)");
    const Fields fields = args.object(0);
    host::HostAddress address;
    read_host_address(fields, address);
    if (!args.ok()) return {};
    return answer(info.Env(), netlink_.delete_address(address));
  }

  Napi::Value route(const Napi::CallbackInfo& info) {
    Arguments args(info, "route(address: string)");
    const IpAddress address = args.address(0);
    if (!args.ok()) return {};
    const Result<host::Route> found = netlink_.route(address);
    if (!found.ok()) return throw_status(info.Env(), found.status());
    return to_object(info.Env(), *found);
  }

  Napi::Value add_route(const Napi::CallbackInfo& info) {
    Arguments args(info, "addRoute(route: RouteSpec)");
    const host::RouteSpec route = read_route(args.object(0));
    return args.ok() ? answer(info.Env(), netlink_.add_route(route)) : Napi::Value();
  }

  Napi::Value delete_route(const Napi::CallbackInfo& info) {
    Arguments args(info, "deleteRoute(route: RouteSpec)");
    const host::RouteSpec route = read_route(args.object(0));
    return args.ok() ? answer(info.Env(), netlink_.delete_route(route)) : Napi::Value();
  }

  Napi::Value add_rule(const Napi::CallbackInfo& info) {
    Arguments args(info, "addRule(rule: RuleSpec)");
    const host::RuleSpec rule = read_rule(args.object(0));
    return args.ok() ? answer(info.Env(), netlink_.add_rule(rule)) : Napi::Value();
  }

  Napi::Value delete_rule(const Napi::CallbackInfo& info) {
    Arguments args(info, "deleteRule(rule: RuleSpec)");
    const host::RuleSpec rule = read_rule(args.object(0));
    return args.ok() ? answer(info.Env(), netlink_.delete_rule(rule)) : Napi::Value();
  }

  Napi::Value add_macvlan(const Napi::CallbackInfo& info) {
    Arguments args(info, "addMacvlan(macvlan: MacvlanSpec)");
    const host::MacvlanSpec macvlan = read_macvlan(args.object(0));
    if (!args.ok()) return {};
    const Result<uint32_t> index = netlink_.add_macvlan(macvlan);
    if (!index.ok()) return throw_status(info.Env(), index.status());
    return Napi::Number::New(info.Env(), *index);
  }

  Napi::Value delete_link(const Napi::CallbackInfo& info) {
    Arguments args(info, "deleteLink(index: number)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    return args.ok() ? answer(info.Env(), netlink_.delete_link(index)) : Napi::Value();
  }

  Napi::Value set_link_up(const Napi::CallbackInfo& info) {
    Arguments args(info, "setLinkUp(index: number, up: boolean)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const bool up = args.flag(1);
    if (!args.ok()) return {};
    if (Status status = netlink_.set_link_up(index, up); !status.ok())
      return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::Value ensure_neighbour(const Napi::CallbackInfo& info) {
    Arguments args(info, "ensureNeighbour(index: number, address: string)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const IpAddress address = args.address(1);
    if (!args.ok()) return {};
    const Result<host::Upkeep> upkeep = netlink_.ensure_neighbour(index, address);
    if (!upkeep.ok()) return throw_status(info.Env(), upkeep.status());
    return Napi::String::New(info.Env(), *upkeep == host::Upkeep::kManaged ? "managed" : "probed");
  }

  Napi::Value release_neighbour(const Napi::CallbackInfo& info) {
    Arguments args(info, "releaseNeighbour(index: number, address: string)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const IpAddress address = args.address(1);
    if (!args.ok()) return {};
    if (Status status = netlink_.release_neighbour(index, address); !status.ok())
      return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    netlink_.close();
    return info.Env().Undefined();
  }

  template <typename T>
  static Napi::Value answer(Napi::Env env, const Result<std::vector<T>>& list) {
    if (!list.ok()) return throw_status(env, list.status());
    return to_array(env, *list);
  }
  static Napi::Value answer(Napi::Env env, const Result<bool>& changed) {
    if (!changed.ok()) return throw_status(env, changed.status());
    return Napi::Boolean::New(env, *changed);
  }

  host::Netlink netlink_;
};

}  // namespace

void init_netlink(Napi::Env env, Napi::Object exports) { exports.Set("Netlink", NetlinkObject::define(env)); }

}  // namespace xlb::binding
