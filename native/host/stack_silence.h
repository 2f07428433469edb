// While it lives, the host's own stack hears and says nothing at some addresses, but neighbour discovery:
// those of virtual servers, for the moment in which an interface has no XDP program, and none at tc either.
// What comes then would be the stack's, which knows no connection of a virtual server and resets it; dropped,
// it is sent again.
//
// A table of nf_tables that goes with its object, or with the process, however that ends.
#pragma once

#include <memory>
#include <vector>

#include "native/base/address.h"
#include "native/base/status.h"

namespace xlb::host {

class AddressFilter;

class StackSilence {
 public:
  explicit StackSilence(const std::vector<IpAddress>& addresses);
  StackSilence(const StackSilence&) = delete;
  StackSilence& operator=(const StackSilence&) = delete;
  ~StackSilence();

  // Why there is none, where that is so.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  std::unique_ptr<AddressFilter> filter_;
  Status status_;
};

// What the interfaces of this network namespace hold, but loopback and link-local addresses.
std::vector<IpAddress> own_addresses();

}  // namespace xlb::host
