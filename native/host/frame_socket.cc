#include "native/host/frame_socket.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "native/host/packet_socket.h"

namespace xlb::host {
namespace {

constexpr size_t kLongest = 65'536;
constexpr size_t kTag = 4;  // bytes of a VLAN tag
constexpr size_t kTagAt = 2 * ETH_ALEN;

// As struct tpacket_auxdata says that it was.
void put_back_tag(const msghdr& message, FrameSocket::Frame* frame) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr;
       one = CMSG_NXTHDR(const_cast<msghdr*>(&message), one)) {
    tpacket_auxdata data{};
    if (!read_control(one, SOL_PACKET, PACKET_AUXDATA, data)) continue;
    if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0 || frame->size() < kTagAt) continue;
    const bool tells = (data.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const std::array<uint16_t, 2> tag = {htons(tells ? data.tp_vlan_tpid : uint16_t{ETH_P_8021Q}),
                                         htons(data.tp_vlan_tci)};
    std::array<uint8_t, kTag> bytes{};
    std::memcpy(bytes.data(), tag.data(), bytes.size());
    frame->insert(frame->begin() + kTagAt, bytes.begin(), bytes.end());
  }
}

}  // namespace

Result<FrameSocket> FrameSocket::open(uint32_t ifindex) {
  FrameSocket made;
  made.ifindex_ = ifindex;
  made.socket_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(ifindex);
  if (!made.socket_.valid() ||
      ::setsockopt(made.socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &kOn, sizeof kOn) != 0 ||
      ::setsockopt(made.socket_.get(), SOL_PACKET, PACKET_AUXDATA, &kOn, sizeof kOn) != 0 ||
      ::bind(made.socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Status::system("open a packet socket on interface " + std::to_string(ifindex), errno);
  return made;
}

Status FrameSocket::send(std::span<const uint8_t> frame) {
  if (::send(socket_.get(), frame.data(), frame.size(), 0) >= 0) return {};
  return Status::system("send a frame of " + std::to_string(frame.size()) + " bytes out of interface " +
                            std::to_string(ifindex_),
                        errno);
}

Result<std::optional<FrameSocket::Frame>> FrameSocket::receive(int most_milliseconds) {
  pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  Frame frame(kLongest);
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(tpacket_auxdata))> control{};
  iovec part{.iov_base = frame.data(), .iov_len = frame.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (most_milliseconds > 0) static_cast<void>(::poll(&watched, 1, most_milliseconds));
  const ssize_t bytes = ::recvmsg(socket_.get(), &message, 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Frame>();
  if (bytes < 0) return Status::system("receive frames of interface " + std::to_string(ifindex_), errno);
  frame.resize(static_cast<size_t>(bytes));
  put_back_tag(message, &frame);
  return std::optional(std::move(frame));
}

}  // namespace xlb::host
