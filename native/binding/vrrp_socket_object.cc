// VrrpSocket of src/addon/addon.ts over host::VrrpSocket.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/polled_object.h"
#include "native/binding/throw_status.h"
#include "native/host/vrrp_socket.h"

namespace xlb::binding {
namespace {

constexpr uint32_t kTtlMax = 255;
constexpr uint32_t kReceiveBufferMax = 1 << 30;

Napi::Object to_object(Napi::Env env, const host::VrrpPacket& packet) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("bytes", to_bytes(env, packet.bytes));
  object.Set("source", packet.source.to_string());
  object.Set("destination", packet.destination.to_string());
  object.Set("ttl", static_cast<uint32_t>(packet.ttl));
  object.Set("index", packet.index);
  return object;
}

// An address of the socket's own family.
std::optional<IpAddress> own_address(const Fields& fields, const char* name, bool v4) {
  const std::optional<IpAddress> address = fields.optional_address(name);
  if (address && address->is_v4() != v4) fields.fail(name, v4 ? "an IPv4 address" : "an IPv6 address");
  return address;
}

host::VrrpSocketOptions read_options(const Fields& fields) {
  host::VrrpSocketOptions options;
  const uint32_t family = fields.uint32("family", 4, 6);
  if (family == 5) fields.fail("family", "4 or 6");
  options.v4 = family == 4;
  options.index = fields.uint32("index", 1, INT32_MAX);
  options.multicast_group = own_address(fields, "multicastGroup", options.v4);
  options.source = own_address(fields, "sourceAddress", options.v4);
  options.ttl = static_cast<uint8_t>(fields.optional_uint32("ttl", 1, kTtlMax).value_or(kTtlMax));
  options.receive_buffer_bytes = fields.optional_uint32("receiveBufferBytes", 1, kReceiveBufferMax);
  return options;
}

class VrrpSocketObject : public PolledObject<VrrpSocketObject, host::VrrpSocket> {
 public:
  static constexpr const char* kName = "VrrpSocket";

  explicit VrrpSocketObject(const Napi::CallbackInfo& info) : PolledObject(info) {
    Arguments args(info, "new VrrpSocket(options: VrrpSocketOptions, listener: VrrpListener)");
    options_ = read_options(args.object(0));
    const Fields listener = args.object(1);
    const Napi::Function on_packets = listener.function("onPackets");
    const Napi::Function on_error = listener.function("onError");
    if (args.ok()) begin(info, socket_.open(options_), on_packets, on_error);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&VrrpSocketObject::send>("send"),
                           InstanceMethod<&VrrpSocketObject::receive>("receive"),
                           InstanceMethod<&VrrpSocketObject::close>("close"),
                       });
  }

  // As a template's argument, a base class's own is of another type.
  Napi::Value receive(const Napi::CallbackInfo& info) { return PolledObject::receive(info); }
  Napi::Value close(const Napi::CallbackInfo& info) { return PolledObject::close(info); }

  static Napi::Value to_value(Napi::Env env, const std::vector<host::VrrpPacket>& packets) {
    Napi::Array array = Napi::Array::New(env, packets.size());
    for (uint32_t i = 0; i < packets.size(); i++) {
      const Napi::HandleScope scope(env);
      array.Set(i, to_object(env, packets[i]));
    }
    return array;
  }

 private:
  Napi::Value send(const Napi::CallbackInfo& info) {
    Arguments args(info, "send(bytes: Uint8Array, destination: string, how?: VrrpSending)");
    const std::span<const uint8_t> bytes = args.bytes(0);
    host::VrrpSending sending;
    sending.destination = args.address(1);
    if (args.ok() && sending.destination.is_v4() != options_.v4)
      args.fail(1, options_.v4 ? "an IPv4 address" : "an IPv6 address");
    if (args.has(2)) {
      const Fields how = args.object(2);
      sending.source = own_address(how, "source", options_.v4);
      if (const auto ttl = how.optional_uint32("ttl", 1, kTtlMax)) sending.ttl = static_cast<uint8_t>(*ttl);
    }
    if (!args.ok() || !open_or_throw(info.Env(), "send")) return {};
    if (Status status = socket_.send(bytes, sending); !status.ok()) return throw_status(info.Env(), status);
    return info.Env().Undefined();
  }

  host::VrrpSocketOptions options_;
};

}  // namespace

void init_vrrp_socket(Napi::Env env, Napi::Object exports) {
  exports.Set(VrrpSocketObject::kName, VrrpSocketObject::define(env));
}

}  // namespace xlb::binding
