// Who gets a new flow where most real servers are overloaded.
#include <algorithm>
#include <memory>

#include "native/tables/tables.h"
#include "native/test/check.h"
#include "native/test/frames.h"
#include "native/test/lab.h"

namespace xlb::test {
namespace {

struct World {
  explicit World(const VirtualServerSpec& spec) {
    for (uint32_t ifindex = 1; ifindex <= kInterfaces; ifindex++)
      CHECK(tables.set_interface(ifindex, {interface_mac(ifindex)}).ok());
    for (uint32_t i = 0; i < kRealServers; i++) tables.set_nexthop(real_address(false, i), link_to(false, i));
    CHECK(tables.set_virtual_server(spec).ok());
  }

  enum xlb_verdict open(uint16_t client_port) {
    FramePlan plan;
    plan.client = ipv4(192, 0, 2, 1);
    plan.client_port = client_port;
    plan.virtual_address = virtual_ip(kServerPlans[0]);
    plan.virtual_port = kServerPlans[0].port;
    const Result<Outcome> outcome = engine->run(make_frame(plan), 1);
    CHECK(outcome.ok());
    return outcome->verdict;
  }

  DestinationState destination(size_t place) const { return tables.virtual_servers()[0].destinations[place]; }

  std::unique_ptr<Engine> engine = make_core_engine(XLB_MIN_FLOW_SLOTS, XLB_MIN_FLOW_SLOTS);
  Tables tables{engine->tables()};
};

// A turn of 16,002 picks, of which two may be taken.
void turns_are_searched_in_parts() {
  VirtualServerSpec spec = pool_of(kServerPlans[0], {16'000, 1, 1, -1, -1, -1});
  spec.scheduler = XLB_WEIGHTED_ROUND_ROBIN;
  spec.destinations[0].upper = 1;
  World world(spec);
  const xlb_virtual_server& record = world.engine->tables().virtual_servers[1];
  CHECK_EQUAL(world.open(100), XLB_FORWARDED);
  for (uint16_t port = 101; port < 141; port++) {
    const uint32_t before = record.cursor;
    CHECK_EQUAL(world.open(port), XLB_FORWARDED);
    CHECK((record.cursor + record.turn.count - before) % record.turn.count <= 1024);
  }
  CHECK_EQUAL(world.destination(0).active, 1);
  CHECK_EQUAL(world.destination(1).active, 20);
  CHECK_EQUAL(world.destination(2).active, 20);
}

// A flow reached the upper threshold and was ended by another processor before that was noted.
void an_overload_ends_without_flows() {
  VirtualServerSpec spec = pool_of(kServerPlans[0], {1, 1, -1, -1, -1, -1});
  for (DestinationSpec& destination : spec.destinations) destination.upper = 2;
  World world(spec);
  CHECK_EQUAL(world.open(100), XLB_FORWARDED);  // to the first
  for (uint32_t id = 1; id < 3; id++) world.engine->tables().destinations[id].overloaded = 1;
  CHECK_EQUAL(world.open(101), XLB_NO_REAL_SERVER);
  (void)world.engine->sweep();
  CHECK(world.destination(0).overloaded);  // between its thresholds, for all that a sweep can tell
  CHECK(!world.destination(1).overloaded);
  CHECK_EQUAL(world.open(101), XLB_FORWARDED);
}

}  // namespace
}  // namespace xlb::test

int main() {
  using namespace xlb::test;
  it("searches a long turn in parts, and spreads flows meanwhile", turns_are_searched_in_parts);
  it("ends the overload of what has no flows", an_overload_ends_without_flows);
}
