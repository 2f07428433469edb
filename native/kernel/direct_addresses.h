// The addresses of direct tables (bpf/shared/direct_tables.h) in the XDP program, and in the one at tc.
#pragma once

#include <bpf/libbpf.h>

namespace xlb {

// While this lives, the programs "xdp.frags" and "tcx/ingress" of an object that this thread opens and loads
// get them.
class DirectAddresses {
 public:
  DirectAddresses();
  DirectAddresses(const DirectAddresses&) = delete;
  DirectAddresses& operator=(const DirectAddresses&) = delete;
  ~DirectAddresses();

  // The object, before it is loaded.
  static void are_for(const bpf_object* object);

  // libbpf's answer: below 0 where it cannot be asked for that.
  [[nodiscard]] int error() const { return error_; }

 private:
  int error_;
};

}  // namespace xlb
