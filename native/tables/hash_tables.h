// The buckets that sh, dh and mh look into (`turn` of a virtual server): entries are destination ids.
//
// Pure. Filled in the order of IPVS's list, which is part of what operators see: directors that share a
// configuration must send a client to the same real server. Empty where no destination gets an entry: none of
// the schedulers finds anything then.
#pragma once

#include <cstdint>
#include <vector>

#include "native/base/address.h"

namespace xlb {

// One destination of the list, head first.
struct HashCandidate {
  uint32_t destination;  // id
  IpAddress address;
  uint16_t port;  // of the real server, as IPVS has it: the virtual server's; host order
  uint32_t weight;
  uint32_t last_weight;  // the last one that was not 0; 0 if it never had another
};

using HashCandidateList = std::vector<HashCandidate>;

// XLB_HASH_BUCKETS: along the list, `weight` entries in a row each, over and over. Weight 0 gets one, too:
// its clients find nobody. Weights are not scaled, so a heavy one may leave nothing to others (ip_vs_sh.c,
// ip_vs_sh_reassign).
std::vector<uint16_t> source_hash_table(const HashCandidateList& list);

// XLB_HASH_BUCKETS: along the list, one entry each, whatever the weight (ip_vs_dh.c, ip_vs_dh_reassign).
std::vector<uint16_t> destination_hash_table(const HashCandidateList& list);

// XLB_MAGLEV_SIZE: each in its turn takes the next free entries of its own permutation, as many as its last
// weight says, scaled down to 6 bits (ip_vs_mh.c, ip_vs_mh_populate). So who goes to weight 0 keeps its
// entries.
std::vector<uint16_t> maglev_table(const HashCandidateList& list);

}  // namespace xlb
