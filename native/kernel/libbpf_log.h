// What libbpf would print, as text. libbpf prints to standard error; nothing of ours may.
#pragma once

#include <string>

namespace xlb {

// While it lives, libbpf's warnings on this thread go into it; those of threads without one go nowhere.
// One at a time a thread.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();

  // The last lines, in one: "a; b; c". Prefixes that name libbpf and frames around logs are left out.
  [[nodiscard]] std::string last_lines(size_t count) const;

 private:
  std::string text_;
};

}  // namespace xlb
