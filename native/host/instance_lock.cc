#include "native/host/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <optional>

#include "native/base/limits.h"
#include "native/base/unique_fd.h"

namespace xlb::host {
namespace {

// A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 fe:01:131 0 EOF" (fs/locks.c, lock_get_status). The
// device is hexadecimal. Someone who waits has "->" behind the number and does not match.
std::optional<pid_t> holder_in_line(const std::string& line, const struct stat& file) {
  int pid = 0;
  unsigned int major_number = 0;
  unsigned int minor_number = 0;
  uint64_t inode = 0;
  if (std::sscanf(line.c_str(), "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid, &major_number, &minor_number,
                  &inode) != 4)
    return std::nullopt;
  if (makedev(major_number, minor_number) != file.st_dev || inode != file.st_ino) return std::nullopt;
  return pid;
}

std::optional<pid_t> holder_by_kernel(const struct stat& file) {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    const auto pid = holder_in_line(line, file);
    if (pid && *pid > 0) return pid;  // 0 and -1: in a pid namespace that we do not see into
  }
  return std::nullopt;
}

// Some file systems (overlayfs, btrfs) show another device to stat() than to /proc/locks.
std::optional<pid_t> holder_by_file(int fd) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  if (length <= 0) return std::nullopt;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, pid);
  if (error != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

LockHolder find_holder(int fd, const struct stat& file) {
  if (const auto pid = holder_by_kernel(file)) return {*pid};
  return {holder_by_file(fd).value_or(0)};
}

bool still_names(const std::string& path, const struct stat& file) {
  struct stat named{};
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == file.st_dev && named.st_ino == file.st_ino;
}

Status write_pid(int fd, const std::string& attempted) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) < 0) return Status::system(attempted, errno);
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  if (written < 0) return Status::system(attempted, errno);
  return written == static_cast<ssize_t>(text.size()) ? Status::ok_status()
                                                      : Status::system(attempted, ENOSPC);
}

// Locks what open_it() opens; prepare(fd, file) sees it before and may refuse.
template <typename Open, typename Prepare>
Result<LockOutcome> lock_named(const std::string& path, Open open_it, Prepare prepare) {
  const std::string attempted = "lock " + path;
  for (int i = 0; i < kLockTries; i++) {
    UniqueFd fd = open_it();
    if (!fd.valid()) return Status::system(attempted, errno);
    struct stat file{};
    if (::fstat(fd.get(), &file) < 0) return Status::system(attempted, errno);
    if (Status status = prepare(file); !status.ok()) return status;

    if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return Status::system(attempted, errno);
      return LockOutcome(find_holder(fd.get(), file));
    }
    // Between our open() and flock() the holder may have removed this very file: then we hold a lock on a
    // file without a name, and the next process would make another one. Begin again.
    if (still_names(path, file)) return LockOutcome(InstanceLock(path, fd.release()));
  }
  return Status::limit(attempted, "it was removed by others " + std::to_string(kLockTries) +
                                      " times while it was being locked; see who removes it");
}

}  // namespace

Result<LockOutcome> lock_instance(const std::string& path) {
  const std::string attempted = "lock " + path;
  Result<LockOutcome> outcome = lock_named(
      path,
      [&] {
        constexpr mode_t kMode = 0644;
        return UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode));
      },
      [&](const struct stat& file) {
        return S_ISREG(file.st_mode) ? Status::ok_status()
                                     : Status::argument(attempted, "it is not a regular file");
      });
  if (!outcome.ok()) return outcome;
  if (auto* lock = std::get_if<InstanceLock>(&*outcome))
    if (Status status = write_pid(lock->fd(), attempted); !status.ok()) {
      lock->release();
      return status;
    }
  return outcome;
}

Result<LockOutcome> lock_directory(const std::string& path) {
  return lock_named(
      path,
      [&] {
        constexpr mode_t kMode = 0700;
        for (const std::string& one : {path.substr(0, path.rfind('/')), path})
          static_cast<void>(::mkdir(one.c_str(), kMode));  // open() says what is in the way
        return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
      },
      [](const struct stat&) { return Status::ok_status(); });
}

void InstanceLock::release() {
  if (fd_ < 0) return;
  // First the name, then the lock: the other order could remove the file of the next holder.
  struct stat file{};
  if (::fstat(fd_, &file) == 0 && S_ISREG(file.st_mode) && still_names(path_, file))
    static_cast<void>(::unlink(path_.c_str()));
  ::close(fd_);
  fd_ = -1;
}

}  // namespace xlb::host
