// ProbeSocket of src/addon/probe_socket.ts over host::ProbeSocket.
#include <napi.h>

#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/polled_object.h"
#include "native/binding/probe_origin_value.h"
#include "native/binding/throw_status.h"
#include "native/host/probe_socket.h"

namespace xlb::binding {
namespace {

host::ProbeSocketOptions read_options(const Fields& fields) {
  host::ProbeSocketOptions options;
  options.destination = fields.address("destination");
  options.port = static_cast<uint16_t>(fields.optional_uint32("port", 1, kPortMax).value_or(0));
  options.origin = read_origin(fields, options.destination);
  return options;
}

class ProbeSocketObject : public PolledObject<ProbeSocketObject, host::ProbeSocket> {
 public:
  static constexpr const char* kName = "ProbeSocket";

  explicit ProbeSocketObject(const Napi::CallbackInfo& info) : PolledObject(info) {
    Arguments args(info, "new ProbeSocket(options: ProbeSocketOptions, listener: ProbeListener)");
    const host::ProbeSocketOptions options = read_options(args.object(0));
    const Fields listener = args.object(1);
    const Napi::Function on_replies = listener.function("onReplies");
    const Napi::Function on_error = listener.function("onError");
    if (!args.ok()) return;
    begin(info, socket_.open(options), on_replies, on_error);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&ProbeSocketObject::send>("send"),
                           InstanceMethod<&ProbeSocketObject::close>("close"),
                       });
  }

  static Napi::Value to_value(Napi::Env env, const std::vector<std::vector<uint8_t>>& payloads) {
    Napi::Array array = Napi::Array::New(env, payloads.size());
    for (uint32_t i = 0; i < payloads.size(); i++) {
      const Napi::HandleScope scope(env);
      array.Set(i, to_bytes(env, payloads[i]));
    }
    return array;
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

  // As a template's argument, a base class's own is of another type.
  Napi::Value close(const Napi::CallbackInfo& info) { return PolledObject::close(info); }
};

}  // namespace

void init_probe_socket(Napi::Env env, Napi::Object exports) {
  exports.Set(ProbeSocketObject::kName, ProbeSocketObject::define(env));
}

}  // namespace xlb::binding
