// Records of the shared tables to and from the values of C++; one store a word, released.
#pragma once

#include <cstdint>

#include "native/base/address.h"
#include "native/tables/core.h"
#include "native/tables/tables.h"

namespace xlb {

// Makes `value`, and everything written before it, visible to the packet path.
template <typename T>
void store(T* word, T value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
void store_word(xlb_schedule* place, const xlb_schedule& value);

xlb_address to_address(const IpAddress& address);
IpAddress from_address(const xlb_address& address);

// The kind is XLB_NEXTHOP_*; 0 where the word has none.
uint64_t mac_word(const MacAddress& mac, uint8_t kind);
MacAddress mac_of(const xlb_mac& word);

inline uint16_t network_order(uint16_t port) { return __builtin_bswap16(port); }

VirtualServerKey key_of(const xlb_virtual_server& server);

}  // namespace xlb
