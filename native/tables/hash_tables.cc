#include "native/tables/hash_tables.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "bpf/core/siphash.h"

namespace xlb {
namespace {

// `share` entries in a row for each, over and over.
template <typename Share>
std::vector<uint16_t> dealt(const HashCandidateList& list, Share share) {
  std::vector<uint16_t> buckets;
  if (list.empty()) return buckets;
  buckets.reserve(XLB_HASH_BUCKETS);
  for (size_t at = 0;; at = (at + 1) % list.size()) {
    for (uint32_t left = share(list[at]); left > 0; left--) {
      buckets.push_back(static_cast<uint16_t>(list[at].destination));
      if (buckets.size() == XLB_HASH_BUCKETS) return buckets;
    }
  }
}

// How far weights are brought down: divided, then shifted so that the heaviest fits kTurnBits.
struct Scale {
  uint32_t divisor = 0;
  int shift = 0;
};

constexpr int kTurnBits = 6;  // IP_VS_MH_TAB_BITS

Scale scale_of(const HashCandidateList& list) {
  Scale scale;
  uint32_t heaviest = 0;
  for (const HashCandidate& candidate : list) {
    scale.divisor = std::gcd(scale.divisor, candidate.last_weight);
    heaviest = std::max(heaviest, candidate.last_weight);
  }
  if (scale.divisor == 0) return scale;
  scale.shift = std::max(0, static_cast<int>(std::bit_width(heaviest / scale.divisor)) - kTurnBits);
  return scale;
}

// A destination's way through the table: every entry once, as the size is a prime.
struct Permutation {
  uint16_t destination;
  uint32_t at;
  uint32_t skip;
  uint32_t turns;
};

// The address as one number, IPv6 as its words XORed, plus the port: what is hashed.
uint32_t word_of(const HashCandidate& candidate) {
  std::array<uint8_t, 4> folded{};
  size_t i = 0;
  for (const uint8_t byte : candidate.address.bytes()) folded[i++ % 4] ^= byte;
  const uint32_t address =
      static_cast<uint32_t>(folded[0]) << 24 | folded[1] << 16 | folded[2] << 8 | folded[3];
  return address + candidate.port;
}

Permutation permutation_of(const HashCandidate& candidate, const Scale& scale) {
  const uint32_t word = word_of(candidate);
  return {static_cast<uint16_t>(candidate.destination),
          siphash_word(word, MAGLEV_OFFSET_KEY) % XLB_MAGLEV_SIZE,
          siphash_word(word, MAGLEV_SKIP_KEY) % (XLB_MAGLEV_SIZE - 1) + 1,
          std::max(1U, candidate.last_weight / scale.divisor >> scale.shift)};
}

}  // namespace

std::vector<uint16_t> source_hash_table(const HashCandidateList& list) {
  return dealt(list, [](const HashCandidate& candidate) { return std::max(1U, candidate.weight); });
}

std::vector<uint16_t> destination_hash_table(const HashCandidateList& list) {
  return dealt(list, [](const HashCandidate&) { return 1U; });
}

std::vector<uint16_t> maglev_table(const HashCandidateList& list) {
  const Scale scale = scale_of(list);
  std::vector<Permutation> permutations;
  for (const HashCandidate& candidate : list)
    if (candidate.last_weight > 0) permutations.push_back(permutation_of(candidate, scale));
  if (permutations.empty()) return {};

  std::vector<uint16_t> table(XLB_MAGLEV_SIZE, 0);
  size_t filled = 0;
  for (size_t which = 0;; which = (which + 1) % permutations.size()) {
    Permutation& permutation = permutations[which];
    for (uint32_t turn = 0; turn < permutation.turns; turn++) {
      while (table[permutation.at] != 0)
        permutation.at = (permutation.at + permutation.skip) % XLB_MAGLEV_SIZE;
      table[permutation.at] = permutation.destination;
      if (++filled == table.size()) return table;
    }
  }
}

}  // namespace xlb
