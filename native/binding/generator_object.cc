// Generator of src/addon/addon.ts, and what else the benchmark needs.
#include <napi.h>

#include <memory>
#include <optional>
#include <string>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/throw_status.h"
#include "native/generator/generator.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kIndexMax = INT32_MAX;

// IPv4 in host order.
uint32_t ipv4_field(const Fields& fields, const char* name) {
  const IpAddress address = fields.address(name);
  if (!address.is_v4()) {
    fields.fail(name, "an IPv4 address");
    return 0;
  }
  uint32_t value = 0;
  for (const uint8_t byte : address.bytes()) value = value << 8 | byte;
  return value;
}

Order read_order(const Fields& fields) {
  Order order;
  order.ifindex = fields.uint32("index", 1, kIndexMax);
  order.count = fields.uint32("count", 1, INT32_MAX);
  order.destination = fields.mac("destination");
  order.source = fields.mac("source");
  order.first_client = ipv4_field(fields, "firstClient");
  order.clients = fields.uint32("clients", 1);
  order.first_server = ipv4_field(fields, "firstServer");
  order.servers = fields.uint32("servers", 1);
  order.port = static_cast<uint16_t>(fields.uint32("port", 1, UINT16_MAX));
  order.flags = static_cast<uint8_t>(fields.uint32("flags", 0, UINT8_MAX));
  order.random = fields.flag("random");
  order.erase = fields.flag("erase");
  order.deliver = fields.flag("deliver");
  order.frame_bytes = fields.optional_uint32("frameBytes", 64, 1514).value_or(64);
  return order;
}

std::optional<Generator::Companion> companion_of(const std::string& name) {
  if (name == "empty") return Generator::Companion::kEmpty;
  if (name == "sink") return Generator::Companion::kSink;
  if (name == "filter") return Generator::Companion::kFilter;
  return std::nullopt;
}

class GeneratorObject : public Napi::ObjectWrap<GeneratorObject> {
 public:
  static constexpr const char* kName = "Generator";

  explicit GeneratorObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "Generator(pinDirectory: string, options?: { untimed: boolean })");
    const std::string pin_directory = args.string(0);
    const bool untimed = args.has(1) && args.object(1).flag("untimed");
    if (!args.ok()) return;
    Result<std::unique_ptr<Generator>> generator = Generator::open(pin_directory);
    Result<UniqueFd> counting = untimed ? Result<UniqueFd>(UniqueFd()) : count_run_times();
    for (const Status& status : {generator.status(), counting.status()}) {
      if (status.ok()) continue;
      throw_status(info.Env(), status);
      return;
    }
    generator_ = std::move(*generator);
    counting_ = std::move(*counting);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&GeneratorObject::attach>("attach"),
                           InstanceMethod<&GeneratorObject::forward_barely>("forwardBarely"),
                           InstanceMethod<&GeneratorObject::relay>("relay"),
                           InstanceMethod<&GeneratorObject::send>("send"),
                           InstanceMethod<&GeneratorObject::run_time>("runTime"),
                           InstanceMethod<&GeneratorObject::note_flows>("noteFlows"),
                           InstanceMethod<&GeneratorObject::clear_flows>("clearFlows"),
                       });
  }

 private:
  Napi::Value attach(const Napi::CallbackInfo& info) {
    Arguments args(info, "attach(index: number, program: string, mode?: XdpMode)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const std::string program = args.string(1);
    const std::optional<Generator::Companion> companion = companion_of(program);
    if (!companion) args.fail(1, "'empty', 'sink' or 'filter'");
    if (!args.ok()) return {};
    const bool generic = args.has(2) && args.string(2) == "generic";
    if (!args.ok()) return {};
    return done(info, generator_->attach(index, *companion, generic));
  }

  Napi::Value forward_barely(const Napi::CallbackInfo& info) {
    Arguments args(info, "forwardBarely(index: number)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    if (!args.ok()) return {};
    return done(info, generator_->forward_barely(index));
  }

  Napi::Value relay(const Napi::CallbackInfo& info) {
    Arguments args(info, "relay(index: number, relay: Relay)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    const Fields fields = args.object(1);
    const Generator::Relay relay{ipv4_field(fields, "address"), fields.mac("destination"),
                                 fields.mac("source")};
    if (!args.ok()) return {};
    return done(info, generator_->relay(index, relay));
  }

  Napi::Value send(const Napi::CallbackInfo& info) {
    Arguments args(info, "send(order: GeneratorOrder)");
    const Order order = read_order(args.object(0));
    if (!args.ok()) return {};
    return done(info, generator_->send(order));
  }

  Napi::Value run_time(const Napi::CallbackInfo& info) {
    Arguments args(info, "runTime(index: number)");
    const uint32_t index = args.uint32(0, 1, kIndexMax);
    if (!args.ok()) return {};
    const Result<RunTime> time = xlb::run_time(index);
    if (!time.ok()) return throw_status(info.Env(), time.status());
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("nanoseconds", static_cast<double>(time->nanoseconds));
    object.Set("packets", static_cast<double>(time->packets));
    return object;
  }

  Napi::Value note_flows(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), generator_->note_flows());
  }

  Napi::Value clear_flows(const Napi::CallbackInfo& info) {
    generator_->clear_flows();
    return info.Env().Undefined();
  }

  static Napi::Value done(const Napi::CallbackInfo& info, const Status& status) {
    return status.ok() ? info.Env().Undefined() : throw_status(info.Env(), status);
  }

  std::unique_ptr<Generator> generator_;
  UniqueFd counting_;
};

}  // namespace

void init_generator(Napi::Env env, Napi::Object exports) {
  exports.Set("Generator", GeneratorObject::define(env));
}

}  // namespace xlb::binding
