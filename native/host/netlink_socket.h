// One netlink socket, rtnetlink's unless another family is named: a request and its acknowledgement, or a
// dump and its entries.
//
// Thread rule: one user at a time. The socket belongs to the network namespace of the thread that opened it.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "native/base/address.h"
#include "native/base/limits.h"
#include "native/base/status.h"

namespace xlb::host {

// A message under construction. One that became longer than kNetlinkRequestBytes is not sent (fits()).
class Request {
 public:
  template <typename Header>
  Request(uint16_t type, uint16_t flags, const Header& header) {
    message_ = mnl_nlmsg_put_header(buffer_.data());
    message_->nlmsg_type = type;
    message_->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    *static_cast<Header*>(mnl_nlmsg_put_extra_header(message_, sizeof header)) = header;
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void put(uint16_t type, std::span<const uint8_t> bytes) {
    fits_ = fits_ && mnl_attr_put_check(message_, buffer_.size(), type, bytes.size(), bytes.data());
  }
  void put(uint16_t type, const IpAddress& address) { put(type, address.bytes()); }
  void put(uint16_t type, uint32_t value) {
    put(type, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
  }
  void put(uint16_t type, const std::string& text) {
    put(type, {reinterpret_cast<const uint8_t*>(text.c_str()), text.size() + 1});
  }

  // What `fill` puts stands inside an attribute of this type.
  template <typename Fill>
  void nest(uint16_t type, Fill fill) {
    nlattr* outer = fits_ ? mnl_attr_nest_start_check(message_, buffer_.size(), type) : nullptr;
    fits_ = outer != nullptr;
    fill();
    if (outer != nullptr) mnl_attr_nest_end(message_, outer);
  }

  // A header that is no attribute (rtnexthop), and what `fill` puts after it; `length` gets the size of both.
  template <typename Header, typename Fill>
  void counted(const Header& header, uint16_t Header::* length, Fill fill) {
    fits_ = fits_ && message_->nlmsg_len + MNL_ALIGN(sizeof header) <= buffer_.size();
    if (!fits_) return;
    auto* at = static_cast<Header*>(mnl_nlmsg_get_payload_tail(message_));
    *at = header;
    message_->nlmsg_len += static_cast<uint32_t>(MNL_ALIGN(sizeof header));
    fill();
    at->*length = static_cast<uint16_t>(static_cast<char*>(mnl_nlmsg_get_payload_tail(message_)) -
                                        reinterpret_cast<char*>(at));
  }

  [[nodiscard]] bool fits() const { return fits_; }
  nlmsghdr* message() { return message_; }

 private:
  alignas(nlmsghdr) std::array<char, kNetlinkRequestBytes> buffer_{};
  nlmsghdr* message_;
  bool fits_ = true;
};

class NetlinkSocket {
 public:
  using OnMessage = std::function<void(const nlmsghdr*)>;

  Status open(int family = NETLINK_ROUTE);
  void close() { socket_.reset(); }

  // Sends and waits for the acknowledgement. `on_answer` gets what comes before it (a GET's answer).
  // `attempted` is for the Status, which carries the kernel's own words too.
  Status call(Request& request, const std::string& attempted, const OnMessage& on_answer = {});

  // Sends and reads every entry. A dump that the kernel calls inconsistent is begun again; `begin` is called
  // first, each time, so that the caller can forget what the broken one brought.
  Status dump(Request& request, const std::string& attempted, const std::function<void()>& begin,
              const OnMessage& on_entry);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  enum class Outcome { kDone, kInterrupted };

  Status send(Request& request, const std::string& attempted);
  Status receive(const std::string& attempted, const OnMessage& on_message, Outcome* outcome);

  std::unique_ptr<mnl_socket, Closer> socket_;
  uint32_t sequence_ = 0;
  alignas(nlmsghdr) std::array<char, kNetlinkReceiveBytes> buffer_;
};

}  // namespace xlb::host
