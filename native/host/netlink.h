// Links, addresses, routes and neighbours of the network namespace that this was opened in.
//
// Thread rule: one user at a time. Every call asks the kernel and waits for its answer; nothing is
// remembered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/base/address.h"
#include "native/base/result.h"
#include "native/base/status.h"
#include "native/host/host_state.h"
#include "native/host/netlink_socket.h"
#include "native/host/routing.h"

namespace xlb::host {

enum class Upkeep {
  kManaged,  // the kernel keeps the neighbour resolved
  kProbed,   // it was resolved once; the caller asks again from time to time
};

class Netlink {
 public:
  Status open() { return socket_.open(); }
  void close() { socket_.close(); }

  Result<std::vector<Link>> links();
  Result<std::vector<HostAddress>> addresses();
  Result<std::vector<Neighbour>> neighbours();

  // False: the address was there already (with this prefix).
  Result<bool> add_address(const NewAddress& address);

  // False: the address was not there; so also where the interface is gone.
  Result<bool> delete_address(const HostAddress& address);

  // False: there already, or not there. See src/addon/routing.ts.
  Result<bool> add_route(const RouteSpec& route);
  Result<bool> delete_route(const RouteSpec& route);
  Result<bool> add_rule(const RuleSpec& rule);
  Result<bool> delete_rule(const RuleSpec& rule);

  // The index of the new link, which is down.
  Result<uint32_t> add_macvlan(const MacvlanSpec& macvlan);
  Result<bool> delete_link(uint32_t index);
  Status set_link_up(uint32_t index, bool up);

  // The kernel's answer for one destination. A route that refuses is an answer too (type RTN_BLACKHOLE,
  // RTN_UNREACHABLE, RTN_PROHIBIT); ENETUNREACH where there is no route.
  Result<Route> route(const IpAddress& destination);

  // See src/addon/addon.ts. An administrator's static entry (permanent, noarp) is left as it is: kManaged.
  Result<Upkeep> ensure_neighbour(uint32_t index, const IpAddress& address);

  // Touches only an entry that is managed. Missing, or an administrator's: ok.
  Status release_neighbour(uint32_t index, const IpAddress& address);

 private:
  // The entry, or ENOENT.
  Result<Neighbour> neighbour(uint32_t index, const IpAddress& address, const std::string& attempted);

  Status set_alias(uint32_t index, const std::string& alias, const std::string& attempted);
  Status set_no_link_local(uint32_t index, const std::string& attempted);

  NetlinkSocket socket_;
};

}  // namespace xlb::host
