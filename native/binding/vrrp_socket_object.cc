// VrrpSocket of src/addon/addon.ts over host::VrrpSocket.
//
// An open socket keeps the event loop alive and itself from being collected; close() ends both.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/readable_poll.h"
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

Napi::Array to_array(Napi::Env env, const std::vector<host::VrrpPacket>& packets) {
  Napi::Array array = Napi::Array::New(env, packets.size());
  for (uint32_t i = 0; i < packets.size(); i++) {
    const Napi::HandleScope scope(env);
    array.Set(i, to_object(env, packets[i]));
  }
  return array;
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

class VrrpSocketObject : public Napi::ObjectWrap<VrrpSocketObject>, private ReadablePoll::Handler {
 public:
  static constexpr const char* kName = "VrrpSocket";

  explicit VrrpSocketObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new VrrpSocket(options: VrrpSocketOptions, listener: VrrpListener)");
    options_ = read_options(args.object(0));
    const Fields listener = args.object(1);
    const Napi::Function on_packets = listener.function("onPackets");
    const Napi::Function on_error = listener.function("onError");
    if (!args.ok()) return;
    Status status = socket_.open(options_);
    if (status.ok())
      if (const int error = poll_.start(info.Env(), socket_.fd(), this); error != 0)
        status = Status::system("wait for VRRP packets", error);
    if (!status.ok()) {
      socket_.close();
      throw_status(info.Env(), status);
      return;
    }
    listener_ = Napi::Persistent(info[1].As<Napi::Object>());
    on_packets_ = Napi::Persistent(on_packets);
    on_error_ = Napi::Persistent(on_error);
    Ref();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&VrrpSocketObject::send>("send"),
                           InstanceMethod<&VrrpSocketObject::receive>("receive"),
                           InstanceMethod<&VrrpSocketObject::close>("close"),
                       });
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

  Napi::Value receive(const Napi::CallbackInfo& info) {
    if (!open_or_throw(info.Env(), "receive")) return {};
    const auto packets = socket_.receive();
    if (!packets.ok()) return throw_status(info.Env(), packets.status());
    return to_array(info.Env(), *packets);
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    close_socket();
    return info.Env().Undefined();
  }

  bool open_or_throw(Napi::Env env, const char* attempted) {
    if (!socket_.is_open()) throw_status(env, Status::argument(attempted, "this VrrpSocket is closed"));
    return socket_.is_open();
  }

  void on_readable(bool failed) override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    // Here, as the listener may close the socket, and this object may be collected then.
    const Napi::Object listener = listener_.Value();
    auto packets = socket_.receive();
    if (failed && (!packets.ok() || packets->empty())) packets = socket_.pending_error();
    if (packets.ok() && packets->empty()) return;  // receive() was faster
    if (packets.ok()) {
      call(env, on_packets_.Value(), listener, to_array(env, *packets));
      return;
    }
    const Napi::Function on_error = on_error_.Value();
    close_socket();
    call(env, on_error, listener, to_error(env, packets.status()));
  }

  // An environment that ends takes no JavaScript: what refers to it goes with this object.
  void on_environment_end() override {
    poll_.stop();
    socket_.close();
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
    on_packets_.Reset();
    on_error_.Reset();
    Unref();
  }

  host::VrrpSocketOptions options_;
  host::VrrpSocket socket_;
  ReadablePoll poll_;
  Napi::ObjectReference listener_;
  Napi::FunctionReference on_packets_;
  Napi::FunctionReference on_error_;
};

}  // namespace

void init_vrrp_socket(Napi::Env env, Napi::Object exports) {
  exports.Set(VrrpSocketObject::kName, VrrpSocketObject::define(env));
}

}  // namespace xlb::binding
