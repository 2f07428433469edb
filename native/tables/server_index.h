// The virtual server index, written: bpf/core/virtual_server.h has its picture and reads it.
//
// Thread rule: one writer. Every change is one store, so readers see it whole or not at all.
#pragma once

#include <cstdint>

#include "native/base/status.h"
#include "native/tables/core.h"

namespace xlb {

// Adds the virtual server of this id under its record's key, where it is not there yet. Fails where the key's
// group is full.
Status index_insert(const xlb_tables& tables, uint32_t id);

// Removes it; nothing happens where it is not there.
void index_remove(const xlb_tables& tables, uint32_t id);

}  // namespace xlb
