// VipProber of src/addon/vip_prober.ts over host::VipProbe.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/polled_object.h"
#include "native/binding/throw_status.h"
#include "native/host/vip_probe.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kPortMax = UINT16_MAX;

const char* name_of(host::VipAnswer::Kind kind) {
  switch (kind) {
    case host::VipAnswer::Kind::kOpen:
      return "open";
    case host::VipAnswer::Kind::kClosed:
      return "closed";
    case host::VipAnswer::Kind::kUnreachable:
      return "unreachable";
    case host::VipAnswer::Kind::kElsewhere:
      return "elsewhere";
    case host::VipAnswer::Kind::kHolder:
      break;
  }
  return "holder";
}

Napi::Object to_object(Napi::Env env, const host::VipAnswer& answer) {
  using Kind = host::VipAnswer::Kind;
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", name_of(answer.kind));
  object.Set("mac", answer.mac.to_string());
  if (answer.kind == Kind::kHolder)
    object.Set("vip", answer.vip.to_string());
  else
    object.Set("id", answer.id);
  if (answer.kind == Kind::kUnreachable) object.Set("code", answer.code);
  return object;
}

host::VipQuestion read_question(const Fields& fields) {
  host::VipQuestion question;
  question.path.own_mac = fields.mac("ownMac");
  question.path.next_mac = fields.mac("mac");
  question.path.vip = fields.address("vip");
  question.path.own = fields.address("source");
  question.path.port = static_cast<uint16_t>(fields.uint32("port", 1, kPortMax));
  question.exact = fields.flag("exact");
  if (question.path.own.is_v4() != question.path.vip.is_v4())
    fields.fail("source", question.path.vip.is_v4() ? "an IPv4 address" : "an IPv6 address");
  return question;
}

class VipProberObject : public PolledObject<VipProberObject, host::VipProbe> {
 public:
  static constexpr const char* kName = "VipProber";

  explicit VipProberObject(const Napi::CallbackInfo& info) : PolledObject(info) {
    Arguments args(info, "new VipProber(index: number, listener: VipListener)");
    const uint32_t index = args.uint32(0, 1, INT32_MAX);
    const Fields listener = args.object(1);
    const Napi::Function on_answers = listener.function("onAnswers");
    const Napi::Function on_error = listener.function("onError");
    if (args.ok()) begin(info, socket_.open(index), on_answers, on_error);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&VipProberObject::ask>("ask"),
                           InstanceMethod<&VipProberObject::repeat>("repeat"),
                           InstanceMethod<&VipProberObject::forget>("forget"),
                           InstanceMethod<&VipProberObject::ask_holder>("askHolder"),
                           InstanceMethod<&VipProberObject::ignored>("ignored"),
                           InstanceMethod<&VipProberObject::close>("close"),
                       });
  }

  // As a template's argument, a base class's own is of another type.
  Napi::Value close(const Napi::CallbackInfo& info) { return PolledObject::close(info); }

  static Napi::Value to_value(Napi::Env env, const std::vector<host::VipAnswer>& answers) {
    Napi::Array array = Napi::Array::New(env, answers.size());
    for (uint32_t i = 0; i < answers.size(); i++) {
      const Napi::HandleScope scope(env);
      array.Set(i, to_object(env, answers[i]));
    }
    return array;
  }

 private:
  Napi::Value ask(const Napi::CallbackInfo& info) {
    Arguments args(info, "ask(question: VipQuestion)");
    const host::VipQuestion question = read_question(args.object(0));
    if (!args.ok()) return {};
    const Result<uint16_t> id = socket_.ask(question);
    if (!id.ok()) return throw_status(info.Env(), id.status());
    return Napi::Number::New(info.Env(), *id);
  }

  Napi::Value repeat(const Napi::CallbackInfo& info) {
    Arguments args(info, "repeat(id: number)");
    const uint32_t id = args.uint32(0, 0, kPortMax);
    if (!args.ok()) return {};
    return result_of(info, socket_.repeat(static_cast<uint16_t>(id)));
  }

  Napi::Value forget(const Napi::CallbackInfo& info) {
    Arguments args(info, "forget(id: number)");
    const uint32_t id = args.uint32(0, 0, kPortMax);
    if (!args.ok()) return {};
    socket_.forget(static_cast<uint16_t>(id));
    return info.Env().Undefined();
  }

  Napi::Value ask_holder(const Napi::CallbackInfo& info) {
    Arguments args(info, "askHolder(question: { vip: string, ownMac: string })");
    const Fields fields = args.object(0);
    const IpAddress vip = fields.address("vip");
    const MacAddress own_mac = fields.mac("ownMac");
    if (!args.ok()) return {};
    return result_of(info, socket_.ask_holder(own_mac, vip));
  }

  Napi::Value ignored(const Napi::CallbackInfo& info) {
    const host::VipIgnored& ignored = socket_.ignored();
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, uint64_t count) { object.Set(name, static_cast<double>(count)); };
    set("malformed", ignored.malformed);
    set("unknown", ignored.unknown);
    set("wrong", ignored.wrong);
    set("elsewhere", ignored.elsewhere);
    return object;
  }

  static Napi::Value result_of(const Napi::CallbackInfo& info, const Status& status) {
    if (!status.ok()) return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }
};

}  // namespace

void init_vip_prober(Napi::Env env, Napi::Object exports) {
  exports.Set(VipProberObject::kName, VipProberObject::define(env));
}

}  // namespace xlb::binding
