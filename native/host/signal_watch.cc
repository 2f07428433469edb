#include "native/host/signal_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>

namespace xlb::host {
namespace {

// Made once and never closed: a handler on another thread may be about to write.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  int error = 0;
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0) error = errno;
  }
};

const Pipe& the_pipe() {
  static const Pipe pipe;
  return pipe;
}

std::atomic<bool> watched{false};

// Async-signal-safe. A full pipe holds 64 Ki signals that nobody has looked at: one more changes nothing.
void on_signal(int number) {
  const int error = errno;
  const auto byte = static_cast<uint8_t>(number);
  static_cast<void>(!::write(the_pipe().ends[1], &byte, 1));
  errno = error;
}

}  // namespace

Status SignalWatch::open(const std::vector<uint32_t>& numbers) {
  const std::string attempted = "watch signals";
  if (const Pipe& pipe = the_pipe(); pipe.error != 0) return Status::system(attempted, pipe.error);
  if (watched.exchange(true)) return Status::argument(attempted, "they are being watched in this process");
  open_ = true;
  take();  // what came for an earlier watch
  for (const uint32_t number : numbers) {
    struct sigaction action{};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    struct sigaction earlier{};
    if (::sigaction(static_cast<int>(number), &action, &earlier) < 0) {
      const int error = errno;
      close();
      return Status::system("watch signal " + std::to_string(number), error);
    }
    earlier_.emplace_back(static_cast<int>(number), earlier);
  }
  return Status::ok_status();
}

int SignalWatch::fd() const { return the_pipe().ends[0]; }

std::vector<uint32_t> SignalWatch::take() {
  std::vector<uint32_t> numbers;
  std::array<uint8_t, 64> bytes{};
  for (;;) {
    const ssize_t length = ::read(fd(), bytes.data(), bytes.size());
    if (length <= 0) return numbers;
    for (ssize_t i = 0; i < length; i++)
      if (numbers.empty() || numbers.back() != bytes[static_cast<size_t>(i)])
        numbers.push_back(bytes[static_cast<size_t>(i)]);
  }
}

void SignalWatch::close() {
  if (!open_) return;
  open_ = false;
  for (auto& [number, action] : earlier_) {
    // One that is under way, or comes just now, would end the process.
    if ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL) action.sa_handler = SIG_IGN;
    ::sigaction(number, &action, nullptr);
  }
  earlier_.clear();
  watched = false;
}

}  // namespace xlb::host
