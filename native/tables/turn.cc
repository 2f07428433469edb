#include "native/tables/turn.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "bpf/shared/tables.h"

namespace xlb {
namespace {

constexpr uint32_t kFresh = XLB_CURSOR_FRESH;

bool contains(const CandidateList& list, uint32_t destination) {
  return std::ranges::any_of(list, [&](const Candidate& c) { return c.destination == destination; });
}

std::vector<uint16_t> with_weight(const CandidateList& list) {
  std::vector<uint16_t> picks;
  for (const Candidate& candidate : list)
    if (candidate.weight > 0) picks.push_back(static_cast<uint16_t>(candidate.destination));
  return picks;
}

// What the core's cursor says: how many picks of the turn lie behind it; nothing where it is fresh.
std::optional<size_t> last_pick(uint32_t cursor, size_t turn_size) {
  if ((cursor & kFresh) != 0 || turn_size == 0) return std::nullopt;
  return cursor == 0 || cursor > turn_size ? turn_size - 1 : cursor - 1;
}

// The server that IPVS would call the last one chosen: itself, or where it was removed the nearest before it
// that is still there; nothing for the list's head.
std::optional<uint32_t> surviving_last(const CandidateList& before, uint32_t last,
                                       const CandidateList& after) {
  auto at = std::ranges::find(before, last, &Candidate::destination);
  if (at == before.end()) return std::nullopt;
  for (;; --at) {
    if (contains(after, at->destination)) return at->destination;
    if (at == before.begin()) return std::nullopt;
  }
}

// wrr's marks, as struct ip_vs_wrr_mark has them, without the position in the list.
struct Levels {
  int64_t highest = 0;  // mw
  int64_t step = 1;     // di
};

Levels levels_of(uint32_t divisor, uint32_t heaviest) {
  const int64_t step = divisor == 0 ? 1 : divisor;
  return {static_cast<int64_t>(heaviest) - (step - 1), step};
}

// ip_vs_wrr_dest_changed(): the level at which the pass goes on.
int64_t changed_level(int64_t level, const Levels& levels) {
  if (level > levels.highest || level == 0) return levels.highest;
  return levels.step > 1 ? level / levels.step * levels.step + 1 : level;
}

Levels measure(const CandidateList& list) {
  uint32_t divisor = 0;
  uint32_t heaviest = 0;
  for (const Candidate& candidate : list) {
    divisor = std::gcd(divisor, candidate.weight);
    heaviest = std::max(heaviest, candidate.weight);
  }
  return levels_of(divisor, heaviest);
}

// Scales weights so that a cycle fits; the proportions stay as near as whole numbers allow.
CandidateList fitted(const CandidateList& list) {
  uint64_t sum = 0;
  uint32_t divisor = 0;
  for (const Candidate& candidate : list) {
    sum += candidate.weight;
    divisor = std::gcd(divisor, candidate.weight);
  }
  if (divisor == 0 || sum / divisor <= XLB_MAX_TURN) return list;
  // One pick for each of those that would round down to none, and the rest by weight.
  const uint64_t shared = XLB_MAX_TURN - with_weight(list).size();
  CandidateList scaled = list;
  for (Candidate& candidate : scaled) {
    if (candidate.weight == 0) continue;
    const uint64_t share = static_cast<uint64_t>(candidate.weight) * shared / sum;
    candidate.weight = std::max<uint32_t>(1, static_cast<uint32_t>(share));
  }
  return scaled;
}

// The level of the pick that was made last.
int64_t level_of_pick(const CandidateList& list, const Levels& levels, size_t pick) {
  size_t passed = 0;
  for (int64_t level = levels.highest; level > 0; level -= levels.step) {
    passed += static_cast<size_t>(
        std::ranges::count_if(list, [&](const Candidate& c) { return c.weight >= level; }));
    if (pick < passed) return level;
  }
  return levels.highest;
}

size_t turn_size_of(const CandidateList& list, const Levels& levels) {
  size_t size = 0;
  for (const Candidate& candidate : list) size += candidate.weight / static_cast<uint32_t>(levels.step);
  return size;
}

// The level before the change: of the last pick, or where the cursor was set to.
int64_t current_level(const CandidateList& list, uint32_t cursor) {
  const Levels levels = measure(list);
  if (levels.highest <= 0) return 0;
  const std::optional<size_t> last = last_pick(cursor, turn_size_of(list, levels));
  return level_of_pick(list, levels, last.value_or(cursor & ~kFresh));
}

// The level after the change, which IPVS reaches one server at a time.
int64_t follow_changes(const CandidateList& before, const CandidateList& after, int64_t level, bool edited) {
  uint32_t divisor = 0;
  uint32_t heaviest = 0;
  const auto include = [&](uint32_t weight) {
    divisor = std::gcd(divisor, weight);
    heaviest = std::max(heaviest, weight);
  };
  for (const Candidate& candidate : before) include(candidate.weight);
  edited = edited || before.size() > after.size();
  for (size_t i = after.size(); i-- > 0;) {
    const auto old = std::ranges::find(before, after[i].destination, &Candidate::destination);
    if (old != before.end()) {
      edited = edited || old->weight != after[i].weight;
      continue;
    }
    include(after[i].weight);
    level = changed_level(level, levels_of(divisor, heaviest));
  }
  for (const Candidate& candidate : before) edited = edited || !contains(after, candidate.destination);
  return edited ? changed_level(level, measure(after)) : level;
}

}  // namespace

Turn round_robin_turn(const CandidateList& before, const Progress& progress, const CandidateList& after) {
  Turn turn{with_weight(after), {kFresh, 0}};
  const std::vector<uint16_t> old = with_weight(before);
  const std::optional<size_t> pick = last_pick(progress.cursor, old.size());
  const std::optional<uint32_t> last =
      surviving_last(before, pick.has_value() ? old[*pick] : progress.last, after);
  if (!last.has_value()) return turn;
  uint32_t behind = 0;  // how many of the new turn stand up to and with `last`
  for (const Candidate& candidate : after) {
    behind += candidate.weight > 0 ? 1 : 0;
    if (candidate.destination == *last) break;
  }
  turn.progress = {behind | kFresh, *last};
  return turn;
}

Turn weighted_round_robin_turn(const CandidateList& before, const WeightedProgress& progress,
                               const CandidateList& after) {
  const CandidateList old = fitted(before);
  const CandidateList list = fitted(after);
  const int64_t reached = follow_changes(old, list, current_level(old, progress.cursor), progress.edited);
  const Levels levels = measure(list);
  Turn turn;
  for (int64_t level = levels.highest; level > 0; level -= levels.step) {
    if (level == reached) turn.progress.cursor = static_cast<uint32_t>(turn.picks.size());
    for (const Candidate& candidate : list)
      if (candidate.weight >= level) turn.picks.push_back(static_cast<uint16_t>(candidate.destination));
  }
  turn.progress.cursor |= kFresh;
  // Something else of the virtual server was set: the round goes on where it was.
  if (!progress.edited && before == after) turn.progress.cursor = progress.cursor;
  return turn;
}

}  // namespace xlb
