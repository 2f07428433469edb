// A value, or the Status that says why there is none. (std::expected is C++23; gcc 12 is our oldest
// compiler.)
#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "native/base/status.h"

namespace xlb {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<1>, std::move(value)) {}        // NOLINT: meant to convert
  Result(Status status) : held_(std::in_place_index<0>, std::move(status)) {  // NOLINT: meant to convert
    assert(!std::get<0>(held_).ok() && "a Result without a value needs a reason");
  }

  [[nodiscard]] bool ok() const { return held_.index() == 1; }

  // The reason; an ok Status where there is a value.
  [[nodiscard]] Status status() const { return ok() ? Status::ok_status() : std::get<0>(held_); }

  // REQUIRES: ok().
  [[nodiscard]] T& value() {
    assert(ok());
    return *std::get_if<1>(&held_);
  }
  [[nodiscard]] const T& value() const {
    assert(ok());
    return *std::get_if<1>(&held_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<Status, T> held_;
};

}  // namespace xlb
