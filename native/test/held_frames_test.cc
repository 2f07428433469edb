// Frames that wait for a neighbour: how many, how long, and what the program in the kernel is told of them.
#include "native/datapath/af_xdp/held_frames.h"

#include <set>

#include "native/test/check.h"

namespace xlb::test {
namespace {

constexpr uint32_t kFullServers = kMostHeld / kMostHeldEach;

struct World {
  auto told() {
    return [this](uint32_t id, bool is) { is ? (void)crowded.insert(id) : (void)crowded.erase(id); };
  }

  bool hold(uint32_t real_server, uint64_t since_ns = 0) {
    return frames.hold({.real_server = real_server, .since_ns = since_ns}, told());
  }

  // Frames that left.
  uint32_t look(uint64_t now_ns, uint32_t resolved) {
    uint32_t left = 0;
    const auto leave = [&](const HeldFrame&) { left++; };
    frames.look(now_ns, [&](uint32_t id) { return id == resolved; }, leave, leave);
    frames.relieve(told());
    return left;
  }

  HeldFrames frames;
  std::set<uint32_t> crowded;
};

void each_has_its_share() {
  World world;
  for (uint32_t i = 0; i < kMostHeldEach; i++) {
    CHECK(world.crowded.empty());
    CHECK(world.hold(1));
  }
  CHECK(world.crowded == std::set<uint32_t>{1});
  CHECK(!world.hold(1));
  CHECK(world.hold(2));
  CHECK_EQUAL(world.look(0, 1), kMostHeldEach);
  CHECK(world.crowded.empty());
}

void all_have_theirs() {
  World world;
  std::set<uint32_t> all;
  for (uint32_t id = 1; id <= kFullServers; id++, all.insert(id - 1))
    for (uint32_t i = 0; i < kMostHeldEach; i++) CHECK(world.hold(id, 1));
  CHECK(world.crowded == all);
  for (const uint32_t id : {100U, 101U, 100U}) CHECK(!world.hold(id));
  all.insert({100, 101});
  CHECK(world.crowded == all);
  CHECK_EQUAL(world.look(kLongestHeldNs, 0), 0U);
  CHECK(world.crowded == all);
  CHECK_EQUAL(world.look(kLongestHeldNs + 1, 0), kMostHeld);
  CHECK(world.frames.empty());
  CHECK(world.crowded.empty());
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("one real server has a share, and is crowded while it has all of it", each_has_its_share);
  it("a real server without any is crowded as well where all together are too many", all_have_theirs);
}
