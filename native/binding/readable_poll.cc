#include "native/binding/readable_poll.h"

#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

// Node's own libuv. Its header does not come with the Node-API headers, and a version of it would: so no
// layout is used here, only functions and the two numbers that libuv 1 promises to keep.
extern "C" {
struct uv_loop_s;
using uv_poll_cb = void (*)(uv_poll_s* handle, int status, int events);
using uv_close_cb = void (*)(uv_poll_s* handle);
size_t uv_handle_size(int type);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int fd);
int uv_poll_start(uv_poll_s* handle, int events, uv_poll_cb callback);
void uv_ref(uv_poll_s* handle);
void uv_unref(uv_poll_s* handle);
void uv_close(uv_poll_s* handle, uv_close_cb callback);
void* uv_handle_get_data(const uv_poll_s* handle);
void uv_handle_set_data(uv_poll_s* handle, void* data);
}

namespace xlb::binding {
namespace {

constexpr int kUvPoll = 8;      // enum uv_handle_type: UV_POLL
constexpr int kUvReadable = 1;  // enum uv_poll_event: UV_READABLE

}  // namespace

// Lives until the loop has let go of `handle`, which is after stop().
struct ReadablePoll::Watch {
  uv_poll_s* handle = nullptr;
  Handler* handler = nullptr;  // none once stopped
  napi_async_cleanup_hook_handle hook = nullptr;

  static Watch* of(const uv_poll_s* handle) { return static_cast<Watch*>(uv_handle_get_data(handle)); }

  static void on_poll(uv_poll_s* handle, int status, int /*events*/) {
    if (Handler* handler = of(handle)->handler; handler != nullptr) handler->on_readable(status < 0);
  }

  // The environment waits until the hook is removed (on_closed).
  static void on_environment_end(napi_async_cleanup_hook_handle /*hook*/, void* watch) {
    if (Handler* handler = static_cast<Watch*>(watch)->handler; handler != nullptr)
      handler->on_environment_end();
  }

  static void on_closed(uv_poll_s* handle) {
    Watch* watch = of(handle);
    if (watch->hook != nullptr) napi_remove_async_cleanup_hook(watch->hook);
    std::free(handle);
    delete watch;
  }
};

int ReadablePoll::start(napi_env env, int fd, Handler* handler) {
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return EINVAL;
  auto* handle = static_cast<uv_poll_s*>(std::malloc(uv_handle_size(kUvPoll)));
  if (handle == nullptr) return ENOMEM;
  if (const int error = uv_poll_init(loop, handle, fd); error != 0) {
    std::free(handle);
    return -error;
  }
  watch_ = new Watch{handle, handler};
  uv_handle_set_data(handle, watch_);
  napi_add_async_cleanup_hook(env, Watch::on_environment_end, watch_, &watch_->hook);
  if (const int error = uv_poll_start(handle, kUvReadable, Watch::on_poll); error != 0) {
    stop();
    return -error;
  }
  return 0;
}

void ReadablePoll::keep_alive(bool keeps) {
  if (watch_ == nullptr) return;
  if (keeps)
    uv_ref(watch_->handle);
  else
    uv_unref(watch_->handle);
}

void ReadablePoll::stop() {
  if (watch_ == nullptr) return;
  Watch* watch = std::exchange(watch_, nullptr);
  watch->handler = nullptr;
  uv_close(watch->handle, Watch::on_closed);  // lets go of the descriptor at once
}

}  // namespace xlb::binding
