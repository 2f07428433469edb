#include "native/kernel/libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <sstream>
#include <string_view>
#include <vector>

namespace xlb {
namespace {

thread_local std::string* sink = nullptr;

int take(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN || sink == nullptr) return 0;
  va_list measured;
  va_copy(measured, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (length <= 0) return 0;
  const size_t before = sink->size();
  sink->resize(before + static_cast<size_t>(length) + 1);
  std::vsnprintf(sink->data() + before, static_cast<size_t>(length) + 1, format, arguments);
  sink->resize(before + static_cast<size_t>(length));
  return length;
}

bool says_something(std::string_view line) {
  for (const std::string_view noise :
       {"-- BEGIN PROG LOAD LOG", "-- END PROG LOAD LOG", "failed to load object",
        "failed to load BPF skeleton", "failed to load program"}) {
    if (line.find(noise) != std::string_view::npos) return false;
  }
  return line.find_first_not_of(" \t") != std::string_view::npos;
}

std::string_view without_prefix(std::string_view line) {
  for (const std::string_view prefix : {"libbpf: ", "Kernel error message: "})
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
  return line;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  static std::once_flag once;
  std::call_once(once, [] { libbpf_set_print(take); });
  sink = &text_;
}

LibbpfLog::~LibbpfLog() { sink = nullptr; }

std::string LibbpfLog::last_lines(size_t count) const {
  std::vector<std::string> lines;
  std::istringstream text(text_);
  for (std::string line; std::getline(text, line);) {
    if (says_something(line)) lines.emplace_back(without_prefix(line));
  }
  std::string joined;
  for (size_t i = lines.size() > count ? lines.size() - count : 0; i < lines.size(); i++) {
    if (!joined.empty()) joined += "; ";
    joined += lines[i];
  }
  return joined;
}

}  // namespace xlb
