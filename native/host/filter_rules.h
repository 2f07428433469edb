// The table of an address filter as messages of nf_tables: its sets, chains and rules, and the members of the
// sets.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "native/host/address_filter.h"
#include "native/host/nft_batch.h"

namespace xlb::host {

struct FilterSet {
  const char* name;
  uint32_t type;  // for nft's display
  uint32_t key_bytes;
};

// IPv4, IPv6, link-local IPv6 with its interface.
extern const std::array<const FilterSet*, 3> kFilterSets;

// One that is not there.
void put_table(Batch& batch, const std::string& table, uint32_t flags, int32_t priority);

void delete_table(Batch& batch, const std::string& table);

// `type` is NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM.
void put_elements(Batch& batch, uint16_t type, uint16_t flags, const std::string& table,
                  const std::vector<FilteredAddress>& addresses);

// What a message of a dump of `set` tells.
void read_elements(const nlmsghdr* message, const FilterSet& set, std::vector<FilteredAddress>& into);

}  // namespace xlb::host
