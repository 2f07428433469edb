#include "native/kernel/xdp_link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <array>
#include <cerrno>

#include "native/host/host_state.h"
#include "native/kernel/libbpf_log.h"

namespace xlb {
namespace {

UniqueFd create_link(int program_fd, uint32_t ifindex, uint32_t mode_flag) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = mode_flag;
  return UniqueFd(bpf_link_create(program_fd, static_cast<int>(ifindex), BPF_XDP, &options));
}

// What the driver says to a program that it refuses. The kernel keeps that from whoever makes a link and
// tells it over netlink; so it is asked again that way. Empty where the driver says nothing, or changed its
// mind.
std::string driver_says(int program_fd, uint32_t ifindex) {
  const LibbpfLog log;
  const auto index = static_cast<int>(ifindex);
  const uint32_t flags = XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST;
  if (bpf_xdp_attach(index, program_fd, flags, nullptr) == 0) {
    static_cast<void>(bpf_xdp_detach(index, XDP_FLAGS_DRV_MODE, nullptr));
    return {};
  }
  return log.last_lines(1);
}

// 0 where there is none.
uint32_t attached_program(uint32_t ifindex) {
  bpf_xdp_query_opts options{};
  options.sz = sizeof options;
  if (bpf_xdp_query(static_cast<int>(ifindex), 0, &options) < 0) return 0;
  for (const uint32_t id : {options.drv_prog_id, options.skb_prog_id, options.hw_prog_id})
    if (id != 0) return id;
  return 0;
}

// The name of xlb's own program (bpf/xlb.bpf.c), as the kernel keeps it.
constexpr const char* kOurProgram = "xlb_forward";

// Empty where the program has gone meanwhile.
std::string program_name(uint32_t id) {
  const UniqueFd fd(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  uint32_t length = sizeof info;
  if (!fd.valid() || bpf_obj_get_info_by_fd(fd.get(), &info, &length) < 0) return {};
  return info.name;
}

Status occupied(const std::string& attempted, uint32_t ifindex, uint32_t program_id) {
  const std::string name = host::interface_name(ifindex);
  const std::string program = program_name(program_id);
  if (program == kOurProgram)  // taking it off would stop the traffic of a director
    return Status::system(attempted, EBUSY,
                          "another instance of xlb forwards on it: stop that one, or where its process is "
                          "dead run `xlb cleanup` with its --instance");
  return Status::system(attempted, EBUSY,
                        "the XDP program \"" + program + "\" (id " + std::to_string(program_id) +
                            ") is on it; take it off with `ip link set dev " + name +
                            " xdp off`, or where `bpftool link` lists it `bpftool link detach id N`");
}

const char* name_of(AttachMode mode) { return mode == AttachMode::kGeneric ? "generic" : "native"; }

}  // namespace

Result<XdpLink> XdpLink::create(int program_fd, uint32_t ifindex, AttachMode mode) {
  const std::string name = host::interface_name(ifindex);
  const std::string attempted = std::string("attach ") + name_of(mode) + " XDP to " + name;
  // The kernel would say EINVAL.
  if (std::array<char, IF_NAMESIZE> existing{}; ::if_indextoname(ifindex, existing.data()) == nullptr)
    return Status::system(attempted, ENODEV);
  if (mode == AttachMode::kGeneric) {
    UniqueFd generic = create_link(program_fd, ifindex, XDP_FLAGS_SKB_MODE);
    const int error = errno;
    if (generic.valid()) return XdpLink(std::move(generic), ifindex, false);
    const uint32_t other = attached_program(ifindex);
    return other != 0 ? occupied(attempted, ifindex, other) : Status::system(attempted, error);
  }

  UniqueFd native = create_link(program_fd, ifindex, XDP_FLAGS_DRV_MODE);
  const int error = errno;
  if (native.valid()) return XdpLink(std::move(native), ifindex, true);
  if (const uint32_t other = attached_program(ifindex); other != 0)
    return occupied(attempted, ifindex, other);
  const std::string said = driver_says(program_fd, ifindex);
  if (mode == AttachMode::kNative || error == EPERM) return Status::system(attempted, error, said);

  Result<XdpLink> generic = create(program_fd, ifindex, AttachMode::kGeneric);
  if (generic.ok()) generic->reason_ = Status::system(attempted, error, said).message();
  return generic;
}

Result<std::optional<XdpLink>> XdpLink::open(const std::string& path) {
  const std::string attempted = "open the pinned link " + path;
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (!fd.valid()) return Status::system(attempted, errno);
  bpf_link_info info{};
  uint32_t length = sizeof info;
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &length) < 0) return Status::system(attempted, errno);
  if (info.type != BPF_LINK_TYPE_XDP)
    return Status::incompatible(attempted, "it is not a link of an XDP program");
  if (info.xdp.ifindex == 0) return std::optional<XdpLink>();

  bpf_xdp_query_opts options{};
  options.sz = sizeof options;
  if (const int error = bpf_xdp_query(static_cast<int>(info.xdp.ifindex), 0, &options); error < 0) {
    if (error == -ENODEV) return std::optional<XdpLink>();  // in another network namespace by now
    return Status::system(attempted, -error);
  }
  const bool native = options.drv_prog_id == info.prog_id || options.hw_prog_id == info.prog_id;
  if (!native && options.skb_prog_id != info.prog_id) return std::optional<XdpLink>();
  return std::optional<XdpLink>(XdpLink(std::move(fd), info.xdp.ifindex, native));
}

bool XdpLink::alive() const {
  bpf_link_info info{};
  uint32_t length = sizeof info;
  return bpf_obj_get_info_by_fd(fd_.get(), &info, &length) == 0 && info.xdp.ifindex == ifindex_;
}

Status XdpLink::update(int program_fd) {
  if (bpf_link_update(fd_.get(), program_fd, nullptr) == 0) return Status::ok_status();
  return Status::system("replace the XDP program on " + host::interface_name(ifindex_), errno);
}

Status XdpLink::detach() {
  if (bpf_link_detach(fd_.get()) == 0 || errno == ENOLINK) return Status::ok_status();
  return Status::system("detach XDP from " + host::interface_name(ifindex_), errno);
}

}  // namespace xlb
