// What became of something that the world can break: fine, or what was attempted, on what, and why not.
//
// A Status is a value: copy it, return it, never drop it. Thread rule: none, it shares nothing.
// The binding turns a Status that is not ok into one AddonError (src/addon/addon.ts); `Kind` is its `code`.
#pragma once

#include <string>
#include <utility>

namespace xlb {

class [[nodiscard]] Status {
 public:
  enum class Kind {
    kOk,
    kSystem,        // a system call failed; error_number() says how
    kLimit,         // one of our own limits (native/base/limits.h, bpf/shared/limits.h) was reached
    kArgument,      // the caller asked for something that cannot be
    kIncompatible,  // the kernel, or something pinned earlier, does not fit this build
  };

  Status() = default;

  static Status ok_status() { return {}; }

  // `attempted` is a phrase without a full stop: "add address 10.0.0.1/32 to eth0". `error_number` is an
  // errno, positive. `detail` is what the kernel said beside it (extended ack, verifier), empty where it said
  // nothing.
  static Status system(std::string attempted, int error_number, std::string detail = {});

  static Status limit(std::string attempted, std::string reason) {
    return {Kind::kLimit, 0, std::move(attempted), std::move(reason)};
  }
  static Status argument(std::string attempted, std::string reason) {
    return {Kind::kArgument, 0, std::move(attempted), std::move(reason)};
  }
  static Status incompatible(std::string attempted, std::string reason) {
    return {Kind::kIncompatible, 0, std::move(attempted), std::move(reason)};
  }

  [[nodiscard]] bool ok() const { return kind_ == Kind::kOk; }
  [[nodiscard]] Kind kind() const { return kind_; }

  // Positive errno of a kSystem status, else 0.
  [[nodiscard]] int error_number() const { return error_number_; }

  [[nodiscard]] const std::string& attempted() const { return attempted_; }

  // "add address 10.0.0.1/32 to eth0: Permission denied".
  [[nodiscard]] std::string message() const { return ok() ? "ok" : attempted_ + ": " + reason_; }

 private:
  Status(Kind kind, int error_number, std::string attempted, std::string reason)
      : kind_(kind),
        error_number_(error_number),
        attempted_(std::move(attempted)),
        reason_(std::move(reason)) {}

  Kind kind_ = Kind::kOk;
  int error_number_ = 0;
  std::string attempted_;
  std::string reason_;
};

// The text of an errno, without strerror()'s shared buffer.
std::string error_text(int error_number);

}  // namespace xlb
