#include "native/binding/arguments.h"

#include <cmath>

#include "native/base/status.h"
#include "native/binding/throw_status.h"

namespace xlb::binding {
namespace {

constexpr size_t kShownLength = 60;  // of a wrong value, in a message

std::string shown(const Napi::Value& value) {
  if (value.IsEmpty() || value.IsUndefined()) return "nothing";
  if (value.IsNull()) return "null";
  if (value.IsArray()) return "an array";
  if (value.IsObject()) return value.IsFunction() ? "a function" : "an object";
  if (value.IsSymbol()) return "a symbol";  // has no text of its own
  std::string text = value.ToString().Utf8Value();
  if (text.size() > kShownLength) text = text.substr(0, kShownLength) + "...";
  return value.IsString() ? '"' + text + '"' : text;
}

std::string range_text(uint32_t minimum, uint32_t maximum) {
  return "an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum);
}

// Each reader: the value, or nothing with a TypeError pending. `name` is how the message calls it.

std::optional<std::string> read_string(ArgumentErrors& errors, const std::string& name,
                                       const Napi::Value& value) {
  if (!errors.ok()) return std::nullopt;
  if (!value.IsString()) {
    errors.fail(name, "a string", value);
    return std::nullopt;
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  // It would end there for the kernel: "/run/a\0b" must not become "/run/a".
  if (text.find('\0') != std::string::npos) {
    errors.fail(name, "a string without NUL", value);
    return std::nullopt;
  }
  return text;
}

std::optional<uint32_t> read_uint32(ArgumentErrors& errors, const std::string& name, const Napi::Value& value,
                                    uint32_t minimum, uint32_t maximum) {
  if (!errors.ok()) return std::nullopt;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  // Written so that NaN does not pass.
  if (!(number >= minimum && number <= maximum) || number != std::floor(number)) {
    errors.fail(name, range_text(minimum, maximum), value);
    return std::nullopt;
  }
  return static_cast<uint32_t>(number);
}

template <typename T>
std::optional<T> read_parsed(ArgumentErrors& errors, const std::string& name, const Napi::Value& value,
                             const char* expected) {
  if (!errors.ok()) return std::nullopt;
  std::optional<T> parsed;
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    if (text.find('\0') == std::string::npos) parsed = T::parse(text);
  }
  if (!parsed) errors.fail(name, expected, value);
  return parsed;
}

std::optional<IpAddress> read_address(ArgumentErrors& errors, const std::string& name,
                                      const Napi::Value& value) {
  return read_parsed<IpAddress>(errors, name, value, "an IPv4 or IPv6 address");
}

Fields read_object(ArgumentErrors& errors, const std::string& name, const Napi::Value& value) {
  if (errors.ok() && !value.IsObject()) errors.fail(name, "an object", value);
  return {errors, errors.ok() ? value.As<Napi::Object>() : Napi::Object(), name};
}

Napi::Function read_function(ArgumentErrors& errors, const std::string& name, const Napi::Value& value) {
  if (errors.ok() && !value.IsFunction()) errors.fail(name, "a function", value);
  return errors.ok() ? value.As<Napi::Function>() : Napi::Function();
}

bool absent(const Napi::Value& value) { return value.IsEmpty() || value.IsUndefined(); }

}  // namespace

void ArgumentErrors::fail(const std::string& name, const std::string& expected, const Napi::Value& value) {
  if (!ok_) return;
  ok_ = false;
  if (env_.IsExceptionPending()) return;
  Napi::Error error =
      Napi::TypeError::New(env_, signature_ + ": " + name + " must be " + expected + ", got " + shown(value));
  throw_with_code(error, Status::Kind::kArgument, 0);
}

bool ArgumentErrors::javascript_threw() {
  if (ok_ && env_.IsExceptionPending()) ok_ = false;
  return !ok_;
}

void read_each(ArgumentErrors& errors, const std::string& name, const Napi::Value& value,
               const std::function<void(const Fields&)>& read) {
  if (!errors.ok()) return;
  if (!value.IsArray()) {
    errors.fail(name, "an array", value);
    return;
  }
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::HandleScope scope(errors.env());
    const Napi::Value element = array.Get(i);
    if (errors.javascript_threw()) return;
    const Fields fields = read_object(errors, name + "[" + std::to_string(i) + "]", element);
    if (!errors.ok()) return;
    read(fields);
    if (!errors.ok()) return;
  }
}

Napi::Value Fields::get(const char* name) const {
  if (!errors_->ok()) return {};
  Napi::Value value = object_.Get(name);
  return errors_->javascript_threw() ? Napi::Value() : value;
}

std::string Fields::string(const char* name) const {
  const Napi::Value value = get(name);
  return read_string(*errors_, path_to(name), value).value_or("");
}

uint32_t Fields::uint32(const char* name, uint32_t minimum, uint32_t maximum) const {
  const Napi::Value value = get(name);
  return read_uint32(*errors_, path_to(name), value, minimum, maximum).value_or(minimum);
}

IpAddress Fields::address(const char* name) const {
  const Napi::Value value = get(name);
  return read_address(*errors_, path_to(name), value).value_or(IpAddress());
}

MacAddress Fields::mac(const char* name) const {
  const Napi::Value value = get(name);
  return read_parsed<MacAddress>(*errors_, path_to(name), value, "a MAC address like 02:00:5e:10:00:01")
      .value_or(MacAddress());
}

Fields Fields::object(const char* name) const {
  const Napi::Value value = get(name);
  return read_object(*errors_, path_to(name), value);
}

Napi::Function Fields::function(const char* name) const {
  const Napi::Value value = get(name);
  return read_function(*errors_, path_to(name), value);
}

std::optional<std::string> Fields::optional_string(const char* name) const {
  const Napi::Value value = get(name);
  return absent(value) ? std::nullopt : read_string(*errors_, path_to(name), value);
}

std::optional<uint32_t> Fields::optional_uint32(const char* name, uint32_t minimum, uint32_t maximum) const {
  const Napi::Value value = get(name);
  return absent(value) ? std::nullopt : read_uint32(*errors_, path_to(name), value, minimum, maximum);
}

std::optional<int32_t> Fields::optional_int32(const char* name, int32_t minimum, int32_t maximum) const {
  const Napi::Value value = get(name);
  if (absent(value)) return std::nullopt;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (number >= minimum && number <= maximum && number == std::floor(number))
    return static_cast<int32_t>(number);
  errors_->fail(path_to(name),
                "an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum), value);
  return std::nullopt;
}

std::vector<uint32_t> Fields::uint32s(const char* name, uint32_t maximum) const {
  std::vector<uint32_t> numbers;
  each_value(name, [&](const std::string& element, const Napi::Value& value) {
    if (const auto number = read_uint32(*errors_, element, value, 0, maximum)) numbers.push_back(*number);
  });
  return numbers;
}

std::vector<std::string> Fields::strings(const char* name) const {
  std::vector<std::string> texts;
  each_value(name, [&](const std::string& element, const Napi::Value& value) {
    if (auto text = read_string(*errors_, element, value)) texts.push_back(*std::move(text));
  });
  return texts;
}

void Fields::each_value(const char* name,
                        const std::function<void(const std::string&, const Napi::Value&)>& read) const {
  const Napi::Value value = get(name);
  if (errors_->ok() && !value.IsArray()) errors_->fail(path_to(name), "an array", value);
  if (!errors_->ok()) return;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length() && errors_->ok(); i++) {
    const Napi::Value element = array.Get(i);
    if (errors_->javascript_threw()) return;
    read(path_to(name) + "[" + std::to_string(i) + "]", element);
  }
}

std::vector<std::string> Fields::names() const {
  if (!errors_->ok()) return {};
  const Napi::Array all = object_.GetPropertyNames();
  if (errors_->javascript_threw()) return {};
  std::vector<std::string> names;
  for (uint32_t i = 0; i < all.Length(); i++) {
    std::string name = all.Get(i).ToString().Utf8Value();
    if (has(name.c_str())) names.push_back(std::move(name));
  }
  return names;
}

std::optional<IpAddress> Fields::optional_address(const char* name) const {
  const Napi::Value value = get(name);
  return absent(value) ? std::nullopt : read_address(*errors_, path_to(name), value);
}

bool Fields::flag(const char* name) const {
  const Napi::Value value = get(name);
  if (absent(value)) return false;
  if (!value.IsBoolean()) {
    errors_->fail(path_to(name), "true or false", value);
    return false;
  }
  return value.As<Napi::Boolean>().Value();
}

bool Fields::has(const char* name) const {
  const Napi::Value value = get(name);
  return errors_->ok() && !absent(value);
}

void Fields::each(const char* name, const std::function<void(const Fields&)>& read) const {
  const Napi::Value value = get(name);
  read_each(*errors_, path_to(name), value, read);
}

void Fields::fail(const char* name, const std::string& expected) const {
  const Napi::Value value = get(name);
  errors_->fail(path_to(name), expected, value);
}

std::string Arguments::name_of(size_t position) const {
  // The word in front of the (position + 1)th colon: "bind(interface: string, queue: number)".
  const std::string_view signature = errors_.signature();
  size_t colon = signature.find(':');
  for (size_t i = 0; i < position && colon != std::string_view::npos; i++)
    colon = signature.find(':', colon + 1);
  if (colon == std::string_view::npos) return "parameter " + std::to_string(position + 1);
  const size_t begin = signature.find_last_of("( ,", colon) + 1;
  return std::string(signature.substr(begin, colon - begin));
}

std::string Arguments::string(size_t position) {
  return read_string(errors_, name_of(position), info_[position]).value_or("");
}

uint32_t Arguments::uint32(size_t position, uint32_t minimum, uint32_t maximum) {
  return read_uint32(errors_, name_of(position), info_[position], minimum, maximum).value_or(minimum);
}

IpAddress Arguments::address(size_t position) {
  return read_address(errors_, name_of(position), info_[position]).value_or(IpAddress());
}

Fields Arguments::object(size_t position) { return read_object(errors_, name_of(position), info_[position]); }

bool Arguments::flag(size_t position) {
  const Napi::Value value = info_[position];
  if (errors_.ok() && !value.IsBoolean()) errors_.fail(name_of(position), "true or false", value);
  return errors_.ok() && value.As<Napi::Boolean>().Value();
}

bool Arguments::has(size_t position) const { return !absent(info_[position]); }

void Arguments::each(size_t position, const std::function<void(const Fields&)>& read) {
  read_each(errors_, name_of(position), info_[position], read);
}

Napi::Function Arguments::function(size_t position) {
  return read_function(errors_, name_of(position), info_[position]);
}

std::span<const uint8_t> Arguments::bytes(size_t position) {
  const Napi::Value value = info_[position];
  if (!errors_.ok()) return {};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    errors_.fail(name_of(position), "a Uint8Array", value);
    return {};
  }
  const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ElementLength()};
}

void Arguments::fail(size_t position, const std::string& expected) {
  errors_.fail(name_of(position), expected, info_[position]);
}

}  // namespace xlb::binding
