// What the sockets of the routing protocols (VRRP, BFD) and of probes have in common: their options, the loop
// that reads what waits, what the kernel says beside a packet, and why nothing more comes. None of it blocks.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "native/base/status.h"
#include "native/host/socket_address.h"

namespace xlb::host {

constexpr int kOff = 0, kOn = 1;
constexpr uint8_t kTrafficClass = 0xc0;  // IPTOS_PREC_INTERNETCONTROL: DSCP CS6
// TC_PRIO_INTERACTIVE: first out of pfifo_fast. To be set after the traffic class, which sets it too
// (ip_setsockopt, IP_TOS).
constexpr int kPacketPriority = 6;

struct SocketOption {
  int level;
  int name;
  int value;
  const char* text;
};

// The first that the kernel refuses, its name behind `attempted`; an ok Status where it takes all.
Status set_all(int fd, std::span<const SocketOption> options, const std::string& attempted);

// The error that the kernel holds for the socket; EIO where it holds none.
int pending_error(int fd);

// False where `control` is something else.
template <typename T>
bool read_control(const cmsghdr* control, int level, int type, T& value) {
  if (control->cmsg_level != level || control->cmsg_type != type ||
      control->cmsg_len < CMSG_LEN(sizeof value))
    return false;
  std::memcpy(&value, CMSG_DATA(control), sizeof value);
  return true;
}

// Calls take(bytes, from, message) for each packet that waits, `most` at most, in the order of arrival; a
// longer one than `buffer` is cut. An error number, or 0: an error behind packets is told by the next call.
template <typename Take>
int receive_each(int fd, std::span<uint8_t> buffer, size_t most, Take take) {
  // A cmsghdr is read in place: aligned as one.
  alignas(cmsghdr) std::array<char, 256> control;
  size_t taken = 0;
  for (size_t i = 0; i < most; i++) {
    iovec part = {buffer.data(), buffer.size()};
    sockaddr_storage from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t received = ::recvmsg(fd, &message, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (received < 0) return taken == 0 ? errno : 0;
    take(std::span<const uint8_t>(buffer.first(static_cast<size_t>(received))), from, message);
    taken++;
  }
  return 0;
}

}  // namespace xlb::host
