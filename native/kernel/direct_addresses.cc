#include "native/kernel/direct_addresses.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "bpf/shared/direct_tables.h"

namespace xlb {
namespace {

constexpr std::array<const char*, XLB_DIRECT_COUNT> kNames = {
#define X(name) #name,
    XLB_DIRECT_TABLES(X)
#undef X
};

thread_local const bpf_object* loading = nullptr;

bool is_direct(const bpf_insn& first, const bpf_insn& second) {
  return first.code == (BPF_LD | BPF_IMM | BPF_DW) && first.src_reg == 0 &&
         static_cast<uint32_t>(second.imm) - XLB_DIRECT_MARK < XLB_DIRECT_COUNT;
}

// A table of more values has no such address. The program does not come by there then (XLB_OPTION_LARGE), but
// the verifier, which knows nothing of options, does: it is shown the fixed tables, where a bucket has room.
void give_address(const bpf_map* table, bpf_insn* first, bpf_insn* second) {
  if (bpf_map__max_entries(table) != 1) table = bpf_object__find_map_by_name(loading, "fixed_tables");
  first->src_reg = BPF_PSEUDO_MAP_VALUE;
  second->imm = first->imm;
  first->imm = bpf_map__fd(table);
}

// Called by libbpf for each program, with its functions behind it.
int prepare(bpf_program* program, bpf_prog_load_opts* options, long /*cookie*/) {
  if (bpf_program__type(program) == BPF_PROG_TYPE_XDP) options->prog_flags |= BPF_F_XDP_HAS_FRAGS;
  const bpf_insn* begin = bpf_program__insns(program);
  std::vector<bpf_insn> code(begin, begin + bpf_program__insn_cnt(program));
  for (size_t i = 0; i + 1 < code.size(); i++) {
    if (!is_direct(code[i], code[i + 1])) continue;
    const char* name = kNames[static_cast<uint32_t>(code[i + 1].imm) - XLB_DIRECT_MARK];
    const bpf_map* table = bpf_object__find_map_by_name(loading, name);
    if (table == nullptr) return -ENOENT;
    give_address(table, &code[i], &code[i + 1]);
    i++;
  }
  return bpf_program__set_insns(program, code.data(), code.size());
}

int register_once() {
  static const int registered = [] {
    libbpf_prog_handler_opts options{};
    options.sz = sizeof options;
    options.prog_prepare_load_fn = prepare;
    const int xdp = libbpf_register_prog_handler("xdp.frags", BPF_PROG_TYPE_XDP, BPF_XDP, &options);
    if (xdp < 0) return xdp;
    // tcx takes a program loaded for no attach type.
    const auto none = static_cast<bpf_attach_type>(0);
    return libbpf_register_prog_handler("tcx/ingress", BPF_PROG_TYPE_SCHED_CLS, none, &options);
  }();
  return registered;
}

}  // namespace

// Before an object is opened: it finds out then whom to ask.
DirectAddresses::DirectAddresses() : error_(register_once()) {}

void DirectAddresses::are_for(const bpf_object* object) { loading = object; }

DirectAddresses::~DirectAddresses() { loading = nullptr; }

}  // namespace xlb
