// Which packets take the fast path (bpf/core/fast_path.h). That it does to them what the rest of the core
// would is checked for each (both_ways.h), and by the fuzzer.
#include <functional>
#include <memory>

#include "native/tables/tables.h"
#include "native/test/both_ways.h"
#include "native/test/check.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

constexpr uint8_t kSyn = 0x02, kRst = 0x04, kAck = 0x10, kFin = 0x01, kPush = 0x08;
constexpr ServerPlan kTcp = kServerPlans[0], kUdp = kServerPlans[4], kTcp6 = kServerPlans[2];

FramePlan plan_for(const ServerPlan& server, uint8_t flags = kAck) {
  FramePlan plan;
  plan.v6 = server.v6;
  plan.client = lab_ip(server.v6, 7, 1);
  plan.client_port = 40000;
  plan.virtual_address = virtual_ip(server);
  plan.virtual_port = server.port;
  plan.protocol = server.protocol;
  plan.kind = server.protocol == 6 ? Kind::kTcp : Kind::kUdp;
  plan.tcp_flags = flags;
  plan.padding = 20;
  return plan;
}

// One client's flows to a TCP and a UDP virtual server are there.
struct World {
  World() {
    for (uint32_t ifindex = 1; ifindex <= kInterfaces; ifindex++)
      CHECK(tables.set_interface(ifindex, {interface_mac(ifindex)}).ok());
    for (const ServerPlan& server : {kTcp, kUdp, kTcp6}) {
      tables.set_nexthop(real_address(server.v6, 0), link_to(server.v6, 0));
      CHECK(tables.set_virtual_server(pool_of(server, {1, -1, -1, -1, -1, -1})).ok());
      CHECK(!is_fast(plan_for(server, kSyn)));
      static_cast<void>(is_fast(plan_for(server)));
    }
  }

  bool is_fast(const Bytes& frame, uint32_t ingress = 1) {
    return run_both_ways(engine.get(), frame, ingress, kDestinations).fast;
  }
  bool is_fast(const FramePlan& plan) { return is_fast(make_frame(plan)); }

  bool is_fast_but(const ServerPlan& server, const std::function<void(FramePlan*)>& change) {
    FramePlan plan = plan_for(server);
    change(&plan);
    return is_fast(plan);
  }

  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  Tables tables{engine->tables()};
};

void plain_packets_of_known_flows_take_it() {
  World world;
  CHECK(world.is_fast(plan_for(kTcp)));
  CHECK(world.is_fast(plan_for(kTcp, kAck | kPush)));
  CHECK(world.is_fast(plan_for(kUdp)));
  CHECK(world.is_fast_but(kTcp, [](FramePlan* plan) { plan->payload = 200; }));
}

void no_other_packet_does() {
  World world;
  for (const int flags : {+kSyn, kRst | kAck, kFin | kAck, 0})
    CHECK(!World().is_fast(plan_for(kTcp, static_cast<uint8_t>(flags))));
  CHECK(!world.is_fast(plan_for(kTcp6)));
  for (const ServerPlan& server : {kTcp, kUdp}) {
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->client_port++; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->virtual_port++; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->client[15]++; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->virtual_address[15]++; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->ttl = 1; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->option_words = 1; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->vlan_tags = 1; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->concealed = 1; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->destination_mac[5] = 9; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->kind = Kind::kFirstFragment; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->kind = Kind::kLaterFragment; }));
    CHECK(!world.is_fast_but(server, [](FramePlan* plan) { plan->kind = Kind::kIcmpError; }));
    CHECK(!world.is_fast(make_frame(plan_for(server)), 1 + XLB_MAX_INTERFACES));
    Bytes wrong_sum = make_frame(plan_for(server));
    wrong_sum[24] ^= 1;
    CHECK(!world.is_fast(wrong_sum));
  }
}

// What is changed, and whether the client's next packet takes the fast path then.
void what_a_flow_needs_is_there() {
  const auto after = [](const std::function<void(World*)>& change) {
    World world;
    CHECK(world.is_fast(plan_for(kTcp)));
    change(&world);
    return world.is_fast(plan_for(kTcp));
  };
  CHECK(after([](World*) {}));
  CHECK(!after([](World* world) { world->engine->set_clock(10'000'000); }));  // expired
  CHECK(!after([](World* world) { world->tables.set_nexthop(real_address(false, 0), {}); }));
  CHECK(!after([](World* world) {
    Nexthop narrow = link_to(false, 0);
    narrow.mtu = 30;
    world->tables.set_nexthop(real_address(false, 0), narrow);
  }));
  CHECK(!after([](World* world) {
    CHECK(world->tables.set_virtual_server(pool_of(kTcp, {-1, 1, -1, -1, -1, -1})).ok());
  }));
  CHECK(!after([](World* world) { world->tables.clear_interface(1); }));
  CHECK(!after([](World* world) { static_cast<void>(world->is_fast(plan_for(kTcp, kFin | kAck))); }));
  CHECK(!after([](World* world) { CHECK(world->tables.set_mark_rules({MarkRule{}}).ok()); }));
  CHECK(!after([](World* world) { world->engine->tables().settings->options |= XLB_OPTION_TRACE; }));
  CHECK(after([](World* world) {
    CHECK(world->tables.set_mark_rules({MarkRule{}}).ok());
    CHECK(world->tables.set_mark_rules({}).ok());
  }));
  // Without its virtual server a flow's packets go on to where they went, or are dropped, as it says.
  CHECK(!after([](World* world) { CHECK(world->tables.remove_virtual_server(key_of(kTcp))); }));
}

}  // namespace
}  // namespace xlb::test

int main() {
  using xlb::test::it;
  it("plain packets of known flows take the fast path", xlb::test::plain_packets_of_known_flows_take_it);
  it("no other packet does", xlb::test::no_other_packet_does);
  it("it is taken while what the flow needs is there", xlb::test::what_a_flow_needs_is_there);
}
