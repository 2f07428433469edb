// BfdReceiver and BfdSender of src/addon/bfd_socket.ts over host::BfdReceiver and host::BfdSender.
#include <napi.h>

#include <string>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/polled_object.h"
#include "native/binding/throw_status.h"
#include "native/host/bfd_socket.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kPortMax = UINT16_MAX;
constexpr uint32_t kTtlMax = 255;

Napi::Object to_object(Napi::Env env, const host::BfdPacket& packet) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytes", to_bytes(env, packet.bytes));
  object.Set("source", packet.source.to_string());
  object.Set("destination", packet.destination.to_string());
  object.Set("ttl", static_cast<uint32_t>(packet.ttl));
  return object;
}

host::BfdReceiverOptions read_receiver(const Fields& fields) {
  host::BfdReceiverOptions options;
  const uint32_t family = fields.uint32("family", 4, 6);
  if (family == 5) fields.fail("family", "4 or 6");
  options.v4 = family == 4;
  options.port = static_cast<uint16_t>(fields.uint32("port", 1, kPortMax));
  return options;
}

host::BfdSenderOptions read_sender(const Fields& fields) {
  host::BfdSenderOptions options;
  options.destination = fields.address("destination");
  options.port = static_cast<uint16_t>(fields.uint32("port", 1, kPortMax));
  options.source = fields.optional_address("sourceAddress");
  if (options.source && options.source->is_v4() != options.destination.is_v4())
    fields.fail("sourceAddress", options.destination.is_v4() ? "an IPv4 address" : "an IPv6 address");
  options.ttl = static_cast<uint8_t>(fields.optional_uint32("ttl", 1, kTtlMax).value_or(kTtlMax));
  return options;
}

class BfdReceiverObject : public PolledObject<BfdReceiverObject, host::BfdReceiver> {
 public:
  static constexpr const char* kName = "BfdReceiver";

  explicit BfdReceiverObject(const Napi::CallbackInfo& info) : PolledObject(info) {
    Arguments args(info, "new BfdReceiver(options: BfdReceiverOptions, listener: BfdListener)");
    const host::BfdReceiverOptions options = read_receiver(args.object(0));
    const Fields listener = args.object(1);
    const Napi::Function on_packets = listener.function("onPackets");
    const Napi::Function on_error = listener.function("onError");
    if (!args.ok()) return;
    begin(info, socket_.open(options), on_packets, on_error);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&BfdReceiverObject::receive>("receive"),
                           InstanceMethod<&BfdReceiverObject::close>("close"),
                       });
  }

  // As a template's argument, a base class's own is of another type.
  Napi::Value receive(const Napi::CallbackInfo& info) { return PolledObject::receive(info); }
  Napi::Value close(const Napi::CallbackInfo& info) { return PolledObject::close(info); }

  static Napi::Value to_value(Napi::Env env, const std::vector<host::BfdPacket>& packets) {
    Napi::Array array = Napi::Array::New(env, packets.size());
    for (uint32_t i = 0; i < packets.size(); i++) {
      const Napi::HandleScope scope(env);
      array.Set(i, to_object(env, packets[i]));
    }
    return array;
  }
};

class BfdSenderObject : public Napi::ObjectWrap<BfdSenderObject> {
 public:
  static constexpr const char* kName = "BfdSender";

  explicit BfdSenderObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new BfdSender(options: BfdSenderOptions)");
    const host::BfdSenderOptions options = read_sender(args.object(0));
    if (!args.ok()) return;
    if (const Status status = socket_.open(options); !status.ok()) throw_status(info.Env(), status);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&BfdSenderObject::send>("send"),
                           InstanceMethod<&BfdSenderObject::close>("close"),
                       });
  }

 private:
  Napi::Value send(const Napi::CallbackInfo& info) {
    Arguments args(info, "send(bytes: Uint8Array)");
    const std::span<const uint8_t> bytes = args.bytes(0);
    if (!args.ok()) return {};
    const Status status =
        socket_.is_open() ? socket_.send(bytes) : Status::argument("send", "this BfdSender is closed");
    if (!status.ok()) return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    socket_.close();
    return info.Env().Undefined();
  }

  host::BfdSender socket_;
};

}  // namespace

void init_bfd_socket(Napi::Env env, Napi::Object exports) {
  exports.Set(BfdReceiverObject::kName, BfdReceiverObject::define(env));
  exports.Set(BfdSenderObject::kName, BfdSenderObject::define(env));
}

}  // namespace xlb::binding
