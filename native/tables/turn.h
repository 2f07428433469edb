// The order of picks that rr and wrr walk (`turn` of a virtual server), and where in it they go on after a
// change.
//
// Pure. IPVS keeps a position in the list (rr: the last server chosen; wrr: level `cw` and position) and what
// a change does to it is part of what operators see (ip_vs_rr.c, ip_vs_wrr.c). Here the cycle is laid out
// whole and the position is an index, so a change has to be translated: from the old list and cursor to the
// new ones.
#pragma once

#include <cstdint>
#include <vector>

namespace xlb {

// One destination of the list, head first.
struct Candidate {
  uint32_t destination;
  uint32_t weight;

  bool operator==(const Candidate&) const = default;
};

// How far a turn has come.
struct Progress {
  uint32_t cursor = 0;  // of the next pick; XLB_CURSOR_FRESH: nothing was picked since it was set
  uint32_t last = 0;  // rr: the destination chosen last before it was set, which may weigh 0 by now; 0: none
};

struct Turn {
  std::vector<uint16_t> picks;  // destination ids
  Progress progress;
};

using CandidateList = std::vector<Candidate>;

// Round robin: the list without weight 0. `progress` is the old turn's.
Turn round_robin_turn(const CandidateList& before, const Progress& progress, const CandidateList& after);

// Weighted round robin: one cycle of passes at falling levels, each with every destination of at least that
// weight. Any change starts the pass at the level reached anew from the head. The list goes from `before` to
// `after` one step at a time, as ipvsadm would be called: additions (each at the head), edits, removals.
// Where the cycle would exceed XLB_MAX_TURN picks, weights are scaled down (never to 0).
// `edited`: something was set, though no weight and no place changed (ipvsadm -e); that restarts the pass,
// too.
struct WeightedProgress {
  uint32_t cursor = 0;
  bool edited = false;
};
Turn weighted_round_robin_turn(const CandidateList& before, const WeightedProgress& progress,
                               const CandidateList& after);

}  // namespace xlb
