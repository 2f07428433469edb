// VipProber of src/addon/vip_prober.ts over host::VipProbe.
//
// An open one keeps the event loop alive and itself from being collected; close() ends both.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/readable_poll.h"
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

Napi::Array to_array(Napi::Env env, const std::vector<host::VipAnswer>& answers) {
  Napi::Array array = Napi::Array::New(env, answers.size());
  for (uint32_t i = 0; i < answers.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_object(env, answers[i]));
  }
  return array;
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

class VipProberObject : public Napi::ObjectWrap<VipProberObject>, private ReadablePoll::Handler {
 public:
  static constexpr const char* kName = "VipProber";

  explicit VipProberObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new VipProber(index: number, listener: VipListener)");
    const uint32_t index = args.uint32(0, 1, INT32_MAX);
    const Fields listener = args.object(1);
    const Napi::Function on_answers = listener.function("onAnswers");
    const Napi::Function on_error = listener.function("onError");
    if (!args.ok()) return;
    Status status = probe_.open(index);
    if (status.ok())
      if (const int error = poll_.start(info.Env(), probe_.fd(), this); error != 0)
        status = Status::system("wait for answers to probes", error);
    if (!status.ok()) {
      probe_.close();
      throw_status(info.Env(), status);
      return;
    }
    listener_ = Napi::Persistent(info[1].As<Napi::Object>());
    on_answers_ = Napi::Persistent(on_answers);
    on_error_ = Napi::Persistent(on_error);
    Ref();
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

 private:
  Napi::Value ask(const Napi::CallbackInfo& info) {
    Arguments args(info, "ask(question: VipQuestion)");
    const host::VipQuestion question = read_question(args.object(0));
    if (!args.ok()) return {};
    const Result<uint16_t> id = probe_.ask(question);
    if (!id.ok()) return throw_status(info.Env(), id.status());
    return Napi::Number::New(info.Env(), *id);
  }

  Napi::Value repeat(const Napi::CallbackInfo& info) {
    Arguments args(info, "repeat(id: number)");
    const uint32_t id = args.uint32(0, 0, kPortMax);
    if (!args.ok()) return {};
    return result_of(info, probe_.repeat(static_cast<uint16_t>(id)));
  }

  Napi::Value forget(const Napi::CallbackInfo& info) {
    Arguments args(info, "forget(id: number)");
    const uint32_t id = args.uint32(0, 0, kPortMax);
    if (!args.ok()) return {};
    probe_.forget(static_cast<uint16_t>(id));
    return info.Env().Undefined();
  }

  Napi::Value ask_holder(const Napi::CallbackInfo& info) {
    Arguments args(info, "askHolder(question: { vip: string, ownMac: string })");
    const Fields fields = args.object(0);
    const IpAddress vip = fields.address("vip");
    const MacAddress own_mac = fields.mac("ownMac");
    if (!args.ok()) return {};
    return result_of(info, probe_.ask_holder(own_mac, vip));
  }

  Napi::Value ignored(const Napi::CallbackInfo& info) {
    const host::VipIgnored& ignored = probe_.ignored();
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, uint64_t count) { object.Set(name, static_cast<double>(count)); };
    set("malformed", ignored.malformed);
    set("unknown", ignored.unknown);
    set("wrong", ignored.wrong);
    set("elsewhere", ignored.elsewhere);
    return object;
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    close_socket();
    return info.Env().Undefined();
  }

  static Napi::Value result_of(const Napi::CallbackInfo& info, const Status& status) {
    if (!status.ok()) return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  void on_readable(bool failed) override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    [[maybe_unused]] const Napi::Value self = Value();  // keeps this object when the listener closes it
    const Napi::Object listener = listener_.Value();
    const auto answers = probe_.receive();
    if (answers.ok() && !answers->empty()) call(env, on_answers_.Value(), listener, to_array(env, *answers));
    if (!probe_.is_open()) return;
    if (!answers.ok())
      fail(env, listener, answers.status());
    else if (failed)  // libuv looks no more: what comes later is not seen
      fail(env, listener, Status::system("hear answers to probes", ENETDOWN));
  }

  // An environment that ends takes no JavaScript: what refers to it goes with this object.
  void on_environment_end() override {
    poll_.stop();
    probe_.close();
  }

  void fail(Napi::Env env, Napi::Object listener, const Status& status) {
    const Napi::Function on_error = on_error_.Value();
    close_socket();
    call(env, on_error, listener, to_error(env, status));
  }

  static void call(Napi::Env env, Napi::Function listener, Napi::Object self, Napi::Value argument) {
    listener.MakeCallback(self, {argument});
    if (!env.IsExceptionPending()) return;
    const Napi::Error error = env.GetAndClearPendingException();
    napi_fatal_exception(env, error.Value());  // uncaught, as one out of any other callback is
  }

  void close_socket() {
    if (!probe_.is_open()) return;
    poll_.stop();
    probe_.close();
    listener_.Reset();
    on_answers_.Reset();
    on_error_.Reset();
    Unref();
  }

  host::VipProbe probe_;
  ReadablePoll poll_;
  Napi::ObjectReference listener_;
  Napi::FunctionReference on_answers_;
  Napi::FunctionReference on_error_;
};

}  // namespace

void init_vip_prober(Napi::Env env, Napi::Object exports) {
  exports.Set(VipProberObject::kName, VipProberObject::define(env));
}

}  // namespace xlb::binding
