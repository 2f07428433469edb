// TcpProbes of src/addon/tcp_probes.ts over host::TcpProbes.
//
// Keeps the event loop alive while a connection is under way.
#include <napi.h>

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/probe_origin_value.h"
#include "native/binding/readable_poll.h"
#include "native/binding/throw_status.h"
#include "native/host/tcp_probes.h"

namespace xlb::binding {
namespace {

constexpr size_t kNumbersPerEvent = 4;
constexpr uint32_t kTimeoutMaxMs = INT32_MAX;

host::TcpProbe read_probe(const Fields& fields) {
  host::TcpProbe probe;
  probe.destination = fields.address("destination");
  probe.port = static_cast<uint16_t>(fields.uint32("port", 1, kPortMax));
  probe.timeout_ms = fields.uint32("timeoutMs", 0, kTimeoutMaxMs);
  probe.hands_over = fields.flag("handsOver");
  probe.request = fields.optional_string("request").value_or("");
  probe.origin = read_origin(fields, probe.destination);
  return probe;
}

class TcpProbesObject : public Napi::ObjectWrap<TcpProbesObject>, private ReadablePoll::Handler {
 public:
  static constexpr const char* kName = "TcpProbes";

  explicit TcpProbesObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new TcpProbes(onEvents: TcpEventListener)");
    const Napi::Function on_events = args.function(0);
    if (!args.ok()) return;
    Status status = probes_.open();
    if (status.ok())
      if (const int error = poll_.start(info.Env(), probes_.fd(), this); error != 0)
        status = Status::system("wait for connections", error);
    if (!status.ok()) {
      probes_.close();
      throw_status(info.Env(), status);
      return;
    }
    poll_.keep_alive(false);
    on_events_ = Napi::Persistent(on_events);
    Ref();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName,
                       {
                           InstanceMethod<&TcpProbesObject::start>("start"),
                           InstanceMethod<&TcpProbesObject::stop>("stop"),
                           InstanceMethod<&TcpProbesObject::release>("release"),
                           InstanceMethod<&TcpProbesObject::close>("close"),
                       });
  }

 private:
  Napi::Value start(const Napi::CallbackInfo& info) {
    Arguments args(info, "start(probe: TcpProbe)");
    const host::TcpProbe probe = read_probe(args.object(0));
    if (!args.ok()) return {};
    if (!probes_.is_open())
      return throw_status(info.Env(), Status::argument("start", "these TcpProbes are closed"));
    const Result<uint32_t> id = probes_.start(probe);
    if (!id.ok()) return throw_status(info.Env(), id.status());
    look_alive();
    return Napi::Number::New(info.Env(), *id);
  }

  Napi::Value stop(const Napi::CallbackInfo& info) {
    Arguments args(info, "stop(id: number)");
    const uint32_t id = args.uint32(0);
    if (!args.ok()) return {};
    probes_.stop(id);
    look_alive();
    return info.Env().Undefined();
  }

  Napi::Value release(const Napi::CallbackInfo& info) {
    Arguments args(info, "release(id: number)");
    const uint32_t id = args.uint32(0);
    if (!args.ok()) return {};
    const int fd = probes_.release(id);
    look_alive();
    return Napi::Number::New(info.Env(), fd);
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    if (probes_.is_open()) {
      poll_.stop();
      probes_.close();
      on_events_.Reset();
      Unref();
    }
    return info.Env().Undefined();
  }

  void on_readable(bool /*failed*/) override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    const std::vector<host::TcpEvent> events = probes_.take_events();
    look_alive();
    if (events.empty()) return;
    const Napi::Array chunks = Napi::Array::New(env);
    Napi::Uint32Array numbers = Napi::Uint32Array::New(env, events.size() * kNumbersPerEvent);
    // A thread that is being ended gives out no memory, and says so by no exception.
    if (env.IsExceptionPending() || chunks.IsEmpty() || numbers.IsEmpty()) return;
    uint32_t* number = numbers.Data();
    for (const host::TcpEvent& event : events) {
      *number++ = event.id;
      *number++ = static_cast<uint32_t>(event.kind);
      *number++ = event.connected ? 1 : 0;
      *number++ = static_cast<uint32_t>(event.error);
      if (event.kind == host::TcpEvent::Kind::kData) chunks.Set(chunks.Length(), to_bytes(env, event.bytes));
    }
    on_events_.Value().MakeCallback(env.Global(), {numbers, chunks});
    if (!env.IsExceptionPending()) return;
    const Napi::Error error = env.GetAndClearPendingException();
    napi_fatal_exception(env, error.Value());  // uncaught, as one out of any other callback is
  }

  // An environment that ends takes no JavaScript: what refers to it goes with this object.
  void on_environment_end() override {
    poll_.stop();
    probes_.close();
  }

  void look_alive() {
    const bool busy = probes_.size() > 0;
    if (busy != std::exchange(busy_, busy)) poll_.keep_alive(busy);
  }

  host::TcpProbes probes_;
  ReadablePoll poll_;
  bool busy_ = false;
  Napi::FunctionReference on_events_;
};

}  // namespace

void init_tcp_probes(Napi::Env env, Napi::Object exports) {
  exports.Set(TcpProbesObject::kName, TcpProbesObject::define(env));
}

}  // namespace xlb::binding
