// Signals that Node cannot listen to (the real-time ones), as a descriptor that can be read.
//
// A signal's disposition belongs to the process, so there is one watch a process. Thread rule: all on one
// thread; the handler itself runs on whichever thread the kernel chooses, and only writes a byte.
#pragma once

#include <csignal>
#include <cstdint>
#include <utility>
#include <vector>

#include "native/base/status.h"

namespace xlb::host {

class SignalWatch {
 public:
  SignalWatch() = default;
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() { close(); }

  // Catches `numbers` from now on. Fails where another watch is open, or the system has no such signal.
  Status open(const std::vector<uint32_t>& numbers);

  // Readable when a signal came.
  [[nodiscard]] int fd() const;

  // What came since the last call, in order. Several of one number may have become one.
  std::vector<uint32_t> take();

  // Puts the earlier dispositions back; where that was to end the process, the signals are ignored. May be
  // called again.
  void close();

  [[nodiscard]] bool is_open() const { return open_; }

 private:
  bool open_ = false;
  std::vector<std::pair<int, struct sigaction>> earlier_;
};

}  // namespace xlb::host
