// What lies in an instance's pin directory: the maps by their names, `program`, and a link an interface.
//
// A set of maps is whole when `program` is there: it is pinned last. (bpffs knows no dots in names, so that a
// directory of another name, renamed when it is whole, would have to share its name space with instances.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/base/result.h"
#include "native/base/status.h"

namespace xlb {

class PinDirectory {
 public:
  explicit PinDirectory(std::string path) : path_(std::move(path)) {}

  // Makes it, and the folders above it, where missing. Says how to mount a BPF file system where there is
  // none.
  Status make() const;

  // Names in it, sorted; none where it is missing.
  [[nodiscard]] Result<std::vector<std::string>> names() const;

  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

  Status pin(int fd, const std::string& name) const;

  // Puts it in the place of what has the name now, at once.
  Status replace(int fd, const std::string& name) const;

  // Missing: ok.
  Status unpin(const std::string& name) const;

 private:
  std::string path_;
};

inline constexpr const char* kProgramPin = "program";
inline constexpr const char* kLinkPinPrefix = "link_";

// "link_7_eth0"; what bpffs or a shell would not like in the name is a '_'.
std::string link_pin_name(uint32_t ifindex);

// Detaches every pinned link, removes every pin and the directory; what was removed, by path. Missing: none.
// What in it is no pin of ours (a directory) stays, and with it the directory: an error.
Result<std::vector<std::string>> remove_pins(const std::string& pin_directory);

}  // namespace xlb
