// Addresses that the host neither answers for nor speaks from: one table of nf_tables, over libmnl.
//
//   table inet NAME {
//     set v4, v6, v6_link_local { addresses; those of links with their interface }
//     chain in  { type filter hook input;   address of destination in a set: drop }
//     chain out { type filter hook output;  address of source in a set: drop }
//   }                                       neighbour discovery passes in both
//
// keepalived's rules of no_accept (RFC 5798 §6.1, Accept_Mode). Every change is one transaction: no packet
// meets a table that is half built. What XDP forwards never comes here.
//
// Life: the table outlives the process, so that addresses which stay after a crash are not accepted
// meanwhile. From kernel 6.9 on it is owned while the process lives (`nft flush ruleset` leaves it) and an
// orphan afterwards. Thread rule: one user at a time. The network namespace is the one of the thread of the
// first call.
#pragma once

#include <libmnl/libmnl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/host/nft_batch.h"

namespace xlb::host {

struct FilteredAddress {
  IpAddress address;
  std::string interface;  // of a link-local IPv6 address; else without meaning
};

class AddressFilter {
 public:
  // Of the table: kForever as above; kProcess: it goes when this object closes, or its process ends.
  enum class Life : uint8_t { kForever, kProcess };

  AddressFilter(std::string table, int32_t priority, Life life = Life::kForever)
      : table_(std::move(table)), priority_(priority), life_(life) {}

  // Builds the table under another name and takes it away, in one transaction: what the kernel lacks, it says
  // here.
  Status check();

  // What the table holds; nothing where there is none.
  Result<std::vector<FilteredAddress>> addresses();

  // Exactly these, whatever was there before; without any, the table goes.
  Status replace(const std::vector<FilteredAddress>& addresses);

  // To or from a table that is there, else ENOENT. One that is there already is fine; one that is not, to
  // remove, is ENOENT as well.
  Status add(const std::vector<FilteredAddress>& addresses);
  Status remove(const std::vector<FilteredAddress>& addresses);

  void close() { socket_.reset(); }

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };

  Status open();
  Result<bool> exists();
  Status try_replace(const std::vector<FilteredAddress>& addresses, uint32_t flags, bool is_there);
  Status commit(Batch& batch, const std::string& attempted);
  Status change(uint16_t type, uint16_t flags, const std::vector<FilteredAddress>& addresses);
  Status read(Batch& request, const std::string& attempted,
              const std::function<void(const nlmsghdr*)>& on_entry);
  Status receive_acknowledgements(uint32_t last, const std::string& attempted);

  std::string table_;
  int32_t priority_;
  Life life_;
  std::unique_ptr<mnl_socket, Closer> socket_;
  uint32_t sequence_ = 0;
};

}  // namespace xlb::host
