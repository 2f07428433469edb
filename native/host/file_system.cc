#include "native/host/file_system.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cerrno>

namespace xlb::host {

Result<bool> is_bpf_filesystem(const std::string& path) {
  struct statfs about{};
  if (::statfs(path.c_str(), &about) == 0) return static_cast<unsigned long>(about.f_type) == BPF_FS_MAGIC;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return Status::system("look at the file system of " + path, errno);
}

}  // namespace xlb::host
