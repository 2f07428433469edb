// Records of the shared tables to and from the values of C++.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/base/address.h"
#include "native/tables/core.h"
#include "native/tables/store.h"
#include "native/tables/tables.h"

namespace xlb {

void store_word(xlb_schedule* place, const xlb_schedule& value);

xlb_address to_address(const IpAddress& address);
IpAddress from_address(const xlb_address& address);

// The first `length` bits; of an IPv4 prefix the mapped 96 as well.
xlb_address mask_of(const IpAddress& prefix, uint8_t length);

// The kind is XLB_NEXTHOP_*; 0 where the word has none.
uint64_t mac_word(const MacAddress& mac, uint8_t kind);
MacAddress mac_of(const xlb_mac& word);

inline uint16_t network_order(uint16_t port) { return __builtin_bswap16(port); }

VirtualServerKey key_of(const xlb_virtual_server& server);

// What virtual servers of one address share.
VirtualServerKey without_port(VirtualServerKey key);

// "virtual server 10.0.0.1 port 80", for messages.
std::string text_of(const VirtualServerKey& key);

// A template's life as its slot has it: seconds, or minutes where those are too many. And back.
uint16_t template_timeout(uint32_t seconds);
uint32_t template_seconds(uint16_t timeout);

template <typename T>
T take_last(std::vector<T>& from) {
  T value = from.back();
  from.pop_back();
  return value;
}

}  // namespace xlb
