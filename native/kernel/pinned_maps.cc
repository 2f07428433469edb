#include "native/kernel/pinned_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "bpf/shared/fixed_tables.h"
#include "bpf/shared/flow_slot.h"
#include "native/base/unique_fd.h"

namespace xlb {
namespace {

// Not what a viewer of this process needs (trace...), which belongs to one loading.
std::vector<bpf_map*> tables_of(bpf_object* object) {
  std::vector<bpf_map*> tables;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const std::string_view name = table_name(map);
    if (!name.empty() && !name.starts_with("trace")) tables.push_back(map);
  }
  return tables;
}

std::string has_instead_of(std::string_view map, const char* what, uint32_t has, uint32_t wanted) {
  return std::string(map) + " has " + what + " " + std::to_string(has) + ", not " + std::to_string(wanted);
}

uint64_t slots_in(uint32_t entries, uint32_t value_size) {
  return uint64_t{entries} * value_size / sizeof(xlb_flow_slot);
}

// Why the pinned map is not what this build wants by this name; none where it is.
std::optional<std::string> misfit(const bpf_map* wanted, const bpf_map_info& pinned) {
  const std::string_view name = table_name(wanted);
  if (pinned.type != bpf_map__type(wanted))
    return has_instead_of(name, "type", pinned.type, bpf_map__type(wanted));
  if (pinned.key_size != bpf_map__key_size(wanted))
    return has_instead_of(name, "key size", pinned.key_size, bpf_map__key_size(wanted));
  if ((bpf_map__map_flags(wanted) & ~pinned.map_flags) != 0)
    return has_instead_of(name, "flags", pinned.map_flags, bpf_map__map_flags(wanted));
  const uint32_t entries = bpf_map__max_entries(wanted);
  const uint32_t value_size = bpf_map__value_size(wanted);
  if (pinned.max_entries == entries && pinned.value_size == value_size) return std::nullopt;
  if (name == "templates" || name == "flow_table")  // the one by its entries, the other by its value's size
    return (name == "templates" ? "the table of templates has " : "the flow table has ") +
           std::to_string(slots_in(pinned.max_entries, pinned.value_size)) + " slots, " +
           std::to_string(slots_in(entries, value_size)) + " are asked for";
  if (pinned.value_size != value_size)
    return has_instead_of(name, "value size", pinned.value_size, value_size);
  return has_instead_of(name, "size", pinned.max_entries, entries);
}

// The settings come first of the fixed tables: one page of them is enough.
static_assert(offsetof(xlb_fixed_tables, settings) == 0);

std::optional<std::string> misfit_of_layout(int fixed_tables) {
  void* start = ::mmap(nullptr, sizeof(xlb_settings), PROT_READ, MAP_SHARED, fixed_tables, 0);
  if (start == MAP_FAILED) return "its settings cannot be read";
  const uint32_t revision = static_cast<const xlb_settings*>(start)->layout_revision;
  ::munmap(start, sizeof(xlb_settings));
  if (revision == XLB_LAYOUT_REVISION) return std::nullopt;
  if (revision == 0) return "an earlier start did not finish: its tables were never filled";
  return "its tables have layout " + std::to_string(revision) + ", this build's have " +
         std::to_string(XLB_LAYOUT_REVISION);
}

struct Opened {
  std::vector<UniqueFd> fds;  // as tables_of()
  std::optional<std::string> misfit;
};

Result<Opened> open_pinned(const std::vector<bpf_map*>& tables, const PinDirectory& pins) {
  Opened opened;
  for (const bpf_map* table : tables) {
    const std::string path = pins.path_of(std::string(table_name(table)));
    UniqueFd fd(bpf_obj_get(path.c_str()));
    bpf_map_info info{};
    uint32_t length = sizeof info;
    if (!fd.valid() || bpf_obj_get_info_by_fd(fd.get(), &info, &length) < 0)
      return Status::system("open the pinned table " + path, errno);
    opened.misfit = misfit(table, info);
    if (!opened.misfit && table_name(table) == "fixed_tables") opened.misfit = misfit_of_layout(fd.get());
    if (opened.misfit) return opened;
    opened.fds.push_back(std::move(fd));
  }
  return opened;
}

}  // namespace

std::string_view table_name(const bpf_map* map) {
  return bpf_map__is_internal(map) ? "" : bpf_map__name(map);
}

int table_fd(const bpf_object* object, std::string_view name) {
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (table_name(map) == name) return bpf_map__fd(map);
  }
  return -1;
}

Result<Adoption> adopt_maps(bpf_object* object, const PinDirectory& pins) {
  const Result<std::vector<std::string>> names = pins.names();
  if (!names.ok()) return names.status();
  const auto is_pinned = [&](const std::string& name) {
    return std::binary_search(names->begin(), names->end(), name);
  };
  const std::vector<bpf_map*> tables = tables_of(object);
  const auto there = [&](const bpf_map* table) { return is_pinned(std::string(table_name(table))); };
  if (!is_pinned(kProgramPin)) {
    if (std::none_of(tables.begin(), tables.end(), there)) return Adoption{};
    return Adoption{.discarded =
                        "an earlier start did not finish: " + pins.path_of(kProgramPin) + " is not there"};
  }
  if (const auto missing = std::find_if_not(tables.begin(), tables.end(), there); missing != tables.end())
    return Adoption{.discarded =
                        "they are of another build: " + std::string(table_name(*missing)) + " is not there"};

  const Result<Opened> opened = open_pinned(tables, pins);
  if (!opened.ok()) return opened.status();
  if (opened->misfit) return Adoption{.discarded = opened->misfit};
  for (size_t i = 0; i < tables.size(); i++) {
    if (bpf_map__reuse_fd(tables[i], opened->fds[i].get()) < 0)
      return Status::system("adopt the table " + std::string(table_name(tables[i])), errno);
  }
  return Adoption{.adopted = true, .discarded = {}};
}

Status pin_maps(bpf_object* object, const PinDirectory& pins) {
  const Result<std::vector<std::string>> names = pins.names();
  if (!names.ok()) return names.status();
  // The program first: without it the set is not whole, until the caller pins it.
  if (Status status = pins.unpin(kProgramPin); !status.ok()) return status;
  for (const std::string& name : *names) {
    if (name.starts_with(kLinkPinPrefix)) continue;
    if (Status status = pins.unpin(name); !status.ok()) return status;
  }
  for (const bpf_map* table : tables_of(object)) {
    if (Status status = pins.pin(bpf_map__fd(table), std::string(table_name(table))); !status.ok())
      return status;
  }
  return Status::ok_status();
}

}  // namespace xlb
