// A named thread that its owner joins. It takes no signals: those are the JavaScript main thread's.
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

#include "native/base/status.h"

namespace xlb {

class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { join(); }

  // `name` is cut to 15 characters (kernel's TASK_COMM_LEN). REQUIRES: not running.
  Status start(const std::string& name, std::function<void()> body);

  // Waits for the body to return; telling it to is the owner's part. Does nothing where nothing runs.
  void join();

  [[nodiscard]] bool running() const { return running_; }

 private:
  pthread_t thread_{};
  bool running_ = false;
};

}  // namespace xlb
