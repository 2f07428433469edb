// SignalWatch of src/addon/host.ts over host::SignalWatch.
//
// An open one keeps the event loop alive and itself from being collected; close() ends both.
#include <napi.h>

#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/members.h"
#include "native/binding/readable_poll.h"
#include "native/binding/throw_status.h"
#include "native/host/signal_watch.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kSignalMax = 64;

class SignalWatchObject : public Napi::ObjectWrap<SignalWatchObject>, private ReadablePoll::Handler {
 public:
  static constexpr const char* kName = "SignalWatch";

  explicit SignalWatchObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info,
                   "new SignalWatch(options: { numbers: number[]; onSignal: (number: number) => void })");
    const Fields options = args.object(0);
    const std::vector<uint32_t> numbers = options.uint32s("numbers", kSignalMax);
    const Napi::Function on_signal = options.function("onSignal");
    if (!args.ok()) return;
    Status status = watch_.open(numbers);
    if (status.ok())
      if (const int error = poll_.start(info.Env(), watch_.fd(), this); error != 0)
        status = Status::system("watch signals", error);
    if (!status.ok()) {
      watch_.close();
      throw_status(info.Env(), status);
      return;
    }
    on_signal_ = Napi::Persistent(on_signal);
    Ref();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName, {InstanceMethod<&SignalWatchObject::close>("close")});
  }

 private:
  Napi::Value close(const Napi::CallbackInfo& info) {
    if (!watch_.is_open()) return info.Env().Undefined();
    poll_.stop();
    watch_.close();
    on_signal_.Reset();
    Unref();
    return info.Env().Undefined();
  }

  void on_readable(bool /*failed*/) override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    const Napi::Object self = Value();  // the listener may close it, and it may be collected then
    for (const uint32_t number : watch_.take()) {
      if (!watch_.is_open()) return;
      on_signal_.Value().MakeCallback(self, {Napi::Number::New(env, number)});
      if (!env.IsExceptionPending()) continue;
      const Napi::Error error = env.GetAndClearPendingException();
      napi_fatal_exception(env, error.Value());  // uncaught, as one out of any other callback is
    }
  }

  void on_environment_end() override {
    poll_.stop();
    watch_.close();
  }

  host::SignalWatch watch_;
  ReadablePoll poll_;
  Napi::FunctionReference on_signal_;
};

}  // namespace

void init_signal_watch(Napi::Env env, Napi::Object exports) {
  exports.Set(SignalWatchObject::kName, SignalWatchObject::define(env));
}

}  // namespace xlb::binding
