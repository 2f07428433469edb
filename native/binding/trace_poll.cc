#include "native/binding/trace_poll.h"

#include <cerrno>

#include "native/binding/convert.h"
#include "native/binding/throw_status.h"

namespace xlb::binding {

Status TracePoll::start(Napi::Env env, TraceReader* reader, const Napi::Object& listener) {
  listener_ = Napi::Persistent(listener);
  if (reader_ != nullptr) return {};
  if (const int error = poll_.start(env, reader->fd(), this); error != 0) {
    listener_.Reset();
    return Status::system("wait for decisions", error);
  }
  reader_ = reader;
  return {};
}

void TracePoll::stop() {
  poll_.stop();
  listener_.Reset();
  reader_ = nullptr;
}

void TracePoll::on_readable(bool failed) {
  const Napi::Env env = listener_.Env();
  const Napi::HandleScope scope(env);
  const auto records = reader_->take();
  if (records.ok() && !records->empty()) call(env, "onRecords", to_bytes(env, *records));
  if (reader_ == nullptr || (records.ok() && !failed)) return;
  const Status status = records.ok() ? Status::system("wait for decisions", EIO) : records.status();
  poll_.stop();
  call(env, "onError", to_error(env, status));
}

// An environment that ends takes no JavaScript.
void TracePoll::on_environment_end() { poll_.stop(); }

void TracePoll::call(Napi::Env env, const char* method, Napi::Value argument) {
  const Napi::Object listener = listener_.Value();
  const Napi::Value function = listener.Get(method);
  if (function.IsFunction()) function.As<Napi::Function>().MakeCallback(listener, {argument});
  if (!env.IsExceptionPending()) return;
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());  // uncaught, as one out of any other callback is
}

}  // namespace xlb::binding
