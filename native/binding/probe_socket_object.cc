// ProbeSocket of src/addon/probe_socket.ts over host::ProbeSocket.
//
// An open socket keeps the event loop alive and itself from being collected; close() ends both.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/probe_origin_value.h"
#include "native/binding/readable_poll.h"
#include "native/binding/throw_status.h"
#include "native/host/probe_socket.h"

namespace xlb::binding {
namespace {

Napi::Array to_array(Napi::Env env, const std::vector<std::vector<uint8_t>>& payloads) {
  Napi::Array array = Napi::Array::New(env, payloads.size());
  for (uint32_t i = 0; i < payloads.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_bytes(env, payloads[i]));
  }
  return array;
}

host::ProbeSocketOptions read_options(const Fields& fields) {
  host::ProbeSocketOptions options;
  options.destination = fields.address("destination");
  options.port = static_cast<uint16_t>(fields.optional_uint32("port", 1, kPortMax).value_or(0));
  options.origin = read_origin(fields, options.destination);
  return options;
}

class ProbeSocketObject : public Napi::ObjectWrap<ProbeSocketObject>, private ReadablePoll::Handler {
 public:
  static constexpr const char* kName = "ProbeSocket";

  explicit ProbeSocketObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new ProbeSocket(options: ProbeSocketOptions, listener: ProbeListener)");
    const host::ProbeSocketOptions options = read_options(args.object(0));
    const Fields listener = args.object(1);
    const Napi::Function on_replies = listener.function("onReplies");
    const Napi::Function on_error = listener.function("onError");
    if (!args.ok()) return;
    Status status = socket_.open(options);
    if (status.ok())
      if (const int error = poll_.start(info.Env(), socket_.fd(), this); error != 0)
        status = Status::system("wait for replies", error);
    if (!status.ok()) {
      socket_.close();
      throw_status(info.Env(), status);
      return;
    }
    listener_ = Napi::Persistent(info[1].As<Napi::Object>());
    on_replies_ = Napi::Persistent(on_replies);
    on_error_ = Napi::Persistent(on_error);
    Ref();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&ProbeSocketObject::send>("send"),
                           InstanceMethod<&ProbeSocketObject::close>("close"),
                       });
  }

 private:
  Napi::Value send(const Napi::CallbackInfo& info) {
    Arguments args(info, "send(payload: Uint8Array)");
    const std::span<const uint8_t> payload = args.bytes(0);
    if (!args.ok()) return {};
    const Status status =
        socket_.is_open() ? socket_.send(payload) : Status::argument("send", "this ProbeSocket is closed");
    if (!status.ok()) return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    close_socket();
    return info.Env().Undefined();
  }

  void on_readable(bool failed) override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    // Here, as the listener may close the socket, and this object may be collected then.
    const Napi::Object listener = listener_.Value();
    auto payloads = socket_.receive();
    if (failed && payloads.ok() && payloads->empty()) payloads = socket_.pending_error();
    if (payloads.ok()) {
      if (!payloads->empty()) call(env, on_replies_.Value(), listener, to_array(env, *payloads));
      // libuv looks no more: what comes later is not seen.
      if (failed && socket_.is_open()) fail(env, listener, socket_.pending_error());
      return;
    }
    fail(env, listener, payloads.status());
  }

  // An environment that ends takes no JavaScript: what refers to it goes with this object.
  void on_environment_end() override {
    poll_.stop();
    socket_.close();
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
    if (!socket_.is_open()) return;
    poll_.stop();
    socket_.close();
    listener_.Reset();
    on_replies_.Reset();
    on_error_.Reset();
    Unref();
  }

  host::ProbeSocket socket_;
  ReadablePoll poll_;
  Napi::ObjectReference listener_;
  Napi::FunctionReference on_replies_;
  Napi::FunctionReference on_error_;
};

}  // namespace

void init_probe_socket(Napi::Env env, Napi::Object exports) {
  exports.Set(ProbeSocketObject::kName, ProbeSocketObject::define(env));
}

}  // namespace xlb::binding
