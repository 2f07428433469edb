#include "native/host/packet_socket.h"

namespace xlb::host {

Status set_all(int fd, std::span<const SocketOption> options, const std::string& attempted) {
  for (const SocketOption& option : options)
    if (::setsockopt(fd, option.level, option.name, &option.value, sizeof option.value) != 0)
      return Status::system(attempted + " (" + option.text + ")", errno);
  return Status::ok_status();
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
  return error == 0 ? EIO : error;
}

}  // namespace xlb::host
