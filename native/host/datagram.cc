#include "native/host/datagram.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "native/base/unique_fd.h"

namespace xlb::host {

Status send_datagram(const std::string& path, std::span<const uint8_t> bytes) {
  const std::string attempted = "send to " + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_abstract = path.starts_with('@');
  if (!is_abstract && !path.starts_with('/'))
    return Status::argument(attempted, "a Unix socket's name begins with / or @");
  if (path.size() >= sizeof address.sun_path) return Status::argument(attempted, "the name is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_abstract) address.sun_path[0] = '\0';
  // A path's length counts its final zero, an abstract name has none.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + !is_abstract);

  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Status::system(attempted, errno);
  if (::sendto(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length) < 0)
    return Status::system(attempted, errno);
  return Status::ok_status();
}

}  // namespace xlb::host
