// The lock that lets one process at a time be an instance.
#pragma once

#include <sys/types.h>

#include <string>
#include <variant>

#include "native/base/result.h"

namespace xlb::host {

// Held from lock() until release() or the end of the process, however it ends (flock). The destructor does
// NOT release: a lock object that JavaScript's collector finds unused must not let a second daemon in.
class InstanceLock {
 public:
  InstanceLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  // Removes the file (a directory stays) and gives the lock back. May be called again.
  void release();
  [[nodiscard]] int fd() const { return fd_; }

 private:
  std::string path_;
  int fd_;
};

struct LockHolder {
  pid_t pid;  // 0: unknown (in another pid namespace, and it wrote none)
};

using LockOutcome = std::variant<InstanceLock, LockHolder>;

// Makes the file where missing (0644; the directory must be there), locks it and writes our pid into it.
Result<LockOutcome> lock_instance(const std::string& path);

// Makes the directory and the one that it is in, where they are missing (0700), and locks it.
Result<LockOutcome> lock_directory(const std::string& path);

}  // namespace xlb::host
