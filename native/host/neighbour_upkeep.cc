// Asking the kernel to keep a neighbour resolved, and no longer to.
//
// The kernel's rules (net/core/neighbour.c, neigh_add and __neigh_update) that decide the shape of this:
// - An update with NTF_USE or NTF_EXT_MANAGED drops NUD_PERMANENT from the entry. So look first, and leave an
//   administrator's static entry alone: it is resolved for good anyway.
// - An update sets NTF_EXT_LEARNED and NTF_EXT_MANAGED to exactly what it says. So say again what another
//   daemon's entry (an EVPN one) has learned.
// - Before 5.16, NDA_FLAGS_EXT is an unknown attribute and is ignored. So look afterwards what became of it.
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <optional>

#include "native/host/messages.h"
#include "native/host/netlink.h"

namespace xlb::host {
namespace {

constexpr uint16_t kStaticStates = NUD_PERMANENT | NUD_NOARP;

bool is_static(const Neighbour& entry) { return (entry.state & kStaticStates) != 0; }
bool is_managed(const Neighbour& entry) { return (entry.extended_flags & NTF_EXT_MANAGED) != 0; }

ndmsg header_for(uint32_t index, const IpAddress& address) {
  ndmsg header{};
  header.ndm_family = static_cast<uint8_t>(address.family());
  header.ndm_ifindex = static_cast<int32_t>(index);
  return header;
}

}  // namespace

Result<Neighbour> Netlink::neighbour(uint32_t index, const IpAddress& address, const std::string& attempted) {
  Request request(RTM_GETNEIGH, 0, header_for(index, address));
  request.put(NDA_DST, address);
  std::optional<Neighbour> entry;
  Status status =
      socket_.call(request, attempted, [&](const nlmsghdr* message) { entry = parse_neighbour(message); });
  if (!status.ok()) return status;
  if (!entry) return Status::system(attempted, ENOENT);
  return *entry;
}

Result<Upkeep> Netlink::ensure_neighbour(uint32_t index, const IpAddress& address) {
  const std::string attempted = "resolve neighbour " + address.to_string() + " on " + interface_name(index);
  uint8_t learned = 0;
  const Result<Neighbour> before = neighbour(index, address, attempted);
  if (before.ok()) {
    if (is_static(*before) || is_managed(*before)) return Upkeep::kManaged;
    learned = before->flags & NTF_EXT_LEARNED;
  } else if (before.status().error_number() != ENOENT) {
    return before.status();
  }

  ndmsg header = header_for(index, address);
  header.ndm_flags = NTF_USE | learned;
  Request request(RTM_NEWNEIGH, NLM_F_CREATE, header);
  request.put(NDA_DST, address);
  request.put(NDA_FLAGS_EXT, static_cast<uint32_t>(NTF_EXT_MANAGED));
  if (Status status = socket_.call(request, attempted); !status.ok()) return status;

  const Result<Neighbour> after = neighbour(index, address, attempted);
  if (after.ok()) return is_managed(*after) ? Upkeep::kManaged : Upkeep::kProbed;
  // Forgotten again within these microseconds: the interface lost its carrier, or the table was flushed.
  if (after.status().error_number() == ENOENT) return Upkeep::kProbed;
  return after.status();
}

Status Netlink::release_neighbour(uint32_t index, const IpAddress& address) {
  const std::string attempted = "release neighbour " + address.to_string() + " on " + interface_name(index);
  const Result<Neighbour> entry = neighbour(index, address, attempted);
  const int error = entry.status().error_number();
  if (error == ENOENT || error == ENODEV) return Status::ok_status();
  if (!entry.ok()) return entry.status();
  if (is_static(*entry) || !is_managed(*entry)) return Status::ok_status();

  // NTF_USE leaves state and MAC as they are; without NTF_EXT_MANAGED the entry is ordinary again.
  ndmsg header = header_for(index, address);
  header.ndm_flags = NTF_USE | (entry->flags & NTF_EXT_LEARNED);
  Request request(RTM_NEWNEIGH, 0, header);
  request.put(NDA_DST, address);
  Status status = socket_.call(request, attempted);
  return status.error_number() == ENOENT ? Status::ok_status() : status;
}

}  // namespace xlb::host
