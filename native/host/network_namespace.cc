#include "native/host/network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "native/base/unique_fd.h"

namespace xlb::host {

Status exec_in_network_namespace(const std::string& path, const std::vector<std::string>& argv) {
  const std::string attempted = "enter network namespace " + path;
  if (argv.empty()) return Status::argument(attempted, "there is nothing to run");
  const UniqueFd before(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!before.valid() || !fd.valid()) return Status::system(attempted, errno);
  if (::setns(fd.get(), CLONE_NEWNET) < 0) return Status::system(attempted, errno);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // Node marks them to be closed (uv_disable_stdio_inheritance), and opens /dev/null where they are.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (const int flags = ::fcntl(stream, F_GETFD); flags >= 0)
      static_cast<void>(::fcntl(stream, F_SETFD, flags & ~FD_CLOEXEC));
  ::execv(words[0], words.data());
  const Status status = Status::system("run " + argv[0], errno);
  static_cast<void>(::setns(before.get(), CLONE_NEWNET));
  return status;
}

}  // namespace xlb::host
