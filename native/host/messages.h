// rtnetlink messages to values. Kernel bytes, yet checked: an attribute that is too short counts as absent.
// Each parse function answers nothing for a message that is not about what it parses (a bridge's view of a
// port is an RTM_NEWLINK too, and its removal does not mean that the link is gone).
#pragma once

#include <libmnl/libmnl.h>

#include <optional>

#include "native/host/host_state.h"

namespace xlb::host {

std::optional<Link> parse_link(const nlmsghdr* message);
std::optional<HostAddress> parse_address(const nlmsghdr* message);
std::optional<Neighbour> parse_neighbour(const nlmsghdr* message);
std::optional<Route> parse_route(const nlmsghdr* message);

// What a multicast message of the monitor's groups tells; nothing where it does not matter to us.
std::optional<HostEvent> parse_event(const nlmsghdr* message);

// What the kernel said in words beside an error (NETLINK_EXT_ACK), "" where it said nothing.
std::string parse_extended_ack(const nlmsghdr* message);

}  // namespace xlb::host
