// Forwarder of src/addon/addon.ts over xlb::Forwarder.
#include <napi.h>

#include <cstring>
#include <memory>

#include "native/binding/af_xdp_value.h"
#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/table_values.h"
#include "native/binding/throw_status.h"
#include "native/binding/trace_poll.h"
#include "native/binding/trace_values.h"
#include "native/datapath/forwarder.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kIndexMax = INT32_MAX;
constexpr uint32_t kBusyPollMostUs = 1'000'000;
constexpr uint32_t kPriorityMost = 99;

Napi::Object to_object(Napi::Env env, const Attachment& attachment) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", attachment.ifindex);
  object.Set("mode", attachment.native ? "native" : "generic");
  object.Set("adopted", attachment.adopted);
  if (!attachment.reason.empty()) object.Set("reason", attachment.reason);
  if (attachment.gap_ns > 0) object.Set("gapMs", static_cast<double>(attachment.gap_ns) / 1e6);
  if (!attachment.lost.empty()) object.Set("lost", attachment.lost);
  if (!attachment.exposed.empty()) object.Set("exposed", attachment.exposed);
  return object;
}

class ForwarderObject : public Napi::ObjectWrap<ForwarderObject> {
 public:
  static constexpr const char* kName = "Forwarder";

  explicit ForwarderObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "Forwarder(options: { pinDirectory, limits: { flowSlots } })");
    const Fields fields = args.object(0);
    ProgramOptions options;
    options.pin_directory = fields.string("pinDirectory");
    const Fields limits = fields.object("limits");
    options.flow_slots = limits.uint32("flowSlots", XLB_MIN_FLOW_SLOTS, XLB_MAX_FLOW_SLOTS);
    options.template_slots = limits.optional_uint32("templateSlots", XLB_MIN_FLOW_SLOTS, XLB_MAX_FLOW_SLOTS)
                                 .value_or(XLB_TEMPLATE_SLOTS);
    if ((options.flow_slots & (options.flow_slots - 1)) != 0) limits.fail("flowSlots", "a power of two");
    if ((options.template_slots & (options.template_slots - 1)) != 0)
      limits.fail("templateSlots", "a power of two");
    if (!args.ok()) return;
    Result<std::unique_ptr<Forwarder>> opened = Forwarder::open(options);
    if (!opened.ok()) {
      throw_status(info.Env(), opened.status());
      return;
    }
    forwarder_ = std::move(*opened);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceAccessor<&ForwarderObject::adopted>("adopted"),
                           InstanceAccessor<&ForwarderObject::discarded>("discarded"),
                           InstanceMethod<&ForwarderObject::attach>("attach"),
                           InstanceMethod<&ForwarderObject::detach>("detach"),
                           InstanceMethod<&ForwarderObject::attachments>("attachments"),
                           InstanceMethod<&ForwarderObject::set_interface>("setInterface"),
                           InstanceMethod<&ForwarderObject::set_virtual_server>("setVirtualServer"),
                           InstanceMethod<&ForwarderObject::remove_virtual_server>("removeVirtualServer"),
                           InstanceMethod<&ForwarderObject::set_mark_rules>("setMarkRules"),
                           InstanceMethod<&ForwarderObject::set_settings>("setSettings"),
                           InstanceMethod<&ForwarderObject::zero>("zero"),
                           InstanceMethod<&ForwarderObject::connections>("connections"),
                           InstanceMethod<&ForwarderObject::set_nexthop>("setNexthop"),
                           InstanceMethod<&ForwarderObject::virtual_servers>("virtualServers"),
                           InstanceMethod<&ForwarderObject::verdicts>("verdicts"),
                           InstanceMethod<&ForwarderObject::flows>("flows"),
                           InstanceMethod<&ForwarderObject::use_af_xdp>("useAfXdp"),
                           InstanceMethod<&ForwarderObject::leave_af_xdp>("leaveAfXdp"),
                           InstanceMethod<&ForwarderObject::hold_unresolved>("holdUnresolved"),
                           InstanceMethod<&ForwarderObject::af_xdp>("afXdp"),
                           InstanceMethod<&ForwarderObject::start_trace>("startTrace"),
                           InstanceMethod<&ForwarderObject::renew_trace>("renewTrace"),
                           InstanceMethod<&ForwarderObject::stop_trace>("stopTrace"),
                           InstanceMethod<&ForwarderObject::start_sweeper>("startSweeper"),
                           InstanceMethod<&ForwarderObject::stop_sweeper>("stopSweeper"),
                           InstanceMethod<&ForwarderObject::close>("close"),
                       });
  }

 private:
  // Every method but close() needs it open; a closed one throws.
  Forwarder* open_or_throw(const Napi::CallbackInfo& info) {
    if (!forwarder_) throw_status(info.Env(), Status::argument("use the forwarder", "it was closed"));
    return forwarder_.get();
  }

  Napi::Value adopted(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return Napi::Boolean::New(info.Env(), forwarder->program().adopted());
  }

  Napi::Value discarded(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    const std::optional<std::string>& reason = forwarder->program().discarded();
    if (!reason.has_value()) return info.Env().Undefined();
    return Napi::String::New(info.Env(), *reason);
  }

  Napi::Value attach(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "attach(index: number, mode: string)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const std::string word = args.string(1);
    AttachMode mode = AttachMode::kAuto;
    if (word == "native")
      mode = AttachMode::kNative;
    else if (word == "generic")
      mode = AttachMode::kGeneric;
    else if (word == "anew")
      mode = AttachMode::kAnew;
    else if (word != "auto")
      args.fail(1, "'auto', 'anew', 'native' or 'generic'");
    if (!args.ok()) return {};
    const Result<Attachment> attachment = forwarder->attach(index, mode);
    if (!attachment.ok()) return throw_status(info.Env(), attachment.status());
    return to_object(info.Env(), *attachment);
  }

  Napi::Value detach(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "detach(index: number)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    if (!args.ok()) return {};
    const Result<bool> detached = forwarder->detach(index);
    if (!detached.ok()) return throw_status(info.Env(), detached.status());
    return Napi::Boolean::New(info.Env(), *detached);
  }

  Napi::Value attachments(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    const std::vector<Attachment> all = forwarder->program().attachments();
    Napi::Array array = Napi::Array::New(info.Env(), all.size());
    for (uint32_t i = 0; i < all.size(); i++) array.Set(i, to_object(info.Env(), all[i]));
    return array;
  }

  Napi::Value set_interface(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "setInterface(spec: InterfaceSpec)");
    const InterfaceSpec spec = read_interface(args.object(0));
    if (!args.ok()) return {};
    return done(info, forwarder->tables().set_interface(spec.index, spec.mac, spec.mtu));
  }

  Napi::Value set_virtual_server(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "setVirtualServer(spec: VirtualServerSpec)");
    const VirtualServerSpec spec = read_spec(args.object(0));
    if (!args.ok()) return {};
    return done(info, forwarder->tables().set_virtual_server(spec));
  }

  Napi::Value remove_virtual_server(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "removeVirtualServer(key: VirtualServerKey)");
    const VirtualServerKey key = read_key(args.object(0));
    if (!args.ok()) return {};
    return Napi::Boolean::New(info.Env(), forwarder->tables().remove_virtual_server(key));
  }

  Napi::Value set_mark_rules(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "setMarkRules(rules: MarkRule[])");
    std::vector<MarkRule> rules;
    args.each(0, [&](const Fields& rule) { rules.push_back(read_mark_rule(rule)); });
    if (!args.ok()) return {};
    return done(info, forwarder->tables().set_mark_rules(rules));
  }

  Napi::Value set_settings(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "setSettings(settings: DataplaneSettings)");
    const Settings settings = read_settings(args.object(0));
    if (!args.ok()) return {};
    return done(info, forwarder->set_settings(settings));
  }

  Napi::Value zero(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "zero(key?: VirtualServerKey)");
    std::optional<VirtualServerKey> key;
    if (args.has(0)) key = read_key(args.object(0));
    if (!args.ok()) return {};
    return Napi::Boolean::New(info.Env(), forwarder->tables().zero(key));
  }

  Napi::Value connections(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "connections(stretch: number)");
    const uint32_t stretch = args.uint32(0);
    if (!args.ok()) return {};
    const Result<std::optional<std::string>> lines = forwarder->connections(stretch);
    if (!lines.ok()) return throw_status(info.Env(), lines.status());
    if (!lines->has_value()) return info.Env().Undefined();
    const std::string& text = **lines;
    Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), text.size());
    std::memcpy(buffer.Data(), text.data(), text.size());
    return Napi::Uint8Array::New(info.Env(), text.size(), buffer, 0);
  }

  Napi::Value set_nexthop(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "setNexthop(address: string, nexthop: Nexthop)");
    const IpAddress address = args.address(0);
    const Nexthop nexthop = read_nexthop(args.object(1));
    if (!args.ok()) return {};
    return done(info, forwarder->set_nexthop(address, nexthop));
  }

  Napi::Value virtual_servers(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return to_array(info.Env(), forwarder->tables().virtual_servers());
  }

  Napi::Value verdicts(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return verdicts_to_array(info.Env(), forwarder->tables().verdicts());
  }

  Napi::Value flows(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    const Napi::Env env = info.Env();
    const FlowTableState state = forwarder->flows();
    Napi::Object object = Napi::Object::New(env);
    object.Set("slots", Napi::Number::New(env, static_cast<double>(state.slots)));
    object.Set("used", Napi::Number::New(env, static_cast<double>(state.used)));
    object.Set("sweeps", Napi::Number::New(env, static_cast<double>(state.sweeps)));
    object.Set("expired", Napi::Number::New(env, static_cast<double>(state.expired)));
    object.Set("evicted", Napi::Number::New(env, static_cast<double>(state.evicted)));
    Napi::Object templates = Napi::Object::New(env);
    templates.Set("slots", Napi::Number::New(env, static_cast<double>(state.template_slots)));
    templates.Set("used", Napi::Number::New(env, static_cast<double>(state.templates_used)));
    templates.Set("evicted", Napi::Number::New(env, static_cast<double>(state.templates_evicted)));
    templates.Set("refused", Napi::Number::New(env, static_cast<double>(state.templates_refused)));
    object.Set("templates", templates);
    return object;
  }

  Napi::Value use_af_xdp(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "useAfXdp(options?: AfXdpOptions)");
    ThreadOptions runs;
    if (args.has(0)) {
      const Fields options = args.object(0);
      runs.busy_poll_us = options.optional_uint32("busyPollUs", 0, kBusyPollMostUs).value_or(0);
      runs.real_time_priority = options.optional_uint32("realTimePriority", 0, kPriorityMost).value_or(0);
    }
    if (!args.ok()) return {};
    return done(info, forwarder->use_af_xdp(runs));
  }

  Napi::Value leave_af_xdp(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    forwarder->leave_af_xdp();
    return info.Env().Undefined();
  }

  Napi::Value hold_unresolved(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return done(info, forwarder->hold_unresolved());
  }

  Napi::Value af_xdp(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return af_xdp_value(info.Env(), *forwarder);
  }

  Napi::Value start_trace(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    Arguments args(info, "startTrace(settings: TraceSettings, listener: TraceListener)");
    const TraceSettings settings = read_trace(args.object(0));
    args.object(1);
    if (!args.ok()) return {};
    Status status = forwarder->begin_trace(settings);
    if (status.ok()) status = trace_poll_.start(info.Env(), forwarder->trace(), info[1].As<Napi::Object>());
    if (!status.ok()) forwarder->end_trace();
    return done(info, status);
  }

  Napi::Value renew_trace(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    if (forwarder->trace() == nullptr)
      return throw_status(info.Env(), Status::argument("renew the trace", "none was started"));
    const TraceCounts counts = forwarder->trace()->renew();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("limited", static_cast<double>(counts.limited));
    object.Set("lost", static_cast<double>(counts.lost));
    return object;
  }

  Napi::Value stop_trace(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    trace_poll_.stop();
    forwarder->end_trace();
    return info.Env().Undefined();
  }

  Napi::Value start_sweeper(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    return done(info, forwarder->start_sweeper());
  }

  Napi::Value stop_sweeper(const Napi::CallbackInfo& info) {
    Forwarder* forwarder = open_or_throw(info);
    if (forwarder == nullptr) return {};
    forwarder->stop_sweeper();
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    trace_poll_.stop();
    forwarder_.reset();
    return info.Env().Undefined();
  }

  static Napi::Value done(const Napi::CallbackInfo& info, const Status& status) {
    return status.ok() ? info.Env().Undefined() : throw_status(info.Env(), status);
  }

  std::unique_ptr<Forwarder> forwarder_;
  TracePoll trace_poll_;  // ends first
};

Napi::Value remove_pins_of(const Napi::CallbackInfo& info) {
  Arguments args(info, "removePins(pinDirectory: string)");
  const std::string directory = args.string(0);
  if (!args.ok()) return {};
  const Result<std::vector<std::string>> removed = remove_pins(directory);
  if (!removed.ok()) return throw_status(info.Env(), removed.status());
  Napi::Array array = Napi::Array::New(info.Env(), removed->size());
  for (uint32_t i = 0; i < removed->size(); i++) array.Set(i, (*removed)[i]);
  return array;
}

Napi::Value attach_pass_to(const Napi::CallbackInfo& info) {
  Arguments args(info, "attachPass(index: number)");
  const uint32_t index = args.uint32(0, 1, kIndexMax);
  if (!args.ok()) return {};
  if (Status status = attach_pass(index); !status.ok()) return throw_status(info.Env(), status);
  return info.Env().Undefined();
}

}  // namespace

void init_forwarder(Napi::Env env, Napi::Object exports) {
  exports.Set("Forwarder", ForwarderObject::define(env));
  exports.Set("removePins", Napi::Function::New<remove_pins_of>(env, "removePins"));
  exports.Set("attachPass", Napi::Function::New<attach_pass_to>(env, "attachPass"));
}

}  // namespace xlb::binding
