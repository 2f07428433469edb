#include "native/host/address_filter.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "native/base/limits.h"
#include "native/host/filter_rules.h"
#include "native/host/messages.h"

namespace xlb::host {
namespace {

// Kernel 6.9: the table stays when its owner ends. Older headers do not name it.
constexpr uint32_t kTableOwner = 0x2, kTablePersist = 0x4;

}  // namespace

Status AddressFilter::open() {
  if (socket_) return Status::ok_status();
  const std::string attempted = "open a socket of nf_tables";
  socket_.reset(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket_) return Status::system(attempted, errno);
  int on = 1;
  static_cast<void>(mnl_socket_setsockopt(socket_.get(), NETLINK_EXT_ACK, &on, sizeof on));
  static_cast<void>(mnl_socket_setsockopt(socket_.get(), NETLINK_CAP_ACK, &on, sizeof on));
  // A transaction is one datagram, and its acknowledgements wait until it is over.
  int bytes = kFilterSocketBytes;
  static_cast<void>(
      setsockopt(mnl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes));
  static_cast<void>(
      setsockopt(mnl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes));
  if (mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) == 0) return Status::ok_status();
  const int error = errno;
  socket_.reset();
  return Status::system(attempted, error);
}

// The kernel works inside send(): when that returns, every acknowledgement is there (nfnetlink_rcv_batch).
Status AddressFilter::receive_acknowledgements(uint32_t last, const std::string& attempted) {
  alignas(nlmsghdr) std::array<char, kNetlinkReceiveBytes> buffer;
  Status result = Status::ok_status();
  bool is_over = false;
  for (;;) {
    const ssize_t received =
        recv(mnl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno != EAGAIN) return Status::system(attempted, errno);
    if (received < 0) break;
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(message) < sizeof(int)) continue;
      const int error = *static_cast<const int*>(mnl_nlmsg_get_payload(message));
      if (error != 0 && result.ok()) result = Status::system(attempted, -error, parse_extended_ack(message));
      if (message->nlmsg_seq == last) is_over = true;
    }
  }
  return !result.ok() || is_over ? result : Status::system(attempted, EPROTO, "the kernel did not answer");
}

Status AddressFilter::commit(Batch& batch, const std::string& attempted) {
  const uint32_t last = batch.last_sequence();
  batch.end();
  sequence_ = batch.last_sequence();
  const auto bytes = batch.bytes();
  if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
    return Status::system(attempted, errno);
  return receive_acknowledgements(last, attempted);
}

Status AddressFilter::read(Batch& request, const std::string& attempted,
                           const std::function<void(const nlmsghdr*)>& on_entry) {
  sequence_ = request.last_sequence();
  const auto bytes = request.bytes();
  if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
    return Status::system(attempted, errno);
  alignas(nlmsghdr) std::array<char, kNetlinkReceiveBytes> buffer;
  for (;;) {
    const ssize_t received = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return Status::system(attempted, errno);
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_seq != sequence_) continue;
      if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE) {
        on_entry(message);
        continue;
      }
      if (mnl_nlmsg_get_payload_len(message) < sizeof(int)) return Status::system(attempted, EBADMSG);
      const int error = *static_cast<const int*>(mnl_nlmsg_get_payload(message));
      return error == 0 ? Status::ok_status()
                        : Status::system(attempted, -error, parse_extended_ack(message));
    }
  }
}

Result<bool> AddressFilter::exists() {
  Batch request;
  request.set_first_sequence(sequence_);
  request.message(NFT_MSG_GETTABLE, 0, [&] { request.put(NFTA_TABLE_NAME, table_); });
  Status status = read(request, "look for table inet " + table_, [](const nlmsghdr*) {});
  if (status.ok()) return true;
  if (status.error_number() == ENOENT) return false;
  return status;
}

Status AddressFilter::check() {
  if (Status status = open(); !status.ok()) return status;
  Batch batch;
  batch.set_first_sequence(sequence_);
  batch.begin();
  put_table(batch, table_ + "_check", 0, priority_);
  delete_table(batch, table_ + "_check");
  return commit(batch, "make a table of nf_tables");
}

Result<std::vector<FilteredAddress>> AddressFilter::addresses() {
  if (Status status = open(); !status.ok()) return status;
  std::vector<FilteredAddress> found;
  for (const FilterSet* set : kFilterSets) {
    Batch request;
    request.set_first_sequence(sequence_);
    request.message(NFT_MSG_GETSETELEM, NLM_F_DUMP, [&] {
      request.put(NFTA_SET_ELEM_LIST_TABLE, table_);
      request.put(NFTA_SET_ELEM_LIST_SET, std::string(set->name));
    });
    Status status = read(request, "read table inet " + table_,
                         [&](const nlmsghdr* message) { read_elements(message, *set, found); });
    if (!status.ok() && status.error_number() != ENOENT) return status;
  }
  return found;
}

Status AddressFilter::try_replace(const std::vector<FilteredAddress>& addresses, uint32_t flags,
                                  bool is_there) {
  Batch batch;
  batch.set_first_sequence(sequence_);
  batch.begin();
  if (is_there) delete_table(batch, table_);
  if (!addresses.empty()) {
    put_table(batch, table_, flags, priority_);
    put_elements(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, table_, addresses);
  }
  return commit(batch, (addresses.empty() ? "remove table inet " : "make table inet ") + table_);
}

Status AddressFilter::replace(const std::vector<FilteredAddress>& addresses) {
  if (Status status = open(); !status.ok()) return status;
  const Result<bool> is_there = exists();
  if (!is_there.ok()) return is_there.status();
  if (addresses.empty() && !*is_there) return Status::ok_status();
  if (life_ == Life::kProcess) return try_replace(addresses, kTableOwner, *is_there);
  Status status = try_replace(addresses, kTableOwner | kTablePersist, *is_there);
  // An older kernel does not know the flags.
  if (status.error_number() != EOPNOTSUPP && status.error_number() != EINVAL) return status;
  return try_replace(addresses, 0, *is_there);
}

Status AddressFilter::change(uint16_t type, uint16_t flags, const std::vector<FilteredAddress>& addresses) {
  if (addresses.empty()) return Status::ok_status();
  if (Status status = open(); !status.ok()) return status;
  Batch batch;
  batch.set_first_sequence(sequence_);
  batch.begin();
  put_elements(batch, type, flags, table_, addresses);
  return commit(batch, "change table inet " + table_);
}

Status AddressFilter::add(const std::vector<FilteredAddress>& addresses) {
  return change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, addresses);
}

Status AddressFilter::remove(const std::vector<FilteredAddress>& addresses) {
  return change(NFT_MSG_DELSETELEM, 0, addresses);
}

}  // namespace xlb::host
