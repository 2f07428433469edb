// NetlinkMonitor of src/addon/addon.ts over host::NetlinkMonitor.
//
// An open monitor keeps the event loop alive, as a listening socket does, and keeps itself from being
// collected; close() ends both. When the environment ends first (process.exit, a terminated worker) a cleanup
// hook joins the thread before anything that it uses goes.
#include <napi.h>

#include <memory>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/convert.h"
#include "native/binding/members.h"
#include "native/binding/throw_status.h"
#include "native/host/netlink_monitor.h"

namespace xlb::binding {
namespace {

struct Session;
void deliver(Napi::Env env, Napi::Function on_events, Session* session, void* nothing);
using Wake = Napi::TypedThreadSafeFunction<Session, void, deliver>;

// What the monitor's thread and the event loop share. Lives until the loop has let go of `wake`, which may be
// after the JavaScript object is gone. All but the host monitor's own thread belongs to the JavaScript
// thread.
struct Session {
  host::NetlinkMonitor monitor;
  Wake wake;
  napi_env env = nullptr;
  bool open = false;

  // Joins the thread and lets the loop go. May be called again.
  void close() {
    if (!open) return;
    open = false;
    monitor.stop();
    wake.Abort();  // what is queued is not delivered: after close() no event comes
  }

  static void on_environment_end(void* session) { static_cast<Session*>(session)->close(); }
};

void deliver(Napi::Env env, Napi::Function on_events, Session* session, void* /*nothing*/) {
  if (static_cast<napi_env>(env) == nullptr || !session->open) return;  // closed meanwhile
  const Napi::HandleScope scope(env);
  const std::vector<host::HostEvent> events = session->monitor.take();
  if (events.empty()) return;
  on_events.Call({to_array(env, events)});
  if (!env.IsExceptionPending()) return;
  // An exception out of a thread-safe function is only a warning before Node-API 10: make it uncaught, as
  // one out of any other callback is.
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());
}

class NetlinkMonitorObject : public Napi::ObjectWrap<NetlinkMonitorObject> {
 public:
  static constexpr const char* kName = "NetlinkMonitor";

  explicit NetlinkMonitorObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Arguments args(info, "new NetlinkMonitor(onEvents: function)");
    const Napi::Function on_events = args.function(0);
    if (args.ok()) open(info.Env(), on_events);
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, kName, {InstanceMethod<&NetlinkMonitorObject::close>("close")});
  }

 private:
  void open(Napi::Env env, Napi::Function on_events) {
    session_ = new Session;  // deleted by the finalizer of `wake`
    session_->env = env;
    session_->wake = Wake::New(env, on_events, "xlb netlink monitor", 0, 1, session_,
                               [](Napi::Env, void*, Session* session) { delete session; });
    if (env.IsExceptionPending()) {  // then there is no `wake`, and no finalizer
      delete std::exchange(session_, nullptr);
      return;
    }
    session_->open = true;
    // Registered after Node's own hook for `wake`, so it runs before that: hooks run last in, first out.
    napi_add_env_cleanup_hook(env, Session::on_environment_end, session_);
    Ref();
    // Queue without bound, yet of one entry at most: the monitor wakes only who has taken everything.
    Status status =
        session_->monitor.start([wake = session_->wake] { static_cast<void>(wake.NonBlockingCall()); });
    if (status.ok()) return;
    close_session();
    throw_status(env, status);
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    close_session();
    return info.Env().Undefined();
  }

  void close_session() {
    if (session_ == nullptr) return;
    Session* session = std::exchange(session_, nullptr);
    napi_remove_env_cleanup_hook(session->env, Session::on_environment_end, session);
    session->close();
    Unref();
  }

  Session* session_ = nullptr;  // none once closed
};

}  // namespace

void init_netlink_monitor(Napi::Env env, Napi::Object exports) {
  exports.Set("NetlinkMonitor", NetlinkMonitorObject::define(env));
}

}  // namespace xlb::binding
