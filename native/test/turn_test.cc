#include "native/tables/turn.h"

#include <chrono>
#include <climits>
#include <map>

#include "bpf/shared/tables.h"
#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr uint32_t kFresh = XLB_CURSOR_FRESH;

std::map<uint32_t, uint32_t> shares(const Turn& turn) {
  std::map<uint32_t, uint32_t> count;
  for (const uint32_t pick : turn.picks) count[pick]++;
  return count;
}

void rr_leaves_out_drained() {
  const Turn turn = round_robin_turn({}, {kFresh, 0}, {{1, 5}, {2, 0}, {3, 1}});
  CHECK(turn.picks == (std::vector<uint16_t>{1, 3}));
}

void rr_goes_on() {
  const CandidateList list{{1, 1}, {2, 1}, {3, 1}};
  CHECK_EQUAL(round_robin_turn(list, {2, 0}, list).progress.cursor & ~kFresh, 2U);
  const Turn without = round_robin_turn(list, {2, 0}, {{1, 1}, {3, 1}});  // 2 was the last: 3 is next
  CHECK_EQUAL(without.picks[without.progress.cursor & ~kFresh], 3);
}

void wrr_interleaves() {
  const Turn turn = weighted_round_robin_turn({}, {kFresh, false}, {{1, 4}, {2, 3}, {3, 2}});
  CHECK(turn.picks ==
        (std::vector<uint16_t>{1, 1, 2, 1, 2, 3, 1, 2, 3}));  // ip_vs_wrr.c: ABCABCABA from cw on
}

void wrr_divides() {
  CHECK(weighted_round_robin_turn({}, {kFresh, false}, {{1, 200}, {2, 100}}).picks ==
        (std::vector<uint16_t>{1, 1, 2}));
  const CandidateList same{{1, INT_MAX}, {2, INT_MAX}, {3, 0}};
  CHECK(weighted_round_robin_turn({}, {kFresh, false}, same).picks == (std::vector<uint16_t>{1, 2}));
  CHECK(weighted_round_robin_turn({}, {kFresh, false}, {{1, 0}, {2, 0}}).picks.empty());
  CHECK(weighted_round_robin_turn({}, {kFresh, false}, {}).picks.empty());
}

void wrr_fits() {
  const CandidateList heavy{{1, INT_MAX}, {2, INT_MAX - 1}, {3, 1}, {4, INT_MAX / 2}, {5, 0}};
  const Turn turn = weighted_round_robin_turn({}, {kFresh, false}, heavy);
  CHECK(turn.picks.size() <= XLB_MAX_TURN);
  auto share = shares(turn);
  CHECK_EQUAL(share.size(), 4U);
  CHECK(share[1] >= share[2] && share[2] > share[4] && share[4] > share[3] && share[3] >= 1);
  CHECK(share[1] > 2 * share[4] - 4 && share[1] < 2 * share[4] + 4);
  const Turn again = weighted_round_robin_turn(heavy, {turn.progress.cursor, false}, heavy);
  CHECK(again.picks == turn.picks);
}

void wrr_goes_on() {
  const CandidateList list{{1, 3}, {2, 2}, {3, 1}};
  CHECK_EQUAL(weighted_round_robin_turn(list, {3, false}, list).progress.cursor, 3U);
  const Turn edited = weighted_round_robin_turn(list, {3, true}, list);  // at level 2, from the head on
  CHECK_EQUAL(edited.progress.cursor & ~kFresh, 1U);
}

// As many destinations as there can be, of the worst weights: within the limit, and within a second or so.
void wrr_survives_the_most() {
  CandidateList list;
  for (uint32_t id = 1; id < XLB_MAX_DESTINATIONS; id++) list.push_back({id, INT_MAX - id});
  list[5].weight = 10;
  CandidateList lighter = list;
  for (Candidate& candidate : lighter) candidate.weight = 1 + candidate.weight % 7;
  const auto began = std::chrono::steady_clock::now();
  const Turn turn = weighted_round_robin_turn({}, {kFresh, false}, list);
  CHECK(turn.picks.size() <= XLB_MAX_TURN);
  CHECK_EQUAL(shares(turn).size(), list.size());
  CandidateList lopsided = list;
  for (Candidate& candidate : lopsided) candidate.weight = candidate.destination == 9 ? INT_MAX : 1;
  CHECK(weighted_round_robin_turn({}, {kFresh, false}, lopsided).picks.size() <= XLB_MAX_TURN);
  const Turn next = weighted_round_robin_turn(list, {turn.progress.cursor, false}, lighter);
  CHECK(next.picks.size() <= XLB_MAX_TURN);
  const auto took = std::chrono::steady_clock::now() - began;
  std::cout << "  " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
  CHECK(took < std::chrono::seconds(20));  // a hang, not a benchmark: the build is sanitized
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("rr leaves out weight 0", rr_leaves_out_drained);
  it("rr goes on behind the last one chosen, though it was removed", rr_goes_on);
  it("wrr lays out passes at falling levels", wrr_interleaves);
  it("wrr goes on where it was, unless its servers were set anew", wrr_goes_on);
  it("wrr divides by the greatest common divisor, up to the greatest weight", wrr_divides);
  it("wrr scales heavy weights down to the longest turn and keeps proportions", wrr_fits);
  it("wrr takes 16,383 destinations of the greatest weights", wrr_survives_the_most);
}
