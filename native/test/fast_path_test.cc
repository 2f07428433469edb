// Which packets take the fast path (bpf/core/fast_path.h). That it does to them what the rest of the core
// would is checked for each (both_ways.h), and by the fuzzer.
#include "native/test/fast_lab.h"

namespace xlb::test {
namespace {

// One client's flows to the virtual servers are there.
struct KnownWorld : World {
  KnownWorld() {
    for (const ServerPlan& server : {kTcp, kUdp, kTcp6}) {
      CHECK(!is_fast(plan_for(server, kSyn)));
      static_cast<void>(way(plan_for(server)));
    }
  }

  template <typename... Packet>
  bool is_fast(const Packet&... packet) {
    return way(packet...) == Way::kFast;
  }
};

void plain_packets_of_known_flows_take_it() {
  KnownWorld world;
  CHECK(world.is_fast(plan_for(kTcp)));
  CHECK(world.is_fast(plan_for(kTcp, kAck | kPush)));
  CHECK(world.is_fast(plan_for(kUdp)));
  CHECK(world.is_fast(kTcp, [](FramePlan* plan) { plan->payload = 200; }));
}

void no_other_packet_does() {
  KnownWorld world;
  for (const int flags : {+kSyn, kRst | kAck, kFin | kAck, 0})
    CHECK(!KnownWorld().is_fast(plan_for(kTcp, static_cast<uint8_t>(flags))));
  CHECK(!world.is_fast(plan_for(kTcp6)));
  for (const ServerPlan& server : {kTcp, kUdp}) {
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->client_port++; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->virtual_port++; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->client[15]++; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->virtual_address[15]++; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->ttl = 1; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->option_words = 1; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->vlan_tags = 1; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->concealed = 1; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->destination_mac[5] = 9; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->kind = Kind::kFirstFragment; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->kind = Kind::kLaterFragment; }));
    CHECK(!world.is_fast(server, [](FramePlan* plan) { plan->kind = Kind::kIcmpError; }));
    CHECK(!world.is_fast(make_frame(plan_for(server)), 1 + XLB_MAX_INTERFACES));
    Bytes wrong_sum = make_frame(plan_for(server));
    wrong_sum[24] ^= 1;
    CHECK(!world.is_fast(wrong_sum));
  }
}

// What is changed, and whether the client's next packet takes the fast path then.
void what_a_flow_needs_is_there() {
  const auto after = [](const std::function<void(KnownWorld*)>& change) {
    KnownWorld world;
    CHECK(world.is_fast(plan_for(kTcp)));
    change(&world);
    return world.is_fast(plan_for(kTcp));
  };
  CHECK(after([](KnownWorld*) {}));
  CHECK(!after([](KnownWorld* world) { world->engine->set_clock(10'000'000); }));  // expired
  CHECK(!after([](KnownWorld* world) { world->tables.set_nexthop(real_address(false, 0), {}); }));
  CHECK(!after([](KnownWorld* world) {
    Nexthop narrow = link_to(false, 0);
    narrow.mtu = 30;
    world->tables.set_nexthop(real_address(false, 0), narrow);
  }));
  CHECK(!after([](KnownWorld* world) {
    CHECK(world->tables.set_virtual_server(pool_of(kTcp, {-1, 1, -1, -1, -1, -1})).ok());
  }));
  CHECK(!after([](KnownWorld* world) { world->tables.clear_interface(1); }));
  CHECK(!after([](KnownWorld* world) { static_cast<void>(world->is_fast(plan_for(kTcp, kFin | kAck))); }));
  CHECK(!after([](KnownWorld* world) { CHECK(world->tables.set_mark_rules({MarkRule{}}).ok()); }));
  CHECK(!after([](KnownWorld* world) { world->engine->tables().settings->options |= XLB_OPTION_TRACE; }));
  CHECK(after([](KnownWorld* world) {
    CHECK(world->tables.set_mark_rules({MarkRule{}}).ok());
    CHECK(world->tables.set_mark_rules({}).ok());
  }));
  // Without its virtual server a flow's packets go on to where they went, or are dropped, as it says.
  CHECK(!after([](KnownWorld* world) { CHECK(world->tables.remove_virtual_server(key_of(kTcp))); }));
}

}  // namespace
}  // namespace xlb::test

int main() {
  using xlb::test::it;
  it("plain packets of known flows take the fast path", xlb::test::plain_packets_of_known_flows_take_it);
  it("no other packet does", xlb::test::no_other_packet_does);
  it("it is taken while what the flow needs is there", xlb::test::what_a_flow_needs_is_there);
}
