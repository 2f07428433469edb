#include "native/binding/throw_status.h"

#include <cassert>

namespace xlb::binding {
namespace {

const char* code_of(Status::Kind kind) {
  switch (kind) {
    case Status::Kind::kLimit:
      return "XLB_LIMIT";
    case Status::Kind::kArgument:
      return "XLB_ARGUMENT";
    case Status::Kind::kIncompatible:
      return "XLB_INCOMPATIBLE";
    case Status::Kind::kSystem:
    case Status::Kind::kOk:
      break;
  }
  return "XLB_SYSTEM";
}

void set_code(Napi::Error& error, Status::Kind kind, int error_number) {
  const Napi::Env env = error.Env();
  error.Set("code", Napi::String::New(env, code_of(kind)));
  error.Set("errno", Napi::Number::New(env, error_number));
}

}  // namespace

void throw_with_code(Napi::Error& error, Status::Kind kind, int error_number) {
  set_code(error, kind, error_number);
  error.ThrowAsJavaScriptException();
}

Napi::Value to_error(Napi::Env env, const Status& status) {
  assert(!status.ok());
  Napi::Error error = Napi::Error::New(env, status.message());
  set_code(error, status.kind(), status.error_number());
  return error.Value();
}

Napi::Value throw_status(Napi::Env env, const Status& status) {
  assert(!status.ok());
  Napi::Error error = Napi::Error::New(env, status.message());
  throw_with_code(error, status.kind(), status.error_number());
  return {};
}

}  // namespace xlb::binding
