// Reading what JavaScript passed, with one TypeError that names the parameter when it does not fit.
//
//   Arguments args(info, "bind(interface: string, queue: number)");
//   const std::string interface = args.string(0);
//   const Fields options = args.object(1);
//   const uint32_t queue = options.uint32("queue");
//   if (!args.ok()) return env.Undefined();     // a TypeError is pending
//
// The first mistake is thrown, once; every read after it answers with an empty value and calls no JavaScript,
// so that a function can read everything and look once. Fields that belong to one Arguments share its state:
// they must not outlive it. The error has `code` XLB_ARGUMENT and `errno` 0, as every AddonError.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "native/base/address.h"

namespace xlb::binding {

// The values of one parameter list: where the first mistake goes.
class ArgumentErrors {
 public:
  ArgumentErrors(Napi::Env env, std::string signature) : env_(env), signature_(std::move(signature)) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] Napi::Env env() const { return env_; }
  [[nodiscard]] const std::string& signature() const { return signature_; }

  // Throws "bind(interface: string, queue: number): queue must be a string, got 3". First call only.
  void fail(const std::string& name, const std::string& expected, const Napi::Value& value);

  // Whether JavaScript threw while we looked (a getter, a proxy): its error stands.
  bool javascript_threw();

 private:
  Napi::Env env_;
  std::string signature_;
  bool ok_ = true;
};

// The fields of an object that was passed. A field that is undefined or missing is absent.
class Fields {
 public:
  Fields(ArgumentErrors& errors, Napi::Object object, std::string path)
      : errors_(&errors), object_(object), path_(std::move(path)) {}

  std::string string(const char* name) const;
  uint32_t uint32(const char* name, uint32_t minimum = 0, uint32_t maximum = UINT32_MAX) const;
  IpAddress address(const char* name) const;
  MacAddress mac(const char* name) const;
  Fields object(const char* name) const;
  Napi::Function function(const char* name) const;

  std::optional<std::string> optional_string(const char* name) const;
  std::optional<uint32_t> optional_uint32(const char* name, uint32_t minimum = 0,
                                          uint32_t maximum = UINT32_MAX) const;
  std::optional<int32_t> optional_int32(const char* name, int32_t minimum, int32_t maximum) const;
  std::vector<std::string> strings(const char* name) const;
  std::vector<uint32_t> uint32s(const char* name, uint32_t maximum) const;  // an array of integers
  std::optional<IpAddress> optional_address(const char* name) const;
  bool flag(const char* name) const;  // absent: false
  bool has(const char* name) const;
  std::vector<std::string> names() const;  // of the fields that are there

  // Calls `read` for every element of an array of objects, in order, until a mistake.
  void each(const char* name, const std::function<void(const Fields&)>& read) const;

  // "spec.destinations[2].weight" is wrong for a reason that the reader found out itself.
  void fail(const char* name, const std::string& expected) const;

 private:
  Napi::Value get(const char* name) const;
  // Calls `read` with the name, for messages, and the value of every element of an array, until a mistake.
  void each_value(const char* name,
                  const std::function<void(const std::string&, const Napi::Value&)>& read) const;
  [[nodiscard]] std::string path_to(const char* name) const { return path_ + "." + name; }

  ArgumentErrors* errors_;
  Napi::Object object_;
  std::string path_;
};

class Arguments {
 public:
  // `signature` is what the TypeScript side declares; the names of the parameters are taken from it.
  Arguments(const Napi::CallbackInfo& info, std::string signature)
      : info_(info), errors_(info.Env(), std::move(signature)) {}
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  [[nodiscard]] bool ok() const { return errors_.ok(); }

  std::string string(size_t position);
  uint32_t uint32(size_t position, uint32_t minimum = 0, uint32_t maximum = UINT32_MAX);
  IpAddress address(size_t position);
  Fields object(size_t position);
  bool flag(size_t position);
  bool has(size_t position) const;
  void each(size_t position, const std::function<void(const Fields&)>& read);
  Napi::Function function(size_t position);
  // Of a Uint8Array; valid while JavaScript does not run.
  std::span<const uint8_t> bytes(size_t position);

  // A parameter is wrong for a reason that the reader found out itself.
  void fail(size_t position, const std::string& expected);

 private:
  [[nodiscard]] std::string name_of(size_t position) const;

  const Napi::CallbackInfo& info_;
  ArgumentErrors errors_;
};

}  // namespace xlb::binding
