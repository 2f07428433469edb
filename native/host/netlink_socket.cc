#include "native/host/netlink_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "native/host/messages.h"

namespace xlb::host {
namespace {

// Set where the kernel knows it: NETLINK_EXT_ACK is 4.12, NETLINK_GET_STRICT_CHK 4.20. Neither changes what a
// success means, so a refusal is no failure.
void enable(mnl_socket* socket, int option) {
  int on = 1;
  static_cast<void>(mnl_socket_setsockopt(socket, option, &on, sizeof on));
}

}  // namespace

Status NetlinkSocket::open(int family) {
  socket_.reset(mnl_socket_open2(family, SOCK_CLOEXEC));
  if (!socket_) return Status::system("open a netlink socket", errno);
  enable(socket_.get(), NETLINK_EXT_ACK);
  enable(socket_.get(), NETLINK_CAP_ACK);
  enable(socket_.get(), NETLINK_GET_STRICT_CHK);
  if (mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    const int error = errno;
    socket_.reset();
    return Status::system("bind a netlink socket", error);
  }
  return Status::ok_status();
}

Status NetlinkSocket::send(Request& request, const std::string& attempted) {
  if (!socket_) return Status::argument(attempted, "this Netlink is closed");
  if (!request.fits())
    return Status::limit(attempted, "more than " + std::to_string(kNetlinkRequestBytes) + " bytes to say it");
  nlmsghdr* message = request.message();
  message->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0)
    return Status::system(attempted, errno);
  return Status::ok_status();
}

Status NetlinkSocket::receive(const std::string& attempted, const OnMessage& on_message, Outcome* outcome) {
  *outcome = Outcome::kDone;
  const unsigned int port = mnl_socket_get_portid(socket_.get());
  for (;;) {
    const ssize_t received = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return Status::system(attempted, errno);

    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      // An answer to an earlier request that was given up half read.
      if (!mnl_nlmsg_seq_ok(message, sequence_) || !mnl_nlmsg_portid_ok(message, port)) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) *outcome = Outcome::kInterrupted;

      if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        // Both begin with an int: 0 or a negative errno.
        if (mnl_nlmsg_get_payload_len(message) < sizeof(int)) return Status::system(attempted, EBADMSG);
        const int error = *static_cast<const int*>(mnl_nlmsg_get_payload(message));
        if (error == 0) return Status::ok_status();
        return Status::system(attempted, -error, parse_extended_ack(message));
      }
      if (message->nlmsg_type >= NLMSG_MIN_TYPE && on_message) on_message(message);
    }
  }
}

Status NetlinkSocket::call(Request& request, const std::string& attempted, const OnMessage& on_answer) {
  request.message()->nlmsg_flags |= NLM_F_ACK;
  if (Status status = send(request, attempted); !status.ok()) return status;
  Outcome outcome;
  return receive(attempted, on_answer, &outcome);
}

Status NetlinkSocket::dump(Request& request, const std::string& attempted, const std::function<void()>& begin,
                           const OnMessage& on_entry) {
  request.message()->nlmsg_flags |= NLM_F_DUMP;
  for (int i = 0; i < kNetlinkDumpTries; i++) {
    begin();
    if (Status status = send(request, attempted); !status.ok()) return status;
    Outcome outcome;
    if (Status status = receive(attempted, on_entry, &outcome); !status.ok()) return status;
    if (outcome == Outcome::kDone) return Status::ok_status();
  }
  return Status::limit(attempted, "the kernel's list changed during each of " +
                                      std::to_string(kNetlinkDumpTries) +
                                      " attempts to read it; try again when the host is quieter");
}

}  // namespace xlb::host
