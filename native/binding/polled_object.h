// What sockets have in common that are read on the event loop: a JavaScript listener with two functions, one
// for what comes and onError for the end.
//
// An open socket keeps the event loop alive and its object from being collected; close() ends both. `Socket`
// has fd(), is_open(), close(), receive() -> Result<vector of T> and pending_error(); `Self` converts a
// vector of T: static Napi::Value to_value(Napi::Env, const std::vector<T>&).
#pragma once

#include <napi.h>

#include <string>

#include "native/binding/arguments.h"
#include "native/binding/readable_poll.h"
#include "native/binding/throw_status.h"

namespace xlb::binding {

template <typename Self, typename Socket>
class PolledObject : public Napi::ObjectWrap<Self>, private ReadablePoll::Handler {
 protected:
  explicit PolledObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) {}

  // Begins to read the socket that was just opened, with `opened` as the result; throws where either failed.
  void begin(const Napi::CallbackInfo& info, Status opened, const Napi::Function& on_data,
             const Napi::Function& on_error) {
    const Napi::Env env = info.Env();
    if (opened.ok())
      if (const int error = poll_.start(env, socket_.fd(), this); error != 0)
        opened = Status::system("wait for packets", error);
    if (!opened.ok()) {
      socket_.close();
      throw_status(env, opened);
      return;
    }
    listener_ = Napi::Persistent(info[1].As<Napi::Object>());
    on_data_ = Napi::Persistent(on_data);
    on_error_ = Napi::Persistent(on_error);
    this->Ref();
  }

  Napi::Value receive(const Napi::CallbackInfo& info) {
    if (!open_or_throw(info.Env(), "receive")) return {};
    const auto items = socket_.receive();
    if (!items.ok()) return throw_status(info.Env(), items.status());
    return Self::to_value(info.Env(), *items);
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    close_socket();
    return info.Env().Undefined();
  }

  bool open_or_throw(Napi::Env env, const char* attempted) {
    if (!socket_.is_open())
      throw_status(env, Status::argument(attempted, std::string("this ") + Self::kName + " is closed"));
    return socket_.is_open();
  }

  Socket socket_;

 private:
  void on_readable(bool failed) override {
    const Napi::Env env = this->Env();
    const Napi::HandleScope scope(env);
    // The listener may close the socket: this object and the listener must outlive that.
    [[maybe_unused]] const Napi::Value self = this->Value();
    const Napi::Object listener = listener_.Value();
    auto items = socket_.receive();
    if (failed && items.ok() && items->empty()) items = socket_.pending_error();
    if (!items.ok()) {
      fail(env, listener, items.status());
      return;
    }
    if (!items->empty()) call(env, on_data_.Value(), listener, Self::to_value(env, *items));
    // libuv looks no more: what comes later is not seen.
    if (failed && socket_.is_open()) fail(env, listener, socket_.pending_error());
  }

  // An environment that ends takes no JavaScript: what refers to it goes with this object.
  void on_environment_end() override {
    poll_.stop();
    socket_.close();
  }

  void fail(Napi::Env env, Napi::Object listener, const Status& status) {
    const Napi::Function on_error = on_error_.Value();
    close_socket();
    call(env, on_error, listener, to_error(env, status));
  }

  static void call(Napi::Env env, Napi::Function function, Napi::Object self, Napi::Value argument) {
    function.MakeCallback(self, {argument});
    if (!env.IsExceptionPending()) return;
    const Napi::Error error = env.GetAndClearPendingException();
    napi_fatal_exception(env, error.Value());  // uncaught, as one out of any other callback is
  }

  void close_socket() {
    if (!socket_.is_open()) return;
    poll_.stop();
    socket_.close();
    listener_.Reset();
    on_data_.Reset();
    on_error_.Reset();
    this->Unref();
  }

  ReadablePoll poll_;
  Napi::ObjectReference listener_;
  Napi::FunctionReference on_data_;
  Napi::FunctionReference on_error_;
};

}  // namespace xlb::binding
