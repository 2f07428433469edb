// Which lines of the flow table a frame will need, so that they can be fetched before the packet core is
// asked about it: the frames of a batch are foreseen first, then all their lines asked for, as the processor
// walks its page tables for several of them at once then. It guesses: a frame that is not plain (VLAN tags,
// options, fragments, ICMP) fetches something of no use, or nothing, and the core does not depend on it.
#pragma once

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <cstring>

#include "native/tables/core.h"

namespace xlb {

struct Foreseen {
  const xlb_flow_bucket* bucket = nullptr;  // none: nothing is known
  uint32_t start = 0;                       // slot that the core looks at first
  bool whole = false;  // of an IPv6 flow that may be new, all of the bucket is looked through
};

inline Foreseen foresee(const xlb_tables& tables, const uint8_t* frame, uint32_t length) {
  constexpr uint32_t kLooked = 14;  // bytes behind the IP header; Ethernet pads shorter frames
  constexpr uint32_t kTcpFlags = 13;
  constexpr uint8_t kTcpSyn = 2;
  // Where a flow lies does not depend on it.
  static constexpr xlb_virtual_server kAny{};
  packet guess{};
  guess.tables = &tables;
  uint16_t protocol = 0;
  const uint8_t* network = frame + ETH_HLEN;
  const uint8_t* transport = nullptr;
  std::memcpy(&protocol, network - sizeof protocol, sizeof protocol);
  if (protocol == bpf_htons(ETH_P_IP) && length >= ETH_HLEN + sizeof(iphdr) + kLooked) {
    iphdr ip;
    std::memcpy(&ip, network, sizeof ip);
    guess.version = 4;
    map_ipv4(&guess.client, ip.saddr);
    map_ipv4(&guess.virtual_address, ip.daddr);
    guess.protocol = ip.protocol;
    transport = network + sizeof ip;
  } else if (protocol == bpf_htons(ETH_P_IPV6) && length >= ETH_HLEN + sizeof(ipv6hdr) + kLooked) {
    ipv6hdr ip;
    std::memcpy(&ip, network, sizeof ip);
    std::memcpy(&guess.client, &ip.saddr, sizeof ip.saddr);
    std::memcpy(&guess.virtual_address, &ip.daddr, sizeof ip.daddr);
    guess.protocol = ip.nexthdr;
    transport = network + sizeof ip;
  } else {
    return {};
  }
  std::memcpy(&guess.client_port, transport, sizeof guess.client_port);
  std::memcpy(&guess.virtual_port, transport + sizeof guess.client_port, sizeof guess.virtual_port);
  flow_key key;
  flow_key_of(&guess, tables.settings, addressed_hash(&guess, tables.settings, guess.virtual_port), &kAny,
              &key);
  return {.bucket = &tables.flow_table[key.home],
          .start = key.start,
          .whole =
              guess.version != 4 && (guess.protocol != IPPROTO_TCP || (transport[kTcpFlags] & kTcpSyn) != 0)};
}

// The builtin by itself is no effect to GCC: a function that does nothing else is pure, and its calls go.
inline void fetch_line(const void* at) {
  __builtin_prefetch(at);
  asm volatile("");
}

// A flow that is known lies in the first line as a rule, and one that is new will.
inline void fetch(const Foreseen& foreseen) {
  constexpr uint32_t kLineSlots = 64 / sizeof(xlb_flow_slot);
  if (foreseen.bucket == nullptr) return;
  fetch_line(&foreseen.bucket->slot[foreseen.start]);
  if (!foreseen.whole) return;
  for (uint32_t slot = 0; slot < XLB_BUCKET_SLOTS; slot += kLineSlots)
    if (slot != foreseen.start) fetch_line(&foreseen.bucket->slot[slot]);
}

// For the frame itself, which another processor has just written: as the own, for both reading and writing.
inline void fetch_to_write(const uint8_t* at) {
#ifdef __x86_64__
  asm volatile("prefetchw %0" : : "m"(*at));  // the builtin makes it only for processors that it is told of
#else
  __builtin_prefetch(at, 1);
#endif
}

}  // namespace xlb
