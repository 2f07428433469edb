#include "native/kernel/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "native/base/unique_fd.h"
#include "native/host/file_system.h"
#include "native/host/host_state.h"

namespace xlb {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// The path, or the nearest folder above it that exists.
std::filesystem::path existing_part(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  return path;
}

}  // namespace

Status PinDirectory::make() const {
  const std::string attempted = "pin the packet path in " + path_;
  const Result<bool> pinnable = host::is_bpf_filesystem(existing_part(path_));
  if (!pinnable.ok()) return pinnable.status();
  if (!*pinnable)
    return Status::incompatible(attempted,
                                "it is not on a BPF file system; mount one: mount -t bpf bpf /sys/fs/bpf");
  constexpr mode_t kMode = 0700;
  for (size_t end = path_.find('/', 1); end != std::string::npos; end = path_.find('/', end + 1)) {
    if (::mkdir(path_.substr(0, end).c_str(), kMode) < 0 && errno != EEXIST)
      return Status::system(attempted, errno);
  }
  if (::mkdir(path_.c_str(), kMode) < 0 && errno != EEXIST) return Status::system(attempted, errno);
  return Status::ok_status();
}

Result<std::vector<std::string>> PinDirectory::names() const {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir(path_.c_str()));
  if (directory == nullptr) {
    if (errno == ENOENT) return names;
    return Status::system("read the pin directory " + path_, errno);
  }
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status PinDirectory::pin(int fd, const std::string& name) const {
  const std::string path = path_of(name);
  return bpf_obj_pin(fd, path.c_str()) == 0 ? Status::ok_status() : Status::system("pin " + path, errno);
}

Status PinDirectory::replace(int fd, const std::string& name) const {
  const std::string fresh = name + "_new";
  if (Status status = unpin(fresh); !status.ok()) return status;
  if (Status status = pin(fd, fresh); !status.ok()) return status;
  if (std::rename(path_of(fresh).c_str(), path_of(name).c_str()) < 0)
    return Status::system("replace the pin " + path_of(name), errno);
  return Status::ok_status();
}

Status PinDirectory::unpin(const std::string& name) const {
  if (::unlink(path_of(name).c_str()) == 0 || errno == ENOENT) return Status::ok_status();
  return Status::system("remove the pin " + path_of(name), errno);
}

std::string link_pin_name(uint32_t ifindex) {
  std::string name = host::interface_name(ifindex);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; }, '_');
  return kLinkPinPrefix + std::to_string(ifindex) + "_" + name;
}

Result<std::vector<std::string>> remove_pins(const std::string& pin_directory) {
  const PinDirectory directory(pin_directory);
  const Result<std::vector<std::string>> names = directory.names();
  if (!names.ok()) return names.status();
  std::vector<std::string> removed;
  for (const std::string& name : *names) {
    const std::string path = directory.path_of(name);
    if (name.starts_with(kLinkPinPrefix)) {
      // Detached at once. Unlinking alone leaves that to the kernel, for a moment later.
      const UniqueFd link(bpf_obj_get(path.c_str()));
      if (link.valid()) static_cast<void>(bpf_link_detach(link.get()));
    }
    if (Status status = directory.unpin(name); !status.ok()) return status;
    removed.push_back(path);
  }
  if (::rmdir(pin_directory.c_str()) == 0)
    removed.push_back(pin_directory);
  else if (errno != ENOENT)
    return Status::system("remove the pin directory " + pin_directory, errno);
  return removed;
}

}  // namespace xlb
