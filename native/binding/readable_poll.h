// Tells when a descriptor can be read, on the event loop of one environment: libuv's uv_poll_t.
//
// Started, it keeps the loop alive. Thread rule: all on the environment's thread. When the environment ends
// first (process.exit, a terminated worker) `on_environment_end` is called, which must stop().
#pragma once

#include <node_api.h>

struct uv_poll_s;

namespace xlb::binding {

class ReadablePoll {
 public:
  class Handler {
   public:
    // `failed`: libuv gave up on the descriptor (POLLERR), and calls no more.
    virtual void on_readable(bool failed) = 0;
    virtual void on_environment_end() = 0;

   protected:
    ~Handler() = default;
  };

  ReadablePoll() = default;
  ReadablePoll(const ReadablePoll&) = delete;
  ReadablePoll& operator=(const ReadablePoll&) = delete;
  ~ReadablePoll() { stop(); }

  // 0, or a positive errno. `handler` must live until stop().
  [[nodiscard]] int start(napi_env env, int fd, Handler* handler);

  // Whether it keeps the loop alive; started, it does.
  void keep_alive(bool keeps);

  // The descriptor may be closed afterwards; the handler is not called again. May be called again.
  void stop();

 private:
  struct Watch;
  Watch* watch_ = nullptr;  // freed by the loop
};

}  // namespace xlb::binding
