// Engine of src/addon/addon.ts: single frames through the packet core.
#include <napi.h>

#include <memory>
#include <optional>
#include <utility>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/table_values.h"
#include "native/binding/throw_status.h"
#include "native/binding/trace_values.h"
#include "native/datapath/engine.h"
#include "native/datapath/kernel_engine.h"
#include "native/datapath/wire_engine.h"

namespace xlb::binding {
namespace {

// Fixed, so that a test that failed fails again.
constexpr uint64_t kFlowSeed[] = {0x0123456789abcdef, 0xfedcba9876543210};
constexpr uint32_t kIndexSeed = 0x5eed;

class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static constexpr const char* kName = "Engine";

  explicit EngineObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "Engine(options: { kind, flowSlots })");
    const Fields fields = args.object(0);
    const std::string kind = fields.string("kind");
    const uint32_t slots = fields.uint32("flowSlots", XLB_MIN_FLOW_SLOTS, XLB_MAX_FLOW_SLOTS);
    const uint32_t template_slots =
        fields.optional_uint32("templateSlots", XLB_MIN_FLOW_SLOTS, XLB_MAX_FLOW_SLOTS).value_or(slots);
    if ((slots & (slots - 1)) != 0) fields.fail("flowSlots", "a power of two");
    if ((template_slots & (template_slots - 1)) != 0) fields.fail("templateSlots", "a power of two");
    const bool travels = kind == "af_xdp" || kind == "xdp" || kind == "skb" || kind == "tc";
    if (kind != "core" && kind != "kernel" && !travels)
      fields.fail("kind", "'core', 'kernel', 'af_xdp', 'xdp', 'skb' or 'tc'");
    Wire wire;
    if (travels)
      wire = {.inside = fields.uint32("inside", 1, INT32_MAX),
              .outside = fields.uint32("outside", 1, INT32_MAX),
              .path = kind == "xdp"   ? WirePath::kNative
                      : kind == "skb" ? WirePath::kGeneric
                      : kind == "tc"  ? WirePath::kTc
                                      : WirePath::kAfXdp};
    if (!args.ok()) return;
    Result<std::unique_ptr<Engine>> made = kind == "core"     ? make_core_engine(slots, template_slots)
                                           : kind == "kernel" ? make_kernel_engine(slots, template_slots)
                                                              : make_wire_engine(slots, template_slots, wire);
    if (!made.ok()) {
      throw_status(info.Env(), made.status());
      return;
    }
    engine_ = std::move(*made);
    begin();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&EngineObject::empty>("empty"),
                           InstanceMethod<&EngineObject::set_clock>("setClock"),
                           InstanceMethod<&EngineObject::set_interface>("setInterface"),
                           InstanceMethod<&EngineObject::set_virtual_server>("setVirtualServer"),
                           InstanceMethod<&EngineObject::remove_virtual_server>("removeVirtualServer"),
                           InstanceMethod<&EngineObject::set_mark_rules>("setMarkRules"),
                           InstanceMethod<&EngineObject::set_settings>("setSettings"),
                           InstanceMethod<&EngineObject::zero>("zero"),
                           InstanceMethod<&EngineObject::set_nexthop>("setNexthop"),
                           InstanceMethod<&EngineObject::run>("run"),
                           InstanceMethod<&EngineObject::trace>("trace"),
                           InstanceMethod<&EngineObject::traced>("traced"),
                           InstanceMethod<&EngineObject::tracing>("tracing"),
                           InstanceMethod<&EngineObject::sweep>("sweep"),
                           InstanceMethod<&EngineObject::virtual_servers>("virtualServers"),
                           InstanceMethod<&EngineObject::verdicts>("verdicts"),
                           InstanceMethod<&EngineObject::connections>("connections"),
                       });
  }

 private:
  // Over tables that are zeroed.
  void begin() {
    tables_.emplace(engine_->tables());
    engine_->controlled_by(&*tables_);
    xlb_settings& settings = *engine_->tables().settings;
    settings.flow_seed[0] = kFlowSeed[0];
    settings.flow_seed[1] = kFlowSeed[1];
    settings.index_seed = kIndexSeed;
    settings.options = XLB_OPTION_REUSE;  // IPVS's defaults; what is xlb's own is off
    settings.icmp_per_second = 0;
  }

  Napi::Value empty(const Napi::CallbackInfo& info) {
    const Result<std::vector<uint8_t>> left = engine_->traced();
    engine_->empty();
    begin();
    return done(info, left.status());
  }

  Napi::Value set_clock(const Napi::CallbackInfo& info) {
    Arguments args(info, "setClock(milliseconds: number)");
    const uint32_t milliseconds = args.uint32(0);
    if (args.ok()) engine_->set_clock(milliseconds);
    return info.Env().Undefined();
  }

  Napi::Value set_interface(const Napi::CallbackInfo& info) {
    Arguments args(info, "setInterface(spec: InterfaceSpec)");
    const InterfaceSpec spec = read_interface(args.object(0));
    if (!args.ok()) return {};
    return done(info, tables_->set_interface(spec.index, spec.mac, spec.mtu));
  }

  Napi::Value set_virtual_server(const Napi::CallbackInfo& info) {
    Arguments args(info, "setVirtualServer(spec: VirtualServerSpec)");
    const VirtualServerSpec spec = read_spec(args.object(0));
    if (!args.ok()) return {};
    return done(info, tables_->set_virtual_server(spec));
  }

  Napi::Value remove_virtual_server(const Napi::CallbackInfo& info) {
    Arguments args(info, "removeVirtualServer(key: VirtualServerKey)");
    const VirtualServerKey key = read_key(args.object(0));
    if (!args.ok()) return {};
    return Napi::Boolean::New(info.Env(), tables_->remove_virtual_server(key));
  }

  Napi::Value set_mark_rules(const Napi::CallbackInfo& info) {
    Arguments args(info, "setMarkRules(rules: MarkRule[])");
    std::vector<MarkRule> rules;
    args.each(0, [&](const Fields& rule) { rules.push_back(read_mark_rule(rule)); });
    if (!args.ok()) return {};
    return done(info, tables_->set_mark_rules(rules));
  }

  Napi::Value set_settings(const Napi::CallbackInfo& info) {
    Arguments args(info, "setSettings(settings: DataplaneSettings)");
    const Settings settings = read_settings(args.object(0));
    if (!args.ok()) return {};
    tables_->set_options(settings);
    engine_->set_timeouts(settings);
    return info.Env().Undefined();
  }

  Napi::Value zero(const Napi::CallbackInfo& info) {
    Arguments args(info, "zero(key?: VirtualServerKey)");
    std::optional<VirtualServerKey> key;
    if (args.has(0)) key = read_key(args.object(0));
    if (!args.ok()) return {};
    return Napi::Boolean::New(info.Env(), tables_->zero(key));
  }

  Napi::Value set_nexthop(const Napi::CallbackInfo& info) {
    Arguments args(info, "setNexthop(address: string, nexthop: Nexthop)");
    const IpAddress address = args.address(0);
    const Nexthop nexthop = read_nexthop(args.object(1));
    if (args.ok()) tables_->set_nexthop(address, nexthop);
    return info.Env().Undefined();
  }

  Napi::Value run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Arguments args(info, "run(frame: Uint8Array, ingress: number)");
    const std::span<const uint8_t> frame = args.bytes(0);
    const uint32_t ingress = args.uint32(1, 1, INT32_MAX);
    if (!args.ok()) return {};
    const Result<Outcome> outcome = engine_->run(frame, ingress);
    if (!outcome.ok()) return throw_status(env, outcome.status());
    Napi::Object object = Napi::Object::New(env);
    object.Set("verdict", verdict_name(outcome->verdict));
    object.Set("action", outcome->answered ? "answer" : action_name(outcome->action));
    if (outcome->steered) object.Set("steered", true);
    object.Set("frame", Napi::Buffer<uint8_t>::Copy(env, outcome->frame.data(), outcome->frame.size()));
    return object;
  }

  Napi::Value trace(const Napi::CallbackInfo& info) {
    Arguments args(info, "trace(settings: TraceSettings)");
    const TraceSettings settings = read_trace(args.object(0));
    if (!args.ok()) return {};
    return done(info, engine_->begin_trace(settings));
  }

  Napi::Value traced(const Napi::CallbackInfo& info) {
    const Result<std::vector<uint8_t>> records = engine_->traced();
    if (!records.ok()) return throw_status(info.Env(), records.status());
    return to_bytes(info.Env(), *records);
  }

  Napi::Value tracing(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), (engine_->tables().settings->options & XLB_OPTION_TRACE) != 0);
  }

  Napi::Value sweep(const Napi::CallbackInfo& info) {
    const SweepTotals totals = engine_->sweep();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("used", Napi::Number::New(info.Env(), static_cast<double>(totals.used)));
    object.Set("expired", Napi::Number::New(info.Env(), static_cast<double>(totals.expired)));
    return object;
  }

  Napi::Value virtual_servers(const Napi::CallbackInfo& info) {
    return to_array(info.Env(), tables_->virtual_servers());
  }

  Napi::Value verdicts(const Napi::CallbackInfo& info) {
    return verdicts_to_array(info.Env(), tables_->verdicts());
  }

  Napi::Value connections(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::vector<Connection> connections = engine_->connections(tables_->slot_names());
    Napi::Array array = Napi::Array::New(env, connections.size());
    for (uint32_t i = 0; i < connections.size(); i++) {
      const Napi::HandleScope scope(env);
      array.Set(i, to_object(env, connections[i]));
    }
    return array;
  }

  static Napi::Value done(const Napi::CallbackInfo& info, const Status& status) {
    return status.ok() ? info.Env().Undefined() : throw_status(info.Env(), status);
  }

  std::optional<Tables> tables_;  // the engine has its address
  std::unique_ptr<Engine> engine_;
};

}  // namespace

void init_engine(Napi::Env env, Napi::Object exports) { exports.Set("Engine", EngineObject::define(env)); }

}  // namespace xlb::binding
