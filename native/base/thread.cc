#include "native/base/thread.h"

#include <cassert>
#include <csignal>
#include <memory>

namespace xlb {
namespace {

constexpr size_t kNameLength = 15;

void* run(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

}  // namespace

Status Thread::start(const std::string& name, std::function<void()> body) {
  assert(!running_);
  auto owned = std::make_unique<std::function<void()>>(std::move(body));

  // The new thread inherits the mask of this moment, so that no signal can find it unblocked.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = ::pthread_create(&thread_, nullptr, run, owned.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return Status::system("start thread " + name, error);

  static_cast<void>(owned.release());  // now the thread's
  running_ = true;
  ::pthread_setname_np(thread_, name.substr(0, kNameLength).c_str());
  return Status::ok_status();
}

void Thread::join() {
  if (!running_) return;
  ::pthread_join(thread_, nullptr);
  running_ = false;
}

}  // namespace xlb
